"""Submissions made of text, and one sandbox for the whole module that asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.live import Sandboxes
from grader.model import HandedFile, Source, Submission
from grader.record import Tape
from grader.rubric import Rubric, load
from grader.run import Graded, grade_one
from grader.sandbox.limits import Limits

RUBRIC = """
assignment: demo
title: A demonstration
seed: 7
code:
  - {names: [LinearLayer, double], optional: [extra], call_seconds: 1.5, load_seconds: 2, barred: [pandas]}
recipes:
  linear:
    sizes: [{n: 5, i: 4, o: 3}, {n: 1, i: 3, o: 6}]
    draw: {X: "normal(n, i)", W: "normal(i, o)", b: "normal(1, o)", G: "normal(n, o)"}
    steps:
      - layer = LinearLayer(i, o)
      - layer.weights = W
      - layer.bias = b
      - Z = layer.forward(X)
      - dX = layer.backward(G)
      - gw = layer.grad_weights
      - gb = layer.grad_bias
    otherwise: {layer: ["layer = LinearLayer(i, o, 1)"]}
    reference: layers.linear_backward(X, W, b, G)
  twice:
    sizes: [{n: 3}, {n: 4}]
    draw: {x: normal(n)}
    steps: [y = double(x)]
    reference: 2 * x
questions:
  - id: Q1
    title: A layer
    points: 3
    checks:
      - {id: Q1.w, points: 1, gradient: {recipe: linear, of: gw, against: ref.weights, called: grad_weights}}
      - {id: Q1.b, points: 1, gradient: {recipe: linear, of: gb, against: ref.bias, also: ["(o,)"], called: grad_bias}}
      - {id: Q1.x, points: 1, gradient: {recipe: linear, of: dX, against: ref.input, called: the input gradient}}
  - id: Q2
    title: A function
    points: 2
    checks:
      - {id: Q2.defined, points: 0, defines: {names: [double]}}
      - {id: Q2.shape, points: 1, needs: [Q2.defined], shape: {recipe: twice, of: y, shapes: ["(n,)"]}}
      - {id: Q2.value, points: 1, needs: [Q2.shape], value: {recipe: twice, of: y, called: double}}
"""
LAYER = """
import numpy as np

class LinearLayer:
    def __init__(self, i, o):
        self.weights, self.bias = np.zeros((i, o)), np.zeros((1, o))
    def forward(self, X):
        self.X = X
        return X @ self.weights + self.bias
    def backward(self, G):
        self.grad_weights = self.X.T @ G
        self.grad_bias = G.sum(axis=0)
        return G @ self.weights.T
"""
DOUBLE = "def double(x):\n    return 2 * x\n"
RIGHT = LAYER + DOUBLE


@pytest.fixture(scope="module")
def rubric(tmp_path_factory: pytest.TempPathFactory) -> Rubric:
    path = tmp_path_factory.mktemp("rubrics") / "demo" / "rubric.yaml"
    path.parent.mkdir()
    path.write_text(RUBRIC)
    return load(path)


@pytest.fixture(scope="module")
def sandboxes() -> Iterator[Sandboxes]:
    live = Sandboxes(Limits(load=2.0))
    yield live
    live.close()


def submission(code: str, name: str = "net.py", **others: str) -> Submission:
    files = (HandedFile(name, code.encode()), *(HandedFile(n, t.encode()) for n, t in others.items()))
    return Submission(Source("s1", ("made",)), files)


Grader = Callable[..., Graded]


@pytest.fixture
def grade(rubric: Rubric, sandboxes: Sandboxes) -> Grader:
    def run(code: str, tape: Tape | None = None) -> Graded:
        graded = grade_one(submission(code), rubric, tape if tape is not None else Tape(), sandboxes)
        sandboxes.end()
        return graded

    return run


def outcomes(graded: Graded) -> dict[str, str]:
    return {c.id: c.outcome.value for q in graded.report.questions for c in q.checks}


def messages(graded: Graded) -> dict[str, str]:
    return {c.id: c.message for q in graded.report.questions for c in q.checks}


def folder_of(tmp_path: Path, students: dict[str, str]) -> Path:
    for name, code in students.items():
        (tmp_path / "submissions" / name).mkdir(parents=True)
        (tmp_path / "submissions" / name / "net.py").write_text(code)
    return tmp_path / "submissions"
