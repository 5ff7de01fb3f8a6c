"""What the experiments share: comparing what a run gave with what was expected, and naming what it proves."""

from __future__ import annotations

from collections.abc import Sequence

from grader.diagnosis.compared import Array, Compared, equal
from grader.diagnosis.lab import Lab, Trial
from grader.diagnosis.registry import sentence
from grader.model import Diagnosis

TOLERANCE = 1e-7


def named(ident: str, detail: str = "") -> Diagnosis:
    """The diagnosis with its sentence."""
    return Diagnosis(id=ident, says=sentence([ident], detail=detail))


def first_wrong(cases: Sequence[Compared]) -> Compared:
    """The first case that is wrong."""
    return next(c for c in cases if not c.right)


def wrong_first(cases: Sequence[Compared]) -> list[Compared]:
    """An experiment that fails mostly does so on a case that was wrong: one run is then enough."""
    return sorted(cases, key=lambda c: c.right)


def gives(trial: Trial | None, value: Array | None, case: Compared) -> bool:
    """Whether a run gave these numbers."""
    return trial is not None and same(trial.value, value, case)


def same(a: Array | None, b: Array | None, case: Compared) -> bool:
    """Whether two arrays are equal to rounding, whatever their shapes."""
    if a is None or b is None or a.size != b.size:
        return False
    return equal(a.reshape(b.shape), b, max(TOLERANCE, case.tolerance))


def without(lab: Lab, steps: set[int]) -> list[str]:
    """The steps but for those of these numbers."""
    return [text for k, text in enumerate(lab.steps) if k not in steps]
