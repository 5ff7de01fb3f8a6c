"""Running the steps of a check in one go inside the sandbox, altered as an experiment asks. Each run is one recorded call."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from grader.compare import as_array
from grader.diagnosis.compared import Array, wide
from grader.errors import StudentFault
from grader.student import Student

MAX_SECONDS = 20.0
_ROUTINE = '''
import builtins, dis, random, sys, types
import numpy as np

def _seed(k):
    random.seed(k)
    np.random.seed(k)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(k)

def _codes(thing):
    members = vars(thing).values() if isinstance(thing, type) else [thing]
    for f in members:
        f = getattr(f, "__func__", f)
        if isinstance(f, types.FunctionType):
            yield f, f.__code__
            for part in f.__code__.co_consts:
                if isinstance(part, types.CodeType):
                    yield f, part

def _loaded(code):
    """Names that are looked up in the file, not attributes of something."""
    return dict.fromkeys(i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME"))

def _is_data(value):
    return hasattr(value, "shape") or isinstance(value, (int, float, list, tuple)) and not isinstance(value, bool)

def read_globals(*things):
    """Names of the file's data that the functions read, and names that are nowhere."""
    found = []
    for f, code in (pair for thing in things for pair in _codes(thing)):
        for name in _loaded(code):
            there = name in f.__globals__
            loads = name not in dir(np.ndarray) and not hasattr(builtins, name)
            if name not in found and (there and _is_data(f.__globals__[name]) or not there and loads and len(name) < 20):
                found.append(name)
    return found

def carry_out(*parts):
    *things, order = parts
    space = {"np": np, **order["given"], **dict(zip(order["names"], things))}
    exec(order["routine"], space)
    for thing in things:
        for f, _ in _codes(thing):
            f.__globals__.update({g: order["given"][k] for g, k in order["globals"].items()})
    if order["seed"]:
        _seed(order["seed"])
    for step in order["steps"]:
        exec(step, space)
    return {
        "value": eval(order["of"], space),
        "after": {k: order["given"][k] for k in order["watch"]},
        "state": {k: eval(text, space) for k, text in order["state"].items()},
    }
