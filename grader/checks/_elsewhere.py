"""Where a result is wrong because an earlier part of the same hand-in is: it follows from there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from grader.checks._right import Asked, nearest, right_of
from grader.checks.recipe import Cook, Recipe
from grader.diagnosis.registry import sentence
from grader.errors import StudentFault
from grader.model import Diagnosis
from grader.student import Student


class Elsewhere(BaseModel):
    """
    An experiment that shows that a mistake is made in an earlier part.

    Args:
        check: the check that judges the earlier part.
        part: what the student calls it.
        recipes: what to run; their result has the name and the references of the check's own.
        shows: `right`: with a right part in the place of the student's every result is right, those of all sizes that go
            wrong without it among them. `own`: the recipes give the result where it agrees with the student's own part and
            nothing where it does not; it agrees every time, and is wrong.
        says: for the student, after "It follows from ...".
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    check: str
    part: str
    recipes: list[Cook]
    shows: Literal["right", "own"] = "right"
    says: str = ""


def from_elsewhere(
    student: Student, recipes: Sequence[Recipe], places: Sequence[Elsewhere], asked: Asked, atol: float
) -> tuple[Diagnosis, str] | None:
    """The first earlier part that the experiments show to be the cause of all that is wrong: what to say, and its check."""
    if not places:
        return None
    wrong = [
        sizes for recipe in recipes for sizes, right in _judged(student, recipe, asked, atol) if not right
    ]
    for place in places:
        if wrong and _shown(student, place, wrong, asked, atol):
            says = place.says or f"with a right {place.part} in the place of yours it is right"
            return Diagnosis(id="follows", says=sentence(["follows"], place.check, says)), place.check
    return None


def _shown(
    student: Student, place: Elsewhere, wrong: Sequence[Mapping[str, Any]], asked: Asked, atol: float
) -> bool:
    tried = [sizes for recipe in place.recipes for sizes in recipe.sizes]
    if place.shows == "right" and any(sizes not in tried for sizes in wrong):
        return False
    judged = [right for recipe in place.recipes for _, right in _judged(student, recipe, asked, atol)]
    if place.shows == "right":
        return all(judged)
    return None not in judged and not all(judged)


def _judged(
    student: Student, recipe: Recipe, asked: Asked, atol: float
) -> list[tuple[Mapping[str, Any], bool | None]]:
    """The sizes of every case and whether its result is right; None where there is no result."""
    found: list[tuple[Mapping[str, Any], bool | None]] = []
    for seen in recipe.observe(student):
        try:
            got = seen.value(asked.of)
        except StudentFault:
            got = None
        wants = [np.asarray(want) for want in right_of(recipe, seen, asked.against, asked.any_of)]
        complaint = None if got is None else nearest(got, wants, seen, asked.also, asked.rtol, atol)[0]
        found.append((recipe.sizes[seen.case.number], None if got is None else complaint is None))
    return found
