"""
Training the student's own network in the sandbox, and judging it outside.

The routine runs beside the student's classes, so what it says of losses is only shown. The verdict comes from the logits on
images whose labels never enter the sandbox; the digits' names are shuffled, so that a table of known answers is worth nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from grader.checks._building import BUILD
from grader.checks._curves import Curves, over_reference
from grader.checks._expressions import evaluate
from grader.compare import as_array
from grader.errors import GraderError, StudentFault
from grader.student import Student

NUMPY_LOOP = (
    BUILD
    + """
import numpy as np

def train(Network, Criterion, X, y, Xv, yv, Xh, shape, step, batch, epochs, seed):
    np.random.seed(seed)
    network, criterion = build(Network, X.shape[1], shape), Criterion()
    order, rows = np.random.RandomState(seed), []
    for epoch in range(epochs):
        at = order.permutation(len(X))
        for i in range(0, len(X), batch):
            pick = at[i : i + batch]
            criterion.forward(network.forward(X[pick]), y[pick].copy())
            network.backward(criterion.backward())
            network.step(step)
        if epoch % 4 == 3 or epoch == epochs - 1:
            rows.append([epoch + 1, *measure(network, criterion, X, y), *measure(network, criterion, Xv, yv)])
    return {"curves": np.array(rows, dtype=float), "logits": np.asarray(network.forward(Xh), dtype=float)}

def measure(network, criterion, X, y):
    logits = np.asarray(network.forward(X), dtype=float)
    hit = float((logits.argmax(axis=1) == y[:, 0]).mean())
    return float(criterion.forward(logits.copy(), y.copy())), hit
"""
)
CURVES = ("epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy")


@dataclass(frozen=True)
class Digits:
    """Images and labels for one check; labels renamed by a permutation, hidden labels kept outside."""

    X: Any
    y: Any
    Xv: Any
    yv: Any
    Xh: Any
    yh: Any


@dataclass(frozen=True)
class Run:
    """One training run of the student's."""

    accuracy: float
    """On the hidden images."""
    curves: Any
    """Rows of `CURVES`, as the sandbox says."""
    seconds: float


@lru_cache(maxsize=8)
def digits(data: str, seed: int, most: int) -> Digits:
    """
    The images that the rubric's expression gives, as network inputs pixel/256 - 0.5 and label columns.

    Args:
        data: an expression with `train`, `val` and `test`, each with `pixels` (n, d) and `labels` (n,).
        seed: of the renaming.
        most: training images at most, 0 for all.
    """
    split = evaluate(data, {})
    try:
        parts = [
            (np.asarray(p.pixels) / 256.0 - 0.5, np.asarray(p.labels))
            for p in (split.train, split.val, split.test)
        ]
    except AttributeError as e:
        raise GraderError(f"data: '{data}' gives no train, val and test with pixels and labels: {e}") from e
    names = np.random.default_rng(seed).permutation(10)
    (X, y), (Xv, yv), (Xh, yh) = [(x, names[labels].reshape(-1, 1)) for x, labels in parts]
    cut = slice(0, most or None)
    return Digits(X[cut], y[cut], Xv, yv, Xh, yh[:, 0])


def train(
    student: Student,
    classes: Sequence[str],
    given: Digits,
    *,
    shape: tuple[int, int, str],
    step: float,
    batch: int,
    epochs: int,
    seed: int,
    timeout: float,
) -> Run:
    """
    Train the student's network with our loop.

    Raises:
        StudentFault: it crashed, hung, or its logits are no numbers of shape (n, 10).
    """
    args = (given.X, given.y, given.Xv, given.yv, given.Xh, list(shape), step, batch, epochs, seed)
    try:
        answer = student.run(NUMPY_LOOP, "train", *args, names=list(classes), timeout=timeout)
    except StudentFault as fault:
        fault.message = fault.message.replace("train: ", "training your network: ", 1)
        raise
    result = answer.value if isinstance(answer.value, dict) else {}
    logits, curves = as_array(result.get("logits")), as_array(result.get("curves"))
    if logits is None or logits.shape != (len(given.Xh), 10):
        raise StudentFault(
            "forward: after training it does not return one row of 10 logits for each image.", kind="output"
        )
    if curves is None or curves.ndim != 2 or curves.shape[1] != len(CURVES):
        curves = np.zeros((0, len(CURVES)))
    return Run(accuracy(logits, given.yh), curves, answer.seconds)


def accuracy(logits: Any, labels: Any) -> float:
    """Share of rows whose largest finite logit is at the label; a row without any finite number is wrong."""
    clean = np.where(np.isfinite(logits), logits.real.astype(float), -np.inf)
    sure = np.isfinite(clean).any(axis=1) & ~np.isnan(logits).any(axis=1)
    # A network that says the same for everything scores its one class, not the first one's luck on ties.
    return float((sure & (clean.argmax(axis=1) == labels)).mean())


def panels(runs: dict[str, Run], known: Mapping[str, Curves] | None = None) -> list[dict[str, Any]]:
    """
    The learning curves for the report: losses on one chart, accuracies on the other, per run.

    Args:
        runs: by label.
        known: the reference's curves by label, drawn behind.
    """
    return [
        over_reference(_panel(label, title, run), f"val_{title}", known or {}, label)
        for label, run in runs.items()
        if len(run.curves)
        for title in ("loss", "accuracy")
    ]


def _panel(label: str, title: str, run: Run) -> dict[str, Any]:
    column = {n: [_shown(v) for v in run.curves[:, i]] for i, n in enumerate(CURVES)}
    names = (("training", "train"), ("validation", "val"))
    return {
        "title": f"{label}: {title}",
        "lines": [{"name": n, "y": column[f"{k}_{title}"]} for n, k in names],
        "x": column["epoch"],
        "x_label": "epoch",
        "y_label": title,
    }


def _shown(value: float) -> float | None:
    return round(float(value), 5) if np.isfinite(value) else None
