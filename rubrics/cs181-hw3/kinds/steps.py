"""The kind `steps`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from grader.checks.recipe import Cook, Observation
from grader.checks.registry import check
from grader.compare import Complaint, compare
from grader.diagnosis.registry import hint_of
from grader.model import Diagnosis, Verdict, earned, lost, partial
from grader.student import Student

from ._named import named

Look = Literal["values", "gradients"]
_RIGHT = {
    "values": "sgd: the parameters move as they should.",
    "gradients": "sgd: the gradients are zero afterwards.",
}
_CALLED = {"values": "the parameters", "gradients": "the gradients"}
_FIRST = (
    "Nothing in the loop over `params` may end it before the last one: a `return` belongs behind the loop."
)
_SCALED = "The step is divided by {:g}, a batch size: `sgd` gets the gradient as it is."


@check
def steps(student: Student, *, recipe: Cook, look: Look, scaled: float = 256.0, keeps: float = 0.5) -> Verdict:  # fmt: skip
    """
    `sgd` moves its parameters in place by minus lr times their gradients, and sets those back to zero.

    Args:
        recipe: what to run; `out` tells of `values`, `gradients` and `others`.
        look: at the parameters, or at their gradients afterwards.
        scaled: a batch size that the step may be divided by.
        keeps: fraction of the points that such a step keeps.
    """
    for seen in recipe.observe(student):
        step = _Step.of(seen, look)
        complaint = compare(step.got, step.right, atol=1e-6)
        if complaint is not None:
            return _wrong(step, complaint, scaled, keeps)
    return earned(_RIGHT[look])


@dataclass(frozen=True)
class _Step:
    """One call of `sgd` for a matrix and a vector: flat numbers before and afterwards."""

    look: Look
    got: Any
    before: Any
    slope: Any
    lr: float
    first: int
    """How many of the numbers are the first parameter's."""
    others: bool
    """The notebook's own parameters moved."""
    cleared: bool
    """The gradients are zero afterwards."""
    still: bool
    """The parameters are as they were."""

    @staticmethod
    def of(seen: Observation, look: Look) -> _Step:
        """
        What one case shows.

        Raises:
            StudentFault: the call failed.
        """
        names, got = seen.case.names, seen.value(f"out['{look}']")
        before, slope = (np.concatenate([names[k].ravel() for k in pair]) for pair in ("Pp", "Gg"))
        cleared = compare(seen.value("out['gradients']"), 0.0 * slope, atol=1e-6) is None
        still = compare(seen.value("out['values']"), before, atol=1e-6) is None
        others = seen.value("out['others']") is True
        return _Step(look, got, before, slope, names["lr"], names["P"].size, others, cleared, still)

    @property
    def right(self) -> Any:
        """The numbers as they should be afterwards."""
        return self.before - self.lr * self.slope if self.look == "values" else 0.0 * self.slope

    @property
    def untouched(self) -> Any:
        """The numbers as they were."""
        return self.before if self.look == "values" else self.slope

    def mistakes(self, scaled: float) -> Iterator[tuple[Diagnosis, Any]]:
        """Known mistakes and what they leave behind."""
        alone = np.where(np.arange(len(self.right)) < self.first, self.right, self.untouched)
        yield (
            named("wrong-index", "Only the first of the parameters is changed: the loop ends after it."),
            alone,
        )
        if self.look == "gradients":
            yield (
                named("accumulates", "The gradients stay, and the next batch's are added to them."),
                self.slope,
            )
            return
        move = self.slope
        if not self.cleared:  # else the gradient may have been set to zero before the step
            out = "The parameters stay as they are: `p = p - ...` makes a new tensor."
            yield named("out-of-place", out), self.before
        yield named("sign-flipped"), self.before + self.lr * move
        yield named("scaled", _SCALED.format(scaled)), self.before - self.lr * move / scaled
        yield named("ignores-lr", "The step is 0.1 whatever lr is given."), self.before - 0.1 * move
        yield named("wrong-step-size", "The gradient is not multiplied by lr."), self.before - move


def _wrong(step: _Step, complaint: Complaint, scaled: float, keeps: float) -> Verdict:
    if step.others and step.still and compare(step.got, step.untouched, atol=1e-6) is None:
        says = "`sgd` changes the variables of the notebook in place of the parameters that it is given."
        text = "sgd: the parameters that it is given stay as they are."
        return lost(text, "Go through `params`.", named("reads-global", says))
    text = f"sgd: {_CALLED[step.look]} afterwards: {complaint.text}."
    for cause, result in step.mistakes(scaled):
        if compare(step.got, result, atol=1e-6) is None:
            hint = _FIRST if cause.id == "wrong-index" else hint_of(cause)
            return partial(keeps if cause.id == "scaled" else 0.0, text, hint, cause)
    if step.look == "values" and compare(step.got, step.before, atol=1e-6) is None:
        advice = "The gradient was set to zero before the step, or `p = p - ...` made a new tensor."
        return lost("sgd: the parameters stay as they are.", advice)
    return lost(text, "p -= lr * p.grad inside `torch.no_grad()`, then `p.grad.zero_()`.")
