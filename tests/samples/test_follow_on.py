"""A mistake in one part is named there, and where others use that part the report says that they follow from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.checks._routines import _sources

from .classes import ROOT, checks_of, grade

NEURONS = """
import numpy as np
def sigmoid(z): return 1 / (1 + np.exp(-z))
def softmax(z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
def bce_loss(theta, X, y): return -np.sum(y * np.log(sigmoid(X @ theta)) + (1 - y) * np.log(1 - sigmoid(X @ theta)))
bce_grad = lambda theta, X, y: X.T @ (sigmoid(X @ theta) - y)
def cce_loss(Theta, X, Y): return -np.sum(Y * np.log(softmax(X @ Theta)))
def cce_grad(Theta, X, Y): return X.T @ (softmax(X @ Theta) - Y)
class Value:
    def __init__(self, data, inputs=()): self.data, self.grad, self.inputs = data, 0.0, inputs
    def made(a, b, data, da, db): return Value(data, ((a, da), (b, db)))
    def __add__(a, b): b = lift(b); return a.made(b, a.data + b.data, 1, 1)
    def __sub__(a, b): b = lift(b); return a.made(b, a.data - b.data, 1, -1)
    def __mul__(a, b): b = lift(b); return a.made(b, a.data * b.data, b.data, a.data)
    def __rsub__(a, b): return lift(b) - a
    def __pow__(a, k): return Value(a.data ** k, ((a, k * a.data ** (k - 1)),))
    def maximum(a, b): b = lift(b); return a.made(b, max(a.data, b.data), a.data > b.data, a.data <= b.data)
    def minimum(a, b): b = lift(b); return a.made(b, min(a.data, b.data), a.data < b.data, a.data >= b.data)
    def sigmoid(a): s = 1 / (1 + np.exp(-a.data)); return Value(s, ((a, s * (1 - s)),))
    def backward(self):
        order = topological_order(self)
        for node in order: node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            for other, slope in node.inputs: other.grad += slope * node.grad
    __radd__, __rmul__ = __add__, __mul__
def lift(a): return a if isinstance(a, Value) else Value(a)
def topological_order(node):
    order, seen, todo = [], {node}, [(node, iter(node.inputs))]
    while todo:
        top, rest = todo[-1]
        child = next((c for c, _ in rest if c not in seen), None)
        if child is None:
            order.append(todo.pop()[0])
        else:
            seen.add(child); todo.append((child, iter(child.inputs)))
    return order
"""
MLP = """
import torch
class MLP:
    def __init__(self, i, h, f, h2, o, g):
        self.names = f, g
        self.parameters = dict(W1=torch.randn(h, i), b1=torch.randn(h), W2=torch.randn(o, h), b2=torch.randn(o))
        self.grads, self.cache = {}, {}
    def act(self, k, z): return {"relu": z.clamp(min=0), "sigmoid": z.sigmoid(), "identity": z}[self.names[k]]
    def slope(self, k, z): return {"relu": (z > 0) * 1.0, "sigmoid": z.sigmoid() * (1 - z.sigmoid()), "identity": z * 0 + 1}[self.names[k]]
    def forward(self, x):
        p = self.parameters
        a = x @ p["W1"].T + p["b1"]
        z = self.act(0, a)
        b = z @ p["W2"].T + p["b2"]
        self.cache = dict(x=x, a=a, z=z, b=b)
        return self.act(1, b)
    def backward(self, G):
        c = self.cache
        d2 = G * self.slope(1, c["b"])
        d1 = d2 @ self.parameters["W2"] * self.slope(0, c["a"])
        self.grads = dict(dJdW1=d1.T @ c["x"], dJdb1=d1.sum(0), dJdW2=d2.T @ c["z"], dJdb2=d2.sum(0))
    def clear_grad_and_cache(self): self.grads, self.cache = {}, {}
"""
LAYER = """
import numpy as np
class LinearLayer:
    kept = {}
    def __init__(self, i, o): self.weights, self.bias = np.random.randn(i, o), np.full((1, o), 0.5)
    def forward(self, input):
        self.input = self.kept["input"] = input
        return input @ self.weights + self.bias
    def backward(self, grad):
        self.grad_weights, self.grad_bias = self.input.T @ grad, grad.sum(0)
        return grad @ self.weights.T
    def step(self, rate): pass
"""
ESTIMATORS = """
def mle(x): return sum(x) / len(x)
def map_estimate(x, sigma, tau): return sum(x) / (len(x) + sigma**2 / tau**2)
def posterior(x, sigma, tau): return map_estimate(x, sigma, tau), 1 / (len(x) / sigma**2 + 1 / tau**2)
def posterior_predictive(x, sigma, tau): return posterior(x, sigma, tau)[0], posterior(x, sigma, tau)[1] + sigma**2
"""
GRADS = [f"M.backward.dJd{k}" for k in ("W1", "b1", "W2", "b2")]
Named = dict[str, str]
"""Check to the diagnosis that it gets."""
CASES: dict[str, dict[str, tuple[str, str, Named]]] = {
    "cs577-a2": {
        "sigmoid": ("np.exp(-z)", "np.exp(z)", {"A.code.sigmoid": "one-minus", "A.code.bce_loss": "follows", "A.code.bce_grad": "follows"}),
        "softmax": (
            "np.exp(z - np.max(z, axis=-1, keepdims=True))\n    return e / e.sum(axis=-1, ", "np.exp(z)\n    return e / e.sum(axis=0, ",
            {"A.code.softmax": "softmax-wrong-axis", "A.code.cce_loss": "follows", "A.code.cce_grad": "follows"},
        ),
        # Its own mistake beside a wrong part: nothing follows.
        "both": (
            "np.exp(-z))", "np.exp(-2 * z)) * 1.0\nbce_factor = 3.0",
            {"A.code.sigmoid": "", "A.code.bce_loss": "follows", "A.code.bce_grad": "follows"},
        ),
        "order": ("    return order", "    return order[::-1]", {f"C.code.{k}": "follows" for k in ("shared", "network")} | {"C.code.order": ""}),
        # Right in any order, and wrong on its own.
        "adds up": ("for node in order: node.grad = 0.0", "pass", {"C.code.shared": "accumulates"}),
        "own order": ("def bce_loss(theta, X, y)", "def bce_loss(X, y, theta)", {"A.code.bce_loss": "arguments-exchanged"}),
        # One batch of one row whose label is 0 is right by chance: no size is written into the code.
        "by chance": ("def bce_loss(theta, X, y): return -", "def bce_loss(theta, X, y): return np.sum(np.logaddexp(0, X @ theta) + y * (X @ theta))\n#", {"A.code.bce_loss": ""}),
        "twice": ("softmax(X @ Theta) - Y", "softmax(softmax(X @ Theta)) - Y", {"A.code.cce_grad": "probabilities-for-logits"}),
    },
    "nyu-dl-hw1": {
        "forward": (' + p["b2"]', ' + p["b2"].mean()', {"M.forward.y_hat": "", "M.backward.dJdW1": "follows", "M.backward.dJdb1": "follows", "M.backward.dJdW2": "follows", "M.backward.dJdb2": ""}),
        # A forward and a backward pass that agree earn nothing by that.
        "agreed": (
            "z.clamp(min=0)", "z.abs()",
            {"M.forward.y_hat": "wrong-activation"} | dict.fromkeys(GRADS[:2], "wrong-activation") | dict.fromkeys(GRADS[2:], "follows"),
        ),
        "no value": ("return self.act(1, b)", "self.act(1, b)", {"M.forward.y_hat": "returns-nothing"}),
    },
    "cs181-hw3": {
        "own order": ("def map_estimate(x, sigma, tau)", "def map_estimate(x, tau, sigma)", {"P1.code.map_estimate": "arguments-exchanged", "P1.code.posterior.mean": "follows", "P1.code.posterior_predictive.mean": "follows"}),
        "deviation": ("1 / (len(x) / sigma**2 + 1 / tau**2)", "(len(x) / sigma**2 + 1 / tau**2) ** -0.5", {"P1.code.posterior.var": "std-for-variance", "P1.code.posterior_predictive.var": "follows"}),
    },
    "cs434-hw3": {
        "shared input": ('self.input.T @ grad', 'self.kept["input"].T @ grad', {"Q3.grad_weights": "shared-state"}),
        "shared gradients": (
            "    def step", "    grad_bias = property(lambda s: s.kept['b'], lambda s, v: s.kept.update(b=v))\n    def step", {"Q3.grad_bias": "shared-state"},
        ),
    },
}  # fmt: skip
RIGHT = {
    "cs577-a2": ("neurons.py", NEURONS),
    "nyu-dl-hw1": ("mlp.py", MLP),
    "cs181-hw3": ("estimators.py", ESTIMATORS),
    "cs434-hw3": ("net.py", LAYER),
}
JUDGED = ("cases", "gradient", "agrees", "ordered", "cleared")


@pytest.mark.parametrize("assignment", CASES)
def test_what_follows_is_told(assignment: str, tmp_path: Path) -> None:
    """Exactly the parts that are wrong or use a wrong one are lost, each with its cause; the right hand-in loses nothing."""
    name, right = RIGHT[assignment]
    cases = {"right": ("", "", {}), **CASES[assignment]}
    for number, (old, new, _) in enumerate(cases.values()):
        folder = tmp_path / assignment / f"s{number}"
        folder.mkdir(parents=True)
        assert old in right
        (folder / name).write_text(right.replace(old, new, 1) if old else right)
    rubric = ROOT / "rubrics" / assignment / "rubric.yaml"
    reports = grade(tmp_path / assignment, rubric, tmp_path / "grades", workers=1).reports
    for number, (case, (_, _, named)) in enumerate(cases.items()):
        checks = checks_of(reports[f"s{number}"])
        wrong = {
            k: (c["diagnosis"] or {"id": ""})["id"]
            for k, c in checks.items()
            if c["kind"] in JUDGED and c["outcome"] in ("lost", "partial") and _handed_in(c)
        }
        assert wrong == named, (case, json.dumps(wrong))
        follows = [c["diagnosis"]["says"] for c in checks.values() if wrong.get(c["id"]) == "follows"]
        assert all(says.startswith("This follows from ") for says in follows)


def test_numbers_that_are_none_are_not_moved() -> None:
    """Parameters of the notebook that a training made nan are not taken for ones that `sgd` moved."""
    file = ROOT / "rubrics" / "cs181-hw3" / "routines" / "functions.py"
    ours: dict[str, Any] = {}
    exec("\n\n".join(_sources(file, file.name, set())), ours)
    theirs: dict[str, Any] = {"W1": torch.full((3, 2), torch.nan, requires_grad=True)}
    exec("def sgd(params, lr=0.1):\n    for p in params: p.data -= lr * p.grad", theirs)
    found = ours["after_step"](theirs["sgd"], [torch.ones(2)], [torch.ones(2)], 0.5)
    assert (found["others"], found["values"].tolist(), found["gradients"].tolist()) == (
        False,
        [0.5, 0.5],
        [1, 1],
    )


def _handed_in(check: dict[str, str]) -> bool:
    return "not defined" not in check["message"] and "was not found" not in check["message"]
