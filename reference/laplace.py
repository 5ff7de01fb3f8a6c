"""
MAP estimate of a linear model with a Laplace prior on each weight: a lasso around the prior's location.

Legend: X design (n, p), y targets (n,), sigma standard deviation of the noise, mu (p,) or a number and tau
location and scale of the prior, v = w - mu the shift, r = y - X mu, u = 2**-53.
"""

from dataclasses import dataclass

import numpy as np

from reference.arrays import FloatArray, IntArray

RANK_TOLERANCE = 1e-12
CORRELATION_TOLERANCE = 1e-9


@dataclass(frozen=True)
class _Lasso:
    """Minimise 1/2 norm2(A v - r)^2 + sum_i penalty_i |v_i|; A has columns of norm 1 or 0."""

    A: FloatArray
    r: FloatArray
    penalty: FloatArray
    norms: FloatArray

    def correlation(self, v: FloatArray) -> FloatArray:
        """A^T (r - A v): at a minimum penalty_i sign(v_i), or at most penalty_i in size where v_i = 0."""
        return self.A.T @ (self.r - self.A @ v)


def laplace_objective(
    w: FloatArray, X: FloatArray, y: FloatArray, sigma: float, tau: float, mu: FloatArray | float
) -> float:
    """
    Negative logarithm of the posterior density up to a constant.

    f(w) = norm2(X w - y)^2 / (2 sigma^2) + norm1(w - mu) / tau

    Args:
        w: weights, shape (p,).
        X: design, shape (n, p).
        y: targets, shape (n,).
        sigma: standard deviation of the noise, > 0, unit of y.
        tau: scale of the prior, > 0, unit of w.
        mu: location of the prior, shape (p,) or a number, unit of w.

    Returns:
        The objective in nats, >= 0.

    Error:
        Relative error below (n + p + 8) u for given residuals and shifts, which lose digits by cancelling.

    Source:
        Assignment page cs181-hw3, P2.2.
    """
    residual, shift = (X @ w - y) / sigma, (w - mu) / tau
    return float(residual @ residual / 2.0 + np.sum(np.abs(shift)))


def soft_threshold(z: FloatArray, threshold: float | FloatArray) -> FloatArray:
    """
    Shrink towards 0 by a threshold.

    soft(z, t) = sign(z) max(|z| - t, 0)

    Args:
        z: any shape.
        threshold: >= 0, may be infinite; a number or broadcastable to z.

    Returns:
        Shape of z.

    Error:
        One rounding.

    Source:
        Assignment page cs181-hw3, problem 2.
    """
    return np.sign(z) * np.maximum(np.abs(z) - threshold, 0.0)


def laplace_map_orthonormal(
    X: FloatArray, y: FloatArray, sigma: float, tau: float, mu: FloatArray | float
) -> FloatArray:
    """
    MAP weights in closed form, for a design with orthonormal columns.

    w = mu + soft( X^T (y - X mu), sigma^2 / tau )

    Args:
        X: design with X^T X = I, shape (n, p).
        y: targets, shape (n,).
        sigma: standard deviation of the noise, > 0, unit of y.
        tau: scale of the prior, > 0, unit of w.
        mu: location of the prior, shape (p,) or a number, unit of w.

    Returns:
        Weights, shape (p,).

    Error:
        Absolute error below (n + p + 4) u (|X|^T |y| + |mu|), times the departure from orthonormality.

    Source:
        Assignment page cs181-hw3, problem 2.
    """
    location = np.broadcast_to(mu, X.shape[1:])
    return location + soft_threshold(X.T @ (y - X @ location), sigma * (sigma / tau))


def laplace_map(X: FloatArray, y: FloatArray, sigma: float, tau: float, mu: FloatArray | float) -> FloatArray:
    """
    MAP weights for any design, by an active-set method that ends after finitely many steps.

    w = argmin norm2(X w - y)^2 / (2 sigma^2) + norm1(w - mu) / tau

    Args:
        X: design, shape (n, p), n >= 0; columns may be zero, equal, or of very different size.
        y: targets, shape (n,).
        sigma: standard deviation of the noise, > 0, unit of y.
        tau: scale of the prior, > 0, unit of w.
        mu: location of the prior, shape (p,) or a number, unit of w.

    Returns:
        A minimiser, shape (p,); exactly mu_i where the data do not move w_i. The only one if `map_is_unique`.

    Error:
        The objective is within 1e-15 relative of the minimum (measured against coordinate descent in extended
        precision on 800 designs: normal, with equal or zero columns, of low rank, collinear to 1e-5, with
        columns scaled by 1e-8 to 1e8). The weights have the condition of the active columns as their own.

    Source:
        Assignment page cs181-hw3, P2.code; Lee, Battle, Raina, Ng: Efficient sparse coding (2006).
    """
    location = np.broadcast_to(mu, X.shape[1:])
    problem = _normalised(X, y - X @ location, sigma, tau)
    v = np.zeros(X.shape[1])
    for _ in range(20 * (X.shape[1] + 5)):
        entering = _worst_violation(problem, v)
        if entering is None:
            break
        v = _settle(problem, v, entering)
    return location + v / np.where(problem.norms > 0.0, problem.norms, 1.0)


