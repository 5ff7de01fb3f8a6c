"""The kind `cleared`."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.checks._expressions import Expression
from grader.checks.recipe import Cook
from grader.checks.registry import check
from grader.compare import as_array
from grader.model import Verdict, earned, lost, partial
from grader.student import Student


@check
def cleared(student: Student, *, recipe: Cook, before: Expression, of: Expression, rest: Expression = "None", keeps: float = 0.0, called: str = "", called_rest: str = "", hint: str = "") -> Verdict:  # fmt: skip
    """
    What was stored is gone: None, zeros, an empty container, or the attribute itself removed.

    Args:
        recipe: what to run.
        before: what was stored before the call that clears; there has to be something.
        of: what is stored after it.
        rest: something else that has to be gone too.
        keeps: fraction of the points that is kept when only `rest` is still there.
        called, called_rest: how messages name the two.
        hint: what to look at next.
    """
    called = called or of
    for seen in recipe.observe(student):
        if _empty(seen.value(before)):
            return lost(f"{called}: there was nothing to clear.", hint)
        if not _empty(seen.value(of)):
            return lost(f"{called}: still there after the call; expected None, zeros or nothing.", hint)
        if rest != "None" and not _empty(seen.value(rest)):
            return partial(
                keeps, f"{called_rest or rest}: still there after the call; {called} is cleared.", hint
            )
    return earned(f"{called}: cleared.")


def _empty(value: Any) -> bool:
    """Whether nothing is stored: None, an empty container, zeros, or containers of these."""
    if value is None or value is False or (type(value) is str and not value):
        return True
    if isinstance(value, dict):
        return all(_empty(v) for v in value.values())
    array = as_array(value)
    if array is not None:
        return not np.any(array)
    if isinstance(value, list | tuple):
        return all(_empty(v) for v in value)
    return False
