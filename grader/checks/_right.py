"""What is right for a case of `cases`, and the experiments for one that is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import numpy as np

from grader.checks._expressions import evaluate
from grader.checks._numbers import lab_of
from grader.checks.recipe import Observation, Recipe
from grader.compare import RTOL, Complaint, compare
from grader.diagnosis import Compared, investigate
from grader.errors import StudentFault
from grader.model import Diagnosis
from grader.student import Student


def names_of(recipe: Recipe, seen: Observation) -> dict[str, Any]:
    return {**seen.case.names, "ref": recipe.want(seen.case)}


def right_of(recipe: Recipe, seen: Observation, against: str, any_of: str) -> list[Any]:
    several = evaluate(any_of, names_of(recipe, seen))
    return several if several is not None else [np.asarray(evaluate(against, names_of(recipe, seen)))]


def shapes_of(also: list[str], seen: Observation) -> list[tuple[int, ...]]:
    return [tuple(evaluate(text, seen.case.names)) for text in also]


def nearest(
    got: Any, right: list[Any], seen: Observation, also: list[str], rtol: float, atol: float
) -> tuple[Complaint | None, Any]:
    """No complaint and the result that fits, or the smallest complaint and its result."""
    shapes = shapes_of(also, seen)
    found = [(compare(got, want, rtol=rtol, atol=atol, shapes=shapes), want) for want in right]
    return min(found, key=lambda pair: pair[0].error if pair[0] else -1.0)


@dataclass(frozen=True)
class Asked:
    """What is compared: expressions for the result and for the right ones, further shapes, the tolerance."""

    of: str
    against: str
    any_of: str
    also: list[str]
    rtol: float


def shown_by(student: Student, recipes: list[Recipe], asked: Asked, free: str = "False") -> Diagnosis | None:
    """
    What an experiment with the student's code shows, also where it raised; of the first recipe that goes wrong.

    Cases with entries that only have to be finite (`free`) say nothing, nor do those after them.
    """
    for recipe in recipes:
        exact = takewhile(lambda seen: not np.any(evaluate(free, seen.case.names)), recipe.observe(student))
        cases = [_as_came(recipe, seen, asked) for seen in exact]
        if not all(c.right for c in cases):
            return investigate(lab_of(student, recipe, asked.of, asked.against), cases)
    return None


def _as_came(recipe: Recipe, seen: Observation, asked: Asked) -> Compared:
    right = right_of(recipe, seen, asked.against, asked.any_of)
    try:
        got = seen.value(asked.of)
    except StudentFault as fault:
        got, want = fault, right[0]
    else:
        want = nearest(got, right, seen, asked.also, asked.rtol, 0.0)[1]
    shapes = shapes_of(asked.also, seen)
    loose = asked.rtol if asked.rtol > RTOL else 0.0
    return Compared(
        got, np.asarray(want), seen.case.names, rerun=_again(recipe, seen, asked), shapes=shapes, rtol=loose
    )


def _again(recipe: Recipe, seen: Observation, asked: Asked) -> Callable[..., Any]:
    """The reference's result for other inputs."""

    def again(**changed: Any) -> Any:
        names = {
            k: v.copy() if isinstance(v, np.ndarray) else v for k, v in {**seen.case.names, **changed}.items()
        }
        ref = evaluate(str(recipe.reference), names)
        several = evaluate(asked.any_of, {**names, "ref": ref})
        return several[0] if several is not None else evaluate(asked.against, {**names, "ref": ref})

    return again
