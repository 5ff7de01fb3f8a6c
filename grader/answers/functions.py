"""The functions that an answer may apply, as numpy computes them."""

from __future__ import annotations

from collections.abc import Callable
from math import lgamma
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.answers.faults import Misfit, Unreadable

Array = NDArray[Any]


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), entry by entry."""
    return np.asarray(1 / (1 + np.exp(-z)))


def softmax(z: Array) -> Array:
    """exp(z_j) / sum_l exp(z_l) over all entries of a vector."""
    weights = np.exp(z - z.max())
    return np.asarray(weights / weights.sum())


def relu(z: Array) -> Array:
    """max(0, z), entry by entry."""
    return np.maximum(z, 0)


def diag(z: Array) -> Array:
    """A vector on the diagonal of a matrix; the diagonal of a matrix."""
    return np.diagflat(z) if 1 in z.shape or z.ndim == 0 else np.diag(np.diag(z))


def _identity(z: Array) -> Array:
    return z


def _trace(z: Array) -> Array:
    if z.ndim == 2 and z.shape[0] == z.shape[1]:
        return np.asarray(np.trace(z))
    raise Misfit("a trace is taken of something that is not a square matrix")


def _factorial(z: Array) -> Array:
    if z.size != 1 or not 0 <= float(z.reshape(-1)[0]) <= 170:
        raise Unreadable("the factorial is of something that is no small number")
    return np.asarray(np.exp(lgamma(float(z.reshape(-1)[0]) + 1)))


def _sigmoid_slope(z: Array) -> Array:
    return np.asarray(sigmoid(z) * (1 - sigmoid(z)))


def _step(z: Array) -> Array:
    return np.where(z > 0, np.ones_like(z), np.zeros_like(z))


UNARY: dict[str, Callable[[Array], Array]] = {
    "exp": np.exp, "log": np.log, "ln": np.log, "sqrt": np.sqrt, "abs": np.abs, "sin": np.sin, "cos": np.cos, "tan": np.tan,
    "tanh": np.tanh, "sinh": np.sinh, "cosh": np.cosh, "sigmoid": sigmoid, "relu": relu, "ReLU": relu, "softmax": softmax,
    "identity": _identity, "diag": diag, "Diag": diag, "tr": _trace, "Tr": _trace, "trace": _trace, "factorial": _factorial,
    "sgn": np.sign, "sign": np.sign, "softplus": lambda z: np.log1p(np.exp(z)), "square": np.square, "log1p": np.log1p,
    "step": _step, "heaviside": _step, "logistic": sigmoid, "expit": sigmoid, "square_norm": lambda z: np.sum(z * z),
    "transpose": np.transpose, "sech": lambda z: 1 / np.cosh(z), "logsumexp": lambda z: np.log(np.sum(np.exp(z))), "logit": lambda z: np.log(z / (1 - z)), "relu5": lambda z: 5 * relu(z),
}  # fmt: skip

SLOPES: dict[str, Callable[[Array], Array]] = {
    "sigmoid": _sigmoid_slope,
    "relu": _step,
    "relu5": lambda z: 5 * _step(z),
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "identity": lambda z: np.ones_like(z),
}

SPELLINGS = {"ReLU": "relu", "RELU": "relu", "Relu": "relu", "Sigmoid": "sigmoid", "Softmax": "softmax", "Exp": "exp",
             "Log": "log", "Ln": "ln", "Diag": "diag", "Max": "max", "Min": "min", "lg": "log10", "Tanh": "tanh", "sum": "sum",
             "norm2": "norm", "dot": "dot", "mean": "mean", "inv": "inverse", "maximum": "max", "minimum": "min",
             "sigm": "sigmoid", "matmul": "dot", "size": "len", "vdot": "dot", "inner": "dot", "Expit": "sigmoid"}  # fmt: skip

MANY = frozenset({"max", "min", "sum", "mean", "norm", "norm1", "dot", "where", "pow", "inverse", "eye", "binom",
                  "outer", "log10", "log2", "comb", "hypot", "len"})  # fmt: skip

NAMES = frozenset(UNARY) | frozenset(SPELLINGS) | MANY
"""Every function name that text may use without a declaration."""

OPEN = frozenset({"exp", "log", "ln", "sqrt", "sin", "cos", "tan", "tanh", "sigmoid", "softmax", "relu", "diag", "tr",
                  "log10", "log2", "abs", "Tr", "trace", "sgn", "sign", "softplus"})  # fmt: skip
"""Functions whose argument may stand without brackets."""


def canonical(name: str) -> str:
    """A function's name as `UNARY` or `MANY` has it."""
    return SPELLINGS.get(name, name)
