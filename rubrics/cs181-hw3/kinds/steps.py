"""The kind `steps`."""

from __future__ import annotations

from typing import Literal

import numpy as np

from grader.checks.recipe import Cook
from grader.checks.registry import check
from grader.compare import compare
from grader.diagnosis.registry import hint_of
from grader.model import Verdict, earned, lost, partial
from grader.student import Student

from ._named import named


@check
def steps(student: Student, *, recipe: Cook, look: Literal["values", "gradients"], scaled: float = 256.0, keeps: float = 0.5) -> Verdict:  # fmt: skip
    """
    `sgd` moves its parameters in place by minus lr times their gradients, and sets those back to zero.

    Args:
        recipe: what to run; `out` tells of `values`, `gradients` and `others`.
        look: at the parameters, or at their gradients afterwards.
        scaled: a batch size that the step may be divided by.
        keeps: fraction of the points that such a step keeps.
    """
    for seen in recipe.observe(student):
        names, got = seen.case.names, seen.value(f"out['{look}']")
        before, slope = (np.concatenate([names[k].ravel() for k in pair]) for pair in ("Pp", "Gg"))
        lr = names["lr"]
        right = before - lr * slope if look == "values" else 0.0 * slope
        complaint = compare(got, right, atol=1e-6)
        if complaint is None:
            continue
        if (
            seen.value("out['others']") is True
            and compare(got, before if look == "values" else slope, atol=1e-6) is None
        ):
            says = "`sgd` changes the variables of the notebook in place of the parameters that it is given."
            return lost(
                "sgd: the parameters that it is given stay as they are.",
                "Go through `params`.",
                named("reads-global", says),
            )
        wrong = {
            "values": {
                "out-of-place": (
                    "The parameters stay as they are: `p = p - ...` makes a new tensor.",
                    before,
                ),
                "sign-flipped": ("", before + lr * slope),
                "scaled": (
                    f"The step is divided by {scaled:g}, a batch size: `sgd` gets the gradient as it is.",
                    before - lr * slope / scaled,
                ),
                "ignores-lr": ("The step is 0.1 whatever lr is given.", before - 0.1 * slope),
                "wrong-step-size": ("The gradient is not multiplied by lr.", before - slope),
            },
            "gradients": {
                "accumulates": ("The gradients stay, and the next batch's are added to them.", slope)
            },
        }[look]
        for name, (says, result) in wrong.items():
            if compare(got, result, atol=1e-6) is None:
                cause = named(name, says)
                called = "the parameters" if look == "values" else "the gradients"
                return partial(
                    keeps if name == "scaled" else 0.0,
                    f"sgd: {called} afterwards: {complaint.text}.",
                    hint_of(cause),
                    cause,
                )
        return lost(
            f"sgd: afterwards: {complaint.text}.",
            "p -= lr * p.grad inside `torch.no_grad()`, then `p.grad.zero_()`.",
        )
    return earned(
        "sgd: "
        + (
            "the parameters move as they should."
            if look == "values"
            else "the gradients are zero afterwards."
        )
    )
