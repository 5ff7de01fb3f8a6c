"""
Formulas that are recognised in the expected result by trying them on the inputs, each with its known wrong variants.

A formula counts only where it reproduces `want` on every case (up to a common factor); then each variant is a candidate
for `got`. So nothing here needs to be told what a check computes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import permutations

import numpy as np

from grader.diagnosis.compared import UPSTREAM_NAMES, Array, Compared, equal
from grader.diagnosis.factors import Ratio, name_factor
from grader.diagnosis.fitting import Candidate, Maker, made
from grader.diagnosis.functions import (
    ACTIVATIONS,
    DERIVATIVES,
    RELATIVES,
    WRONG_AXES,
    Elementwise,
    identity,
    log_softmax,
    softmax,
    wrong_derivatives,
)  # fmt: skip

Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class Formula:
    """A right result and the wrong ones that are made from the same inputs."""

    right: Maker
    wrong: Iterable[Candidate]


def known(formulas: Iterator[Formula], cases: Sequence[Compared]) -> Iterator[Candidate]:
    """The wrong variants of the formulas that give the expected result on all cases."""
    for formula in formulas:
        ratios = _common_factor(formula.right, cases)
        if ratios is not None:
            for candidate in formula.wrong:
                yield _times(candidate, ratios)


def _common_factor(right: Maker, cases: Sequence[Compared]) -> dict[int, float] | None:
    """By the case's identity, what the expected result is in units of the formula's; None if it is not the formula."""
    found: dict[int, float] = {}
    ratios = []
    entries = 0
    for case in cases:
        base = made(Candidate("", right), case)
        if base is None or base.size != case.want_array.size:
            return None
        base, want = base.ravel(), case.want_array.ravel()
        largest = int(np.abs(base).argmax()) if base.size else -1
        ratio = (
            1.0
            if largest < 0 or not base[largest] or not np.isfinite(base[largest])
            else float(want[largest] / base[largest])
        )
        if ratio == 0 or not equal(want, ratio * base, 1e-6):
            return None
        found[id(case)] = ratio
        ratios.append(Ratio(ratio, case.sizes, 3e-6))
        entries = max(entries, base.size)
    factor = name_factor(ratios)
    return found if factor is not None and (not factor.constant or entries >= 3) else None


def _times(candidate: Candidate, ratios: dict[int, float]) -> Candidate:
    def make(case: Compared) -> Array | None:
        result = candidate.make(case)
        return None if result is None else np.asarray(result, dtype=np.float64) * ratios[id(case)]

    return Candidate(candidate.id, make, candidate.detail, candidate.factors)


# --- sums, products, activations -----------------------------------------------------------------------------------


def layer_formulas(cases: Sequence[Compared]) -> Iterator[Formula]:
    """Formulas of single layers, for the arrays of these cases."""
    case = cases[0]
    shapes = {k: v.shape for k, v in case.arrays.items() if all(k in c.arrays for c in cases)}
    want = case.want_array.shape
    for a, shape in shapes.items():
        if len(shape) == 2:
            yield from _sums(a, shape, want)
        if shape == want:
            yield from _activations(a)
            yield from _derivatives(a, "")
    for a, b in permutations(shapes, 2):
        if shapes[a] == shapes[b] == want:
            yield from _derivatives(a, b)
        yield from _products(a, b, shapes, want)


def _of(f: Elementwise, name: str) -> Maker:
    return lambda c: f(c.arrays[name])


def _sums(a: str, shape: tuple[int, ...], want: tuple[int, ...]) -> Iterator[Formula]:
    size = int(np.prod(want))
    down = [
        Candidate("wrong-axis", lambda c: c.arrays[a].sum(1)),
        Candidate("last-row-only", lambda c: c.arrays[a][-1], "last", False),
        Candidate("last-row-only", lambda c: c.arrays[a][0], "first", False),
    ]
    if size == shape[1]:
        yield Formula(lambda c: c.arrays[a].sum(0), tuple(down))
    if size == shape[0]:
        yield Formula(lambda c: c.arrays[a].sum(1), (Candidate("wrong-axis", lambda c: c.arrays[a].sum(0)),))


def _activations(z: str) -> Iterator[Formula]:
    for name in ("sigmoid", "relu", "tanh"):
        wrong = [
            Candidate("wrong-activation", _of(g, z), f"{other} for {name}", False)
            for other, g in ACTIVATIONS.items()
            if other not in (name, "identity")
        ]
        wrong += [
            Candidate("wrong-activation", _of(near.value, z), f"{near.says} for {name}", False)
            for near in RELATIVES.get(name, ())
        ]
        wrong.append(Candidate("activation-missing", _of(identity, z), "", False))
        wrong.append(Candidate("derivative-for-activation", _of(DERIVATIVES[name], z), "", False))
        if name == "sigmoid":
            twofold = _of(lambda a: np.exp(a) / 1.0 + np.exp(a), z)
            wrong.append(Candidate("parentheses-missing", twofold, "", False))
        yield Formula(_of(ACTIVATIONS[name], z), tuple(wrong))
    for f in (softmax, log_softmax):
        other = Candidate("wrong-activation", _of(ACTIVATIONS["sigmoid"], z), "sigmoid for softmax", False)
        twice = Candidate("probabilities-for-logits", _of(partial(_twice, f), z), "", False)
        axes = [
            Candidate("softmax-wrong-axis", _of(partial(f, axis=k), z), detail, False)
            for k, detail in WRONG_AXES
        ]
        yield Formula(_of(f, z), (twice, *axes, *((other, *_unnormalised(z)) if f is softmax else ())))


def _twice(f: Elementwise, z: Array) -> Array:
    return f(softmax(z))


def _unnormalised(z: str) -> Iterator[Candidate]:
    divided = "(the scores divided by their sum)"
    yield Candidate("not-normalised", _of(np.exp, z), "", False)
    yield Candidate("not-normalised", _of(lambda a: np.exp(a - a.max(-1, keepdims=True)), z), "", False)
    yield Candidate("not-normalised", _of(lambda a: a / a.sum(-1, keepdims=True), z), divided, False)


def _derivatives(z: str, g: str) -> Iterator[Formula]:
    """G s'(Z), or s'(Z) alone."""

    def times(f: Elementwise) -> Maker:
        return lambda c: c.arrays[g] * f(c.arrays[z]) if g else f(c.arrays[z])

    for name in ("sigmoid", "relu", "tanh"):
        wrong = [
            Candidate(ident, times(w), detail)
            for ident, w, detail in wrong_derivatives(name)
            if g or ident != "activation-derivative-missing"
        ]
        if g:
            wrong.append(Candidate("upstream-ignored", _of(DERIVATIVES[name], z)))
        yield Formula(times(DERIVATIVES[name]), tuple(wrong))


def _products(a: str, b: str, shapes: Shapes, want: tuple[int, ...]) -> Iterator[Formula]:
    sa, sb = shapes[a], shapes[b]
    if len(sa) != 2 or len(sb) > 2:
        return
    if sb[:1] == sa[:1] and want in ((sa[1], *sb[1:]), (sa[1], 1)):
        yield Formula(lambda c: c.arrays[a].T @ c.arrays[b], _wrong_transposed_products(a, b))
    if len(sb) == 2 and sa[1] == sb[1] and want == (sa[0], sb[0]):
        yield Formula(lambda c: c.arrays[a] @ c.arrays[b].T, _wrong_input_gradients(a, b, shapes))
    if len(sb) == 2 and sa[1] == sb[0] and want == (sa[0], sb[1]):
        yield from _affine(a, b, shapes)


def _wrong_transposed_products(a: str, b: str) -> Iterator[Candidate]:
    def some(rows: slice) -> Maker:
        return lambda c: c.arrays[a][rows].T @ c.arrays[b][rows]

    yield Candidate("rows-missing", some(slice(None, -1)), "last", False)
    yield Candidate("rows-missing", some(slice(1, None)), "first", False)
    yield Candidate(
        "summed-before-product", lambda c: np.multiply.outer(c.arrays[a].sum(0), c.arrays[b].sum(0))
    )

    def one(row: int) -> Maker:
        return lambda c: np.multiply.outer(c.arrays[a][row], c.arrays[b][row])

    yield Candidate("last-row-only", one(-1), "last", False)
    yield Candidate("last-row-only", one(0), "first", False)
    if b in UPSTREAM_NAMES:
        yield Candidate("upstream-ignored", lambda c: c.arrays[a].T @ np.ones_like(c.arrays[b]))
    if a not in UPSTREAM_NAMES:
        yield Candidate("input-ignored", lambda c: np.ones_like(c.arrays[a]).T @ c.arrays[b])


def _wrong_input_gradients(a: str, b: str, shapes: Shapes) -> Iterator[Candidate]:
    """Of G W^T."""

    def moves(x: str) -> Maker:
        return lambda c: c.arrays[a] @ (c.arrays[x].T @ c.arrays[a]).T

    yield Candidate("upstream-ignored", lambda c: np.ones_like(c.arrays[a]) @ c.arrays[b].T)
    for x, shape in shapes.items():
        if shape == (shapes[a][0], shapes[b][0]):
            yield moved(lambda c: c.arrays[a] @ c.arrays[b].T, moves(x))


def with_parameter(right: Maker, parameter: Maker, name: str) -> Iterator[Candidate]:
    """The gradient of a parameter with a multiple of the parameter added, and the parameter after a step."""
    yield moved(right, parameter, "regularised", f"`{name}`")
    yield moved(parameter, right, "step-for-gradient", f"`{name}`")


def moved(right: Maker, direction: Maker, ident: str = "uses-updated-weights", detail: str = "") -> Candidate:
    """
    The result with weights after a gradient step of unknown size: want - s D with one s for all cases.

    The size is read off the first case; the others must then have the same.
    """
    found: list[float] = []

    def make(case: Compared) -> Array | None:
        base, d = np.asarray(right(case)), np.asarray(direction(case))
        got = case.got_array
        if got is None or got.dtype.kind == "c" or got.shape != base.shape or not d.any():
            return None
        if not found:
            found.append(float(((base - got) * d).sum() / (d * d).sum()))
        return base - found[0] * d if _plausible(found[0]) else None

    return Candidate(ident, make, detail, False)


def _plausible(step: float) -> bool:
    """A step size is a short number: anything else was fitted, not found."""
    return 0 < abs(step) <= 10 and abs(step - float(f"{step:.2g}")) <= 1e-5 * abs(step)


def _affine(a: str, w: str, shapes: Shapes) -> Iterator[Formula]:
    """X W + b."""

    def plus(b: str, sign: float) -> Maker:
        return lambda c: c.arrays[a] @ c.arrays[w] + sign * c.arrays[b]

    width = shapes[w][1]
    for b, shape in shapes.items():
        if b not in (a, w) and shape in ((width,), (1, width)):
            missing = Candidate("bias-ignored", plus(b, 0.0), "", False)
            yield Formula(plus(b, 1.0), (missing, Candidate("bias-subtracted", plus(b, -1.0), "", False)))
