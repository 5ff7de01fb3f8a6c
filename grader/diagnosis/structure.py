"""Misconceptions that are seen from the expected result alone: sums, copies, other axes, roots and squares of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from grader.diagnosis.compared import Array, Compared
from grader.diagnosis.fitting import Candidate, Finding, Maker, fit, reduced

RIGHT = Candidate("", lambda c: c.want_array)


def structural(cases: Sequence[Compared], weight: int) -> Iterator[Finding]:
    """Every explanation of this kind; `weight` is how much the wrong cases say (`evidence`)."""
    for candidate in (RIGHT, *_TRANSFORMED):
        if finding := fit(candidate, cases, weight):
            yield finding
    for ident, reduce, make in _REDUCTIONS:
        fewer = reduced(cases, reduce)
        if fewer and (finding := fit(Candidate(ident, make, reduces=True), fewer, weight)):
            yield replace(finding, ids=_without(finding.ids, ident))


def _without(ids: tuple[str, ...], id: str) -> tuple[str, ...]:
    """The ids but those that a reduction brings with it: another shape, the sum of the rows of a mean."""
    drop = {"right-values-wrong-shape"} | ({"batch-sum"} if id == "not-summed" else set())
    return tuple(i for i in ids if i not in drop)


# --- the expected result, transformed ------------------------------------------------------------------------------


def _rolled(shift: int, axis: int) -> Any:
    return lambda c: (
        np.roll(c.want_array, shift, axis)
        if c.want_array.ndim > axis and c.want_array.shape[axis] > 2
        else None
    )


def _reversed(axis: int) -> Any:
    return lambda c: np.flip(c.want_array, axis) if c.want_array.ndim > axis else None


def _on_part(f: Any, index: int) -> Any:
    def make(case: Compared) -> Array | None:
        if case.want_array.shape != (2,):
            return None
        changed = case.want_array.copy()
        changed[index] = f(changed[index])
        return changed

    return make


def _root(case: Compared) -> Array | None:
    return np.sqrt(case.want_array) if (case.want_array >= 0).all() else None


def _square(case: Compared) -> Array | None:
    return case.want_array**2 if (case.want_array >= 0).all() else None


def _if_spread(make: Maker, spread: bool) -> Maker:
    """Only where the names say (or, for False, do not say) that the result is a spread of something."""
    return lambda c: make(c) if bool(_SPREAD & set(c.names)) == spread else None


_SPREAD = {"sigma", "tau", "std", "var", "variance", "sigma2", "s2"}


_TRANSFORMED = (
    Candidate("std-for-variance", _if_spread(_root, True), factors=False),
    Candidate("root-taken", _if_spread(_root, False), factors=False),
    Candidate("std-for-variance", _on_part(lambda v: np.sqrt(v) if v >= 0 else v, 1), factors=False),
    Candidate("variance-for-std", _if_spread(_square, True), factors=False),
    Candidate("squared", _if_spread(_square, False), factors=False),
    Candidate("variance-for-std", _on_part(np.square, 1), factors=False),
    Candidate("wrong-index", _rolled(1, 0), "shifted by one place", factors=False),
    Candidate("wrong-index", _rolled(-1, 0), "shifted by one place", factors=False),
    Candidate("wrong-index", _rolled(1, 1), "shifted by one place", factors=False),
    Candidate("wrong-index", _rolled(-1, 1), "shifted by one place", factors=False),
    Candidate("wrong-index", _reversed(0), "in the reverse order", factors=False),
    Candidate("wrong-index", _reversed(1), "in the reverse order", factors=False),
    Candidate("inverted", lambda c: 1.0 / c.want_array if c.want_array.all() else None, factors=False),
    Candidate("one-minus", lambda c: 1.0 - c.want_array, factors=False),
    Candidate("log-missing", lambda c: np.exp(c.want_array), factors=False),
    Candidate("log-missing", lambda c: np.exp(-c.want_array), factors=False),
    Candidate(
        "log-added", lambda c: np.log(c.want_array) if (c.want_array > 0).all() else None, factors=False
    ),
)


# --- what came, reduced --------------------------------------------------------------------------------------------


def _summed_rows(case: Compared) -> Array | None:
    """What came, summed over an extra leading axis; rows that are all equal are copies, not parts of a sum."""
    got, want = case.got_array, case.want_array
    if got is None:
        return None
    core = (
        want.reshape(want.shape[1:]) if want.ndim and want.shape[0] == 1 and got.ndim == want.ndim else want
    )
    if got.shape == want.shape or got.ndim != core.ndim + 1 or got.shape[1:] != core.shape:
        return got if got.shape == want.shape else None
    if len(got) != case.sizes.get("n", len(got)) or (len(got) > 1 and (got == got[:1]).all()):
        return None
    return got.sum(axis=0).reshape(want.shape)


def _first_copy(case: Compared) -> Array | None:
    """What came without the axes along which it only repeats itself."""
    got, want = case.got_array, case.want_array
    if got is None or got.shape == want.shape:
        return got
    if got.ndim < want.ndim or got.size <= want.size:
        return None
    try:
        if np.broadcast_shapes(got.shape, want.shape) != got.shape:
            return None
    except ValueError:
        return None
    padded = (1,) * (got.ndim - want.ndim) + want.shape
    first = got[tuple(slice(0, 1) if k == 1 else slice(None) for k in padded)]
    return first.reshape(want.shape) if (got == first).all() else None


def _one_number(case: Compared) -> Array | None:
    """What came, when all its entries are one number."""
    got = case.got_array
    if got is None or not got.size or not (got == got.flat[0]).all():
        return None
    return got.flat[0].reshape(())


def _total(case: Compared) -> Array | None:
    return case.want_array.sum() if case.want_array.size else None


_REDUCTIONS = (
    ("not-summed", _summed_rows, RIGHT.make),
    ("repeated", _first_copy, RIGHT.make),
    ("summed-to-scalar", _one_number, _total),
)
