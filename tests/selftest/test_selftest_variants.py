"""Correct variants really are correct: they give what the original gives, on random inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.selftest.rewriting import REWRITES
from grader.selftest.variants import rewritten, variants_of

SOURCE = '''
import numpy as np


class Layer:
    def __init__(self, weights):
        self.weights = weights

    def forward(self, X):
        """Keeps X."""
        self.X = X
        return X @ self.weights + 1.0

    def backward(self, G):
        self.gw = self.X.T @ G
        self.gb = np.sum(G, axis=0, keepdims=True)
        self.gx = np.dot(G, self.weights.T)
        return self.gx


def softmax(Z):
    shifted = np.exp(Z - np.max(Z, axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def losses(P, T):
    total = 0.0
    for p, t in zip(P, T):
        total += -np.sum(t * np.log(p))
    mean = np.mean((P - T) ** 2)
    spread = np.sqrt(np.sum((P - T) ** 2))
    return total, mean * 2 * 3, spread


def gated(X, slope):
    names = [str(n) for n in range(3)]
    if slope > 0:
        out = np.maximum(0, X)
    else:
        out = X * slope + slope
    return out if len(names) == 3 else -out
'''
FUNCTIONS = ["Layer.forward", "Layer.backward", "softmax", "losses", "gated"]
TORCH = """
import torch


def layer(X, W, b, G):
    Z = torch.matmul(X, W.T) + b
    gw, gb = G.T @ X, G.sum(dim=0)
    return Z, gw, gb, torch.sqrt((Z ** 2).sum(dim=1, keepdim=True))
"""


def results(source: str, seed: int) -> list[Any]:
    """What the functions of a source give on random inputs."""
    space: dict[str, Any] = {}
    exec(compile(source, "<variant>", "exec"), space)
    rng = np.random.default_rng(seed)
    X, W, G = rng.normal(size=(5, 4)), rng.normal(size=(4, 3)), rng.normal(size=(5, 3))
    T = np.eye(3)[rng.integers(0, 3, 5)]
    layer = space["Layer"](W)
    out = [layer.forward(X), layer.backward(G), layer.gw, layer.gb, space["softmax"](G)]
    out += [*space["losses"](space["softmax"](G), T), space["gated"](X, 0.5), space["gated"](X, -0.5)]
    return out


@pytest.mark.parametrize("rewrite", sorted(REWRITES))
def test_a_rewrite_keeps_the_results(rewrite: str) -> None:
    """A rewrite gives the same numbers and shapes; float32 within its precision."""
    source = rewritten(SOURCE, FUNCTIONS, rewrite)
    if source is None:
        assert rewrite in ("transposed-by-method",) or rewrite == "branches-swapped"
        return
    tolerance = 1e-5 if "single" in rewrite else 1e-12
    for seed in range(5):
        for got, want in zip(results(source, seed), results(SOURCE, seed), strict=True):
            assert np.shape(got) == np.shape(want)
            np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("rewrite", sorted(REWRITES))
def test_a_rewrite_of_torch_code_keeps_the_results(rewrite: str) -> None:
    """The same holds for tensors."""
    torch = pytest.importorskip("torch")
    source = rewritten(TORCH, ["layer"], rewrite)
    if source is None:
        return
    inputs = [torch.randn(*shape, dtype=torch.float64) for shape in ((5, 4), (3, 4), (3,), (5, 3))]
    found = []
    for text in (source, TORCH):
        space: dict[str, Any] = {}
        exec(compile(text, "<variant>", "exec"), space)
        found.append(space["layer"](*[i.clone() for i in inputs]))
    for got, want in zip(*found, strict=True):
        assert got.shape == want.shape
        torch.testing.assert_close(got, want, rtol=1e-12, atol=1e-12)


def test_variants_differ_from_the_original_and_from_one_another() -> None:
    """Every variant is another program."""
    variants = variants_of("net.py", SOURCE, FUNCTIONS)
    assert len(variants) > 20
    assert len({v.source for v in variants}) == len(variants)
    assert all(v.diff for v in variants)


def test_code_without_arrays_gets_no_array_helpers() -> None:
    """Where neither numpy nor torch is imported, nothing is rewritten that needs them."""
    source = "class Value:\n    def __mul__(self, other):\n        self.x = self.a * other.a\n        return self.x\n"
    assert rewritten(source, ["Value.__mul__"], "column-order") is None
    assert rewritten(source, ["Value.__mul__"], "commuted") is not None
