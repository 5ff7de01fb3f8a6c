"""Does a candidate reproduce what came, on every case: in shape, in the entries, up to one named factor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from grader.diagnosis.compared import Array, Compared, equal
from grader.diagnosis.factors import Ratio, name_factor

Mode = Literal["as it is", "transposed"]
Maker = Callable[[Compared], Any]


@dataclass(frozen=True)
class Candidate:
    """
    A wrong result that a misconception would make.

    Args:
        id: of the misconception; empty for the right result itself.
        make: from a case to the wrong result; None where it has none.
        detail: a word for the sentence (`{detail}`).
        factors: False when another factor would not be this misconception any more.
        reduces: True when the misconception has been undone in what came, so that the right result is compared.
    """

    id: str
    make: Maker
    detail: str = ""
    factors: bool = True
    reduces: bool = False


@dataclass(frozen=True)
class Finding:
    """An explanation: the misconceptions that together reproduce what came."""

    ids: tuple[str, ...]
    factor: str = "1"
    detail: str = ""


_UNDONE = {"batch-mean", "batch-sum"}


@dataclass(frozen=True)
class _Aligned:
    base: Array
    reshaped: bool


def fit(candidate: Candidate, cases: Sequence[Compared], weight: int) -> Finding | None:
    """
    The explanation that a candidate gives of all cases, alone or with a factor, transposed or in another shape.

    Args:
        weight: how much the wrong cases say (`evidence`).
    """
    modes: tuple[Mode, ...] = ("as it is", "transposed")
    for mode in modes:
        if (finding := _fit(candidate, cases, mode, weight)) is not None:
            return finding
    return None


def _fit(candidate: Candidate, cases: Sequence[Compared], mode: Mode, weight: int) -> Finding | None:
    ratios: list[Ratio] = []
    reshaped = turned = False
    matters = candidate.reduces or not candidate.id
    for case in cases:
        base = made(candidate, case)
        if base is None or case.got_array is None:
            return None
        matters = (
            matters or base.shape != case.want_array.shape or not equal(base, case.want_array, case.tolerance)
        )
        if not matters and not case.right:
            return None  # wrong cases come first: what changes nothing there explains nothing
        aligned = _align(case.got_array, base, case, mode)
        if aligned is None:
            return None
        ratio = _ratio(case.got_array.reshape(aligned.base.shape), aligned.base, case)
        if ratio is None:
            return None
        ratios += ratio
        reshaped |= aligned.reshaped
        turned |= mode == "transposed" and min(base.shape) > 1
    if mode == "transposed" and not turned:
        return None
    factor = name_factor(ratios)
    if factor is None or weight < (4 if factor.constant else 2) or (factor.ids and not candidate.factors):
        return None
    shape_ids = (("transposed",) if turned else ()) + (("right-values-wrong-shape",) if reshaped else ())
    ids = ((candidate.id,) if candidate.id else ()) + factor.ids + shape_ids
    if len(set(ids)) < len(ids) or set(ids) >= _UNDONE:
        return None  # a factor that takes back what the candidate does
    return Finding(ids, factor.text, candidate.detail) if ids else None


def made(candidate: Candidate, case: Compared) -> Array | None:
    """What the candidate gives for a case in double precision, or None where it has no sense."""
    try:
        with np.errstate(all="ignore"):
            result = candidate.make(case)
    except (ValueError, IndexError, KeyError, TypeError, ArithmeticError, np.linalg.LinAlgError):
        return None  # the candidate does not apply to arrays of these shapes
    if result is None:
        return None
    array = np.asarray(result)
    return array.astype(np.float64) if array.dtype.kind in "biuf" else None


def _align(got: Array, base: Array, case: Compared, mode: Mode) -> _Aligned | None:
    """The candidate in the shape of what came."""
    if mode == "transposed":
        return _Aligned(base.T, False) if base.ndim == 2 and got.shape == base.T.shape else None
    if got.shape == base.shape:
        return _Aligned(base, False)
    if got.size != base.size:
        return None
    of_want = base.shape == case.want_array.shape
    if not of_want and _squeezed(got) != _squeezed(base):
        return None
    return _Aligned(base.reshape(got.shape), of_want)


def _squeezed(array: Array) -> tuple[int, ...]:
    return tuple(k for k in array.shape if k != 1)


def _ratio(got: Array, base: Array, case: Compared) -> list[Ratio] | None:
    """The factor of one case; empty when the candidate is zero there and so is what came; None when there is none."""
    finite = np.isfinite(base)
    if not finite.all():
        return [Ratio(1.0, case.sizes, 3 * case.tolerance)] if equal(got, base, case.tolerance) else None
    if not np.isfinite(got).all() or got.dtype.kind == "c":
        return None
    largest = int(np.abs(base).argmax()) if base.size else -1
    if largest < 0 or base.flat[largest] == 0:
        return [] if not got.any() else None
    with np.errstate(over="ignore"):
        ratio = float(got.flat[largest] / base.flat[largest])
    if ratio == 0 or not np.isfinite(ratio) or not equal(got, ratio * base, case.tolerance):
        return None
    return [Ratio(ratio, case.sizes, 3 * case.tolerance)]


def reduced(cases: Sequence[Compared], reduce: Callable[[Compared], Array | None]) -> list[Compared] | None:
    """The cases with what came replaced by a reduction of it; None when one has no reduction or none differs."""
    out, any_changed = [], False
    for case in cases:
        array = reduce(case)
        if array is None:
            return None
        any_changed |= array is not case.got_array
        raw = case.got_raw
        single = raw is not None and raw.dtype == np.float32
        out.append(replace(case, got=array.astype(np.float32) if single else array, shapes=()))
    return out if any_changed else None
