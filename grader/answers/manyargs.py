"""Functions of several arguments, or whose result has another size than their argument."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grader.answers.faults import Misfit, Unreadable
from grader.answers.functions import Array
from grader.answers.products import multiply
from grader.answers.world import Reading, Real


def _extreme(pick: Callable[..., Array]) -> Callable[[list[Array]], Array]:
    def extreme(values: list[Array]) -> Array:
        flat = np.concatenate([value.reshape(-1) for value in values])
        if len(values) == 1 or all(value.ndim == 0 for value in values):
            return np.asarray(flat.max() if pick is np.maximum else flat.min())
        result = values[0]
        for value in values[1:]:
            if value.ndim and result.ndim and value.shape != result.shape:
                raise Misfit("sizes do not fit in a maximum or minimum")
            result = np.asarray(pick(result, value))
        return result

    return extreme


def _one(values: list[Array]) -> Array:
    if len(values) != 1:
        raise Unreadable("a function has the wrong number of arguments")
    return values[0]


def _two(values: list[Array]) -> tuple[Array, Array]:
    if len(values) != 2:
        raise Unreadable("a function has the wrong number of arguments")
    return values[0], values[1]


def _dot(values: list[Array]) -> Array:
    left, right = _two(values)
    if left.ndim == 2 and right.ndim == 2 and 1 not in left.shape:
        return multiply(left, right, Reading())
    if left.size != right.size:
        raise Misfit("a dot product of vectors of different lengths")
    return np.asarray(np.sum(left.reshape(-1) * right.reshape(-1)))


def _norm(values: list[Array]) -> Array:
    """The Euclidean norm, or the one whose order is the second argument (1 or 2)."""
    order = float(values[1].reshape(-1)[0]) if len(values) == 2 else 2.0
    if len(values) > 2 or order not in (1.0, 2.0):
        raise Unreadable("the order of a norm could not be read")
    value = values[0]
    return np.asarray(np.sum(np.abs(value)) if order == 1 else np.sqrt(np.sum(value * value)))


def _where(values: list[Array]) -> Array:
    if len(values) != 3:
        raise Unreadable("`where` takes three arguments")
    return np.where(values[0] != 0, values[1], values[2])


def _binomial(values: list[Array]) -> Array:
    """n (n-1) ... (n-k+1) / k! for a small whole k."""
    top, bottom = _two(values)
    if bottom.ndim or top.ndim or bottom != np.rint(bottom) or not 0 <= bottom <= 50:
        raise Unreadable("a binomial coefficient could not be read")
    result: Array = np.asarray(Real(1))
    for step in range(int(bottom)):
        result = np.asarray(result * (top - step) / (step + 1))
    return np.asarray(result)


def _power(values: list[Array]) -> Array:
    base, exponent = _two(values)
    with np.errstate(all="ignore"):
        return np.asarray(np.power(base, exponent))


def _inverse(values: list[Array]) -> Array:
    value = _one(values)
    try:
        return (
            np.asarray(np.linalg.inv(value.astype(float)), dtype=Real)
            if value.ndim
            else np.asarray(1 / value)
        )
    except np.linalg.LinAlgError:
        raise Misfit("a matrix without an inverse is inverted") from None


def _eye(values: list[Array]) -> Array:
    size = _one(values)
    if size.ndim or not 1 <= size <= 60:
        raise Unreadable("an identity matrix of that size could not be read")
    return np.eye(int(size), dtype=Real)


def _outer(values: list[Array]) -> Array:
    left, right = _two(values)
    return np.outer(left, right)


MANY_FUNCTIONS: dict[str, Callable[[list[Array]], Array]] = {
    "max": _extreme(np.maximum), "min": _extreme(np.minimum), "dot": _dot, "where": _where, "binom": _binomial,
    "comb": _binomial, "pow": _power, "inverse": _inverse, "eye": _eye, "outer": _outer,
    "sum": lambda values: np.asarray(_one(values).sum()),
    "mean": lambda values: np.asarray(_one(values).mean()),
    "norm": _norm,
    "hypot": lambda values: np.asarray(np.hypot(*_two(values))),
    "len": lambda values: np.asarray(Real(_one(values).shape[0] if _one(values).shape[1:] != () and _one(values).shape[0] > 1 else _one(values).size)),
    "norm1": lambda values: np.asarray(np.sum(np.abs(_one(values)))),
}  # fmt: skip
