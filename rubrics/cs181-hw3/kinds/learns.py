"""The kind `learns`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import Field

from grader.checks._routines import Routine
from grader.checks._training import accuracy
from grader.checks.registry import check
from grader.compare import as_array, name_of, shape_text
from grader.errors import StudentFault
from grader.model import Verdict, partial
from grader.points import Bands, fraction_for
from grader.student import Student, Tensor
from reference.digits import load_digit_split

from ._making import asked_train, text_of


@check
def learns(
    student: Student,
    *,
    routine: Routine,
    bands: Bands,
    times: int = 10,
    batch: int = 256,
    epochs: int = 10,
    timeout: float = 90.0,
    most: int = Field(default=0),
) -> Verdict:
    """
    The student's own `train` makes the network learn: accuracy on images that it has not seen.

    With the student's own parts; where that is not enough, once more with right ones in place of them: a mistake in those
    costs its points there.

    Args:
        routine: the file with `learn`.
        bands: accuracy to fraction of the points.
        times: how often an epoch shows each digit.
        batch, epochs: of the training.
        timeout: of one training, in seconds.
        most: training digits at most, 0 for all.
    """
    student.require("train")
    images = _images(student.seed, most)
    again, cell = asked_train(text_of(student, "train"))
    given = (*images[:5], times, batch, epochs, student.inner_seed, again)
    place = f" by the `train` of cell {cell}" if cell else ""
    own, fault = _run(student, routine, given, "", timeout, images[5])
    if own is not None and fraction_for(own["accuracy"], bands) == 1.0:
        return _learned(own, bands, epochs, place)
    if fault is not None and fault.kind == "timeout":
        raise fault
    for loss in ("rows", "mean"):
        ours, other = _run(student, routine, given, loss, timeout, images[5])
        better = ours is not None and (own is None or ours["accuracy"] > own["accuracy"])
        if ours is not None and better and fraction_for(ours["accuracy"], bands) > 0.0:
            how = f"{place} with right parts in place of your own, which cost their points elsewhere"
            return _learned(ours, bands, epochs, how)
        if other is None or other.kind != "crashed":
            break
    if own is None:
        assert fault is not None
        raise fault
    return _learned(own, bands, epochs, place)


def _images(seed: int, most: int) -> tuple[Any, ...]:
    """Training, validation and hidden images; the digits' names are shuffled, so that a known table is worth nothing."""
    split = load_digit_split(28)
    names = np.random.default_rng(seed).permutation(10)
    (X, y), (Xv, yv), (Xh, yh) = [
        ((p.pixels / 255.0).astype(np.float32), names[p.labels]) for p in (split.train, split.val, split.test)
    ]
    cut = slice(0, most or None)
    return Tensor(X[cut]), Tensor(y[cut]), Tensor(Xv), Tensor(yv), Tensor(Xh), yh


def _run(student: Student, routine: str, given: Sequence[Any], loss: str, timeout: float, labels: Any) -> tuple[dict[str, Any] | None, StudentFault | None]:  # fmt: skip
    try:
        told = student.run(
            routine, "learn", *given, loss, names=["train"], timeout=timeout, called="train"
        ).value
    except StudentFault as fault:
        return None, fault
    told = told if isinstance(told, dict) else {}
    scores = as_array(told.get("scores"))
    if scores is None or scores.shape != (len(labels), 10) or scores.dtype.kind not in "fiu":
        got = shape_text(scores.shape) if scores is not None else name_of(told.get("scores"))
        return None, StudentFault(
            f"net: after training it gives {got} for {len(labels)} images, not one row of 10 each.",
            kind="output",
        )
    losses = told.get("losses")
    losses = [v for v in losses if type(v) is float] if isinstance(losses, list) else []
    return {
        "accuracy": accuracy(scores, labels),
        "losses": losses,
        "steps": told.get("steps"),
        "per_epoch": -(-len(given[0].array) * given[5] // given[6]),
    }, None


def _learned(run: dict[str, Any], bands: Bands, epochs: int, how: str) -> Verdict:
    fraction = fraction_for(run["accuracy"], bands)
    steps, asked = run["steps"], epochs * run["per_epoch"]
    few = (
        f" It made {steps} steps, where {epochs} epochs have {asked}."
        if isinstance(steps, int) and steps < asked
        else ""
    )
    text = (
        f"train: after {epochs} epochs{how}, {run['accuracy']:.1%} of new images are classified right.{few}"
    )
    lines = [{"name": "training", "y": [round(v, 5) if np.isfinite(v) else None for v in run["losses"]]}]
    curves = (
        [{"title": "loss", "lines": lines, "x_label": "epoch", "y_label": "loss"}] if run["losses"] else []
    )
    advice = (
        ""
        if fraction == 1
        else "Batches of 256, lr 0.1, the mean of the batch's losses, one step for each batch."
    )
    return partial(fraction, text, advice, accuracy=round(run["accuracy"], 3), curves=curves)
