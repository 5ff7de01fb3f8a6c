"""What `value`, `gradient` and `shape` have in common: run the recipe, compare every case, find the cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.checks._expressions import evaluate
from grader.checks.recipe import Case, Observation, Recipe
from grader.compare import RTOL, Complaint, as_array, compare
from grader.diagnosis import Compared, Fresh, Lab, explain, hint_of, investigate
from grader.errors import StudentFault
from grader.model import Diagnosis, Verdict, earned, lost, partial
from grader.record import digest
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
    show_values: bool = False,
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
        show_values: whether the student may see the numbers, theirs and the expected ones.
    """
    found = _look(student, recipe, _Asked(of, against, rtol, atol, also, wrong, keeps))
    if found.fault:
        cause = investigate(lab_of(student, recipe, of, against), found.compared)
        return _crashed(found.fault, cause, partial_for)
    if found.first is None:
        return _altered(called, hint) if found.altered else earned(_right(called, found.compared))
    complaint, seen, got, want = found.first
    diagnosis = explain(kind, found.compared)
    diagnosis = diagnosis or investigate(lab_of(student, recipe, of, against), found.compared)
    return partial(
        partial_for.get(diagnosis.id, 0.0) if diagnosis else 0.0,
        _message(called, complaint, seen.case, recipe),
        hint or hint_of(diagnosis),
        diagnosis,
        **_evidence(called, got, want, complaint),
        **(pictures(called, got, want) if show_values else {}),
        case=seen.case.number,
        output_digest=output_digest([c.got for c in found.compared]),
    )


@dataclass(frozen=True)
class _Asked:
    """What is compared with what; the fields are arguments of `judge`."""

    of: str
    against: str
    rtol: float
    atol: float
    also: Sequence[str]
    wrong: Mapping[str, str]
    keeps: Sequence[str]


@dataclass
class _Found:
    """What came for the cases of a recipe."""

    compared: list[Compared] = field(default_factory=list)
    first: tuple[Complaint, Observation, Any, Any] | None = None
    """The first case that is wrong: what about it, what came, what was expected."""
    fault: StudentFault | None = None
    altered: bool = False
    """A step changed an array that it was given."""


def _look(student: Student, recipe: Recipe, asked: _Asked) -> _Found:
    found = _Found()
    for seen in recipe.observe(student):
        got, want = _outcome(seen, asked.of), np.asarray(_want(recipe, seen.case, asked.against))
        shapes = [tuple(evaluate(text, seen.case.names)) for text in asked.also]
        compared = _compared(recipe, seen, got, want, asked.against, asked.wrong, shapes, asked.rtol)
        found.compared.append(compared)
        if isinstance(got, StudentFault):
            found.fault = found.fault or got
            continue
        complaint = compare(got, want, rtol=asked.rtol, atol=asked.atol, shapes=shapes)
        found.altered |= any(k in seen.answers and seen.answers[k].changed for k in asked.keeps)
        if complaint and found.first is None:
            found.first = (complaint, seen, got, want)
    return found


def _right(called: str, compared: Sequence[Compared]) -> str:
    return f"{called}: right on {len(compared)} sets of inputs."


def _altered(called: str, hint: str) -> Verdict:
    says = "An argument is changed in place, and the caller still needs it."
    cause = Diagnosis(id="mutates-input", says=says)
    text = f"{called}: the numbers are right, but the array that was passed in is another one after the call."
    return lost(text, hint or hint_of(cause), cause)


def _want(recipe: Recipe, case: Case, against: str) -> Any:
    return evaluate(against, {**case.names, "ref": recipe.want(case)})


def _outcome(seen: Observation, of: str) -> Any:
    """The result, or the exception of the student's code that came instead; other faults end the check."""
    try:
        return seen.value(of)
    except StudentFault as fault:
        if fault.kind != "crashed":
            raise
        return fault


def _crashed(fault: StudentFault, diagnosis: Diagnosis | None, partial_for: Mapping[str, float]) -> Verdict:
    """
    The verdict for code that raised; without a known cause it is `run` that tells it.

    Raises:
        StudentFault: nothing more is known.
    """
    if diagnosis is None:
        raise fault
    evidence: dict[str, Any] = {"fault": fault.kind} | ({"lines": fault.lines} if fault.lines else {})
    fraction = partial_for.get(diagnosis.id, 0.0)
    return partial(fraction, fault.message, hint_of(diagnosis) or fault.help, diagnosis, **evidence)


def _compared(
    recipe: Recipe,
    seen: Observation,
    got: Any,
    want: Any,
    against: str,
    wrong: Mapping[str, str],
    shapes: Sequence[tuple[int, ...]],
    rtol: float,
) -> Compared:
    given = seen.case.names
    names = {**given, "ref": recipe.want(seen.case)}
    wrongs = {i: evaluate(text, names) for i, text in wrong.items()}

    def again(**changed: Any) -> Any:
        inputs = {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in {**given, **changed}.items()}
        return evaluate(against, {**inputs, "ref": evaluate(str(recipe.reference), inputs)})

    return Compared(got, want, given, wrongs, again, shapes, rtol if rtol > RTOL else 0.0)


def lab_of(student: Student, recipe: Recipe, of: str, against: str) -> Lab:
    """What an experiment needs of a recipe."""

    def given(names: Mapping[str, Any]) -> Mapping[str, Any]:
        return recipe._given(Case(-1, names))

    def fresh(sizes: Mapping[str, Any], number: int) -> Fresh | None:
        varied = recipe.model_copy(update={"sizes": [*recipe.sizes, *[dict(sizes)] * (number + 1)]})
        varied._cases, varied._wants = [], {}
        try:
            case = varied.cases(student)[-1]
            return Fresh(case.names, np.asarray(_want(varied, case, against)).astype(np.float64))
        except (ValueError, IndexError, KeyError, TypeError, ArithmeticError):
            return None  # there are no inputs, or no right result, of these sizes

    ours = frozenset(recipe.draw)
    return Lab(student, recipe.steps, of, recipe.sizes, recipe.routine, given, fresh, recipe.timeout, ours)


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


def pictures(called: str, got: Any, want: Any) -> dict[str, Any]:
    """The numbers side by side, where both have one shape of one or two axes; entries that differ, and the worst."""
    array = as_array(got)
    if (
        array is None
        or array.shape != want.shape
        or array.ndim not in (1, 2)
        or array.size > _MOST_SHOWN
        or array.dtype.kind not in "fiub"
    ):
        return {}
    with np.errstate(all="ignore"):
        away = np.abs(np.asarray(array, dtype=np.float64) - want)
    away = np.where(np.isfinite(away), away, np.inf)
    wrong = np.argwhere(away > RTOL * np.abs(want).max(initial=1e-300))
    worst = np.unravel_index(int(away.argmax()), away.shape) if away.size else ()
    picture = {
        "name": called,
        "got": array.tolist(),
        "expected": want.tolist(),
        "wrong": wrong.tolist(),
        "worst": [int(i) for i in worst],
    }
    return {"arrays": [picture]}


_MOST_SHOWN = 600


def output_digest(results: Sequence[Any]) -> str:
    """Equal for students whose results are the same to five digits; empty when something is no array of numbers."""
    arrays = [as_array(r) for r in results]
    if not arrays or any(a is None or a.dtype.kind not in "fiub" for a in arrays):
        return ""
    parts = [
        part
        for a in arrays
        if a is not None
        for part in (repr(a.shape), " ".join(f"{v:.5g}" for v in a.ravel()[:500].tolist()))
    ]
    return digest(*parts).hex()
