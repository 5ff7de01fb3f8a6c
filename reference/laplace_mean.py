"""
Posterior mean of a linear model with one or two weights and a Laplace prior, by quadrature.

In units of the prior, v = (w - mu) / tau, the density is exp(-1/2 norm2(B v - z)^2 - norm1(v)) with
B = X tau / sigma and z = (y - X mu) / sigma. The inner weight is integrated piece by piece between its kink
and its mode, where the exponent is a quadratic; the outer one on panels that shrink towards the MAP estimate
and are halved until they agree.

Legend: u the inner weight, d the outer one's distance from the MAP, centre the MAP, e the exponent less its
value at the MAP.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from reference.arrays import FloatArray
from reference.laplace import laplace_map, soft_threshold

DROP = 42.0  # nats below the peak at which a tail is cut: exp(-42) is 6e-19
AGREEMENT = 1e-12
OUTER_NODES, OUTER_WEIGHTS = np.polynomial.legendre.leggauss(20)  # on [-1, 1]
INNER_NODES = (np.polynomial.legendre.leggauss(40)[0] + 1.0) / 2.0  # on [0, 1]
INNER_WEIGHTS = np.polynomial.legendre.leggauss(40)[1] / 2.0


@dataclass(frozen=True)
class _Line:
    """Integral over one weight: log of the mass, and the mean; shape (m,) each."""

    log_mass: FloatArray
    mean: FloatArray


def posterior_mean(
    X: FloatArray, y: FloatArray, sigma: float, tau: float, mu: FloatArray | float
) -> FloatArray:
    """
    Mean of the posterior of one or two weights.

    E[w] = integral of w p(w), log p(w) = -norm2(X w - y)^2 / (2 sigma^2) - norm1(w - mu) / tau + constant

    Args:
        X: design, shape (n, p), p = 1 or 2, n >= 0; columns may be zero, equal, or of very different size.
        y: targets, shape (n,).
        sigma: standard deviation of the noise, > 0, unit of y.
        tau: scale of the prior, > 0, unit of w.
        mu: location of the prior, shape (p,) or a number, unit of w.

    Returns:
        Weights, shape (p,).

    Error:
        Relative error measured below 2e-13 (one weight) and 7e-12 (two, orthogonal columns) against 400-digit
        truncated normals, column norms, sigma and tau each over four to six decades; below 1e-7 on equal
        columns, where the posterior is a ridge, up to 1e6 times as long as wide.

    Source:
        Assignment page cs181-hw3, P2.code.
    """
    if X.shape[1] not in (1, 2):
        raise ValueError(f"one or two weights, not {X.shape[1]}: the cost grows as a power of their number")
    location = np.broadcast_to(mu, X.shape[1:])
    order = np.argsort(-np.linalg.norm(X, axis=0))  # the inner weight is the one that the data hold tighter
    data = np.column_stack([X[:, order] * (tau / sigma), (y - X @ location) / sigma])
    triangle = np.linalg.qr(np.vstack([data, np.zeros((2, data.shape[1]))])).R
    B, z = triangle[:2, :-1], triangle[:2, -1]
    mean = np.empty(len(order))
    mean[order] = _line_mean(B, z) if len(order) == 1 else _plane_mean(B, z)
    return location + tau * mean


def _line_mean(B: FloatArray, z: FloatArray) -> FloatArray:
    """Mean of the only weight."""
    diagonal = float(B[0, 0])
    return _line(diagonal**2, np.array([z[0] / diagonal if diagonal else 0.0])).mean


def _line(curvature: float, free: FloatArray) -> _Line:
    """Integrate exp( -curvature/2 (u - free)^2 - |u| ) over u, for each place `free` of its top."""
    shrink = 1.0 / curvature if curvature else np.inf
    below = np.clip(free, -shrink, shrink)  # from the mode to the top
    mode = soft_threshold(free, shrink)
    mass, moment = np.zeros_like(mode), np.zeros_like(mode)
    for sign in (1.0, -1.0):
        for start, length in _pieces(mode, sign, curvature, below):
            u = start[:, None] + sign * length[:, None] * INNER_NODES
            t = u - mode[:, None]
            e = curvature * t * (below[:, None] - t / 2.0) - (np.abs(u) - np.abs(mode)[:, None])
            density = length[:, None] * INNER_WEIGHTS * np.exp(e)
            mass += density.sum(axis=1)
            moment += (density * t).sum(axis=1)
    return _Line(np.log(mass) - curvature * below**2 / 2.0 - np.abs(mode), mode + moment / mass)


def _pieces(
    mode: FloatArray, sign: float, curvature: float, below: FloatArray
) -> list[tuple[FloatArray, FloatArray]]:
    """Starts and lengths of the two smooth pieces on one side of the mode: up to the kink, and beyond it."""
    facing = mode * sign < 0.0
    fall = np.where(facing, -1.0, 1.0) - sign * curvature * below  # slope down, away from the mode
    reach, gap = _reach(fall, curvature), np.abs(mode)
    past = _reach(2.0 + curvature * gap, curvature)  # where |u| turns round the slope changes by 2
    return [
        (mode, np.where(facing, np.minimum(reach, gap), reach)),
        (np.zeros_like(mode), np.where(facing & (reach > gap), past, 0.0)),
    ]


def _reach(slope: FloatArray, curvature: float) -> FloatArray:
    """How far a parabola that starts down at a slope has to go until it has fallen by DROP."""
    down = np.maximum(slope, 0.0)
    return 2.0 * DROP / (down + np.sqrt(down**2 + 2.0 * curvature * DROP))


def _plane_mean(B: FloatArray, z: FloatArray) -> FloatArray:
    """Mean of the inner and the outer weight: the outer integral over d."""
    centre = laplace_map(B, z, 1.0, 1.0, 0.0)
    (diagonal, beside), (_, outer) = B
    inner_residual, outer_residual = z - B @ centre
    home = float(centre[1])

    def log_marginal(d: FloatArray) -> _Line:
        free = centre[0] + (inner_residual - beside * d) / diagonal if diagonal else np.zeros_like(d)
        line = _line(float(diagonal**2), free)
        e = outer * d * (outer_residual - outer * d / 2.0) - (np.abs(home + d) - abs(home))
        return _Line(e + line.log_mass, line.mean)

    edges, height = _panels(log_marginal, 1.0 / (1.0 + float(np.hypot(beside, outer))), -home)

    def moments(d: FloatArray) -> FloatArray:
        line = log_marginal(d)
        density = np.exp(line.log_mass - height)
        return np.stack([density, density * (line.mean - centre[0]), density * d])

    mass, first, second = _integrate(moments, edges)
    shift: FloatArray = np.array([first, second]) / mass
    return centre + shift


def _panels(
    log_marginal: Callable[[FloatArray], _Line], width: float, kink: float
) -> tuple[FloatArray, float]:
    """Edges that crowd at the MAP and hold all but a tail of DROP nats, and the largest logarithm seen."""
    steps = width * 2.0 ** np.arange(-6.0, 120.0)
    d = np.concatenate([-steps[::-1], [0.0], steps])
    values = log_marginal(d).log_mass
    height = float(values.max())
    inside = np.flatnonzero(values > height - DROP)
    low, high = max(inside[0] - 1, 0), min(inside[-1] + 1, len(d) - 1)
    edges = d[low : high + 1]
    return np.unique(np.append(edges, np.clip(kink, edges[0], edges[-1]))), height


def _integrate(f: Callable[[FloatArray], FloatArray], edges: FloatArray) -> FloatArray:
    """Integrals of the rows of f over all panels, which are halved until a whole and its halves agree."""
    left, right = edges[:-1], edges[1:]
    coarse = _gauss(f, left, right)
    total = np.zeros(len(coarse))
    scale = np.abs(coarse).sum(axis=1, keepdims=True)
    for _ in range(100):
        middle = (left + right) / 2.0
        halves = _gauss(f, left, middle), _gauss(f, middle, right)
        fine = halves[0] + halves[1]
        scale = np.maximum(scale, np.abs(fine).sum(axis=1, keepdims=True))
        open_ = np.any(np.abs(fine - coarse) > AGREEMENT * scale, axis=0)
        total += fine[:, ~open_].sum(axis=1)
        if not open_.any():
            break
        coarse = np.concatenate([halves[0][:, open_], halves[1][:, open_]], axis=1)
        left, right = (
            np.concatenate([left[open_], middle[open_]]),
            np.concatenate([middle[open_], right[open_]]),
        )
    return total


def _gauss(f: Callable[[FloatArray], FloatArray], left: FloatArray, right: FloatArray) -> FloatArray:
    """Gauss-Legendre integrals of the rows of f over each panel, shape (rows, panels)."""
    half = (right - left)[:, None] / 2.0
    nodes = (left + right)[:, None] / 2.0 + half * OUTER_NODES
    values = f(nodes.ravel()).reshape(-1, *nodes.shape)
    integrals: FloatArray = np.sum(values * (half * OUTER_WEIGHTS), axis=2)
    return integrals
