"""
The first steps of a training, number for number: what is asked of code that is too slow to be trained to the end.

The student's network starts as it likes and tells its parameters; the reference starts from the same ones, outside. After a few
steps of gradient descent both must say the same of images that neither has learned from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.checks._building import BUILD
from grader.checks._expressions import evaluate
from grader.checks._training import Digits
from grader.compare import as_array, compare
from grader.errors import StudentFault
from grader.student import Student

STEPS, BATCH, SECONDS = 3, 6, 15.0
RTOL = 1e-4
"""Steps of 5 and more multiply rounding."""
_LOOP = (
    BUILD
    + """
import numpy as np

def first_steps(Network, Criterion, X, y, Xh, shape, step, batch, seed):
    np.random.seed(seed)
    network, criterion = build(Network, X.shape[1], shape), Criterion()
    network.forward(X[:1].copy())
    layers = [l for l in network.layers if hasattr(l, "weights") and hasattr(l, "bias")]
    start = [np.array(part, dtype=float) for l in layers for part in (l.weights, l.bias)]
    for i in range(0, len(X), batch):
        criterion.forward(network.forward(X[i : i + batch].copy()), y[i : i + batch].copy())
        network.backward(criterion.backward())
        network.step(step)
    return {"start": start, "logits": np.asarray(network.forward(Xh), dtype=float)}
"""
)


def first_steps_right(
    student: Student, classes: Sequence[str], given: Digits, *, shape: tuple[int, int, str], step: float, seed: int
) -> bool:  # fmt: skip
    """
    Whether the student's network takes the reference's first steps, from a start that a network may have.

    Args:
        classes: the network's class and the loss's class.
        given: the images.
        shape: width, number of linear layers and activation.
        step: step size.
        seed: of the start.
    """
    X, y, Xh = given.X[: STEPS * BATCH], given.y[: STEPS * BATCH], given.Xh[:BATCH]
    args = (X, y, Xh, list(shape), step, BATCH, seed)
    try:
        found = student.run(_LOOP, "first_steps", *args, names=list(classes), timeout=SECONDS).value
    except StudentFault:
        return False
    if not isinstance(found, dict) or not isinstance(found.get("start"), list):
        return False
    start = [as_array(part) for part in found["start"]]
    want = _reference(start, X, y, Xh, shape, step)
    return want is not None and compare(found.get("logits"), want, rtol=RTOL) is None


def _reference(start: list[Any], X: Any, y: Any, Xh: Any, shape: tuple[int, int, str], step: float) -> Any:
    """The reference's logits after the steps; None when it cannot begin there."""
    width, layers, activation = shape
    network = evaluate("layers.FeedForwardNeuralNetwork", {})(X.shape[1], 10, width, layers, activation)
    criterion = evaluate("layers.CrossEntropySoftmax()", {})
    linear = [layer for layer in network.layers if hasattr(layer, "weights")]
    if len(start) != 2 * len(linear):
        return None
    for layer, weights, bias in zip(linear, start[::2], start[1::2], strict=True):
        if not _may_begin(weights, layer.weights) or bias is None or bias.size != layer.bias.size:
            return None
        layer.weights, layer.bias = weights.astype(float), bias.reshape(layer.bias.shape).astype(float)
    with np.errstate(all="ignore"):
        for i in range(0, len(X), BATCH):
            criterion.forward(network.forward(X[i : i + BATCH]), y[i : i + BATCH])
            network.backward(criterion.backward())
            network.step(step)
        return network.forward(Xh)


def _may_begin(weights: Any, usual: Any) -> bool:
    """Random numbers of about the size that the page asks for."""
    if weights is None or weights.shape != usual.shape or not np.isfinite(weights).all():
        return False
    return bool(0.5 < weights.std() / np.sqrt(2.0 / len(weights)) < 2.0)
