"""Whether two values agree: to rounding for formulas, to significant digits for numbers, up to what the spec allows."""

from __future__ import annotations

from math import floor, log10

import numpy as np

from grader.answers.spec import UpTo
from grader.answers.world import Array

RELATIVE = 1e-9
ABSOLUTE = 1e-13


def agree(answer: Array, truth: Array, scale: float = 1.0) -> bool:
    """Whether two arrays of one shape are equal to rounding."""
    if answer.shape != truth.shape:
        return False
    with np.errstate(all="ignore"):
        if not np.all(np.isfinite(answer)):
            return bool(np.array_equal(answer, truth))
        return bool(
            np.all(np.abs(answer - truth) <= RELATIVE * np.maximum(np.abs(truth), 0.01 * scale) + ABSOLUTE)
        )


def agree_to_digits(answer: Array, truth: Array, digits: int) -> bool:
    """
    Whether every number of the answer is right to that many significant digits.

    An answer is right when it differs from the truth by at most half a unit of the last asked digit: 0.0567 is right for
    0.056749, so is 0.05675, and 0.056 and 0.057 are not.
    """
    if answer.shape != truth.shape or not np.all(np.isfinite(answer)):
        return False
    pairs = zip(answer.reshape(-1).tolist(), truth.reshape(-1).tolist(), strict=True)
    return all(_right_to_digits(float(left), float(right), digits) for left, right in pairs)


def _right_to_digits(answer: float, truth: float, digits: int) -> bool:
    if truth == 0:
        return abs(answer) < 1e-9
    unit = 10.0 ** (floor(log10(abs(truth))) - digits + 1)
    return abs(answer - truth) <= 0.5 * unit * (1 + 1e-9)


def same_shape(answer: Array, truth: Array, layout: str) -> list[Array]:
    """The answer in every layout that has the truth's shape: itself, a row for a column, a transposed matrix."""
    if answer.ndim == 0 and answer == 0:
        return [np.zeros_like(truth)]
    if answer.size != truth.size:
        return []
    if answer.ndim == 0 or truth.ndim == 0:
        return [answer.reshape(truth.shape)]
    candidates = [answer] if answer.shape == truth.shape else []
    if 1 in answer.shape and 1 in truth.shape:
        candidates = candidates or [answer.reshape(truth.shape)]
    elif layout == "any" and answer.T.shape == truth.shape:
        candidates.append(answer.T)
    return candidates


def related(answers: list[Array], truths: list[Array], up_to: UpTo, digits: int | None) -> bool:
    """
    Whether answers agree with truths up to one constant for all of them.

    Args:
        answers, truths: values at several points, each pair of one shape.
        up_to: what constant: none, a sign, a factor, an added constant, or a positive factor with an added constant.
        digits: compare numbers to that many digits; None compares to rounding.
    """
    left = np.concatenate([value.reshape(-1) for value in answers])
    right = np.concatenate([value.reshape(-1) for value in truths])
    if not np.all(np.isfinite(left)):
        return up_to == "none" and agree(left, right)
    fitted = _fitted(left, right, up_to)
    if fitted is None:
        return False
    if digits is not None:
        return agree_to_digits(fitted, right, digits)
    return agree(fitted, right, float(np.max(np.abs(right), initial=0.0)))


def _fitted(left: Array, right: Array, up_to: UpTo) -> Array | None:
    """The answer with the allowed constant taken out, or None when there is no such constant."""
    if up_to == "none":
        return left
    if up_to == "sign":
        return left if np.sum(left * right) >= 0 else -left
    if up_to == "constant":
        return np.asarray(left + (right.mean() - left.mean()))
    if up_to == "positive-affine":
        spread = left - left.mean()
        if np.max(np.abs(spread)) <= 1e-12 * (1 + np.max(np.abs(left))):
            return None
        factor = np.sum(spread * (right - right.mean())) / np.sum(spread * spread)
        return np.asarray(right.mean() + factor * spread) if factor > 0 else None
    if not np.any(left):
        return None
    factor = np.sum(left * right) / np.sum(left * left)
    if factor == 0 or (up_to == "positive-factor" and factor < 0):
        return None
    return np.asarray(factor * left)
