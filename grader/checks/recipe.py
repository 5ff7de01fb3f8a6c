"""
Recipes: what a check does with the student's code, as a few lines of Python that are carried out step by step.

    sizes: [{n: 5, i: 4, o: 3}, {n: 1, i: 3, o: 2}]
    draw: {X: "normal(n, i)", W: "normal(i, o)", G: "normal(n, o)"}
    steps: ["layer = LinearLayer(i, o)", "layer.weights = W", "Z = layer.forward(X)", "dX = layer.backward(G)"]

A step calls a name of the student's, a method of an object made before, reads an attribute or sets one. Every step is a call
through `Student`, so that it is recorded. A step that fails does not hide the ones that do not depend on it.

What takes more than calls (operators of the student's class, a dictionary that is overwritten) is a function of ours in a
file beside the rubric, `routine: routines.py`. It runs beside the student's code, receives the student's names first, and
is called like any other: `out = two_layers(MLP, x, W)`.
"""

from __future__ import annotations

import ast
import builtins
import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from types import CodeType
from typing import Annotated, Any

import numpy as np
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PrivateAttr,
    ValidationInfo,
    field_validator,
)

from grader.errors import GraderError, StudentFault
from grader.record import digest
from grader.sandbox.box.protocol import LATER
from grader.student import Answer, Handle, Ref, Scope, Student, Tensor


def parsed(text: str) -> ast.expr:
    """
    A Python expression of the rubric.

    Raises:
        ValueError: it is none.
    """
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as e:
        raise ValueError(f"'{text}' is not an expression: {e.msg}") from None


Expression = Annotated[str, AfterValidator(lambda text: parsed(text) and text)]


def evaluate(text: str, names: Mapping[str, Any]) -> Any:
    """The value of an expression of the rubric (trusted) with `np`, the modules of `reference/` and these names."""
    space = _Names(names)
    return eval(_compiled(text), {"__builtins__": _SAFE, "np": np}, space)


@lru_cache(4096)
def _compiled(text: str) -> CodeType:
    return compile(text, "<rubric>", "eval")


_SAFE = {
    # numpy imports parts of itself when they are first used, hence `__import__`.
    n: getattr(builtins, n)
    for n in "abs len max min range sum float int dict list tuple zip round __import__".split()
}


class _Names(dict[str, Any]):
    """Names first, then modules of the reference package."""

    def __missing__(self, name: str) -> Any:
        try:
            return importlib.import_module(f"reference.{name}")
        except ModuleNotFoundError:
            raise KeyError(name) from None


MOST_AHEAD = 8 << 20
"""Most bytes of arrays that are sent for steps whose turn has not come."""


