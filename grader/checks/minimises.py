"""The kind `minimises`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from grader.checks._expressions import Expression, evaluate
from grader.checks._groups import Tried, settle
from grader.checks.recipe import Cook, Observation
from grader.checks.registry import check
from grader.compare import as_array, name_of, shape_text
from grader.diagnosis import hint_of
from grader.diagnosis.registry import sentence
from grader.errors import StudentFault
from grader.model import Diagnosis, Verdict
from grader.student import Student


@check
def minimises(
    student: Student,
    *,
    recipe: Cook,
    of: Expression,
    objective: Expression,
    unique: Expression = "True",
    each: Expression = "''",
    cost: float = 1.0,
    costs: dict[str, float] = {},  # noqa: B006 - copied by pydantic
    rtol: float = 1e-6,
    near: float = 0.0,
    near_keeps: float = 0.0,
    w_rtol: float = 1e-2,
    called: str = "",
    wrong: dict[str, Expression] = {},  # noqa: B006
    hint: str = "",
) -> Verdict:
    """
    The result minimises an objective, by whatever method it was found.

    Args:
        recipe: what to run; its reference gives a minimiser.
        of: which result of it.
        objective: an expression for the objective, over the inputs and `w`.
        unique: an expression: is there only one minimiser? Then the result has to be near it as well.
        each: an expression for the name of the kind of inputs that a case belongs to.
        cost: fraction of the points that a kind of inputs costs when it goes wrong.
        costs: the same for kinds by name.
        rtol: by how much the objective may lie above its minimum, relative.
        near: a wider bound, which keeps `near_keeps` of the points: the method has not quite converged.
        near_keeps: see `near`.
        w_rtol: distance from the only minimiser, relative to its largest entry.
        called: how messages name the result.
        wrong: diagnosis id to the wrong result that it makes, or a list of them.
        hint: what to look at next.
    """
    called = called or of
    tried, looked = [], []
    for seen in recipe.observe(student):
        group, names = (
            str(evaluate(each, seen.case.names)),
            {**seen.case.names, "ref": recipe.want(seen.case)},
        )
        try:
            w = _weights(seen.value(of), np.asarray(names["ref"]), called)
        except StudentFault as fault:
            tried.append(Tried(group, fault=fault))
            looked.append(_Look())
            continue
        found = _Look(names, w, _gap(w, names, objective), bool(evaluate(unique, names)))
        complaint = found.complaint(rtol, w_rtol, _place(group, recipe.sizes[seen.case.number]))
        tried.append(Tried(group, complaint, None, _evidence(complaint, seen)))
        looked.append(replace(found, wrong=bool(complaint)))
    diagnosis = _cause(looked, wrong)
    keeps = near_keeps if near and all(found.gap <= near for found in looked) else 0.0
    return settle(
        called,
        tried,
        cost=cost,
        costs=costs,
        keeps=keeps,
        diagnosis=diagnosis,
        hint=hint_of(diagnosis) or hint,
    )


@dataclass(frozen=True)
class _Look:
    """What came for one case; without weights where the code failed."""

    names: Mapping[str, Any] = field(default_factory=dict)
    w: Any = None
    gap: float = np.inf
    """By which part of the minimum the objective lies above it."""
    only: bool = False
    """There is one minimiser."""
    wrong: bool = True

    def complaint(self, rtol: float, w_rtol: float, place: str) -> str:
        """What is wrong with the weights, or nothing."""
        if not self.gap <= rtol:
            above = f"{self.gap:.2g} of its minimum" if self.gap < 0.01 else f"{self.gap:.0%} of its minimum"
            return f"the objective is not at its minimum but above it by {above}{place}"
        if self.only and _far(self.w, np.asarray(self.names["ref"]), w_rtol):
            return f"the objective is right, but these are not the weights of its only minimum{place}"
        return ""


def _cause(looked: Sequence[_Look], wrong: Mapping[str, str]) -> Diagnosis | None:
    """The mistake that makes the weights of all wrong cases; where there are several minimisers nothing tells which it was."""
    if any(found.w is None for found in looked):
        return None
    telling = [found for found in looked if found.wrong and found.only]
    made = [
        {i for i, text in wrong.items() if _is(found.w, evaluate(text, found.names))} for found in telling
    ]
    suspects = set.intersection(*made) if made else set()
    return Diagnosis(id=min(suspects), says=sentence([min(suspects)])) if suspects else None


def _evidence(complaint: str, seen: Observation) -> dict[str, Any]:
    return {"complaint": "values", "case": seen.case.number} if complaint else {}


def _weights(got: Any, want: Any, called: str) -> Any:
    """The numbers as a vector, whether they came as a row, a column or a list."""
    array = as_array(got)
    if array is None or array.dtype.kind not in "fiu":
        raise StudentFault(
            f"{called}: expected a vector of {want.size} weights, got {name_of(got)}.", kind="output"
        )
    if array.size != want.size or max(array.shape, default=1) != array.size:
        expected = shape_text(want.shape)
        raise StudentFault(
            f"{called}: expected shape {expected}, got {shape_text(array.shape)}.", kind="output"
        )
    if not np.isfinite(array).all():
        raise StudentFault(f"{called}: contains nan or inf.", kind="output")
    return array.astype(np.float64).reshape(want.shape)


def _gap(w: Any, names: Mapping[str, Any], objective: str) -> float:
    """By which part of the minimum the objective lies above it."""
    with np.errstate(all="ignore"):
        got, least = (float(evaluate(objective, {**names, "w": v})) for v in (w, np.asarray(names["ref"])))
    return (got - least) / abs(least) if least else got


def _far(w: Any, want: Any, rtol: float) -> bool:
    return bool(np.abs(w - want).max(initial=0.0) > rtol * max(float(np.abs(want).max(initial=0.0)), 1e-12))


def _is(w: Any, made: Any) -> bool:
    """Is it the wrong result that a mistake makes, or one of several?"""
    several = [np.asarray(m, dtype=np.float64) for m in (made if isinstance(made, list) else [made])]
    return any(other.shape == w.shape and not _far(w, other, 1e-4) for other in several)


def _place(group: str, sizes: Mapping[str, Any]) -> str:
    shown = ", ".join(f"{k} = {v}" for k, v in sizes.items() if type(v) is int)
    place = "; ".join(part for part in (group, shown) if part)
    return f" ({place})" if place else ""
