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
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, PrivateAttr, ValidationInfo, field_validator

from grader.checks._expressions import Draws, Expression, evaluate, parsed
from grader.checks._routines import Routine
from grader.checks._steps import Step
from grader.compare import in_words
from grader.errors import GraderError, StudentFault
from grader.record import digest
from grader.sandbox.box.protocol import LATER
from grader.student import Answer, Handle, Ref, Request, Scope, Student, Tensor

__all__ = ["Case", "Cook", "Expression", "Observation", "Recipe", "evaluate"]


MOST_AHEAD = 8 << 20
"""Most bytes of arrays that are sent for steps whose turn has not come."""
MOST_KEPT = 500
"""Most requests that are kept of one case: they hold names of types, which students choose."""


@dataclass(frozen=True)
class Case:
    """One set of inputs: sizes and drawn arrays by name."""

    number: int
    names: Mapping[str, Any]
    made: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What is the same for every student: the inputs as they are sent, requests."""


@dataclass
class Observation:
    """What the steps gave for one case: values, objects and faults by name."""

    case: Case
    results: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)

    @property
    def faults(self) -> bool:
        """Whether a step failed."""
        return any(isinstance(result, StudentFault) for result in self.results.values())

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
            raise StudentFault(
                f"{base}: the result has no part {part}: it is {in_words(found)}.", kind="output"
            ) from None


class Recipe(BaseModel):
    """See the module's docstring."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    sizes: list[dict[str, Any]] = [{}]
    draw: dict[str, Expression] = {}
    steps: list[str]
    otherwise: dict[str, list[str]] = {}
    """Name of a result to other steps that make it, tried in order where the student's code asks for other arguments."""
    routine: Routine = ""
    called: str = ""
    """What a message names when a routine of ours meets a failure; default: the routine."""
    tensors: bool | list[str] = False
    single: bool = False
    timeout: float | None = None
    reference: Expression | None = None
    _cases: list[Case] = PrivateAttr(default_factory=list)
    _wants: dict[int, Any] = PrivateAttr(default_factory=dict)

    @field_validator("otherwise")
    @classmethod
    def _others_parse(cls, otherwise: dict[str, list[str]]) -> dict[str, list[str]]:
        for target, texts in otherwise.items():
            if any(Step.read(text).target != target for text in texts):
                raise ValueError(f"'{target}' is not what its other steps make")
        return otherwise

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

    def observe(self, student: Student) -> Sequence[Observation]:
        """Carry the steps out for every case; checks that share a recipe share what was seen."""
        seen: list[Observation] | None = student.memory.get(("recipe", id(self)))
        if seen is None:
            seen = student.memory["recipe", id(self)] = self._observe(student)
        return seen

    def _observe(self, student: Student) -> list[Observation]:
        """
        The cases one after the other, in one fork as long as all goes well.

        After a case with a fault the next has a fork of its own, so that a fault costs one case; and where a routine of ours
        takes part every case has one, because what a routine keeps belongs to its case.
        """
        late: dict[str, StudentFault] = {}
        seen: list[Observation] = []
        scope = student.scope(self.first_name)
        try:
            for case in self.cases(student):
                if seen and (self.routine or seen[-1].faults):
                    scope.close()
                    scope = student.scope(self.first_name)
                seen.append(self._observe_one(scope, case, late))
        finally:
            scope.close()
        return seen

    def _observe_one(self, scope: Scope, case: Case, late: dict[str, StudentFault]) -> Observation:
        seen = Observation(case)
        broken: dict[str, StudentFault] = {}
        given = self._given(case)
        for number, text in enumerate(self.steps):
            step = Step.read(text)
            scope.upcoming = partial(self._upcoming, number, scope, case, given, seen.results, late)
            if text in late:
                # It ran out of time for other inputs: once is enough.
                seen.results |= {s.target: late[text] for s in (step, *self._after(text))}
                break
            try:
                seen.results[step.target], answer = self._somehow(step, scope, case, given, seen.results)
                seen.answers[step.target] = answer
            except StudentFault as fault:
                # An attribute that is missing because a method stopped early: the method is the cause.
                cause = broken.get(step.attribute_of) if not step.function else None
                seen.results[step.target] = cause or fault
                if step.function or step.sets:
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
        case: Case,
        given: Mapping[str, Any],
        results: Mapping[str, Any],
        late: Mapping[str, Any],
    ) -> list[Request]:
        """The requests of the steps after `number`, up to the first that needs a number of one before it."""
        if number or late:
            return self._told(number, scope, given, results, late)
        key = ("ahead", scope.student.inner_seed)
        if key not in case.made:
            case.made[key] = self._told(0, scope, given, {}, late)
        return case.made[key]  # type: ignore[no-any-return]

    def _told(
        self,
        number: int,
        scope: Scope,
        given: Mapping[str, Any],
        results: Mapping[str, Any],
        late: Mapping[str, Any],
    ) -> list[Request]:
        told, unknown, size = dict(results), set[str](), 0
        requests: list[Request] = []
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
                size += sum(getattr(a, "nbytes", 0) for a in requests[-1].asked["args"])
                if size > MOST_AHEAD:
                    break
            if step.target in self.owners:
                told[step.target] = Handle(scope, Ref(LATER + place), step.target)
            else:
                unknown.add(step.target)
        return requests

    def _somehow(
        self, step: Step, scope: Scope, case: Case, given: Mapping[str, Any], results: Mapping[str, Any]
    ) -> Any:
        """The step, or another one that makes the same where the code wants more arguments than the assignment gives it."""
        try:
            return self._carry_out(step, scope, case, given, results)
        except StudentFault as fault:
            for text in self.otherwise.get(step.target, ()) if _wants_arguments(fault) else ():
                with contextlib.suppress(StudentFault):
                    return self._carry_out(Step.read(text), scope, case, given, results)
            raise

    def _carry_out(
        self, step: Step, scope: Scope, case: Case, given: Mapping[str, Any], results: Mapping[str, Any]
    ) -> Any:
        if step.function in self.routines:
            return step.run(scope, self.routine, given, results, self.timeout, self.called)
        request = self._request(step, scope, case, given, results)
        return step.carry_out(scope, request, self.timeout)

    def _request(
        self, step: Step, scope: Scope, case: Case, given: Mapping[str, Any], results: Mapping[str, Any]
    ) -> Request:
        """The request of a step; one that no result goes into is made once for the class."""
        hold, holder = step.target in self.owners, results.get(step.attribute_of)
        if step.uses & results.keys() or isinstance(holder, StudentFault):
            return scope.request(**step.request(given, results, hold=hold))
        key = (step, scope.student.inner_seed, holder.ref if isinstance(holder, Handle) else None)
        if key not in case.made:
            if len(case.made) > MOST_KEPT:
                case.made.clear()
            case.made[key] = scope.request(**step.request(given, results, hold=hold))
        return case.made[key]  # type: ignore[no-any-return]

    @cached_property
    def routines(self) -> frozenset[str]:
        """Names of the functions of the routine's file."""
        body = ast.parse(self.routine).body
        return frozenset(part.name for part in body if isinstance(part, ast.FunctionDef))

    def _given(self, case: Case) -> Mapping[str, Any]:
        if "given" not in case.made:
            case.made["given"] = self._as_sent(case)
        return case.made["given"]  # type: ignore[no-any-return]

    def _as_sent(self, case: Case) -> dict[str, Any]:
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


def _wants_arguments(fault: StudentFault) -> bool:
    return fault.kind == "crashed" and "TypeError" in fault.message and "argument" in fault.message


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
