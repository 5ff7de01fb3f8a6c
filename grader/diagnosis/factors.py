"""Naming the factor between what came and what a candidate gives: a sign, a 2, the batch size, another size, a constant."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

Array = Any
Sizes = Mapping[str, int]


@dataclass(frozen=True)
class Ratio:
    """What came divided by what a candidate gives, in one case, with the sizes of the case."""

    value: float
    sizes: Sizes
    tolerance: float


@dataclass(frozen=True)
class Factor:
    """A named factor: the misconceptions that make it, and how its part without a name of its own is written."""

    ids: tuple[str, ...] = ()
    text: str = "1"
    constant: bool = False
    """A constant that was read off the numbers, which needs more evidence than a named one."""


_SIGNS = ((1.0, ()), (-1.0, ("sign-flipped",)))
_TWOS = ((1.0, "", ()), (2.0, "2", ("factor-two",)), (0.5, "1/2", ("factor-two",)))
_CONSTANTS = {
    "the square root of 2": math.sqrt(2), "pi": math.pi, "2 pi": 2 * math.pi, "e": math.e, "log 2": math.log(2), "log 10": math.log(10),
}  # fmt: skip


def name_factor(ratios: Sequence[Ratio]) -> Factor | None:
    """
    The simplest factor that all ratios are, or None.

    A factor made of sizes is only named when the cases have it with at least two values: one size cannot be told
    from a constant.
    """
    if not ratios:
        return None
    for sign, sign_ids in _SIGNS:
        for two, text, two_ids in _TWOS:
            if _all(ratios, sign * two):
                return Factor(sign_ids + two_ids, text or "1")
    return next(_of_sizes(ratios), None) or _constant(ratios)


def _of_sizes(ratios: Sequence[Ratio]) -> Iterator[Factor]:
    table = _table(tuple(tuple(r.sizes.items()) for r in ratios))
    values = np.array([r.value for r in ratios])
    allowed = np.abs(values) * max(r.tolerance for r in ratios)
    for two, two_text, two_ids in _TWOS:
        for sign, sign_ids in _SIGNS:
            for row in np.flatnonzero((np.abs(values - sign * two * table.values) <= allowed).all(axis=1)):
                size = table.sizes[row]
                if size.ids == ("scaled",):
                    yield Factor(sign_ids + size.ids, _times(two_text, size.text))
                else:
                    yield Factor(sign_ids + two_ids + size.ids, two_text or size.text)


@dataclass(frozen=True)
class _Table:
    """Factors with their values in each case, shape (factors, cases); only those that differ between the cases."""

    sizes: tuple[_Size, ...]
    values: Array


@lru_cache(maxsize=512)
def _table(cases: tuple[tuple[tuple[str, int], ...], ...]) -> _Table:
    each = [dict(items) for items in cases]
    rows = [(size, [size.value(sizes) for sizes in each]) for size in _size_factors(each[0])]
    rows = [(size, row) for size, row in rows if len(set(row)) > 1]
    values = np.array([row for _, row in rows]).reshape(len(rows), len(each))
    return _Table(tuple(size for size, _ in rows), values)


@dataclass(frozen=True)
class _Size:
    """A product of sizes (plus shifts) over another, or the root of that."""

    text: str
    ids: tuple[str, ...] = ("scaled",)
    above: tuple[tuple[str, int], ...] = ()
    below: tuple[tuple[str, int], ...] = ()
    root: bool = False

    def value(self, sizes: Sizes) -> float:
        """The factor for these sizes; nan where it has none."""
        if any(k not in sizes for k, _ in self.above + self.below):
            return math.nan
        below = math.prod(sizes[k] + shift for k, shift in self.below)
        if not below:
            return math.nan
        ratio = math.prod(sizes[k] + shift for k, shift in self.above) / below
        return math.sqrt(ratio) if self.root and ratio >= 0 else ratio


def _size_factors(sizes: Sizes) -> Iterator[_Size]:
    n, less = ("n", 0), ("n", -1)
    if "n" in sizes:
        yield _Size("1/n", ("batch-mean",), (), (n,))
        yield _Size("n", ("batch-sum",), (n,))
        yield _Size("(n - 1)/n", ("unbiased-variance",), (less,), (n,))
        yield _Size("n/(n - 1)", ("unbiased-variance",), (n,), (less,))
        yield _Size("1/(n - 1)", ("scaled",), (), (less,))
    for k in sizes:
        yield _Size(f"1/sqrt({k})", ("scaled",), (), ((k, 0),), root=True)
        yield _Size(f"sqrt({k})", ("scaled",), ((k, 0),), root=True)
    for k in (k for k in sizes if k != "n"):
        yield _Size(f"1/{k}", ("scaled",), (), ((k, 0),))
        yield _Size(k, ("scaled",), ((k, 0),))
    for a, b in combinations_with_replacement(list(sizes)[:6], 2):
        both = ((a, 0), (b, 0))
        yield _Size(f"1/({a} {b})", ("scaled",), (), both)
        yield _Size(f"{a} {b}", ("scaled",), both)
        if a != b:
            yield _Size(f"{a}/{b}", ("scaled",), both[:1], both[1:])
            yield _Size(f"{b}/{a}", ("scaled",), both[1:], both[:1])


def _all(ratios: Sequence[Ratio], value: float) -> bool:
    return all(abs(r.value - value) <= r.tolerance * abs(r.value) for r in ratios)


def _constant(ratios: Sequence[Ratio]) -> Factor | None:
    value = ratios[0].value
    if not math.isfinite(value) or value == 0 or abs(abs(value) - 1) < 0.02 or not _all(ratios, value):
        return None
    text = _constant_text(abs(value), max(r.tolerance for r in ratios))
    if text is None:
        return None
    return Factor((("sign-flipped",) if value < 0 else ()) + ("scaled",), text, constant=True)


def _constant_text(value: float, tolerance: float) -> str | None:
    """A small fraction, a known constant or a number of three digits; None for any other: that would be a guess."""
    fraction = Fraction(value).limit_denominator(12)
    if fraction and fraction.numerator <= 12 and abs(value - fraction) <= tolerance * value:
        return str(fraction)
    for text, constant in _CONSTANTS.items():
        for name, number in ((text, constant), (f"1 / {text}", 1 / constant)):
            if abs(value - number) <= tolerance * value:
                return name
    short = float(f"{value:.3g}")
    return f"{short:g}" if abs(value - short) <= tolerance * value else None


def _times(two: str, text: str) -> str:
    if not two:
        return text
    if two == "2" and text.startswith("1/"):
        return "2" + text[1:]
    return f"{two} times {text}" if two == "2" else f"half of {text}"
