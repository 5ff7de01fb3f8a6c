"""Misconceptions that are seen on the result itself: nothing came, zeros, whole numbers, numbers that are not finite."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from grader.diagnosis.compared import Array, Compared, equal
from grader.diagnosis.fitting import Finding

OVERFLOW = {"double": 700.0, "single": 88.0}
SATURATED = {"double": 36.0, "single": 15.0}
"""exp of more than the first overflows; 1 / (1 + exp(-z)) of more than the second is exactly 1."""
TINY = 1e-140


def special(cases: Sequence[Compared]) -> Iterator[Finding]:
    """Every explanation of this kind."""
    wrong = [c for c in cases if not c.right]
    if all(c.got is None for c in wrong) and wrong:
        yield Finding(("returns-nothing",))
        return
    if any(c.got_array is None for c in cases):
        return
    if all(_zeros(c) for c in cases):
        yield Finding(("all-zeros",))
    if _ones(cases):
        yield Finding(("all-ones",))
    if name := _whole_numbers(cases):
        yield Finding(("wrong-dtype",), detail=name)
    yield from _not_finite(wrong)


def _zeros(case: Compared) -> bool:
    return not np.any(case.got_array) and case.got_array.size > 0  # type: ignore[union-attr]


def _ones(cases: Sequence[Compared]) -> bool:
    """Ones everywhere, in several arrays of more than one entry: a single 1 may have any cause."""
    arrays = [c.got_array for c in cases]
    if sum(a is not None and a.size > 1 for a in arrays) < 2:
        return False
    return all(
        a is not None and a.shape == c.want_array.shape and (a == 1).all()
        for a, c in zip(arrays, cases, strict=True)
    )


# --- whole numbers -------------------------------------------------------------------------------------------------

_ROUNDINGS: dict[str, Callable[[Array], Array]] = {
    "cut off to whole numbers": np.trunc, "rounded to whole numbers": np.round, "rounded down": np.floor,
}  # fmt: skip


def _whole_numbers(cases: Sequence[Compared]) -> str:
    """How the right numbers became whole ones, or nothing."""
    if not all(np.isfinite(c.want_array).all() for c in cases):
        return ""
    distinct = {float(v) for c in cases if not c.right for v in c.want_array.flat[:200]}
    for name, f in _ROUNDINGS.items():
        if all(equal(c.got_array, f(c.want_array), c.tolerance) for c in cases):
            integers = any(c.got_raw is not None and c.got_raw.dtype.kind in "iub" for c in cases)
            seen = {float(abs(v)) for c in cases for v in c.got_array.flat[:200]}  # type: ignore[union-attr]
            if len(distinct) >= 2 and (integers or len(seen) > 2):
                return name
    return ""


# --- not finite ----------------------------------------------------------------------------------------------------


def _not_finite(wrong: Sequence[Compared]) -> Iterator[Finding]:
    """Not-a-number or infinity where the inputs are extreme, everything else right."""
    if not wrong or not all(_right_where_finite(c) for c in wrong):
        return
    for ident, extreme in _EXTREMES.items():
        if all(extreme(c) for c in wrong):
            yield Finding((ident,))
            return


def _right_where_finite(case: Compared) -> bool:
    got, want = case.got_array, case.want_array
    if got is None or got.shape != want.shape or not np.isfinite(want).all():
        return False
    finite = np.isfinite(got)
    return not finite.all() and equal(np.where(finite, got, want), want, case.tolerance)


def _empty(case: Compared) -> bool:
    return any(a.size == 0 for a in case.arrays.values())


def _overflows(case: Compared) -> bool:
    return _magnitude(case) > OVERFLOW[_precision(case)]


def _saturates(case: Compared) -> bool:
    return _at_the_ends(case) or _magnitude(case) > SATURATED[_precision(case)]


def _at_the_ends(case: Compared) -> bool:
    """Probabilities among the inputs (not labels) that are exactly 0 or 1."""
    for array in case.arrays.values():
        inside = array.dtype.kind == "f" and array.size and (array >= 0).all() and (array <= 1).all()
        if inside and ((array == 0) | (array == 1)).any() and ((array > 0) & (array < 1)).any():
            return True
    return _labels_only(case)


def _labels_only(case: Compared) -> bool:
    """Two inputs of one shape that hold only zeros and ones: labels and predictions that are certain."""
    shapes = [a.shape for a in case.arrays.values() if a.size and np.isin(a, (0.0, 1.0)).all()]
    return len(shapes) > len(set(shapes))


def _tiny(case: Compared) -> bool:
    numbers = [abs(float(v)) for v in case.names.values() if isinstance(v, float)]
    return any(0 < v < TINY for v in numbers)


_EXTREMES: dict[str, Callable[[Compared], bool]] = {
    "empty-input": _empty, "underflow": _tiny, "overflow": _overflows, "log-of-zero": _saturates,
}  # fmt: skip


def _precision(case: Compared) -> str:
    raw = case.got_raw
    return "single" if raw is not None and raw.dtype == np.float32 else "double"


def _magnitude(case: Compared) -> float:
    """The largest number among the inputs and the scores (products of two of them)."""
    arrays = [a for a in case.arrays.values() if a.size and a.dtype.kind == "f" and a.ndim <= 2]
    sizes = [float(np.abs(a).max()) for a in arrays] + [
        abs(v) for v in case.names.values() if isinstance(v, float)
    ]
    for a in arrays:
        for b in arrays:
            for right in (b, b.T):
                if a.ndim == 2 and a.shape[1:] == right.shape[:1]:
                    with np.errstate(all="ignore"):
                        sizes.append(float(np.abs(a @ right).max()))
    return max(sizes, default=0.0)
