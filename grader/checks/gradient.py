"""The kind `gradient`."""

from __future__ import annotations

from grader.checks._expressions import Expression
from grader.checks._numbers import judge
from grader.checks._try import Slope
from grader.checks.recipe import Cook
from grader.checks.registry import check
from grader.compare import RTOL
from grader.model import Verdict
from grader.student import Student


@check
def gradient(
    student: Student,
    *,
    recipe: Cook,
    of: Expression,
    against: Expression = "ref",
    called: str = "",
    rtol: float = RTOL,
    atol: float = 0.0,
    also: list[Expression] = [],  # noqa: B006 - copied by pydantic
    wrong: dict[str, Expression] = {},  # noqa: B006
    partial: dict[str, float] = {},  # noqa: B006
    keeps: list[str] = [],  # noqa: B006
    hint: str = "",
    show_values: bool = False,
    slope: Slope | None = None,
) -> Verdict:
    """
    The gradient is that of the reference, entry by entry, for random upstream gradients.

    Args:
        recipe: what to run (`grader.checks.recipe`).
        of: which result of it.
        against: the reference's result, as an expression over `ref` and the inputs.
        called: how messages name it; default: `of`.
        rtol: relative tolerance; results in single precision are allowed 1e-3.
        atol: absolute tolerance.
        also: shapes that are right too, as expressions over the sizes.
        wrong: diagnosis id to the wrong result that it makes.
        partial: diagnosis id to the fraction of the points that is kept.
        keeps: steps that must leave the arrays as they are that they are given.
        hint: what to look at next.
        show_values: a lost check shows the student's numbers beside those of the reference.
        slope: what it is the slope of: the lines under "Try it yourself" measure it too.
    """
    return judge(
        student, recipe, kind="gradient", of=of, against=against, called=called or of, rtol=rtol, atol=atol,
        also=also, wrong=wrong, partial_for=partial, hint=hint, keeps=keeps, show_values=show_values,
    )  # fmt: skip
