"""The cases of `cases`, one after the other: which kind of inputs each belongs to, and what is wrong with what came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from grader.checks._expressions import evaluate
from grader.checks._groups import Tried
from grader.checks._right import Asked, nearest, right_of, shapes_of
from grader.checks.recipe import Observation, Recipe
from grader.compare import Complaint, as_array
from grader.errors import StudentFault
from grader.student import Student


@dataclass(frozen=True)
class Came:
    """What came for one case, and the right result that it is compared with."""

    group: str
    recipe: Recipe
    seen: Observation
    got: Any
    want: Any
    loose: bool
    """Some of its entries only have to be finite."""


@dataclass(frozen=True)
class Kinds:
    """Which kind of inputs a case belongs to, and how its entries are compared; the fields are options of `cases`."""

    each: str
    beside: str
    free: str
    atol: float

    def of(self, names: Mapping[str, Any]) -> tuple[str, str]:
        """The kind of inputs of a case, and another one beside it or nothing."""
        group, near = str(evaluate(self.each, names)), str(evaluate(self.beside, names))
        return group, near if near != group else ""


def judged(
    student: Student, recipes: Sequence[Recipe], asked: Asked, kinds: Kinds
) -> tuple[list[Tried], list[Came]]:
    """All cases of all recipes, judged, and what came for those that gave a result."""
    tried: list[Tried] = []
    came: list[Came] = []
    for recipe, seen in _seen(student, recipes):
        group, near = kinds.of(seen.case.names)
        try:
            got = seen.value(asked.of)
        except StudentFault as fault:
            tried.append(Tried(group, fault=fault, beside=near))
            if fault.kind == "timeout":
                tried += untried(student, recipes, kinds, fault, len(tried))
                break
            continue
        right = right_of(recipe, seen, asked.against, asked.any_of)
        got = _filled(got, right[0], seen, kinds.free, asked.also)
        complaint, want = nearest(got, right, seen, asked.also, asked.rtol, kinds.atol)
        tried.append(replace(_tried(group, complaint, recipes.index(recipe), recipe, seen), beside=near))
        loose = bool(np.any(evaluate(kinds.free, seen.case.names)))
        came.append(Came(group, recipe, seen, got, want, loose))
    return tried, came


def untried(
    student: Student, recipes: Sequence[Recipe], kinds: Kinds, fault: StudentFault, done: int
) -> list[Tried]:
    """After a time-out nothing more is tried: the inputs that were still to come count as not answered."""
    every = [case.names for recipe in recipes for case in recipe.cases(student)]
    return [Tried(kinds.of(names)[0], fault=fault) for names in every[done:]]


def _seen(student: Student, recipes: Sequence[Recipe]) -> Iterator[tuple[Recipe, Observation]]:
    for recipe in recipes:
        for seen in recipe.observe(student):
            yield recipe, seen


def _filled(got: Any, want: Any, seen: Observation, free: str, also: list[str]) -> Any:
    """What came, with the expected numbers where any finite number is right."""
    array, anything = as_array(got), np.asarray(evaluate(free, seen.case.names))
    want = np.asarray(want)
    if array is None or array.size != want.size or array.dtype.kind not in "fiu" or not anything.any():
        return got
    if array.shape not in (want.shape, *shapes_of(also, seen)):
        return got
    put = np.broadcast_to(anything, want.shape).reshape(array.shape) & np.isfinite(array)
    filled = np.where(put, want.reshape(array.shape), array)
    return filled.astype(array.dtype if array.dtype.kind == "f" else np.float64)


def _tried(group: str, complaint: Complaint | None, number: int, recipe: Recipe, seen: Observation) -> Tried:
    if complaint is None:
        return Tried(group)
    sizes = recipe.sizes[seen.case.number]
    shown = ", ".join(
        f"{k} = {v}" for k, v in sizes.items() if isinstance(v, int) and not isinstance(v, bool)
    )
    place = "; ".join(part for part in (group, shown) if part)
    evidence = {"complaint": complaint.kind, "case": seen.case.number, "recipe": number}
    return Tried(group, f"{complaint.text} ({place})" if place else complaint.text, None, evidence)
