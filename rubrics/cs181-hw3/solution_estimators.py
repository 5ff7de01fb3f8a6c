"""Problems 1 to 3: the estimators and the gradients. Keep the names and the arguments."""

import numpy as np


def mle(x):
    """Maximum likelihood estimate of mu; x is a 1-D array."""
    # SOLUTION
    return np.mean(x)
    # END


def map_estimate(x, sigma, tau):
    """MAP estimate of mu under the prior N(0, tau^2); x may be empty."""
    # SOLUTION
    return tau**2 * np.sum(x) / (len(x) * tau**2 + sigma**2)
    # END


def posterior(x, sigma, tau):
    """Mean and variance of mu given the data; x may be empty."""
    # SOLUTION
    var = 1 / (1 / tau**2 + len(x) / sigma**2)
    return var * np.sum(x) / sigma**2, var
    # END


def posterior_predictive(x, sigma, tau):
    """Mean and variance of a new observation given the data."""
    # SOLUTION
    mean, var = posterior(x, sigma, tau)
    return mean, var + sigma**2
    # END


def laplace_map(X, y, sigma, tau, mu):
    """The weights (p,) that minimise norm2(X w - y)^2 / (2 sigma^2) + norm1(w - mu) / tau."""
    # SOLUTION
    v, r = np.zeros(X.shape[1]), y - X @ mu
    size = (X**2).sum(axis=0)
    for _ in range(20000):
        before = v.copy()
        for j in range(len(v)):
            z = X[:, j] @ (r - X @ v + X[:, j] * v[j])
            v[j] = np.sign(z) * max(abs(z) - sigma**2 / tau, 0) / size[j]
        if np.abs(v - before).max() < 1e-14:
            break
    return mu + v
    # END


def posterior_mean(X, y, sigma, tau, mu):
    """The mean (p,) of the posterior of the weights, for p <= 2."""
    # SOLUTION
    p, centre = X.shape[1], laplace_map(X, y, sigma, tau, mu)
    reach = 8 * sigma / np.sqrt((X**2).sum(axis=0).min()) + 1e-9
    axes = [np.linspace(c - reach, c + reach, 601) for c in centre]
    grid = np.stack([g.ravel() for g in np.meshgrid(*axes, indexing="ij")], axis=1)
    log_p = -((grid @ X.T - y) ** 2).sum(axis=1) / (2 * sigma**2) - np.abs(grid - mu).sum(axis=1) / tau
    weights = np.exp(log_p - log_p.max())
    return (weights @ grid / weights.sum()).reshape(p)
    # END


def mlp_gradients(x, y, W1, b1, W2, b2):
    """
    Gradients of the loss for one data point, as a dict with keys dW1, db1, dW2, db2, each of its parameter's shape.

    x (M,), y a float, W1 (H, M), b1 (H,), W2 (1, H), b2 (1,).
    """
    # SOLUTION
    z1 = 1 / (1 + np.exp(-(W1 @ x + b1)))
    y_hat = 1 / (1 + np.exp(-(W2 @ z1 + b2)))
    db2 = y_hat - y
    db1 = db2 * W2[0] * z1 * (1 - z1)
    return {"dW1": np.outer(db1, x), "db1": db1, "dW2": np.outer(db2, z1), "db2": db2}
    # END
