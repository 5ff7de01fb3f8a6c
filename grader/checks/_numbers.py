"""What `value`, `gradient` and `shape` have in common: run the recipe, compare every case, find the cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from grader.checks.recipe import Case, Observation, Recipe, evaluate
from grader.compare import Complaint, as_array, compare
from grader.diagnosis import Compared, explain, hint_of
from grader.model import Diagnosis, Verdict, earned, lost, partial
from grader.student import Student


def judge(
    student: Student,
    recipe: Recipe,
    *,
    kind: str,
    of: str,
    against: str,
    called: str,
    rtol: float,
    atol: float = 0.0,
    also: list[str],
    wrong: Mapping[str, str],
    partial_for: Mapping[str, float],
    hint: str = "",
    keeps: Sequence[str] = (),
) -> Verdict:
    """
    Compare one result of a recipe with the reference over all cases.

    Args:
        of: the name (or expression) of the student's result.
        against: the reference's result: an expression over `ref` (what the reference gave) and the inputs.
        called: what the student calls it.
        also: further shapes that are right, as expressions over the sizes.
        wrong: diagnosis id to an expression for the wrong result that it makes.
        partial_for: diagnosis id to the fraction that is kept.
        keeps: steps that must leave their arguments as they are.
    """
    compared, first, altered = [], None, ""
    for seen in recipe.observe(student):
        got, want = seen.value(of), np.asarray(_want(recipe, seen.case, against))
        shapes = [tuple(evaluate(text, seen.case.names)) for text in also]
        complaint = compare(got, want, rtol=rtol, atol=atol, shapes=shapes)
        compared.append(_compared(recipe, seen, got, want, wrong))
        altered = altered or next((k for k in keeps if k in seen.answers and seen.answers[k].changed), "")
        if complaint and first is None:
            first = (complaint, seen, got, want)
    if first is None and altered:
        cause = Diagnosis(
            id="mutates-input", says="An argument is changed in place, and the caller still needs it."
        )
        return lost(
            f"{called}: the numbers are right, but the array that was passed in is another one after the call.",
            hint or hint_of(cause),
            cause,
        )
    if first is None:
        return earned(f"{called}: right on {len(compared)} sets of inputs.")
    complaint, seen, got, want = first
    diagnosis = explain(kind, compared)
    fraction = partial_for.get(diagnosis.id, 0.0) if diagnosis else 0.0
    return partial(
        fraction,
        _message(called, complaint, seen.case, recipe),
        hint or hint_of(diagnosis),
        diagnosis,
        **_evidence(called, got, want, complaint),
    )


def _want(recipe: Recipe, case: Case, against: str) -> Any:
    return evaluate(against, {**case.names, "ref": recipe.want(case)})


def _compared(recipe: Recipe, seen: Observation, got: Any, want: Any, wrong: Mapping[str, str]) -> Compared:
    names = {**seen.case.names, "ref": recipe.want(seen.case)}
    return Compared(
        as_array(got), want, seen.case.names, {i: evaluate(text, names) for i, text in wrong.items()}
    )


def _message(called: str, complaint: Complaint, case: Case, recipe: Recipe) -> str:
    sizes = ", ".join(f"{k} = {v}" for k, v in recipe.sizes[case.number].items() if isinstance(v, int))
    return f"{called}: {complaint.text}" + (f" (inputs with {sizes})." if sizes else ".")


def _evidence(called: str, got: Any, want: Any, complaint: Complaint) -> dict[str, Any]:
    array = as_array(got)
    if complaint.kind == "shape" and array is not None:
        return {
            "shapes": [{"name": called, "got": list(array.shape), "expected": [list(want.shape)]}],
            "complaint": "shape",
        }
    return {"complaint": complaint.kind}
