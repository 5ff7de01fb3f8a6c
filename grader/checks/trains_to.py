"""The kind `trains_to`."""

from __future__ import annotations

from typing import Any

from grader.checks._curves import CurvesFile
from grader.checks._expressions import Expression
from grader.checks._gym import FirstSteps, Gym
from grader.checks._training import Digits, Run, digits, panels
from grader.checks.registry import check
from grader.errors import StudentFault
from grader.model import Verdict, earned, partial
from grader.points import Bands, fraction_for
from grader.student import Student


@check
def trains_to(
    student: Student,
    *,
    classes: list[str],
    bands: Bands,
    data: Expression = "digits.load_digit_split(28)",
    width: int = 16,
    layers: int = 2,
    activation: str = "Sigmoid",
    step: float = 0.01,
    batch: int = 200,
    epochs: int = 200,
    most: int = 0,
    timeout: float = 60.0,
    hint: str = "",
    curves: CurvesFile = {},  # noqa: B006 - a default of the options' schema
    label: str = "",
) -> Verdict:
    """
    The student's network, trained by the grader's loop, learns: accuracy on images that it has not seen.

    Args:
        classes: the network's class and the loss's class, in this order.
        bands: accuracy to fraction of the points.
        data: where the images come from.
        width, layers, activation: of the network.
        step, batch, epochs: of the training.
        most: training images at most, 0 for all.
        timeout: in seconds.
        hint: what to look at next.
        curves: a file with the reference's curves by label, drawn behind the student's.
        label: of this training in that file; default: the check's id.
    """
    given: Digits = digits(data, student.seed, most)
    run = Gym(student, classes, given, batch, timeout).train((width, layers, activation), step, epochs)
    if isinstance(run, StudentFault):
        raise run
    if isinstance(run, FirstSteps):
        return earned(f"Your network is too slow to be trained to the end here; {run.says}.")
    fraction = fraction_for(run.accuracy, bands)
    message = (
        f"Trained by us for {epochs} epochs, the network classifies {run.accuracy:.1%} of new images right."
    )
    return partial(
        fraction,
        message,
        "" if fraction == 1 else hint,
        accuracy=round(run.accuracy, 3),
        curves=_panels(run, label, curves, bands),
    )


def _panels(run: Run, label: str, curves: CurvesFile, bands: Bands) -> list[dict[str, Any]]:
    """Loss and accuracy; the accuracy with what full points take."""
    loss_and_accuracy = panels({label: run}, curves)
    for panel in loss_and_accuracy:
        panel["title"] = panel["y_label"].capitalize()
        if panel["y_label"] == "accuracy":
            panel["lines"].append(_full_points(len(panel["x"]), bands))
    return loss_and_accuracy


def _full_points(count: int, bands: Bands) -> dict[str, Any]:
    least = max(band.at_least for band in bands)
    return {"name": f"full points from {least:.0%}", "y": [least] * count}