class Draws:
    """What the expressions under `draw` can call; random numbers from one generator, in order."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def normal(self, *shape: int, scale: float = 1.0, mean: float = 0.0) -> Any:
        """Normal numbers; a float when no shape is given."""
        return _plain(mean + scale * self.rng.standard_normal(shape))

    def uniform(self, low: float, high: float, *shape: int) -> Any:
        """Uniform numbers from [low, high)."""
        return _plain(self.rng.uniform(low, high, shape))

    def integers(self, low: int, high: int, *shape: int) -> Any:
        """Integers from [low, high)."""
        drawn = self.rng.integers(low, high, shape)
        return drawn if shape else int(drawn)

    def onehot(self, n: int, k: int) -> Any:
        """n rows with a single 1 each, shape (n, k); every class that fits occurs."""
        return np.eye(k)[self._labels(n, k)]

    def labels(self, n: int, k: int) -> Any:
        """n class numbers, shape (n,); every class that fits occurs."""
        return self._labels(n, k)

    def _labels(self, n: int, k: int) -> Any:
        every = np.concatenate([self.rng.permutation(k), self.rng.integers(0, k, max(0, n - k))])
        return every[:n] if n <= k else self.rng.permutation(every)


def _plain(drawn: Any) -> Any:
    return drawn if drawn.shape else float(drawn)


@dataclass(frozen=True)
class Case:
    """One set of inputs: sizes and drawn arrays by name."""

    number: int
    names: Mapping[str, Any]


@dataclass
class Observation:
    """What the steps gave for one case: values, objects and faults by name."""

    case: Case
    results: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)

    def value(self, name: str) -> Any:
        """
        The value of a name, or of an expression over the names (`out['dW1']`, `pair[0]`).

        Raises:
            StudentFault: the step that makes it failed, or the value has no such part.
        """
        if name in self.results:
            base = name
        else:
            names = [n.id for n in ast.walk(parsed(name)) if isinstance(n, ast.Name)]
            base = next((n for n in names if n in self.results), name)
        found = self.results.get(base)
        if isinstance(found, StudentFault):
            raise found
        if base == name:
            return found
        try:
            return evaluate(name, {**self.case.names, **self.results})
        except (KeyError, IndexError, TypeError, AttributeError) as e:
            part = f"{e.args[0]!r}" if isinstance(e, KeyError) and e.args else name
            raise StudentFault(f"{base}: the result has no part {part}.", kind="output") from None


def _from_file(value: Any, info: ValidationInfo) -> Any:
    """The source of a routine, from the file beside the rubric."""
    folder = (info.context or {}).get("folder")
    if folder is None or not isinstance(value, str) or not value.endswith(".py"):
        return value
    try:
        source = (folder / value).read_text(encoding="utf-8")
        ast.parse(source)
    except OSError as e:
        raise ValueError(f"{value} beside the rubric: {e.strerror}") from None
    except SyntaxError as e:
        raise ValueError(f"{value}:{e.lineno}: {e.msg}") from None
    return source


class Recipe(BaseModel):
    """See the module's docstring."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    sizes: list[dict[str, Any]] = [{}]
    draw: dict[str, Expression] = {}
    steps: list[str]
    routine: Annotated[str, BeforeValidator(_from_file)] = ""
    called: str = ""
    """What a message names when a routine of ours meets a failure; default: the routine."""
    tensors: bool | list[str] = False
    single: bool = False
    timeout: float | None = None
    reference: Expression | None = None
    _cases: list[Case] = PrivateAttr(default_factory=list)
    _wants: dict[int, Any] = PrivateAttr(default_factory=dict)

    @field_validator("steps")
    @classmethod
    def _steps_parse(cls, steps: list[str]) -> list[str]:
        for step in steps:
            Step.read(step)
        return steps

    def cases(self, student: Student) -> list[Case]:
        """The inputs, the same for every student of this rubric."""
        if not self._cases:
            for number, sizes in enumerate(self.sizes):
                draws = Draws(student.rng("recipe", repr(sorted(self.draw.items())), str(number)))
                names: dict[str, Any] = dict(sizes)
                tools = {n: getattr(draws, n) for n in ("normal", "uniform", "integers", "onehot", "labels")}
                for name, text in self.draw.items():
                    names[name] = evaluate(text, names | tools)
                self._cases.append(Case(number, names))
        return self._cases

    def want(self, case: Case) -> Any:
        """What the reference gives for a case; computed once for the class."""
        if self.reference is None:
            raise GraderError("a recipe without a reference was compared")
        if case.number not in self._wants:
            fresh = {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in case.names.items()}
            self._wants[case.number] = evaluate(self.reference, fresh)
        return self._wants[case.number]

    def observe(self, student: Student) -> Iterator[Observation]:
        """Carry the steps out, case by case; checks that share a recipe share what was seen."""
        seen: dict[int, Observation] = student.memory.setdefault(("recipe", id(self)), {})
        late: dict[str, StudentFault] = student.memory.setdefault(("late", id(self)), {})
        for case in self.cases(student):
            if case.number not in seen:
                seen[case.number] = self._observe_one(student, case, late)
            yield seen[case.number]

    def _observe_one(self, student: Student, case: Case, late: dict[str, StudentFault]) -> Observation:
        seen = Observation(case)
        broken: dict[str, StudentFault] = {}
        given = self._given(case)
        with student.scope(self.first_name) as scope:
            for number, text in enumerate(self.steps):
                step = Step.read(text)
                scope.upcoming = partial(self._upcoming, number, scope, given, seen.results, late)
                if text in late:
                    # It ran out of time for other inputs: once is enough.
                    seen.results |= {s.target: late[text] for s in (step, *self._after(text))}
                    break
                try:
                    seen.results[step.target], answer = self._carry_out(step, scope, given, seen.results)
                    seen.answers[step.target] = answer
                except StudentFault as fault:
                    # An attribute that is missing because a method stopped early: the method is the cause.
                    cause = broken.get(step.attribute_of) if not step.function else None
                    seen.results[step.target] = cause or fault
                    broken.setdefault(step.attribute_of, fault)
                    if fault.kind == "timeout":
                        late[text] = fault
                    if fault.kind in ("timeout", "died"):
                        # The fork is gone, and with it everything that later steps would use.
                        seen.results |= {s.target: fault for s in self._after(text)}
                        break
        return seen

    def _after(self, text: str) -> list[Step]:
        return [Step.read(later) for later in self.steps[self.steps.index(text) + 1 :]]

    def _upcoming(
        self,
        number: int,
        scope: Scope,
        given: Mapping[str, Any],
        results: Mapping[str, Any],
        late: Mapping[str, Any],
    ) -> list[dict[str, Any]]:
        """The requests of the steps after `number`, up to the first that needs a number of one before it."""
        told, unknown, size = dict(results), set[str](), 0
        requests: list[dict[str, Any]] = []
        for place, text in enumerate(self.steps[number:]):
            step = Step.read(text)
            if text in late or step.function in self.routines or unknown & step.uses:
                break
            if place:
                try:
                    requests.append(
                        scope.request(**step.request(given, told, hold=step.target in self.owners))
                    )
                except Exception:
                    break  # told when its turn comes
                size += sum(getattr(a, "nbytes", 0) for a in requests[-1]["args"])
                if size > MOST_AHEAD:
                    break
            if step.target in self.owners:
                told[step.target] = Handle(scope, Ref(LATER + place), step.target)
            else:
                unknown.add(step.target)
        return requests

    def _carry_out(
        self, step: Step, scope: Scope, given: Mapping[str, Any], results: Mapping[str, Any]
    ) -> Any:
        if step.function in self.routines:
            return step.run(scope, self.routine, given, results, self.timeout, self.called)
        return step.carry_out(scope, given, results, self.timeout, hold=step.target in self.owners)

    @cached_property
    def routines(self) -> frozenset[str]:
        """Names of the functions of the routine's file."""
        body = ast.parse(self.routine).body
        return frozenset(part.name for part in body if isinstance(part, ast.FunctionDef))

    def _given(self, case: Case) -> dict[str, Any]:
        wanted = list(self.draw) if self.tensors is True else self.tensors or []
        given = dict(case.names)
        for name, value in given.items():
            if isinstance(value, np.ndarray):
                single = value.astype(np.float32) if self.single and value.dtype == np.float64 else value
                given[name] = Tensor(single) if name in wanted else single
        return given

    @cached_property
    def owners(self) -> frozenset[str]:
        """Names of objects whose methods or attributes later steps use."""
        return frozenset(Step.read(text).attribute_of for text in self.steps)

    @cached_property
    def first_name(self) -> str:
        """The first name of the student's that the steps use: it decides which group of code is opened."""
        for text in self.steps:
            step = Step.read(text)
            if step.function in self.routines:
                return ast.unparse(step.args[0])
            if step.function and "." not in step.function:
                return step.function
        return ""


