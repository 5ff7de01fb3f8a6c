"""The kind `network`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from grader.checks._routines import Routine
from grader.checks.registry import check
from grader.compare import RTOL_SINGLE, as_array, compare
from grader.diagnosis.registry import hint_of
from grader.model import Verdict, earned, lost, partial
from grader.student import Student, Tensor
from reference.activations import relu, sigmoid, softmax

from ._named import named
from ._values import test_values


@check
def network(student: Student, *, routine: Routine, keeps: dict[str, float] = {}, rows: int = 5) -> Verdict:  # noqa: B006
    """
    The network flattens, applies a hidden relu layer and gives the softmax of the outputs.

    Judged with the student's relu and softmax, or with right ones in their place, or by what follows from the student's own:
    a mistake in those costs its points there.

    Args:
        routine: the file with `forward`.
        keeps: diagnosis id to the fraction of the points that is kept.
        rows: images.
    """
    images = student.rng("network").random((rows, 1, 28, 28)).astype(np.float32)
    told = student.run(routine, "forward", Tensor(images), names=["net"], called="net").value
    told = told if isinstance(told, dict) else {}
    sizes = [told.get(k) for k in ("inputs", "hidden", "outputs")]
    if not all(isinstance(s, int) and 0 < s <= 1 << 16 for s in sizes) or sizes[0] != 784 or sizes[2] != 10:
        return lost(
            "net: its parameters do not fit images of 784 pixels and 10 classes.",
            "Correct the shapes of W1, b1, W2, b2.",
        )
    maps = _Maps(images.reshape(rows, -1).astype(np.float64), sizes[1])
    want = maps.right()
    if compare(told.get("own"), want, rtol=RTOL_SINGLE) is None:
        return earned(f"net: right on {rows} images, with random numbers in its parameters.")
    if compare(told.get("fixed"), want, rtol=RTOL_SINGLE) is None:
        return earned(
            "net: right, with a right relu and softmax in place of yours: those cost their points above."
        )
    own = as_array(told.get("composed"))
    if (
        own is not None
        and _means_something(own, rows)
        and compare(told.get("own"), own, rtol=RTOL_SINGLE) is None
    ):
        return earned("net: right, going by your own relu and softmax: those cost their points above.")
    if isinstance(told.get("own"), str):
        # It fails: once more on its own, so that the message has the line.
        student.run(routine, "alone", Tensor(images), names=["net"], called="net")
        return lost(f"net: {told['own'].rstrip('.')}.")
    return _wrong_net(told, want, maps, keeps)


def _means_something(composed: Any, rows: int) -> bool:
    """Not the same for all images or all classes: a softmax that returns constants makes nothing of `net` visible."""
    if composed.shape != (rows, 10) or composed.dtype.kind != "f" or not np.isfinite(composed).all():
        return False
    size = float(np.abs(composed).max())
    return size > 0 and all(composed.std(axis=axis).min() > 1e-4 * size for axis in (0, 1))


class _Maps:
    """What a network of the known parameters gives, right and wrong."""

    def __init__(self, X: Any, hidden: int) -> None:
        self.X = X
        self.W1, self.b1, self.W2, self.b2 = test_values(784, hidden, 10)

    def right(self) -> Any:
        return softmax(self.logits())

    def logits(self, bend: Any = relu, b1: float = 1.0, b2: float = 1.0) -> Any:
        return bend(self.X @ self.W1 + b1 * self.b1) @ self.W2 + b2 * self.b2

    def wrong(self) -> Iterator[tuple[str, str, Any]]:
        """Diagnosis id, words, result."""
        yield (
            "probabilities-for-logits",
            "net returns the logits: the softmax at its end is missing.",
            self.logits(),
        )
        yield (
            "activation-missing",
            "The relu of the hidden layer is missing.",
            softmax(self.logits(lambda a: a)),
        )
        yield (
            "wrong-activation",
            "The hidden layer has a sigmoid where a relu is asked.",
            softmax(self.logits(sigmoid)),
        )
        yield (
            "wrong-activation",
            "The hidden layer has a tanh where a relu is asked.",
            softmax(self.logits(np.tanh)),
        )
        yield "wrong-index", "b1 is not added.", softmax(self.logits(b1=0.0))
        yield "wrong-index", "b2 is not added.", softmax(self.logits(b2=0.0))
        yield "wrong-index", "Neither b1 nor b2 is added.", softmax(self.logits(b1=0.0, b2=0.0))
        yield (
            "activation-derivative-at-output",
            "A relu is applied to the output too.",
            softmax(relu(self.logits())),
        )
        yield "softmax-wrong-axis", "", softmax(self.logits().T).T
        yield "probabilities-for-logits", "net returns logarithms of the probabilities.", np.log(self.right())


def _wrong_net(told: dict[str, Any], want: Any, maps: _Maps, keeps: dict[str, float]) -> Verdict:
    complaint = compare(told.get("own"), want, rtol=RTOL_SINGLE)
    assert complaint is not None
    if complaint.kind != "shape":
        for name, says, result in maps.wrong():
            for part in ("own", "fixed"):
                if compare(told.get(part), result, rtol=RTOL_SINGLE) is None:
                    cause = named(name, says)
                    return partial(keeps.get(name, 0.0), f"net: {complaint.text}.", hint_of(cause), cause)
    else:
        got = as_array(told.get("own"))
        shapes = [{"name": "net(X)", "got": list(got.shape), "expected": [list(want.shape)]}]  # type: ignore[union-attr]
        return lost(f"net: {complaint.text}.", "One row of 10 probabilities for each image.", shapes=shapes)
    return lost(f"net: {complaint.text}.", "softmax(relu(X W1 + b1) W2 + b2), with X flattened to (n, 784).")
