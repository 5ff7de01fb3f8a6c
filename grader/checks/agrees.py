"""The kind `agrees`."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.checks._expressions import Expression
from grader.checks.recipe import Cook
from grader.checks.registry import check
from grader.compare import RTOL, as_array, compare
from grader.diagnosis.registry import sentence
from grader.model import Diagnosis, Verdict, earned, lost
from grader.student import Student


@check
def agrees(
    student: Student,
    *,
    recipe: Cook,
    of: list[Expression],
    like: list[Expression],
    called: str = "",
    rtol: float = RTOL,
    earlier: list[Expression] = [],  # noqa: B006 - copied by pydantic
    named: str = "",
    hint: str = "",
) -> Verdict:
    """
    Two results of the student's own code agree: a mistake elsewhere costs its points there, not here.

    Args:
        recipe: what to run.
        of: the results that are judged.
        like: the results, of the student's too, that they have to be equal to; more than half must be more than zeros;
            what both leave out is not compared.
        called: how messages name them.
        rtol: relative tolerance; results in single precision are allowed 1e-3.
        earlier: for each result the one of an earlier call, which is there still if something was not renewed.
        named: the diagnosis where a result that differs is that of the earlier call, or has it added.
        hint: what to look at next.
    """
    called = called or of[0]
    for seen in recipe.observe(student):
        every = [as_array(seen.value(text)) for text in like]
        solid = sum(w is not None and bool(np.any(w)) and bool(np.isfinite(w).all()) for w in every)
        if 2 * solid <= len(every):
            return lost(f"{called}: nothing was computed that could be compared.", hint)
        wanted = [w for w in every if w is not None]
        got = [seen.value(text) for text, w in zip(of, every, strict=True) if w is not None]
        complaints = [compare(g, w, rtol=rtol) for g, w in zip(got, wanted, strict=True)]
        if first := next((c for c in complaints if c), None):
            told = [text for text, w in zip(earlier, every, strict=False) if w is not None]
            old = [as_array(seen.value(text)) for text in told]
            stale = [
                _is_earlier(g, w, o, rtol)
                for g, w, o, c in zip(got, wanted, old, complaints, strict=False)
                if c
            ]
            diagnosis = (
                Diagnosis(id=named, says=sentence([named])) if named and stale and all(stale) else None
            )
            return lost(f"{called}: {first.text}.", hint, diagnosis)
    return earned(f"{called}: as on a fresh start.")


def _is_earlier(got: Any, want: Any, old: Any, rtol: float) -> bool:
    if old is None or old.shape != want.shape or not np.any(old):
        return False
    return any(compare(got, result, rtol=rtol) is None for result in (old, old + want))