@dataclass(frozen=True)
class Step:
    """One line of a recipe."""

    target: str
    function: str = ""
    args: tuple[ast.expr, ...] = ()
    kwargs: tuple[tuple[str, ast.expr], ...] = ()
    attribute_of: str = ""
    attribute: str = ""
    sets: bool = False

    @cached_property
    def uses(self) -> frozenset[str]:
        """Names in the arguments."""
        return frozenset(
            name for node in (*self.args, *(v for _, v in self.kwargs)) for name in _names_in(node)
        )

    @staticmethod
    @lru_cache(4096)
    def read(text: str) -> Step:
        """
        Parse `x = f(a)`, `x = obj.m(a)`, `f(a)`, `x = obj.attr`, `obj.attr = value`.

        Raises:
            ValueError: it is none of these.
        """
        try:
            [line] = ast.parse(text).body
        except (SyntaxError, ValueError):
            raise ValueError(f"step '{text}' is not one line of Python") from None
        if isinstance(line, ast.Expr) and isinstance(line.value, ast.Call):
            return _call_step(ast.unparse(line.value), line.value, text)
        if isinstance(line, ast.Assign) and len(line.targets) == 1:
            target, value = line.targets[0], line.value
            if isinstance(target, ast.Attribute):
                owner = ast.unparse(target.value)
                return Step(
                    text,
                    args=(value,),
                    attribute_of=owner.partition(".")[0],
                    attribute=_below(owner, target.attr),
                    sets=True,
                )
            if isinstance(target, ast.Name) and isinstance(value, ast.Call):
                return _call_step(target.id, value, text)
            if isinstance(target, ast.Name) and isinstance(value, ast.Attribute | ast.Name):
                owner, _, attribute = ast.unparse(value).partition(".")
                return Step(target.id, attribute_of=owner if attribute else "", attribute=attribute or owner)
        raise ValueError(f"step '{text}' is not a call, nor reads or sets an attribute")

    def carry_out(
        self,
        scope: Scope,
        given: Mapping[str, Any],
        results: Mapping[str, Any],
        timeout: float | None,
        *,
        hold: bool,
    ) -> Any:
        """Do it; returns value and answer. `hold`: the value is an object to be used further, whatever its type."""
        answer = scope.ask(
            **self.request(given, results, hold=hold), timeout=timeout if self.function else None
        )
        value = answer.value
        return (Handle(scope, value, self.target) if isinstance(value, Ref) else value), answer

    def request(self, given: Mapping[str, Any], results: Mapping[str, Any], *, hold: bool) -> dict[str, Any]:
        """
        What the sandbox is asked for.

        Raises:
            StudentFault: a step before failed that this one needs.
        """
        args = [self._argument(a, given, results) for a in self.args]
        kwargs = {k: self._argument(a, given, results) for k, a in self.kwargs}
        owner = self.attribute_of
        holder = _held(results, owner) if owner and owner in results else None
        if owner and holder is None:
            raise GraderError(f"recipe: '{owner}' is made by no step before")
        ref = holder.ref if holder else None
        if self.sets:
            return {"op": "set", "name": self.attribute, "args": args, "of": ref}
        if self.function:
            op, name = "new" if hold else "call", self.attribute or self.function
            return {"op": op, "name": name, "args": args, "kwargs": kwargs, "of": ref}
        return {"op": "get", "name": self.attribute, "of": ref}

    def run(
        self,
        scope: Scope,
        source: str,
        given: Mapping[str, Any],
        results: Mapping[str, Any],
        timeout: float | None,
        called: str = "",
    ) -> Any:
        """Call a routine of ours: names that are no inputs and no results are the student's and come first."""
        theirs = [
            n.id for n in self.args if isinstance(n, ast.Name) and n.id not in given and n.id not in results
        ]
        for name in theirs:
            scope.student.require(name)
        args = [self._argument(a, given, results) for a in self.args[len(theirs) :]]
        answer = scope.run(source, self.function, *args, names=theirs, timeout=timeout, called=called)
        value = answer.value
        return (Handle(scope, value, self.target) if isinstance(value, Ref) else value), answer

    def _argument(self, node: ast.expr, given: Mapping[str, Any], results: Mapping[str, Any]) -> Any:
        for name in _names_in(node):
            if isinstance(results.get(name), StudentFault):
                raise results[name]
        text = _written(node)
        return (
            results[text]
            if text in results
            else given[text]
            if text in given
            else evaluate(text, {**given, **results})
        )


