"""
All results of the nyu-dl-hw1 network that are right, where conventions differ, and those of known mistakes.

Legend: x (n, in), W1 (hidden, in), W2 (out, hidden), G = dJ/dy_hat (n, out), z1, z2 = f(z1), z3, y_hat = g(z3). Every
input may have single precision; the numbers here are made in double precision.
"""

from collections.abc import Mapping
from itertools import product

import numpy as np

from reference.arrays import FloatArray
from reference.linear_f_linear_g import activate, derivative

KEYS = ("W1", "b1", "W2", "b2")
Gradients = dict[str, FloatArray]


def results(
    x: FloatArray, W1: FloatArray, b1: FloatArray, W2: FloatArray, b2: FloatArray, G: FloatArray, f: str, g: str
) -> dict[str, list[FloatArray]]:
    """
    Prediction and gradients of one pass, each with all the values that are right.

    relu'(0) may be 0 or 1, in either place; everything else is unique.

    Args:
        x: batch, shape (n, in).
        W1: shape (hidden, in).
        b1: shape (hidden,).
        W2: shape (out, hidden).
        b2: shape (out,).
        G: upstream gradient, shape (n, out).
        f: 'relu', 'sigmoid' or 'identity', of the first layer.
        g: the same for the second layer.

    Returns:
        'y_hat' and 'W1', 'b1', 'W2', 'b2' (gradients): a list of arrays.

    Error:
        As `linear_f_linear_g`.

    Source:
        Assignment page nyu-dl-hw1, code: relu at exactly 0, either subgradient.
    """
    network = _Network(x, W1, b1, W2, b2, f, g)
    found: dict[str, list[FloatArray]] = {"y_hat": [network.y_hat]}
    passes = [network.backward(G, at_zero=kinks) for kinks in product((0.0, 1.0), repeat=2)]
    return found | {key: [p[key] for p in passes] for key in KEYS}


def results_of_two(
    x: FloatArray, u: FloatArray, W1: FloatArray, b1: FloatArray, W2: FloatArray, b2: FloatArray,
    G: FloatArray, H: FloatArray, f: str, g: str,
) -> dict[str, list[FloatArray]]:  # fmt: skip
    """
    Gradients after two passes without clearing: those of the second, or the sum of both.

    Args:
        x, W1, b1, W2, b2, G, f, g: see `results`.
        u: second batch, shape (m, in).
        H: its upstream gradient, shape (m, out).

    Returns:
        'W1', 'b1', 'W2', 'b2': a list of arrays; 'y_hat' of the second batch.

    Error:
        As `linear_f_linear_g`.

    Source:
        Assignment page nyu-dl-hw1, code: accumulating and overwriting are both right.
    """
    first = results(x, W1, b1, W2, b2, G, f, g)
    second = results(u, W1, b1, W2, b2, H, f, g)
    both = {key: [*second[key], *(a + b for a in first[key] for b in second[key])] for key in KEYS}
    return {"y_hat": second["y_hat"]} | both


def mistaken(
    x: FloatArray, W1: FloatArray, b1: FloatArray, W2: FloatArray, b2: FloatArray, G: FloatArray, f: str, g: str
) -> dict[str, Mapping[str, list[FloatArray]]]:
    """
    What known mistakes make of the gradients, by diagnosis id.

    Args:
        x, W1, b1, W2, b2, G, f, g: see `results`.

    Returns:
        Diagnosis id to 'W1', 'b1', 'W2', 'b2': the forms that the mistake takes.

    Error:
        As `linear_f_linear_g`.

    Source:
        The definitions, with one factor left out or taken at another place.
    """
    network = _Network(x, W1, b1, W2, b2, f, g)
    made = {
        "activation-derivative-missing": [
            network.backward(G, slopes=s) for s in (("z", "one"), ("one", "z"), ("one", "one"))
        ],
        "activation-derivative-at-output": [
            network.backward(G, slopes=s) for s in (("z", "out"), ("out", "z"), ("out", "out"))
        ],
        "upstream-ignored": [network.backward(np.ones_like(network.y_hat))],
        "batch-mean": [{k: v / len(x) for k, v in network.backward(G).items()}],
    }
    return {name: {key: [p[key] for p in passes] for key in KEYS} for name, passes in made.items()}


class _Network:
    """One forward pass in double precision."""

    def __init__(self, x: FloatArray, W1: FloatArray, b1: FloatArray, W2: FloatArray, b2: FloatArray, f: str, g: str) -> None:  # fmt: skip
        self.x, W1, b1, self.W2, b2 = (np.asarray(a, dtype=np.float64) for a in (x, W1, b1, W2, b2))
        self.f, self.g = f, g
        self.z1 = self.x @ W1.T + b1
        self.z2 = activate(f, self.z1)
        self.z3 = self.z2 @ self.W2.T + b2
        self.y_hat = activate(g, self.z3)

    def backward(
        self, G: FloatArray, at_zero: tuple[float, float] = (0.0, 0.0), slopes: tuple[str, str] = ("z", "z")
    ) -> Gradients:
        """Gradients; `at_zero`: relu'(0) of f and g; `slopes`: f' and g' at z, at the output, or left out."""
        f = _slope(self.f, self.z1, self.z2, at_zero[0], slopes[0])
        g = _slope(self.g, self.z3, self.y_hat, at_zero[1], slopes[1])
        delta3 = np.asarray(G, dtype=np.float64) * g
        delta1 = (delta3 @ self.W2) * f
        return {"W1": delta1.T @ self.x, "b1": delta1.sum(0), "W2": delta3.T @ self.z2, "b2": delta3.sum(0)}


def _slope(name: str, z: FloatArray, out: FloatArray, at_zero: float, where: str) -> FloatArray:
    if where == "one":
        return np.ones_like(z)
    if where == "out":
        return derivative(name, out)
    slope = derivative(name, z)
    return np.where(z == 0.0, at_zero, slope) if name == "relu" else slope
