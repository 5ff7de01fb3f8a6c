import numpy as np


def mle(x):
    return x.mean()


def map_estimate(x, sigma, tau):
    n = len(x)
    return tau**2 * x.sum() / (n * tau**2 + sigma**2)


def posterior(x, sigma, tau):
    precision = 1 / tau**2 + len(x) / sigma**2
    return x.sum() / sigma**2 / precision, 1 / precision


def posterior_predictive(x, sigma, tau):
    m, v = posterior(x, sigma, tau)
    return m, v + sigma**2


def laplace_map(X, y, sigma, tau, mu):
    # proximal gradient with momentum on v = w - mu
    lam = sigma**2 / tau
    L = np.linalg.eigvalsh(X.T @ X).max()
    r = y - X @ mu
    v = u = np.zeros(X.shape[1])
    t = 1.0
    for _ in range(50000):
        g = u - X.T @ (X @ u - r) / L
        new = np.sign(g) * np.maximum(np.abs(g) - lam / L, 0)
        s = (1 + np.sqrt(1 + 4 * t * t)) / 2
        u = new + (t - 1) / s * (new - v)
        if np.abs(new - v).max() < 1e-15:
            break
        v, t = new, s
    return list(mu + v)


def posterior_mean(X, y, sigma, tau, mu):
    """Independence sampler: proposals from the least-squares Gaussian."""
    rng = np.random.default_rng(0)
    A = X.T @ X / sigma**2
    ols = np.linalg.solve(A, X.T @ y / sigma**2)
    draws = rng.multivariate_normal(ols, np.linalg.inv(A), size=200000)
    weights = np.exp(-np.abs(draws - mu).sum(axis=1) / tau)
    return weights @ draws / weights.sum()


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def mlp_gradients(x, y, W1, b1, W2, b2):
    z1 = sigmoid(W1 @ x + b1)
    yhat = sigmoid(W2 @ z1 + b2)
    d2 = yhat - y
    d1 = (W2.T @ d2) * z1 * (1 - z1)
    return {"dW1": np.outer(d1, x), "db1": d1, "dW2": np.outer(d2, z1), "db2": d2}