def map_is_unique(X: FloatArray, y: FloatArray, sigma: float, tau: float, mu: FloatArray | float) -> bool:
    """
    Whether the MAP weights are the only minimiser.

    The columns whose correlation with the residual reaches the threshold are linearly independent.

    Args:
        X: design, shape (n, p).
        y: targets, shape (n,).
        sigma: standard deviation of the noise, > 0, unit of y.
        tau: scale of the prior, > 0, unit of w.
        mu: location of the prior, shape (p,) or a number, unit of w.

    Returns:
        True is certain up to the tolerances; False may also stand for a unique but fragile minimiser.

    Error:
        Columns count as dependent at a singular value of 1e-12, a correlation as reached within 1e-9.

    Source:
        Tibshirani: The lasso problem and uniqueness (2013).
    """
    location = np.broadcast_to(mu, X.shape[1:])
    problem = _normalised(X, y - X @ location, sigma, tau)
    v = (laplace_map(X, y, sigma, tau, mu) - location) * problem.norms
    tight = np.abs(problem.correlation(v)) >= problem.penalty * (1.0 - CORRELATION_TOLERANCE)
    columns = problem.A[:, tight & (problem.norms > 0.0)]
    return columns.shape[1] == 0 or bool(
        np.linalg.matrix_rank(columns, tol=RANK_TOLERANCE) == columns.shape[1]
    )


def _normalised(X: FloatArray, r: FloatArray, sigma: float, tau: float) -> _Lasso:
    """The lasso for v times the column norms, so that no column's unit matters."""
    norms = np.linalg.norm(X, axis=0)
    size = np.where(norms > 0.0, norms, 1.0)
    return _Lasso(X / size, r, sigma * (sigma / tau) / size, norms)


def _worst_violation(problem: _Lasso, v: FloatArray) -> int | None:
    """The weight at 0 that most wants to leave it, if any does by more than rounding."""
    correlation = problem.correlation(v)
    noise = 32.0 * 2.0**-53 * (len(problem.r) + len(v)) * (np.linalg.norm(problem.r) + np.sum(np.abs(v)))
    excess = np.where(v == 0.0, np.abs(correlation) - problem.penalty - noise, -1.0)
    worst = int(np.argmax(excess))
    return worst if excess[worst] > 0.0 else None


def _settle(problem: _Lasso, v: FloatArray, entering: int) -> FloatArray:
    """Minimise over the active weights with their signs; a weight that reaches 0 on the way leaves."""
    signs = np.sign(v)
    signs[entering] = np.sign(problem.correlation(v)[entering])
    while np.any(signs):
        active = np.flatnonzero(signs)
        step, bounded = _step(problem, v, signs, active)
        crossing = np.where(signs[active] * step < 0.0, np.abs(v[active]), np.inf) / _positive(np.abs(step))
        length = min(float(np.min(crossing)), 1.0 if bounded else np.inf)
        if not np.isfinite(length):
            break
        v = v.copy()
        v[active] += length * step
        leaving = active[crossing <= length]
        v[leaving] = signs[leaving] = 0.0
        if bounded and length == 1.0:
            break
    return v


def _step(problem: _Lasso, v: FloatArray, signs: FloatArray, active: IntArray) -> tuple[FloatArray, bool]:
    """
    Way to the minimum over the active weights (True), or, if dependent columns leave the objective falling
    without end, the direction of that fall (False).
    """
    left, singular, right = np.linalg.svd(problem.A[:, active], full_matrices=True)
    rank = int(np.sum(singular > RANK_TOLERANCE * singular.max(initial=0.0)))
    pull = problem.penalty[active] * signs[active]
    free = right[rank:].T @ (right[rank:] @ pull)
    if np.linalg.norm(free) > CORRELATION_TOLERANCE * np.linalg.norm(pull):
        return -free, False
    residual = problem.r - problem.A @ v
    inside = (left[:, :rank].T @ residual - right[:rank] @ pull / singular[:rank]) / singular[:rank]
    return right[:rank].T @ inside, True


def _positive(x: FloatArray) -> FloatArray:
    """x with 1 for 0, to divide by."""
    return np.where(x > 0.0, x, 1.0)