'''


@dataclass(frozen=True)
class Trial:
    """What one run gave: the result, and what the inputs and the attributes that were set are afterwards."""

    value: Array | None
    after: Mapping[str, Array] = field(default_factory=dict)
    state: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Fresh:
    """New inputs for some sizes, and what is right for them."""

    names: Mapping[str, Any]
    want: Array


@dataclass(frozen=True)
class Lab:
    """
    Experiments on one result of one student's code.

    Args:
        student: whose code.
        steps: lines of Python that use names of the student's and of the inputs.
        of: the expression for the result.
        sizes: of every case.
        routine: source of ours that the steps call too.
        given: inputs as the student's code gets them (tensors, single precision).
        fresh: new inputs for some sizes, others for every number; None where they make no sense.
        timeout: of one run, None for the usual one.
        inputs: names that the steps get from us, whatever else is called so.
    """

    student: Student
    steps: Sequence[str]
    of: str
    sizes: Sequence[Mapping[str, Any]] = ()
    routine: str = ""
    given: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict
    fresh: Callable[[Mapping[str, Any], int], Fresh | None] = lambda sizes, number: None
    timeout: float | None = None
    inputs: frozenset[str] = frozenset()

    def run(
        self,
        names: Mapping[str, Any],
        *,
        steps: Sequence[str] | None = None,
        swap: Mapping[str, str] | None = None,
        seed: int = 0,
        number: int = 0,
    ) -> Trial | None:
        """
        Carry the steps out on these inputs in a fork of its own; None when the code fails or gives no numbers.

        Args:
            names: inputs by name.
            steps: in place of the check's.
            swap: variables of the student's file to the input that they are set to before.
            seed: of the random numbers, 0 for the usual one.
            number: two runs of different numbers are two runs.
        """
        order = {
            "given": dict(self.given(names)), "names": list(self.theirs), "steps": list(steps or self.steps),
            "of": self.of, "routine": self.routine, "globals": dict(swap or {}), "seed": seed, "number": number,
            "watch": [k for k, v in names.items() if isinstance(v, np.ndarray)], "state": self.state,
        }  # fmt: skip
        try:
            answer = self.student.run(_ROUTINE, "carry_out", order, names=self.theirs, timeout=self.timeout)
        except StudentFault:
            return None
        return _trial(answer.value)

    def read_globals(self) -> list[str]:
        """Names that the student's functions read from their file, or that are nowhere."""
        try:
            found = self.student.run(_ROUTINE, "read_globals", names=self.theirs).value
        except StudentFault:
            return []
        return [name for name in found if type(name) is str][:4] if type(found) is list else []

    @property
    def possible(self) -> bool:
        """Whether the steps use the student's code and are no long computation."""
        return bool(self.theirs) and (self.timeout or 0.0) <= MAX_SECONDS

    @cached_property
    def theirs(self) -> tuple[str, ...]:
        """Names of the student's that the steps use."""
        known = {name for spec in self.student.specs for name in spec.all_names}
        made = set(self.inputs)
        found: list[str] = []
        for line in self.lines:
            used = [n.id for n in ast.walk(line) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
            found += [n for n in used if n in known and n not in made and n not in found]
            made |= _names(line, ast.Store)
        return tuple(found)

    @cached_property
    def lines(self) -> list[ast.stmt]:
        """The steps, parsed."""
        return [ast.parse(text).body[0] for text in self.steps]

    @cached_property
    def state(self) -> dict[str, str]:
        """Inputs that the steps set as attributes, to where they are then found."""
        found: dict[str, str] = {}
        for line in self.lines:
            if not isinstance(line, ast.Assign) or not isinstance(line.targets[0], ast.Attribute):
                continue
            place = ast.unparse(line.targets[0])
            if isinstance(line.value, ast.Name):
                found[line.value.id] = place
            if isinstance(line.value, ast.Dict):
                for key, part in zip(line.value.keys, line.value.values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(part, ast.Name):
                        found[part.id] = f"{place}[{key.value!r}]"
        return found

    def repeated(self) -> dict[str, list[int]]:
        """Functions and methods that the steps call several times: `layer.forward` to the numbers of the steps."""
        found: dict[str, list[int]] = {}
        made = {k for where in self.objects().values() for k in where[:1]} | self.beside()
        for k, line in enumerate(self.lines):
            value = line.value if isinstance(line, ast.Assign | ast.Expr) else None
            if isinstance(value, ast.Call) and k not in made:
                found.setdefault(ast.unparse(value.func), []).append(k)
        return {name: where for name, where in found.items() if len(where) > 1}

    def side_by_side(self) -> list[list[str]]:
        """Inputs that one call of the student's code gets, in the order of its arguments."""
        calls = [n for line in self.lines for n in ast.walk(line) if isinstance(n, ast.Call)]
        ours = self.inputs.union(*self.sizes)
        names = [[a.id for a in call.args if isinstance(a, ast.Name) and a.id in ours] for call in calls]
        return [
            together for k, together in enumerate(names) if len(together) > 1 and together not in names[:k]
        ]

    def objects(self) -> dict[str, list[int]]:
        """Objects that the steps make and use: `layer` to the numbers of the steps that make it, call it, set or read it."""
        found: dict[str, list[int]] = {}
        for k, line in enumerate(self.lines):
            if (made := _made_by(line)) and made not in found:
                found[made] = [k]
                continue
            attributes = (n.value for n in ast.walk(line) if isinstance(n, ast.Attribute))
            owners = {owner.id for owner in attributes if isinstance(owner, ast.Name)}
            for owner in owners & found.keys():
                found[owner].append(k)
        return {name: where for name, where in found.items() if len(where) > 1}

    def beside(self) -> set[int]:
        """Numbers of the steps with objects that are not the one whose result is judged."""
        asked = _names(ast.parse(self.of), ast.Load)
        others = [
            where
            for where in self.objects().values()
            if not asked & {n for k in where for n in _names(self.lines[k], ast.Store)}
        ]
        return {k for where in others for k in where} if len(others) < len(self.objects()) else set()

    def between(self, firsts: set[int], lasts: set[int]) -> set[int]:
        """Calls after the first and before the last ones whose result nothing uses (`stepped = layer.step(0.0)`)."""
        used = {name for line in self.lines for name in _names(line, ast.Load)}
        used |= _names(ast.parse(self.of), ast.Load)
        found: set[int] = set()
        for k, line in enumerate(self.lines[min(firsts) + 1 : min(lasts)], min(firsts) + 1):
            value = line.value if isinstance(line, ast.Assign | ast.Expr) else None
            if isinstance(value, ast.Call) and not _names(line, ast.Store) & used:
                found.add(k)
        return found - firsts - lasts


def _made_by(line: ast.stmt) -> str:
    """What a call of a plain name makes: `layer` for `layer = LinearLayer(5, 3)`."""
    if not isinstance(line, ast.Assign) or not isinstance(line.targets[0], ast.Name):
        return ""
    call = line.value
    return line.targets[0].id if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) else ""


def _names(tree: ast.AST, context: type[ast.expr_context]) -> set[str]:
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, context)}


def _trial(reply: Any) -> Trial | None:
    """What came back, which is the student's process's word and read as such."""
    if type(reply) is not dict:
        return None
    value = as_array(reply.get("value"))
    return Trial(
        wide(value) if value is not None else None, _arrays(reply.get("after")), _arrays(reply.get("state"))
    )


def _arrays(values: Any) -> dict[str, Array]:
    if type(values) is not dict:
        return {}
    arrays = {k: as_array(v) for k, v in values.items() if type(k) is str}
    return {k: wide(a) for k, a in arrays.items() if a is not None}
