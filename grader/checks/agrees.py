"""The kind `agrees`."""

from __future__ import annotations

import numpy as np

from grader.checks._expressions import Expression
from grader.checks.recipe import Cook
from grader.checks.registry import check
from grader.compare import RTOL, as_array, compare
from grader.diagnosis.registry import sentence
from grader.model import Diagnosis, Verdict, earned, lost
from grader.student import Student


@check
def agrees(student: Student, *, recipe: Cook, of: list[Expression], like: list[Expression], called: str = "", rtol: float = RTOL, named: str = "", hint: str = "") -> Verdict:  # fmt: skip
    """
    Two results of the student's own code agree: a mistake elsewhere costs its points there, not here.

    Args:
        recipe: what to run.
        of: the results that are judged.
        like: the results, of the student's too, that they have to be equal to; more than half must be more than zeros.
        called: how messages name them.
        rtol: relative tolerance; results in single precision are allowed 1e-3.
        named: the diagnosis when they differ.
        hint: what to look at next.
    """
    called = called or of[0]
    for seen in recipe.observe(student):
        wanted = [as_array(seen.value(text)) for text in like]
        solid = sum(w is not None and bool(np.any(w)) and bool(np.isfinite(w).all()) for w in wanted)
        if any(w is None for w in wanted) or 2 * solid <= len(wanted):
            return lost(f"{called}: nothing was computed that could be compared.", hint)
        for text, want in zip(of, wanted, strict=True):
            if complaint := compare(seen.value(text), want, rtol=rtol):
                diagnosis = Diagnosis(id=named, says=sentence([named])) if named else None
                return lost(f"{called}: {complaint.text}.", hint, diagnosis)
    return earned(f"{called}: as on a fresh start.")
