"""
All results of the nyu-dl-hw1 network that are right, where conventions differ, and those of known mistakes.

Legend: x (n, in), W1 (hidden, in), W2 (out, hidden), G = dJ/dy_hat (n, out), z1, z2 = f(z1), z3, y_hat = g(z3). Every
input may have single precision; the numbers here are made in double precision.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from reference.arrays import FloatArray
from reference.linear_f_linear_g import activate, derivative

KEYS = ("W1", "b1", "W2", "b2")
Gradients = dict[str, FloatArray]


@dataclass(frozen=True)
class Accepted:
    """What is right and what known mistakes make of it."""

    y_hat: FloatArray
    gradients: dict[str, list[FloatArray]]
    """By parameter (`W1`, `b1`, `W2`, `b2`): all that is right."""
    mistakes: dict[str, dict[str, list[FloatArray]]]
    """By parameter and diagnosis id: the forms that a mistake takes."""


def one_pass(
    x: FloatArray,
    W1: FloatArray,
    b1: FloatArray,
    W2: FloatArray,
    b2: FloatArray,
    G: FloatArray,
    f: str,
    g: str,
) -> Accepted:
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
        y_hat (n, out), gradients of the parameters' shapes.

    Error:
        As `linear_f_linear_g`.

    Source:
        Assignment page nyu-dl-hw1, code: relu at exactly 0, either subgradient.
    """
    network = _Network(x, W1, b1, W2, b2, f, g)
    right, wrong = network.right(G), network.wrong(G)
    return Accepted(
        network.y_hat,
        {key: [p[key] for p in right] for key in KEYS},
        {key: {name: [p[key] for p in forms] for name, forms in wrong.items()} for key in KEYS},
    )


def two_passes(
    x: FloatArray, u: FloatArray, W1: FloatArray, b1: FloatArray, W2: FloatArray, b2: FloatArray,
    G: FloatArray, H: FloatArray, f: str, g: str,
) -> Accepted:  # fmt: skip
    """
    Gradients after two passes without clearing: those of the second, or the sum of both.

    Args:
        x, W1, b1, W2, b2, G, f, g: see `one_pass`.
        u: second batch, shape (m, in).
        H: its upstream gradient, shape (m, out).

    Returns:
        y_hat of the second batch (m, out), gradients of the parameters' shapes.

    Error:
        As `linear_f_linear_g`.

    Source:
        Assignment page nyu-dl-hw1, code: accumulating and overwriting are both right.
    """
    first = one_pass(x, W1, b1, W2, b2, G, f, g)
    second = one_pass(u, W1, b1, W2, b2, H, f, g)
    right = {k: _either(first.gradients[k], second.gradients[k]) for k in KEYS}
    wrong = {
        k: {n: _either(first.mistakes[k][n], forms) for n, forms in second.mistakes[k].items()} for k in KEYS
    }
    return Accepted(second.y_hat, right, wrong)


def _either(first: list[FloatArray], second: list[FloatArray]) -> list[FloatArray]:
    """Overwritten, or added up where the shapes allow it."""
    return [*second, *(a + b for a in first for b in second if a.shape == b.shape)]


class _Network:
    """One forward pass in double precision."""

    def __init__(self, x: FloatArray, W1: FloatArray, b1: FloatArray, W2: FloatArray, b2: FloatArray, f: str, g: str) -> None:  # fmt: skip
        self.x, W1, b1, self.W2, b2 = (np.asarray(a, dtype=np.float64) for a in (x, W1, b1, W2, b2))
        self.f, self.g = f, g
        self.z1 = self.x @ W1.T + b1
        self.z2 = activate(f, self.z1)
        self.z3 = self.z2 @ self.W2.T + b2
        self.y_hat = activate(g, self.z3)

    def right(self, G: FloatArray) -> list[Gradients]:
        """With either subgradient of relu at 0."""
        return [self.backward(G, at_zero=(at_f, at_g)) for at_f, at_g in product((0.0, 1.0), repeat=2)]

    def wrong(self, G: FloatArray) -> dict[str, list[Gradients]]:
        """What known mistakes make of the gradients."""
        missing = (("z", "one"), ("one", "z"), ("one", "one"))
        at_output = (("z", "out"), ("out", "z"), ("out", "out"))
        return {
            "activation-derivative-missing": [self.backward(G, slopes=s) for s in missing],
            "activation-derivative-at-output": [self.backward(G, slopes=s) for s in at_output],
            "upstream-ignored": [self.backward(np.ones_like(self.y_hat))],
            "batch-mean": [{k: v / len(self.x) for k, v in self.backward(G).items()}],
            "not-summed": [self.rows(G)],
        }

    def rows(self, G: FloatArray) -> Gradients:
        """As `backward`, with the gradients of the biases for each row of the batch."""
        delta3 = np.asarray(G, dtype=np.float64) * _slope(self.g, self.z3, self.y_hat, 0.0, "z")
        delta1 = (delta3 @ self.W2) * _slope(self.f, self.z1, self.z2, 0.0, "z")
        return self.backward(G) | {"b1": delta1, "b2": delta3}

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