@lru_cache(4096)
def _names_in(node: ast.expr) -> frozenset[str]:
    return frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name))


@lru_cache(4096)
def _written(node: ast.expr) -> str:
    return ast.unparse(node)


def _below(owner: str, attribute: str) -> str:
    rest = owner.partition(".")[2]
    return f"{rest}.{attribute}" if rest else attribute


def _held(results: Mapping[str, Any], name: str) -> Handle:
    found = results[name]
    if isinstance(found, StudentFault):
        raise found
    if not isinstance(found, Handle):
        raise StudentFault(f"{name}: not an object with methods.", kind="output")
    return found


def _call_step(target: str, call: ast.Call, text: str) -> Step:
    function = ast.unparse(call.func)
    owner, _, method = function.partition(".")
    kwargs = tuple((k.arg or "", k.value) for k in call.keywords)
    if any(not k for k, _ in kwargs):
        raise ValueError(f"step '{text}' uses **")
    return Step(target, function, tuple(call.args), kwargs, owner if method else "", method)


def _recipe(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str):
        return value
    recipes = (info.context or {}).get("recipes", {})
    if value not in recipes:
        raise ValueError(
            f"there is no recipe '{value}'; the rubric has {', '.join(sorted(recipes)) or 'none'}"
        )
    return recipes[value]


Cook = Annotated[Recipe, BeforeValidator(_recipe)]
"""A recipe, inline or by its name under `recipes:`."""


def fingerprint(recipe: Recipe) -> bytes:
    """Changes when the recipe does."""
    return digest(recipe.model_dump_json())
