"""Problems 1 to 3: the estimators and the gradients. Keep the names and the arguments."""

import numpy as np


def mle(x):
    """Maximum likelihood estimate of mu; x is a 1-D array."""
    raise NotImplementedError('this part is yours to write')


def map_estimate(x, sigma, tau):
    """MAP estimate of mu under the prior N(0, tau^2); x may be empty."""
    raise NotImplementedError('this part is yours to write')


def posterior(x, sigma, tau):
    """Mean and variance of mu given the data; x may be empty."""
    raise NotImplementedError('this part is yours to write')


def posterior_predictive(x, sigma, tau):
    """Mean and variance of a new observation given the data."""
    raise NotImplementedError('this part is yours to write')


def laplace_map(X, y, sigma, tau, mu):
    """The weights (p,) that minimise norm2(X w - y)^2 / (2 sigma^2) + norm1(w - mu) / tau."""
    raise NotImplementedError('this part is yours to write')


def posterior_mean(X, y, sigma, tau, mu):
    """The mean (p,) of the posterior of the weights, for p <= 2."""
    raise NotImplementedError('this part is yours to write')


def mlp_gradients(x, y, W1, b1, W2, b2):
    """
    Gradients of the loss for one data point, as a dict with keys dW1, db1, dW2, db2, each of its parameter's shape.

    x (M,), y a float, W1 (H, M), b1 (H,), W2 (1, H), b2 (1,).
    """
    raise NotImplementedError('this part is yours to write')
