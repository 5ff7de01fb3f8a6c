"""Naming the factor between what came and what a candidate gives: a sign, a 2, the batch size, another size, a constant."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement

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
            if _all(ratios, lambda s, c=sign * two: c):  # type: ignore[misc]
                return Factor(sign_ids + two_ids, text or "1")
    for found in _of_sizes(ratios):
        return found
    return _constant(ratios)


def _of_sizes(ratios: Sequence[Ratio]) -> Iterator[Factor]:
    for text, ids, f in _size_factors(ratios[0].sizes):
        values = {_value(f, r.sizes) for r in ratios}
        if len(values) < 2:
            continue
        for two, two_text, two_ids in _TWOS:
            for sign, sign_ids in _SIGNS:
                if _all(ratios, lambda s, f=f, c=sign * two: c * _value(f, s)):  # type: ignore[misc]
                    if ids == ("scaled",):
                        yield Factor(sign_ids + ids, _times(two_text, text))
                    yield Factor(sign_ids + two_ids + ids, two_text or text)


def _value(f: Callable[[Sizes], float], sizes: Sizes) -> float:
    try:
        return f(sizes)
    except (KeyError, ZeroDivisionError):
        return math.nan


def _size_factors(sizes: Sizes) -> Iterator[tuple[str, tuple[str, ...], Callable[[Sizes], float]]]:
    if "n" in sizes:
        yield "1/n", ("batch-mean",), lambda s: 1 / s["n"]
        yield "n", ("batch-sum",), lambda s: float(s["n"])
        yield "(n - 1)/n", ("unbiased-variance",), lambda s: (s["n"] - 1) / s["n"]
        yield "n/(n - 1)", ("unbiased-variance",), lambda s: s["n"] / (s["n"] - 1)
        yield "1/(n - 1)", ("scaled",), lambda s: 1 / (s["n"] - 1)
    for k in sizes:
        if k != "n":
            yield f"1/{k}", ("scaled",), lambda s, k=k: 1 / s[k]  # type: ignore[misc]
            yield k, ("scaled",), lambda s, k=k: float(s[k])  # type: ignore[misc]
    for a, b in combinations_with_replacement(list(sizes)[:6], 2):
        yield f"1/({a} {b})", ("scaled",), lambda s, a=a, b=b: 1 / (s[a] * s[b])  # type: ignore[misc]
        yield f"{a} {b}", ("scaled",), lambda s, a=a, b=b: float(s[a] * s[b])  # type: ignore[misc]
        if a != b:
            yield f"{a}/{b}", ("scaled",), lambda s, a=a, b=b: s[a] / s[b]  # type: ignore[misc]
            yield f"{b}/{a}", ("scaled",), lambda s, a=a, b=b: s[b] / s[a]  # type: ignore[misc]


def _all(ratios: Sequence[Ratio], f: Callable[[Sizes], float]) -> bool:
    return all(abs(r.value - f(r.sizes)) <= r.tolerance * abs(f(r.sizes)) for r in ratios)


def _constant(ratios: Sequence[Ratio]) -> Factor | None:
    value = ratios[0].value
    if (
        not math.isfinite(value)
        or value == 0
        or abs(abs(value) - 1) < 0.02
        or not _all(ratios, lambda s: value)
    ):
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
