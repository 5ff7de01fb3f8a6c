"""Comparing what came with what was expected: one complaint, in words, or none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from grader.sandbox.box.protocol import Opaque, Ref, Tensor

RTOL = 1e-5
MOST_DIMENSIONS = 32
RTOL_SINGLE = 1e-3
"""For results in single precision: correct code may compute in float32."""


@dataclass(frozen=True)
class Complaint:
    """
    What is wrong with a value.

    Args:
        kind: `nothing`, `type`, `shape`, `nan`, `values`.
        text: the rest of a sentence that begins with what was asked.
        worst: index of the worst entry, for `values` and `nan`.
        error: largest difference, as a share of the largest expected magnitude; infinite for other kinds.
    """

    kind: str
    text: str
    worst: tuple[int, ...] = ()
    error: float = math.inf


def as_array(value: Any) -> Any | None:
    """The numbers of a value as an array (tensors, scalars and nested lists too), or None."""
    if isinstance(value, Tensor):
        return value.array
    if type(value) is np.ndarray or isinstance(value, np.generic):
        return np.asarray(value)
    if type(value) is int and value.bit_length() > 63:  # would become an array of objects
        return np.asarray(float(value))
    if type(value) in (bool, int, float, complex):
        return np.asarray(value)
    if type(value) in (list, tuple) and value:
        return _stacked(value)
    return None


_NUMBERS = frozenset((bool, int, float, complex))
_LISTS = frozenset((list, tuple))


def _stacked(parts: Any) -> Any | None:
    """A nested list as an array, one level after the other: a step for each number would take seconds for what can come in one answer."""
    shape: tuple[int, ...] = (len(parts),)
    kinds = set(map(type, parts))
    while kinds <= _LISTS:
        lengths = set(map(len, parts))
        if len(lengths) > 1 or 0 in lengths or len(shape) == MOST_DIMENSIONS:
            return None
        shape += tuple(lengths)
        parts = list(chain.from_iterable(parts))
        kinds = set(map(type, parts))
    if kinds <= _NUMBERS and (int not in kinds or all(map(_fits, parts))):
        return np.array(parts).reshape(shape)
    if any(kind in (str, dict, type(None)) for kind in kinds):
        return None
    arrays = [as_array(v) for v in parts]
    first = arrays[0]
    if any(a is None or a.shape != first.shape for a in arrays) or len(shape) + first.ndim > MOST_DIMENSIONS:  # type: ignore[union-attr]
        return None
    return np.stack(arrays).reshape(shape + first.shape)  # type: ignore[arg-type,union-attr]


def _fits(number: Any) -> bool:
    return type(number) is not int or -(1 << 63) < number < 1 << 63


def tolerance(got: Any, rtol: float) -> float:
    """The relative tolerance that the precision of `got` allows."""
    return max(rtol, RTOL_SINGLE) if got.dtype in (np.float32, np.complex64, np.float16) else rtol


def compare(
    got: Any, want: Any, *, rtol: float = RTOL, atol: float = 0.0, shapes: Sequence[tuple[int, ...]] = ()
) -> Complaint | None:
    """
    Complain about `got`, or don't.

    Args:
        got: any value that came over the boundary.
        want: the expected array or scalar.
        rtol: allowed difference, relative to the magnitude of the entry plus that of the largest entry.
        atol: allowed absolute difference.
        shapes: shapes that are right too; the entries are compared in row-major order.

    Returns:
        The first complaint of: no value, not numeric, wrong shape, not finite where finite is expected, other numbers.
    """
    want = np.asarray(want)
    if got is None:
        return Complaint(
            "nothing", f"expected {describe(want)}, got None: a `return` is missing or nothing was stored"
        )
    array = as_array(got)
    if array is None:
        return Complaint("type", f"expected {describe(want)}, got {name_of(got)}")
    if array.dtype.kind == "c" and want.dtype.kind != "c":
        return Complaint("type", f"expected {describe(want)}, got complex numbers")
    allowed = [want.shape, *(s for s in shapes if math.prod(s) == want.size)]
    if array.shape not in allowed:
        names = " or ".join(dict.fromkeys(shape_text(s) for s in allowed))
        return Complaint("shape", f"expected shape {names}, got {shape_text(array.shape)}")
    return _values(array.reshape(want.shape), want, tolerance(array, rtol), atol)


def _values(got: Any, want: Any, rtol: float, atol: float) -> Complaint | None:
    if want.size == 0:
        return None
    got64, want64 = _wide(got), _wide(want)
    bad = ~np.isfinite(got64) & np.isfinite(want64)
    if bad.any():
        where = _index(bad.argmax(), want.shape)
        name = "nan" if np.isnan(got64[where]) else "inf"
        return Complaint("nan", _how_many_not_finite(int(bad.sum()), want.size, name), where)
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.asarray(np.abs(got64 - want64))
        difference[(got64 == want64) | (np.isnan(got64) & np.isnan(want64))] = 0.0
    finite = np.abs(want64[np.isfinite(want64)])
    scale = float(finite.max()) if finite.size else 0.0
    excess = difference - _allowed(want64, scale, rtol, atol)
    excess = np.where(np.isnan(excess), np.inf, excess)
    if (excess <= 0).all():
        return None
    wrong = int((excess > 0).sum())
    where = _index(int(excess.argmax()), want.shape)
    error = float(np.nanmax(difference)) / scale if scale > 0 else math.inf
    return Complaint("values", _how_wrong(wrong, want.size, error), where, error)


def _allowed(want: Any, scale: float, rtol: float, atol: float) -> Any:
    """The largest difference that is still right, entry by entry."""
    return atol + rtol * (np.where(np.isfinite(want), np.abs(want), 0.0) + scale) / 2


def strain(got: Any, want: Any, *, rtol: float = RTOL, atol: float = 0.0) -> float:
    """
    How much of the tolerance a right result uses: 0 for equal numbers, 1 at the limit.

    Args:
        got, want, rtol, atol: as for `compare`.

    Returns:
        The largest share over the entries that are finite on both sides.
    """
    array, want = as_array(got), _wide(np.asarray(want))
    if array is None or array.size != want.size or not want.size:
        return 0.0
    wide = _wide(array.reshape(want.shape))
    finite = np.isfinite(wide) & np.isfinite(want)
    if not finite.any():
        return 0.0
    allowed = _allowed(want, float(np.abs(want[finite]).max()), tolerance(array, rtol), atol)[finite]
    difference = np.abs(wide - want)[finite]
    return float(
        np.max(np.divide(difference, allowed, out=np.where(difference > 0, np.inf, 0.0), where=allowed > 0))
    )


def _wide(array: Any) -> Any:
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def _index(flat: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(flat), shape)) if shape else ()


def _how_many_not_finite(bad: int, size: int, name: str) -> str:
    if size == 1:
        return f"the number is {name}"
    return f"{bad} of {size} numbers {'is' if bad == 1 else 'are'} nan or not finite"


def _how_wrong(wrong: int, size: int, error: float) -> str:
    share = (
        f"{wrong} of {size} numbers {'is' if wrong == 1 else 'are'} wrong"
        if size > 1
        else "the number is wrong"
    )
    if not math.isfinite(error):
        return share
    if error >= 0.01:
        return f"{share}, by up to {error:.0%} of the largest expected value"
    return f"{share}, by up to {error:.2g} of the largest expected value"


def shape_text(shape: tuple[int, ...]) -> str:
    """`(2, 3)`; `a single number` for the empty shape."""
    return str(tuple(shape)) if shape else "() (a single number)"


def describe(want: Any) -> str:
    """`an array of shape (2, 3)` or `a number`."""
    return f"an array of shape {shape_text(want.shape)}" if want.shape else "a number"


def name_of(value: Any) -> str:
    """What a value is, in a student's words."""
    value = getattr(value, "ref", value)  # an object that is held
    if isinstance(value, Ref | Opaque):
        return f"an object of type {''.join(c if c.isprintable() else '?' for c in value.type)}"
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} of {len(value)}" + (
            " with parts of different shapes" if value else ""
        )
    if isinstance(value, str):
        return "a text"
    return {"NoneType": "None", "dict": "a dictionary", "bool": "a truth value"}.get(
        type(value).__name__, type(value).__name__
    )


def in_words(result: Any) -> str:
    """A result as a student would say it: `a number`, `a dictionary with the keys W1, b1`."""
    if isinstance(result, dict):
        keys = ", ".join(
            "".join(c if c.isprintable() else "?" for c in str(key))[:20] for key in list(result)[:6]
        )
        return f"a dictionary with the keys {keys}" if keys else "an empty dictionary"
    array = as_array(result)
    if array is None or not array.shape:
        return "a number" if array is not None else name_of(result)
    return f"{name_of(result) if isinstance(result, list | tuple) else 'an array'} of shape {shape_text(array.shape)}"
