"""How much of its tolerance a check has used, from what it has already seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from grader.checks.recipe import Observation, Recipe, evaluate
from grader.compare import RTOL, as_array, strain
from grader.errors import StudentFault
from grader.rubric import Check
from grader.student import Student


def strain_of(check: Check, student: Student) -> float | None:
    """
    The largest share of the tolerance over all results of a check that was earned; None for kinds without one.

    The results are those that the check has asked for already: nothing runs again.
    """
    found = list(_shares(check.options, student))
    return max(found) if found else None


def _shares(options: Any, student: Student) -> Iterator[float]:
    recipes: list[Recipe] = getattr(options, "recipes", None) or [
        r for r in [getattr(options, "recipe", None)] if r
    ]
    for recipe in recipes:
        for seen in recipe.observe(student):
            try:
                yield from _shares_of(options, recipe, seen)
            except StudentFault:
                continue


def _shares_of(options: Any, recipe: Recipe, seen: Observation) -> Iterator[float]:
    limits = {"rtol": getattr(options, "rtol", RTOL), "atol": getattr(options, "atol", 0.0)}
    if hasattr(options, "like") and isinstance(options.like, list):
        for ours, theirs in zip(options.of, options.like, strict=True):
            yield strain(seen.value(ours), as_array(seen.value(theirs)), **limits)
    elif hasattr(options, "against"):
        names = {**seen.case.names, "ref": recipe.want(seen.case)}
        several = evaluate(getattr(options, "any_of", "None"), names)
        rights = several if several is not None else [evaluate(options.against, names)]
        got = as_array(seen.value(options.of))
        free = np.asarray(evaluate(getattr(options, "free", "False"), seen.case.names))
        if got is not None:
            yield min(strain(_given(got, want, free), want, **limits) for want in rights)


def _given(got: Any, want: Any, free: Any) -> Any:
    """The result, with the expected numbers where any is right."""
    want = np.asarray(want)
    if not free.any() or got.size != want.size:
        return got
    return np.where(np.broadcast_to(free, want.shape), want, got.reshape(want.shape)).astype(got.dtype)
