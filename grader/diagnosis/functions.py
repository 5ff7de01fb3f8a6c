"""The small functions that wrong results are made from. z pre-activation, a activation, p probabilities, y labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from grader.diagnosis.compared import Array

Elementwise = Callable[[Array], Array]


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), safe on both sides."""
    tail = np.exp(-np.abs(z))
    return np.where(z < 0, tail, 1.0) / (1.0 + tail)


def softmax(z: Array, axis: int | None = -1) -> Array:
    """exp(z) over its sum along an axis; None: over everything."""
    powers = np.exp(z - np.max(z, axis=axis, keepdims=True))
    return powers / np.sum(powers, axis=axis, keepdims=True)


def log_softmax(z: Array, axis: int | None = -1) -> Array:
    """Logarithm of the softmax."""
    shifted = z - np.max(z, axis=axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


WRONG_AXES: tuple[tuple[int | None, str], ...] = ((0, "over the columns"), (None, "over the whole matrix"))


def relu(z: Array) -> Array:
    """max(0, z)."""
    return np.maximum(z, 0.0)


def identity(z: Array) -> Array:
    """z."""
    return z


def _d_sigmoid(z: Array) -> Array:
    return sigmoid(z) * sigmoid(-z)


def _d_relu(z: Array) -> Array:
    return (z > 0).astype(np.float64)


def _d_tanh(z: Array) -> Array:
    return 1.0 - np.tanh(z) ** 2


ACTIVATIONS: dict[str, Elementwise] = {
    "sigmoid": sigmoid,
    "relu": relu,
    "tanh": np.tanh,
    "identity": identity,
}
DERIVATIVES: dict[str, Elementwise] = {
    "sigmoid": _d_sigmoid, "relu": _d_relu, "tanh": _d_tanh, "identity": np.ones_like,
}  # fmt: skip


@dataclass(frozen=True)
class Relative:
    """A function that students write where they mean an activation, and its derivative."""

    says: str
    value: Elementwise
    slope: Elementwise
    named: bool = True
    """Its derivative alone, in place of the right one, has no other name."""


def _leaky(slope: float) -> Relative:
    return Relative(
        f"a leaky relu (slope {slope:g} below 0)",
        lambda z: np.where(z > 0, z, slope * z),
        lambda z: np.where(z > 0, 1.0, slope),
    )


RELATIVES: dict[str, tuple[Relative, ...]] = {
    "relu": (
        Relative("|x|", np.abs, np.sign),
        Relative("min(0, x)", lambda z: np.minimum(z, 0.0), lambda z: (z < 0).astype(np.float64), False),
        Relative("max(0, -x)", lambda z: relu(-z), lambda z: -(z < 0).astype(np.float64), False),
        Relative("x between 0 and 1", lambda z: np.clip(z, 0, 1), lambda z: ((z > 0) & (z < 1)) * 1.0),
        *(_leaky(slope) for slope in (0.01, 0.1, 0.2)),
    ),
    "sigmoid": (
        Relative("sigmoid(-x)", lambda z: sigmoid(-z), lambda z: -_d_sigmoid(z), False),
        Relative("2 sigmoid(x) - 1", lambda z: 2 * sigmoid(z) - 1, lambda z: 2 * _d_sigmoid(z), False),
    ),
}


def wrong_derivatives(name: str) -> list[tuple[str, Elementwise, str]]:
    """What stands where the derivative of an activation belongs: id, function of z, detail."""
    f, d = ACTIVATIONS[name], DERIVATIVES[name]
    found: list[tuple[str, Elementwise, str]] = [("activation-for-derivative", f, "")]
    if name == "identity":
        zero = "0 for the derivative of the identity, which is 1"
        return [*found, ("wrong-activation", np.zeros_like, zero), *_of_others(name)]
    found += [
        ("activation-derivative-missing", np.ones_like, f"({name})"),
        ("activation-derivative-at-output", lambda z: d(f(z)), ""),
        ("activation-derivative-sign", lambda z: -d(z), f"({name})"),
    ]
    if name != "relu":
        found.append(("activation-derivative-twice", lambda z: d(z) ** 2, f"({name})"))
    if name == "relu":
        found.append(("mask-inverted", lambda z: (z < 0).astype(np.float64), ""))
    if name == "sigmoid":
        found += [
            ("preactivation-for-activation", lambda z: z * (1.0 - z), ""),
            ("activation-for-derivative", lambda z: sigmoid(-z), ""),
            (
                "wrong-activation",
                lambda z: sigmoid(z) * (1 + sigmoid(z)),
                "s (1 + s) where s (1 - s) is right",
            ),
            (
                "wrong-activation",
                lambda z: 1.0 - sigmoid(z) ** 2,
                "the tanh's 1 - a^2 for a sigmoid",
            ),
        ]
    if name == "tanh":
        found += [
            ("preactivation-for-activation", lambda z: 1.0 - z**2, ""),
            (
                "wrong-activation",
                lambda z: np.tanh(z) * (1 - np.tanh(z)),
                "the sigmoid's a (1 - a) for a tanh",
            ),
        ]
    relatives = [
        ("wrong-activation", near.slope, f"the derivative of {near.says} for that of {name}")
        for near in RELATIVES.get(name, ())
        if near.named
    ]
    return [*found, *_of_others(name), *relatives]


def _of_others(name: str) -> list[tuple[str, Elementwise, str]]:
    return [
        ("wrong-activation", DERIVATIVES[other], f"the derivative of {other} for that of {name}")
        for other in ("sigmoid", "relu", "tanh")
        if other != name
    ]


def one_hot(labels: Array, k: int) -> Array:
    """Rows with a 1 at the label; labels that are such rows already stay."""
    if labels.ndim == 2 and labels.shape[1] == k and k > 1:
        return labels.astype(np.float64)
    return np.eye(k)[labels.astype(int).ravel()]
