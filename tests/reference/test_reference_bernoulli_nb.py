"""Bernoulli naive Bayes against scikit-learn and 60-digit floats."""

import mpmath
import numpy as np
import pytest
from sklearn.naive_bayes import BernoulliNB

from reference.bernoulli_nb import bernoulli_nb_to_linear, nb_posterior

THETAS = {
    "uniform": lambda rng, d: rng.uniform(0.01, 0.99, (d, 2)),
    "tiny": lambda rng, d: 10.0 ** rng.uniform(-150, -1e-3, (d, 2)),
    "near one": lambda rng, d: 1 - 10.0 ** rng.uniform(-15, -1, (d, 2)),
    "equal columns": lambda rng, d: rng.uniform(0.1, 0.9, (d, 1)) * (1 + 1e-12 * rng.standard_normal((d, 2))),
}


def exact(theta, prior):
    """Weights and the terms of the bias in 60 digits."""
    pairs = [(mpmath.mpf(float(a)), mpmath.mpf(float(b))) for a, b in theta]
    w = [mpmath.log(b * (1 - a) / (a * (1 - b))) for a, b in pairs]
    odds = mpmath.log(mpmath.mpf(prior) / (1 - mpmath.mpf(prior)))
    return w, [odds, *(mpmath.log((1 - b) / (1 - a)) for a, b in pairs)]


@pytest.mark.parametrize("kind", THETAS)
@pytest.mark.parametrize("prior", [0.5, 0.3, 1e-12, 1 - 1e-12, 0.5 + 1e-14])
def test_weights_and_bias_keep_their_stated_error(kind, prior, rng, in_units):
    """Weights are right to 4 u each, the bias to 4 u of its terms, also where the columns nearly agree."""
    for d in (1, 3, 20):
        theta = THETAS[kind](rng, d)
        w, b = bernoulli_nb_to_linear(theta, prior)
        with mpmath.workdps(400):  # terms of 1e-150 beside 1
            true_w, terms = exact(theta, prior)
        assert w.shape == (d,)
        assert all(in_units(ours, true) < 4 for ours, true in zip(w, true_w, strict=True))
        assert abs(mpmath.mpf(b) - mpmath.fsum(terms)) <= 4 * 2.0**-53 * mpmath.fsum(map(abs, terms))


@pytest.mark.parametrize(("n", "d"), [(30, 1), (200, 7), (50, 40)])
def test_decision_is_scikit_learns(n, d, rng):
    """The linear classifier and the posterior are those of a fitted BernoulliNB."""
    X, y = rng.integers(0, 2, (n, d)), rng.integers(0, 2, n)
    model = BernoulliNB(alpha=1.0).fit(X, y)
    theta = np.exp(model.feature_log_prob_).T
    prior = float(np.exp(model.class_log_prior_[1]))
    w, b = bernoulli_nb_to_linear(theta, prior)
    joint = model.predict_joint_log_proba(X)
    np.testing.assert_allclose(b + X @ w, joint[:, 1] - joint[:, 0], rtol=1e-9, atol=1e-11)
    assert ((b + X @ w > 0) == model.predict(X)).all()
    np.testing.assert_allclose(nb_posterior(X, theta, prior), model.predict_proba(X)[:, 1], rtol=1e-9)


def test_posterior_of_one_point_is_bayes_rule(rng, in_units):
    """For a single x the posterior is the ratio of the joint probabilities."""
    theta, x = rng.uniform(0.05, 0.95, (6, 2)), rng.integers(0, 2, 6)
    joint = [mpmath.mpf("0.7"), mpmath.mpf("0.3")]
    for c in (0, 1):
        for value, t in zip(x, theta[:, c], strict=True):
            joint[c] *= mpmath.mpf(float(t)) if value else 1 - mpmath.mpf(float(t))
    assert in_units(nb_posterior(x, theta, 0.3), joint[1] / (joint[0] + joint[1])) < 100


def test_a_feature_that_tells_nothing_weighs_nothing():
    """Equal columns and an even prior give exactly zero weights and bias, and a posterior of one half."""
    theta = np.array([[0.3, 0.3], [0.9, 0.9]])
    w, b = bernoulli_nb_to_linear(theta, 0.5)
    assert (w.tolist(), b) == ([0.0, 0.0], 0.0)
    assert nb_posterior(np.array([1, 0]), theta, 0.5) == 0.5


def test_a_duplicated_feature_makes_the_posterior_surer(rng):
    """With a uniform prior a feature that is counted twice moves the posterior away from one half (Q2)."""
    for theta in rng.uniform(0.05, 0.95, (50, 1, 2)):
        for x in (0, 1):
            once = nb_posterior(np.array([x]), theta, 0.5)
            twice = nb_posterior(np.array([x, x]), np.vstack([theta, theta]), 0.5)
            assert (twice > once) == (once > 0.5)
