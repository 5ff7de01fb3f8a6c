"""What made-up reports are made of."""

from __future__ import annotations

import math
import random
import struct
import zlib
from typing import Any

from grader.model import CheckReport, Outcome, Provenance, QuestionReport, Report
from grader.report.evidence import learning_curves

NET = '''"""Feed-forward network for homework 3."""
import numpy as np


class Sigmoid:
    def forward(self, input):
        self.act = 1 / (1 + np.exp(-input))
        return self.act

    def backward(self, grad):
        return grad * self.act * (1 - self.act)

    def step(self, step_size):
        pass


class LinearLayer:
    """A layer: input @ weights + bias."""

    def __init__(self, input_dim, output_dim):
        self.weights = np.random.randn(input_dim, output_dim) * np.sqrt(2 / input_dim)
        self.bias = np.ones((1, output_dim)) * 0.5

    def forward(self, input):
        self.input = input
        return input @ self.weights + self.bias

    def backward(self, grad):
        # gradients of the loss with respect to the parameters
        self.grad_weights = self.input.T @ grad / len(grad)
        self.grad_bias = grad
        return grad @ self.weights.T

    def step(self, step_size):
        self.weights -= step_size * self.grad_weights
        self.bias -= step_size * np.sum(self.grad_bias, axis=0)


def main():
    data = np.loadtxt("mnist_small_train.csv", delimiter=",", dtype=np.int)
    print("a long line that is wrapped on a phone; nobody likes to scroll sideways:", data.shape, data.dtype)


if __name__ == "__main__":
    main()
'''
HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"
    '\x1b[31m\x00\u202egpj.exe\u2066 =HYPERLINK("http://e") ]]> --> \ud800'
)


def png(width: int = 4, height: int = 3) -> bytes:
    """A small valid PNG, grey."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes([200] * width) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def check(
    id: str, kind: str, outcome: str, points: float | None, most: float, message: str = "Right.", **more: Any
) -> CheckReport:
    """One check with few words."""
    return CheckReport(
        id=id,
        kind=kind,
        outcome=Outcome(outcome),
        points=points,
        max_points=most,
        message=message,
        seconds=0.1,
        **more,
    )


def question(id: str, title: str, checks: list[CheckReport], extra: bool = False) -> QuestionReport:
    """A question whose points and outcome follow from its checks."""
    outcomes = {c.outcome for c in checks}
    rank = (Outcome.ERROR, Outcome.MANUAL)
    outcome = next(
        (o for o in rank if o in outcomes), next(iter(outcomes)) if len(outcomes) == 1 else Outcome.PARTIAL
    )
    points = sum(c.points or 0.0 for c in checks)
    return QuestionReport(
        id=id,
        title=title,
        points=points,
        max_points=sum(c.max_points for c in checks),
        extra=extra,
        outcome=outcome,
        checks=checks,
    )


def report(student: str, questions: list[QuestionReport], **more: Any) -> Report:
    """A report whose status and totals follow from its questions."""
    outcomes = {c.outcome for q in questions for c in q.checks}
    status = (
        "not_graded"
        if Outcome.ERROR in outcomes
        else "needs_review"
        if Outcome.MANUAL in outcomes
        else "graded"
    )
    made = Provenance(
        rubric="sha256:5f1c9a7be0",
        grader="0.1.0",
        packages={"numpy": "2.4.6", "scipy": "1.17.1"},
        seed=434,
        isolation=["landlock", "seccomp", "namespaces: net, pid, ipc", "own user id", "rlimits"],
        started="2026-11-20T11:14:54+00:00",
        seconds=1.2,
        submission="sha256:aa01",
    )
    base: dict[str, Any] = {
        "assignment": "cs434-hw3",
        "title": "Homework 3: naive Bayes and neural networks",
        "student": student,
        "status": status,
        "points": None if status == "not_graded" else sum(q.points for q in questions if not q.extra),
        "max_points": sum(q.max_points for q in questions if not q.extra),
        "extra_points": sum(q.points for q in questions if q.extra),
        "questions": questions,
        "provenance": made,
    }
    return Report(**(base | more))


def curves(rate: float, noise: float = 0.0, seed: int = 1, epochs: int = 200) -> list[Any]:
    """Learning curves of a run with the reference's band."""
    rng = random.Random(seed)
    loss = [2.3 * math.exp(-rate * i) + 0.28 + noise * rng.random() for i in range(epochs)]
    held = [v * 1.06 + 0.02 + 0.02 * rng.random() for v in loss]
    band = [2.3 * math.exp(-0.03 * i) + 0.34 for i in range(epochs)]
    accuracy = [0.1 + 0.82 * (1 - math.exp(-rate * i)) - noise * 0.1 * rng.random() for i in range(epochs)]
    return learning_curves(
        loss={"train": loss, "validation": held},
        accuracy={"train": accuracy, "validation": [a - 0.02 for a in accuracy]},
        loss_band={
            "name": "reference over 5 seeds, validation",
            "low": [b - 0.06 for b in band],
            "high": [b + 0.1 for b in band],
        },
        accuracy_band={
            "name": "reference over 5 seeds, validation",
            "low": [0.06 + 0.8 * (1 - math.exp(-0.03 * i)) for i in range(epochs)],
            "high": [0.12 + 0.82 * (1 - math.exp(-0.03 * i)) for i in range(epochs)],
        },
    )


def board(value: float, name: str = "quiet otter") -> dict[str, Any]:
    """Leaderboard evidence."""
    score = {"value": value, "low": value - 0.012, "high": value + 0.011}
    return {
        "metric": "accuracy",
        "pseudonym": name,
        "public": score,
        "private": {**score, "value": value - 0.004},
    }
