"""Losses and their gradients, recognised in the expected result, with their known wrong variants."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import permutations

import numpy as np

from grader.diagnosis.compared import Array, Compared
from grader.diagnosis.fitting import Candidate, Maker
from grader.diagnosis.formulas import Formula, moved, with_parameter
from grader.diagnosis.functions import WRONG_AXES, log_softmax, one_hot, sigmoid, softmax

Residual = Callable[[Array, Array], Array]
TARGET_NAMES = ("y", "Y", "t", "target", "targets", "labels")
PARAMETER_NAMES = ("theta", "Theta", "w", "W", "weights", "beta")


def loss_formulas(cases: Sequence[Compared]) -> Iterator[Formula]:
    """Formulas of losses for the arrays of these cases."""
    case = cases[0]
    common = [k for k in case.arrays if all(k in c.arrays for c in cases)]
    for p, y in permutations(common, 2):
        a, b = case.arrays[p], case.arrays[y]
        if a.shape == b.shape:
            yield from _elementwise(p, y, case)
        if a.ndim == 2 and b.size in (len(a), a.size) and (b.dtype.kind in "iu" or _is_one_hot(b, a.shape)):
            yield from _classes(p, y)
    for x, theta, y in permutations(common, 3):
        if theta in PARAMETER_NAMES and _is_regression(case.arrays[x], case.arrays[theta], case.arrays[y]):
            yield from _regression(x, theta, y)


def _is_one_hot(array: Array, shape: tuple[int, ...]) -> bool:
    return bool(array.shape == shape and ((array == 0) | (array == 1)).all() and (array.sum(-1) == 1).all())


def _is_regression(x: Array, theta: Array, y: Array) -> bool:
    return bool(x.ndim == 2 and theta.shape[:1] == x.shape[1:] and y.shape == (len(x), *theta.shape[1:]))


# --- predictions against targets of the same shape -----------------------------------------------------------------


def _elementwise(p: str, y: str, case: Compared) -> Iterator[Formula]:
    def of(f: Residual) -> Maker:
        return lambda c: f(c.arrays[p], c.arrays[y])

    def total(f: Residual) -> Maker:
        return lambda c: f(c.arrays[p], c.arrays[y]).sum()

    inside = bool((case.arrays[p] >= 0).all() and (case.arrays[p] <= 1).all())
    wrong = [
        Candidate("squared-residual", of(lambda a, b: (a - b) ** 2)),
        Candidate("loss-derivative-missing", of(lambda a, b: np.ones_like(a))),
    ]
    if p not in TARGET_NAMES:  # of y - p, what is left without p is not the prediction
        wrong.append(Candidate("label-ignored", of(lambda a, b: a)))
    yield Formula(of(lambda a, b: a - b), tuple(wrong))
    absolute = Candidate("absolute-for-square", total(lambda a, b: np.abs(a - b)))
    yield Formula(
        total(lambda a, b: (a - b) ** 2), (absolute, Candidate("not-squared", total(lambda a, b: a - b)))
    )
    if inside:
        for form in (total, of):
            square = Candidate("squared-error-for-cross-entropy", form(lambda a, b: (a - b) ** 2))
            twice = Candidate("probabilities-for-logits", form(lambda a, b: _bce(sigmoid(a), b)))
            yield Formula(form(_bce), (*_one_term(form, _bce_yes, _bce_no), square, twice))
        slopes = _one_term(of, lambda a, b: -b / a, lambda a, b: (1 - b) / (1 - a))
        yield Formula(
            of(lambda a, b: (a - b) / (a * (1 - a))),
            (
                Candidate("denominator-missing", of(lambda a, b: a - b)),
                *slopes,
                Candidate("output-derivative-kept", of(lambda a, b: (a - b) * a * (1 - a))),
                Candidate("squared-residual", of(lambda a, b: (a - b) ** 2)),
            ),
        )


def _bce_yes(a: Array, b: Array) -> Array:
    return -b * np.log(a)


def _bce_no(a: Array, b: Array) -> Array:
    return -(1 - b) * np.log(1 - a)


def _bce(a: Array, b: Array) -> Array:
    return np.where(b == 0, 0.0, _bce_yes(a, b)) + np.where(b == 1, 0.0, _bce_no(a, b))


def _one_term(of: Callable[[Residual], Maker], yes: Residual, no: Residual) -> Iterator[Candidate]:
    """Of a sum of two terms, one for each label: one alone, the wrong sign between them, the labels exchanged."""
    yield Candidate("second-term-missing", of(yes), "the one with y is there, the one with 1 - y is not")
    yield Candidate("second-term-missing", of(no), "the one with 1 - y is there, the one with y is not")
    yield Candidate("second-term-sign", of(lambda a, b: yes(a, b) - no(a, b)))
    yield Candidate("labels-swapped", of(lambda a, b: yes(a, 1 - b) + no(a, 1 - b)))


# --- scores or probabilities of classes ----------------------------------------------------------------------------


def _classes(z: str, y: str) -> Iterator[Formula]:
    def hot(c: Compared) -> Array:
        return one_hot(c.arrays[y], c.arrays[z].shape[1])

    def loss(log_p: Callable[[Array], Array], rows: bool) -> Maker:
        return lambda c: -(log_p(c.arrays[z]) * hot(c)).sum(axis=1 if rows else None)

    def slope(p: Callable[[Array], Array], f: Residual = lambda a, b: a - b) -> Maker:
        return lambda c: f(p(c.arrays[z]), hot(c))

    for rows in (False, True):
        twice = Candidate("probabilities-for-logits", loss(lambda a: log_softmax(softmax(a)), rows))
        axes = [
            Candidate("softmax-wrong-axis", loss(partial(log_softmax, axis=k), rows), detail)
            for k, detail in WRONG_AXES
        ]
        no_log = Candidate("log-missing", loss(softmax, rows))
        yield Formula(loss(log_softmax, rows), (twice, no_log, *axes))
        taken = Candidate("probabilities-for-logits", loss(log_softmax, rows))
        yield Formula(loss(_log, rows), (taken, Candidate("log-missing", loss(lambda a: a, rows))))
    yield Formula(slope(softmax), tuple(_wrong_class_slopes(slope)))


def _log(a: Array) -> Array:
    return np.log(np.where(a > 0, a, np.nan))


def _wrong_class_slopes(slope: Callable[..., Maker]) -> Iterator[Candidate]:
    yield Candidate("squared-residual", slope(softmax, lambda a, b: (a - b) ** 2))
    yield Candidate("label-ignored", slope(softmax, lambda a, b: a))
    yield Candidate("probabilities-for-logits", slope(lambda a: softmax(softmax(a))))
    yield Candidate("activation-missing", slope(lambda a: a))
    yield Candidate("wrong-activation", slope(sigmoid), "sigmoid for softmax")
    yield Candidate("output-derivative-kept", slope(softmax, lambda a, b: (a - b) * a * (1 - a)))
    yield Candidate("other-classes-missing", slope(softmax, lambda a, b: (a - b) * b))
    for axis, detail in WRONG_AXES:
        yield Candidate("softmax-wrong-axis", slope(partial(softmax, axis=axis)), detail)


# --- logistic regression -------------------------------------------------------------------------------------------


def _regression(x: str, theta: str, y: str) -> Iterator[Formula]:
    def grad(p: Callable[[Array], Array], f: Residual = lambda a, b: a - b) -> Maker:
        return lambda c: c.arrays[x].T @ f(p(c.arrays[x] @ c.arrays[theta]), c.arrays[y])

    def grad_of(f: Residual) -> Maker:
        return lambda c: c.arrays[x].T @ f(c.arrays[x] @ c.arrays[theta], c.arrays[y])

    def loss(f: Residual, rows: slice = slice(None)) -> Maker:
        return lambda c: f((c.arrays[x] @ c.arrays[theta])[rows], c.arrays[y][rows]).sum()

    for p, name in ((sigmoid, "sigmoid"), (softmax, "softmax"), (_scores, "")):
        wrong = [*_regression_slopes(grad, p), *_of_rows(x, theta, y, p)]
        if name:
            wrong.append(Candidate("activation-missing", grad(_scores)))
            wrong.append(Candidate("output-derivative-kept", grad(p, lambda a, b: (a - b) * a * (1 - a))))
            wrong.append(Candidate("probabilities-for-logits", grad(partial(_twice, p))))
        if name == "sigmoid":
            wrong += _one_term(grad_of, _slope_yes, _slope_no)
            wrong.append(Candidate("labels-for-signs", grad_of(lambda z, b: -b * sigmoid(-b * z))))
        if name == "softmax":
            wrong.append(Candidate("wrong-activation", grad(sigmoid), "sigmoid for softmax"))
            wrong.append(Candidate("other-classes-missing", grad(p, lambda a, b: (a - b) * b)))
            wrong += [
                Candidate("softmax-wrong-axis", grad(partial(softmax, axis=k)), detail)
                for k, detail in WRONG_AXES
            ]
        wrong += with_parameter(grad(p), lambda c: c.arrays[theta], theta)
        yield Formula(grad(p), tuple(wrong))
    yield Formula(loss(_binary), tuple(_wrong_binary(loss, theta)))
    yield from _class_losses(loss, theta)


def _twice(p: Callable[[Array], Array], z: Array) -> Array:
    return p(p(z))


def _scores(z: Array) -> Array:
    return z


def _regression_slopes(grad: Callable[..., Maker], p: Callable[[Array], Array]) -> Iterator[Candidate]:
    yield Candidate("squared-residual", grad(p, lambda a, b: (a - b) ** 2))
    yield Candidate("label-ignored", grad(p, lambda a, b: a))
    yield Candidate("loss-derivative-missing", grad(p, lambda a, b: np.ones_like(a)))


def _of_rows(x: str, theta: str, y: str, p: Callable[[Array], Array]) -> Iterator[Candidate]:
    """Gradients that lack rows, or the factor x, or sum too early."""

    def residual(c: Compared) -> Array:
        return p(c.arrays[x] @ c.arrays[theta]) - c.arrays[y]

    def row(k: int) -> Maker:
        return lambda c: np.multiply.outer(c.arrays[x][k], residual(c)[k])

    def some(rows: slice) -> Maker:
        return lambda c: c.arrays[x][rows].T @ residual(c)[rows]

    yield Candidate("last-row-only", row(-1), "last")
    yield Candidate("last-row-only", row(0), "first")
    yield Candidate("rows-missing", some(slice(None, -1)), "last")
    yield Candidate("rows-missing", some(slice(1, None)), "first")
    yield Candidate("input-ignored", lambda c: np.ones_like(c.arrays[x]).T @ residual(c))
    yield Candidate("input-ignored", residual)
    yield Candidate("input-ignored", lambda c: residual(c).sum(axis=0))
    yield Candidate(
        "summed-before-product", lambda c: np.multiply.outer(c.arrays[x].sum(0), residual(c).sum(0))
    )


_SOME_ROWS = (
    ("last-row-only", slice(-1, None), "last"),
    ("last-row-only", slice(0, 1), "first"),
    ("rows-missing", slice(None, -1), "last"),
    ("rows-missing", slice(1, None), "first"),
)


def _wrong_losses(loss: Callable[..., Maker], right: Residual, theta: str) -> Iterator[Candidate]:
    """What any loss over rows of data may have."""
    for ident, rows, detail in _SOME_ROWS:
        yield Candidate(ident, loss(right, rows), detail)
    yield moved(
        loss(right), lambda c: (c.arrays[theta] ** 2).sum(), "regularised", f"the squares of `{theta}`"
    )


def _wrong_binary(loss: Callable[..., Maker], theta: str) -> Iterator[Candidate]:
    yield from _one_term(loss, _score_yes, _score_no)
    yield from _wrong_losses(loss, _binary, theta)
    yield Candidate("probabilities-for-logits", loss(lambda z, b: _bce(sigmoid(sigmoid(z)), b)))
    yield Candidate("squared-error-for-cross-entropy", loss(lambda z, b: (sigmoid(z) - b) ** 2))
    yield Candidate("labels-for-signs", loss(lambda z, b: np.logaddexp(0, -b * z)))


def _binary(z: Array, b: Array) -> Array:
    return _score_yes(z, b) + _score_no(z, b)


def _slope_yes(z: Array, b: Array) -> Array:
    return -b * sigmoid(-z)


def _slope_no(z: Array, b: Array) -> Array:
    return (1 - b) * sigmoid(z)


def _score_yes(z: Array, b: Array) -> Array:
    return b * np.logaddexp(0, -z)


def _score_no(z: Array, b: Array) -> Array:
    return (1 - b) * np.logaddexp(0, z)


def _class_losses(loss: Callable[..., Maker], theta: str) -> Iterator[Formula]:
    """Cross-entropy of scores X Theta and one-hot labels."""

    def of(log_p: Callable[[Array], Array]) -> Maker:
        return loss(lambda z, b: -(b * log_p(z)))

    twice = Candidate("probabilities-for-logits", of(lambda z: log_softmax(softmax(z))))
    axes = [
        Candidate("softmax-wrong-axis", of(partial(log_softmax, axis=k)), detail) for k, detail in WRONG_AXES
    ]
    others = (
        Candidate("wrong-activation", of(lambda z: -np.logaddexp(0, -z)), "sigmoid for softmax"),
        Candidate("binary-for-categorical", loss(lambda z, b: _bce(softmax(z), b))),
        Candidate("squared-error-for-cross-entropy", loss(lambda z, b: (softmax(z) - b) ** 2)),
        *_wrong_losses(loss, lambda z, b: -(b * log_softmax(z)), theta),
    )
    yield Formula(of(log_softmax), (twice, Candidate("log-missing", of(softmax)), *axes, *others))
