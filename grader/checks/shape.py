"""The kind `shape`."""

from __future__ import annotations

import numpy as np

from grader.checks._expressions import Expression, evaluate
from grader.checks.recipe import Cook
from grader.checks.registry import check
from grader.compare import as_array, describe, name_of, shape_text
from grader.model import Verdict, earned, lost
from grader.student import Student


@check
def shape(student: Student, *, recipe: Cook, of: Expression, shapes: list[Expression], called: str = "", finite: bool = True, hint: str = "") -> Verdict:  # fmt: skip
    """
    The result has the right shape, and numbers in it.

    Args:
        recipe: what to run.
        of: which result of it.
        shapes: the shapes that are right, as expressions over the sizes: `(n, o)`.
        called: how messages name the result; default: `of`.
        finite: nan and inf are wrong.
        hint: what to look at next.
    """
    called = called or of
    for seen in recipe.observe(student):
        got, allowed = seen.value(of), [tuple(evaluate(s, seen.case.names)) for s in shapes]
        array = as_array(got)
        if array is None:
            wanted = describe(np.zeros(allowed[0]))
            return lost(f"{called}: expected {wanted}, got {name_of(got)}.", hint, case=seen.case.number)
        if array.shape not in allowed:
            wanted = " or ".join(map(shape_text, allowed))
            evidence = {"name": called, "got": list(array.shape), "expected": [list(s) for s in allowed]}
            message = f"{called}: expected shape {wanted}, got {shape_text(array.shape)}."
            return lost(message, hint, shapes=[evidence], case=seen.case.number)
        if finite and not np.isfinite(array).all():
            return lost(f"{called}: contains nan or inf.", hint, case=seen.case.number)
    return earned(f"{called}: the right shape.")
