"""A sandbox for the module, a rubric with the recipes that the experiments need, and what one student gets for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from grader.live import Sandboxes
from grader.model import CheckReport, HandedFile, Source, Submission
from grader.record import Tape
from grader.rubric import Rubric, load
from grader.run import grade_one
from grader.sandbox.limits import Limits

RUBRIC = """
assignment: experiments
title: Experiments
seed: 3
code:
  - {names: [LinearLayer, softmax, center], optional: [], call_seconds: 3, load_seconds: 5}
recipes:
  once:
    sizes: [{n: 5, i: 4, o: 3}, {n: 1, i: 3, o: 2}, {n: 7, i: 2, o: 6}]
    draw: {X: "normal(n, i)", W: "normal(i, o)", b: "normal(1, o)", G: "normal(n, o)"}
    steps:
      - layer = LinearLayer(i, o)
      - layer.weights = W
      - layer.bias = b
      - Z = layer.forward(X)
      - dX = layer.backward(G)
      - gw = layer.grad_weights
    reference: layers.linear_backward(X, W, b, G)
  twice:
    sizes: [{n: 5, i: 4, o: 3}, {n: 6, i: 3, o: 2}]
    draw: {X0: "normal(n, i)", X: "normal(n, i)", W: "normal(i, o)", b: "normal(1, o)", G0: "normal(n, o)", G: "normal(n, o)"}
    steps:
      - layer = LinearLayer(i, o)
      - layer.weights = W
      - Z0 = layer.forward(X0)
      - dX0 = layer.backward(G0)
      - stepped = layer.step(0.0)
      - Z = layer.forward(X)
      - dX = layer.backward(G)
      - gw = layer.grad_weights
    reference: layers.linear_backward(X, W, b, G)
  rows:
    sizes: [{n: 5, k: 3}, {n: 4, k: 6}]
    draw: {Z: "normal(n, k)"}
    steps: [p = softmax(Z)]
    reference: activations.softmax(Z)
  centred:
    sizes: [{n: 5}, {n: 8}]
    draw: {x: "normal(n, mean=2.0)"}
    steps: [y = center(x)]
    reference: (x - np.mean(x)) * np.max(x)
questions:
  - id: Q
    title: A layer
    points: 5
    checks:
      - {id: w, points: 1, gradient: {recipe: once, of: gw, against: ref.weights, called: grad_weights}}
      - {id: x, points: 1, gradient: {recipe: once, of: dX, against: ref.input, called: the input gradient}}
      - {id: again, points: 1, gradient: {recipe: twice, of: gw, against: ref.weights, called: grad_weights}}
      - {id: softmax, points: 1, value: {recipe: rows, of: p, called: softmax}}
      - {id: center, points: 1, value: {recipe: centred, of: y, called: center}}
"""
RIGHT = """
import numpy as np

class LinearLayer:
    def __init__(self, i, o):
        self.weights, self.bias = np.zeros((i, o)), np.zeros((1, o))
    def forward(self, X):
        self.X = X
        return X @ self.weights + self.bias
    def backward(self, G):
        self.grad_weights = self.X.T @ G
        return G @ self.weights.T
    def step(self, size):
        self.weights = self.weights - size * self.grad_weights

def softmax(Z):
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

def center(x):
    return (x - x.mean()) * x.max()
"""

Checks = dict[str, CheckReport]
Grade = Callable[..., Checks]


@pytest.fixture(scope="session")
def rubric(tmp_path_factory: pytest.TempPathFactory) -> Rubric:
    path = tmp_path_factory.mktemp("rubrics") / "experiments" / "rubric.yaml"
    path.parent.mkdir()
    path.write_text(RUBRIC)
    return load(path)


@pytest.fixture(scope="session")
def sandboxes() -> Iterator[Sandboxes]:
    live = Sandboxes(Limits(load=5.0))
    yield live
    live.close()


@pytest.fixture
def grade(rubric: Rubric, sandboxes: Sandboxes) -> Grade:
    def run(old: str = "", new: str = "", *, code: str = RIGHT, tape: Tape | None = None) -> Checks:
        assert old in code
        files = (HandedFile("net.py", code.replace(old, new).encode() if old else code.encode()),)
        submission = Submission(Source("s1", ("made",)), files)
        graded = grade_one(submission, rubric, tape if tape is not None else Tape(), sandboxes)
        sandboxes.end()
        assert not graded.staff
        return {c.id: c for q in graded.report.questions for c in q.checks}

    return run
