"""Laplace MAP and posterior mean against scikit-learn's Lasso, optimality conditions and integrals."""

import mpmath
import numpy as np
import pytest
from scipy.integrate import dblquad, quad
from sklearn.linear_model import Lasso

from reference.laplace import (
    laplace_map,
    laplace_map_orthonormal,
    laplace_objective,
    map_is_unique,
    soft_threshold,
)
from reference.laplace_mean import posterior_mean

DESIGNS = {
    "tall": lambda rng: rng.standard_normal((30, 6)),
    "wide": lambda rng: rng.standard_normal((5, 12)),
    "one row": lambda rng: rng.standard_normal((1, 4)),
    "one column": lambda rng: rng.standard_normal((9, 1)),
    "equal columns": lambda rng: np.repeat(rng.standard_normal((9, 2)), 2, axis=1),
    "opposite columns": lambda rng: rng.standard_normal((9, 1)) * [1.0, -1.0, 2.0],
    "zero column": lambda rng: rng.standard_normal((9, 3)) * [1.0, 0.0, 1.0],
    "low rank": lambda rng: rng.standard_normal((9, 2)) @ rng.standard_normal((2, 6)),
    "whole numbers": lambda rng: rng.integers(-1, 2, (8, 5)).astype(float),
}


def problem(kind, rng, strength):
    """Design, targets, sigma, tau and mu at a share of the threshold at which all weights stay at mu."""
    X = DESIGNS[kind](rng)
    mu = rng.standard_normal(X.shape[1])
    y = X @ (mu + rng.standard_normal(X.shape[1])) + 0.5 * rng.standard_normal(len(X))
    sigma = 0.7
    return X, y, sigma, sigma**2 / (strength * np.abs(X.T @ (y - X @ mu)).max()), mu


