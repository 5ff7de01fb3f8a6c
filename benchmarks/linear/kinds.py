"""The kind `learns`: the training question of the benchmark."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from grader.checks.registry import check
from grader.model import Verdict, earned, lost
from grader.student import Student
from reference.digits import original_digits

_TRAIN = "def labels(train_network, X, y, *images):\n    predict = train_network(X, y)\n    return [predict(Z) for Z in images]\n"
_TRAINED = "def labels(predict, X, y, *images):\n    return [predict(Z) for Z in images]\n"


@cache
def data() -> tuple[Any, ...]:
    """Training and validation images with their labels, and the validation images with noise."""
    images, y = original_digits()
    X = images.reshape(len(y), -1)
    order, cut = np.random.default_rng(0).permutation(len(X)), 1437
    X = X[order] / 16.0
    noisy = X[cut:] + np.random.default_rng(9).normal(0.0, 0.05, X[cut:].shape)
    return X[:cut], y[order][:cut], X[cut:], noisy, y[order][cut:]


@check
def learns(student: Student, *, noisy: bool, trained: bool, least: float = 0.85) -> Verdict:
    """
    The trained network classifies new images.

    Args:
        noisy: with noise on the images.
        trained: the hand-in trains by itself and leaves `predict`; otherwise it is trained by calling it.
        least: the accuracy that is asked for.
    """
    X, y, clean, rough, labels = data()
    if "learns" not in student.memory:
        source, name = (_TRAINED, "predict") if trained else (_TRAIN, "train_network")
        student.memory["learns"] = student.run(
            source, "labels", X, y, clean, rough, names=[name], timeout=60, called=name
        )
    found = np.asarray(student.memory["learns"].value[noisy])
    share = float((found == labels).mean()) if found.shape == labels.shape else 0.0
    return (
        earned(f"accuracy {share:.3f}")
        if share > least
        else lost(f"accuracy {share:.3f}, more than {least} is asked for")
    )
