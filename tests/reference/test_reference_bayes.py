"""Gaussian estimators against 60-digit floats and numerical integration."""

import itertools

import mpmath
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from reference.bayes import map_estimate, mle, posterior, posterior_predictive

SIZES = (1, 2, 3, 10, 1000)
SCALES = (1e-150, 1e-8, 0.3, 1.0, 7.0, 1e8, 1e150)


def exact_posterior(x, sigma, tau):
    """Mean and variance by the precisions, in 400 digits."""
    with mpmath.workdps(400):
        sigma, tau = mpmath.mpf(sigma), mpmath.mpf(tau)
        var = 1 / (1 / tau**2 + len(x) / sigma**2)
        return var * mpmath.fsum(mpmath.mpf(float(a)) for a in x) / sigma**2, var, var + sigma**2


@pytest.mark.parametrize("n", SIZES)
def test_estimates_are_right_to_a_few_units_at_every_scale(n, rng, in_units):
    """Mean, variance and predictive variance are within 8 u, sigma and tau from 1e-150 to 1e150."""
    for sigma, tau in itertools.product(SCALES, SCALES):
        for x in (rng.standard_normal(n), 1 + rng.random(n)):
            mean, var, predictive = exact_posterior(x, sigma, tau)
            ours, wide = posterior(x, sigma, tau), posterior_predictive(x, sigma, tau)
            if abs(mean) > 1e-290:
                assert in_units(map_estimate(x, sigma, tau), mean) < 8
                assert in_units(ours.mean, mean) < 8
            assert in_units(ours.var, var) < 8
            assert in_units(wide.var, predictive) < 8
            assert wide.mean == ours.mean == map_estimate(x, sigma, tau)


def test_mle_is_the_mean_also_under_cancellation(rng, in_units):
    """The MLE is within 2 u of the exact mean, also when the sum all but cancels."""
    for x in (rng.standard_normal(50), np.array([1e16, 1.0, -1e16]), np.array([3.5])):
        assert in_units(mle(x), mpmath.fsum(mpmath.mpf(float(a)) for a in x) / len(x)) < 2


def test_no_observations_give_the_prior():
    """n = 0 gives mean 0 and the prior's variance, the predictive adds the noise's; no MLE."""
    nothing = np.array([])
    assert map_estimate(nothing, 2.0, 3.0) == 0.0
    assert posterior(nothing, 2.0, 3.0) == (0.0, 9.0)
    assert posterior_predictive(nothing, 2.0, 3.0) == (0.0, 13.0)
    with pytest.raises(ValueError, match="no observations"):
        mle(nothing)


def test_extreme_priors_reach_their_limits():
    """A very wide prior gives the MLE and sigma^2 / n, a very narrow one gives 0 and tau^2."""
    x = np.array([1.0, 2.0, 4.5])
    assert posterior(x, 1.5, 1e100) == pytest.approx((2.5, 0.75), rel=1e-15)
    assert posterior(x, 1.5, 1e-100) == pytest.approx((7.5e-200 / 2.25, 1e-200), rel=1e-14, abs=0)


@pytest.mark.parametrize("n", [1, 4])
def test_posterior_and_predictive_are_bayes_rule(n, rng):
    """Moments of prior times likelihood, and of its average over the mean, integrated numerically."""
    x, sigma, tau = 1.5 + rng.standard_normal(n), 0.8, 1.3

    def joint(mu):
        return norm.pdf(mu, 0, tau) * np.prod(norm.pdf(x, mu, sigma))

    mass, first, second = (quad(lambda mu, k=k: mu**k * joint(mu), -12, 12, epsabs=0)[0] for k in range(3))
    mean, var = posterior(x, sigma, tau)
    assert mean == pytest.approx(first / mass, rel=1e-8)
    assert var == pytest.approx(second / mass - (first / mass) ** 2, rel=1e-7)
    spread = quad(lambda mu: (sigma**2 + (mu - mean) ** 2) * joint(mu), -12, 12, epsabs=0)[0] / mass
    assert posterior_predictive(x, sigma, tau) == pytest.approx((mean, spread), rel=1e-8)