@pytest.mark.parametrize("strength", [0.9, 0.3, 1e-2, 1e-4])
@pytest.mark.parametrize("kind", DESIGNS)
def test_map_is_scikit_learns_lasso(kind, strength, rng):
    """The objective is not above that of scikit-learn's Lasso; unique weights agree."""
    X, y, sigma, tau, mu = problem(kind, rng, strength)
    w = laplace_map(X, y, sigma, tau, mu)
    model = Lasso(alpha=sigma**2 / tau / len(X), fit_intercept=False, tol=1e-12, max_iter=100_000)
    theirs = mu + model.fit(X, y - X @ mu).coef_
    ours, oracle = (laplace_objective(v, X, y, sigma, tau, mu) for v in (w, theirs))
    assert ours <= oracle * (1 + 1e-12)
    assert ours == pytest.approx(oracle, rel=1e-6)
    if map_is_unique(X, y, sigma, tau, mu):
        np.testing.assert_allclose(w, theirs, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize("kind", DESIGNS)
def test_map_meets_the_optimality_conditions(kind, scale, rng):
    """Correlations with the residual are the threshold on moved weights and within it on others."""
    X, y, sigma, tau, mu = problem(kind, rng, 0.05)
    X, y, sigma, tau = X * scale, y * scale, sigma * scale, tau  # the unit of y, and X with it
    w = laplace_map(X, y, sigma, tau, mu)
    threshold = sigma**2 / tau
    correlation = X.T @ (y - X @ w)
    moved = w != mu
    np.testing.assert_allclose(correlation[moved], threshold * np.sign(w - mu)[moved], rtol=1e-9)
    assert (np.abs(correlation) <= threshold * (1 + 1e-9)).all()


def test_columns_of_any_unit_give_the_same_fit(rng):
    """Columns of very different size are no harder: the duality gap stays below 1e-9."""
    X = rng.standard_normal((20, 5)) * 10.0 ** np.array([-6, -3, 0, 3, 6])
    y = rng.standard_normal(20)
    w = laplace_map(X, y, 1.0, 0.5, 0.0)
    residual = y - X @ w
    dual = residual * min(1.0, 2.0 / np.abs(X.T @ residual).max())
    gap = residual @ residual / 2 + 2 * np.abs(w).sum() - (y @ dual - dual @ dual / 2)
    assert gap + 1e-12 >= 0
    assert gap < 1e-9 * (residual @ residual)


def test_orthonormal_designs_have_the_closed_form(rng):
    """For orthonormal columns the solver gives the soft-threshold form, some weights left exactly."""
    X = np.linalg.qr(rng.standard_normal((12, 6))).Q
    y, mu = 2 * rng.standard_normal(12), rng.standard_normal(6)
    closed, solved = laplace_map_orthonormal(X, y, 0.9, 0.8, mu), laplace_map(X, y, 0.9, 0.8, mu)
    np.testing.assert_allclose(solved, closed, rtol=1e-13, atol=1e-14)
    assert 0 < (closed == mu).sum() < 6
    assert map_is_unique(X, y, 0.9, 0.8, mu)


def test_soft_threshold_is_the_proximal_point(rng):
    """soft(z, t) minimises (v - z)^2 / 2 + t |v| over a fine grid; an infinite threshold gives 0."""
    grid = np.linspace(-4, 4, 80_001)
    for z in rng.uniform(-3, 3, 20):
        best = grid[np.argmin((grid - z) ** 2 / 2 + 0.7 * np.abs(grid))]
        assert soft_threshold(z, 0.7) == pytest.approx(best, abs=1e-4)
    assert soft_threshold(np.array([3.0, -3.0]), np.inf).tolist() == [0.0, 0.0]


def test_limits_of_the_prior(rng):
    """A prior that is narrow enough gives exactly mu, a very wide one least squares; no data give mu."""
    X, y, mu = rng.standard_normal((15, 3)), rng.standard_normal(15), np.array([1.0, -2.0, 0.3])
    for tau in (1e-3, 1e-200):
        assert (laplace_map(X, y, 1.0, tau, mu) == mu).all()
    np.testing.assert_allclose(laplace_map(X, y, 1.0, 1e200, mu), np.linalg.lstsq(X, y)[0], rtol=1e-11)
    assert (laplace_map(np.zeros((0, 3)), np.zeros(0), 1.0, 1.0, mu) == mu).all()
    assert (laplace_map(X, y, 1.0, 1e-3, 2.0) == 2.0).all()


def test_equal_columns_have_many_minimisers(rng):
    """Uniqueness is denied for equal columns that are used and granted for independent ones."""
    column = rng.standard_normal((8, 1))
    assert not map_is_unique(np.hstack([column, column]), 3 * column[:, 0], 0.1, 1.0, 0.0)
    assert map_is_unique(np.hstack([column, rng.standard_normal((8, 1))]), 3 * column[:, 0], 0.1, 1.0, 0.0)
    assert map_is_unique(np.hstack([column, column]), 3 * column[:, 0], 0.1, 1e-9, 0.0)


def exact_mean(x, y, sigma, tau, mu):
    """Posterior mean of one weight: two truncated normals, in 400 digits."""
    with mpmath.workdps(400):
        column = [mpmath.mpf(float(a)) for a in x]
        residual = [mpmath.mpf(float(a)) - b * mpmath.mpf(mu) for a, b in zip(y, column, strict=True)]
        a = mpmath.fsum(c * c for c in column) / mpmath.mpf(sigma) ** 2
        h = mpmath.fsum(c * r for c, r in zip(column, residual, strict=True)) / mpmath.mpf(sigma) ** 2
        halves = []
        for sign in (1, -1):
            b = sign * h - 1 / mpmath.mpf(tau)
            mass = (
                mpmath.sqrt(mpmath.pi / (2 * a))
                * mpmath.exp(b * b / (2 * a))
                * mpmath.erfc(-b / mpmath.sqrt(2 * a))
            )
            halves.append((mass, sign * (1 + b * mass) / a))
        return float(mpmath.mpf(mu) + (halves[0][1] + halves[1][1]) / (halves[0][0] + halves[1][0]))


@pytest.mark.parametrize("n", [1, 2, 9])
def test_mean_of_one_weight_is_exact(n, rng):
    """One weight, at any scale: within 1e-11 relative of the truncated normals' mean."""
    for _ in range(25):
        X = rng.standard_normal((n, 1)) * 10.0 ** rng.uniform(-3, 3)
        sigma, tau = 10.0 ** rng.uniform(-2, 2, 2)
        mu = rng.standard_normal()
        y = X[:, 0] * (mu + tau * rng.laplace()) + sigma * rng.standard_normal(n)
        expected = exact_mean(X[:, 0], y, sigma, tau, mu)
        assert posterior_mean(X, y, sigma, tau, mu) == pytest.approx(expected, rel=1e-11, abs=1e-13 * tau)


@pytest.mark.parametrize("swap", [False, True])
def test_mean_of_two_orthogonal_weights_is_exact(swap, rng):
    """With orthogonal columns of any two sizes each weight has the mean that it has alone, to 1e-9."""
    for _ in range(15):
        X = np.linalg.qr(rng.standard_normal((5, 2))).Q * 10.0 ** rng.uniform(-3, 3, 2)
        sigma, tau = 10.0 ** rng.uniform(-2, 2, 2)
        mu = rng.standard_normal(2)
        y = X @ (mu + tau * rng.laplace(size=2)) + sigma * rng.standard_normal(5)
        order = [1, 0] if swap else [0, 1]
        ours = posterior_mean(X[:, order], y, sigma, tau, mu[order])[order]
        # y is replaced by its part along each column, which is all that a weight sees
        for i in (0, 1):
            unit = X[:, i] / np.linalg.norm(X[:, i])
            expected = exact_mean([X[:, i] @ unit], [y @ unit], sigma, tau, mu[i])
            assert ours[i] == pytest.approx(expected, rel=1e-9, abs=1e-9 * tau)


@pytest.mark.parametrize("n", [1, 2, 6])
def test_mean_of_two_weights_is_the_double_integral(n, rng):
    """For correlated columns both means are SciPy's double integrals, split at the kinks."""
    X, sigma, tau = rng.standard_normal((n, 2)) + np.array([1.0, 0.8]), 0.8, 0.6
    mu = np.array([0.3, -0.2])
    y = X @ np.array([0.9, 0.1]) + 0.3 * rng.standard_normal(n)

    def integral(power):
        """Integral of the density times first^power[0] second^power[1] of the shift."""

        def f(second, first):
            shift = np.array([first, second])
            residual = y - X @ (mu + shift)
            density = np.exp(-residual @ residual / (2 * sigma**2) - np.abs(shift).sum() / tau)
            return density * np.prod(shift**power)

        quadrants = [(-15, 0, -15, 0), (-15, 0, 0, 15), (0, 15, -15, 0), (0, 15, 0, 15)]
        return sum(dblquad(f, *q, epsabs=1e-9, epsrel=1e-7)[0] for q in quadrants)

    mass, first, second = (integral(np.array(power)) for power in ((0, 0), (1, 0), (0, 1)))
    expected = mu + np.array([first, second]) / mass
    np.testing.assert_allclose(posterior_mean(X, y, sigma, tau, mu), expected, rtol=1e-6)


@pytest.mark.parametrize("strength", [0.1, 1.0, 100.0, 1e6])
@pytest.mark.parametrize("target", [0.0, 0.5, 40.0])
def test_mean_on_equal_columns_is_a_line_integral(strength, target):
    """
    With two equal columns only the sum s is measured; its prior is (1 + |s|) exp(-|s|) and each weight's mean
    E[s] / 2, also where the posterior is a thin ridge.
    """
    X, y = np.full((1, 2), strength), np.array([strength * target])
    width = 1 / strength

    def density(s):
        return (1 + abs(s)) * np.exp(-abs(s) + target - ((s - target) * strength) ** 2 / 2)

    low, high = max(target - 12 * width, -60.0), min(target + 12 * width, 120.0)
    kinks = [k for k in (0.0, target) if low < k < high]
    mass = quad(density, low, high, points=kinks, limit=400, epsabs=0)[0]
    first = quad(lambda s: s * density(s), low, high, points=kinks, limit=400, epsabs=1e-11 * mass)[0]
    ours = posterior_mean(X, y, 1.0, 1.0, 0.0)
    np.testing.assert_allclose(ours, first / mass / 2, rtol=1e-7, atol=1e-9)


def test_means_at_the_edges(rng):
    """Without data or with a narrow prior the mean is mu; a wide prior gives least squares."""
    X, y, mu = rng.standard_normal((6, 2)), rng.standard_normal(6), np.array([5.0, -1.0])
    for empty in (np.zeros((0, 2)), np.zeros((3, 2))):
        np.testing.assert_allclose(posterior_mean(empty, np.zeros(len(empty)), 1.0, 2.0, mu), mu, rtol=1e-12)
    np.testing.assert_allclose(posterior_mean(X, y, 1.0, 1e-9, mu), mu, rtol=1e-12)
    np.testing.assert_allclose(posterior_mean(X, y, 1.0, 1e9, mu), np.linalg.lstsq(X, y)[0], rtol=1e-7)
    with pytest.raises(ValueError, match="one or two weights, not 3"):
        posterior_mean(np.ones((2, 3)), np.ones(2), 1.0, 1.0, 0.0)


def test_units_do_not_matter(rng):
    """Data and weights in other units give the same mean in those units, to 1e-9."""
    X, y, mu = rng.standard_normal((4, 2)), rng.standard_normal(4), rng.standard_normal(2)
    plain = posterior_mean(X, y, 0.5, 0.7, mu)
    for unit in (1e-12, 1e12):
        other_weights = posterior_mean(X / unit, y, 0.5, 0.7 * unit, mu * unit)
        other_targets = posterior_mean(X, y * unit, 0.5 * unit, 0.7 * unit, mu * unit)
        np.testing.assert_allclose(other_weights, plain * unit, rtol=1e-9)
        np.testing.assert_allclose(other_targets, plain * unit, rtol=1e-9)
