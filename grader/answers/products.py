"""Sums, products, quotients and powers of scalars, vectors and matrices."""

from __future__ import annotations

import numpy as np

from grader.answers.faults import Misfit, Unreadable
from grader.answers.world import Array, Reading, Real, shape_words


class Sizeless(Unreadable):
    """A multiple of the identity matrix, or of a vector of ones, whose size only its neighbour tells."""

    def __init__(self, name: str, scale: Array | None = None) -> None:
        super().__init__("the size of the identity matrix (or of the ones) is not clear")
        self.name = name
        self.scale: Array = np.asarray(Real(1)) if scale is None else scale

    def times(self, factor: Array) -> Sizeless:
        """The same, scaled by a number."""
        return Sizeless(self.name, np.asarray(self.scale * factor))


def combine(kind: str, left: Array, right: Array, reading: Reading) -> Array:
    """The value of an operator of `syntax.Binary`."""
    if kind == "+":
        return add(left, right)
    if kind == "-":
        return add(left, np.asarray(-right))
    if kind == "/":
        return _divide(left, right)
    if kind == "^":
        return power(left, right, reading)
    if kind == "o":
        return _entrywise(left, right)
    if kind == "e":
        return _starred(left, right, reading)
    if kind == "outer":
        return (
            np.asarray(np.outer(left, right))
            if left.size > 1 and right.size > 1
            else multiply(left, right, reading)
        )
    if (
        kind == "."
        and _is_vector(left)
        and left.size == right.size
        and _is_vector(right)
        and not reading.strict
    ):
        return (
            _entrywise(left, right)
            if reading.entrywise
            else np.asarray(np.sum(left.reshape(-1) * right.reshape(-1)))
        )
    return multiply(left, right, reading)


def add(left: Array, right: Array) -> Array:
    """A sum; a number is added to every entry."""
    if left.ndim and right.ndim and left.shape != right.shape:
        raise Misfit(f"sizes do not fit in a sum: {shape_words(left)} and {shape_words(right)}")
    return np.asarray(left + right)


def multiply(left: Array, right: Array, reading: Reading) -> Array:
    """A product written by juxtaposition: scaling, a matrix product, or what `reading` says of two equal vectors."""
    if left.ndim == 0 or right.ndim == 0:
        return np.asarray(left * right)
    if reading.entrywise and left.shape == right.shape and left.shape[0] != left.shape[1]:
        return np.asarray(left * right)
    if left.shape[1] == right.shape[0]:
        return _scalar(np.asarray(left @ right))
    if left.shape == right.shape and _is_vector(left) and not reading.strict:
        return np.asarray(np.sum(left * right))
    raise Misfit(f"sizes do not fit in a product: {shape_words(left)} times {shape_words(right)}")


def power(base: Array, exponent: Array, reading: Reading) -> Array:
    """A power of a number or of each entry; of a square matrix -1 and 2 are the matrix powers; of a vector 2 is its square."""
    if exponent.ndim:
        raise Misfit("an exponent is not a number")
    if base.ndim == 2 and base.shape[0] == base.shape[1]:
        return _matrix_power(base, float(exponent))
    if base.ndim == 2 and exponent == 2 and not reading.entrywise and _is_vector(base):
        return np.asarray(np.sum(base * base))
    return np.asarray(np.power(base, exponent))


def with_sizeless(sizeless: Sizeless, kind: str, other: Array, *, left: bool) -> Array:
    """An operation between an identity matrix (or ones) without a size and a value that tells it."""
    kind = "o" if kind == "e" else kind
    scale = sizeless.scale
    if other.ndim == 0 and kind in "*.":
        raise sizeless.times(other)
    if other.ndim == 0 and kind == "/" and left:
        raise sizeless.times(np.asarray(1 / other))
    if sizeless.name == "ones":
        return _with_ones(sizeless, kind, other, left=left)
    if other.ndim == 0:
        raise sizeless
    if kind in "*.":
        return np.asarray(scale * other)
    if kind in "+-" and other.shape[0] == other.shape[1]:
        eye = scale * np.eye(other.shape[0], dtype=Real)
        return eye + (other if kind == "+" else -other) if left else other + (eye if kind == "+" else -eye)
    if kind == "o" and other.shape[0] == other.shape[1]:
        return np.asarray(scale * np.diag(np.diag(other)))
    raise sizeless


def _with_ones(sizeless: Sizeless, kind: str, other: Array, *, left: bool) -> Array:
    scale = sizeless.scale
    if kind in "+-o":
        flat = Reading()
        return combine(kind, scale, other, flat) if left else combine(kind, other, scale, flat)
    if other.ndim == 2 and kind in "*.":
        return np.asarray(scale * other.sum(axis=0 if left else 1, keepdims=True))
    raise sizeless


def _divide(left: Array, right: Array) -> Array:
    if right.ndim and left.ndim and left.shape != right.shape:
        raise Misfit("a division by something that is not a number")
    return np.asarray(left / right)


def _entrywise(left: Array, right: Array) -> Array:
    for diagonal, other in ((left, right), (right, left)):
        if _is_diagonal(diagonal) and _is_vector(other) and other.size == diagonal.shape[0] > 1:
            return np.asarray(diagonal * other.reshape(-1))  # as numpy lays the vector over the rows
    if left.ndim and right.ndim and left.shape != right.shape:
        raise Misfit(f"sizes do not fit entry by entry: {shape_words(left)} and {shape_words(right)}")
    return np.asarray(left * right)


def _starred(left: Array, right: Array, reading: Reading) -> Array:
    """The star of numpy: entry by entry; vectors have no layout there, and other sizes are read as a product."""
    if left.ndim and right.ndim and left.shape == right.shape:
        return np.asarray(left * right)
    if _is_vector(left) and _is_vector(right) and left.size == right.size:
        return np.asarray(left * right.reshape(left.shape))
    return multiply(left, right, reading)


def _matrix_power(base: Array, exponent: float) -> Array:
    if exponent == -1:
        try:
            return np.asarray(np.linalg.inv(base.astype(float)), dtype=Real)
        except np.linalg.LinAlgError:
            raise Misfit("a matrix without an inverse is inverted") from None
    if exponent == 2:
        return np.asarray(base @ base)
    raise Unreadable("a power of a matrix could not be read")


def _is_diagonal(value: Array) -> bool:
    return (
        value.ndim == 2 and value.shape[0] == value.shape[1] and not np.any(value - np.diag(np.diag(value)))
    )


def _is_vector(value: Array) -> bool:
    return value.ndim == 2 and 1 in value.shape


def _scalar(value: Array) -> Array:
    return value.reshape(()) if value.size == 1 else value
