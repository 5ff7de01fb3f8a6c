"""
Theory 2 of nyu-dl-hw1: on separable data the logistic loss falls to 0 as the weights grow, without an end.

Legend: X points (n, d), y labels -1 or 1 (n,), w weights (d,), c > 0 a scale of w, margin y_i w.x_i,
u = 2**-53.
"""

import numpy as np

from reference.activations import sigmoid, softplus
from reference.arrays import FloatArray

INFIMUM = 0.0


def margins(w: FloatArray, X: FloatArray, y: FloatArray) -> FloatArray:
    """
    How far on its right side each point lies.

    margin_i = y_i w.x_i

    Args:
        w: weights, shape (d,).
        X: points, shape (n, d).
        y: labels -1 or 1, shape (n,).

    Returns:
        Margins, shape (n,), positive where the point is classified correctly.

    Error:
        Absolute error below d u |w|.|x_i|.

    Source:
        Assignment page nyu-dl-hw1, theory 2.
    """
    return y * (X @ w)


def separates(w: FloatArray, X: FloatArray, y: FloatArray) -> bool:
    """
    Whether the weights classify every point correctly.

    min_i y_i w.x_i > 0

    Args:
        w: weights, shape (d,).
        X: points, shape (n, d).
        y: labels -1 or 1, shape (n,).

    Returns:
        True or False; a point on the boundary is not classified correctly.

    Error:
        Wrong only where a margin is within d u |w|.|x_i| of 0.

    Source:
        Assignment page nyu-dl-hw1, theory 2.
    """
    return bool(np.all(margins(w, X, y) > 0.0))


def logistic_loss(w: FloatArray, X: FloatArray, y: FloatArray) -> float:
    """
    Logistic loss, a sum over the points.

    L(w) = sum_i log(1 + exp(-y_i w.x_i))

    Args:
        w: weights, shape (d,).
        X: points, shape (n, d).
        y: labels -1 or 1, shape (n,).

    Returns:
        The loss in nats, >= 0, without overflow at any finite margin; 0.0 once every margin is above 745.

    Error:
        Relative error below (4 + log2 n + m) u, m the largest error of a margin in units of u.

    Source:
        Assignment page nyu-dl-hw1, theory 2.
    """
    return float(np.sum(softplus(-margins(w, X, y))))


def logistic_loss_gradient(w: FloatArray, X: FloatArray, y: FloatArray) -> FloatArray:
    """
    Gradient of the logistic loss.

    dL/dw = -sum_i y_i x_i s(-y_i w.x_i), s the logistic sigmoid

    Args:
        w: weights, shape (d,).
        X: points, shape (n, d).
        y: labels -1 or 1, shape (n,).

    Returns:
        The gradient, shape (d,).

    Error:
        Absolute error below (n + 6 + m) u sum_i |x_i| s(-margin_i), m as in `logistic_loss`.

    Source:
        Assignment page nyu-dl-hw1, theory 2.
    """
    return -(y * sigmoid(-margins(w, X, y))) @ X


def scale_derivative(c: float, margin: FloatArray) -> FloatArray:
    """
    Derivative for the scale c of one point's loss.

    d/dc log(1 + exp(-c m)) = -m / (1 + exp(c m)) = -m s(-c m), m the margin y w.x

    Args:
        c: scale of the weights, > 0.
        margin: y w.x, a scalar or any shape.

    Returns:
        Same shape; negative on a correctly classified point.

    Error:
        Relative error below (6 + |c m|) u.

    Source:
        Assignment page nyu-dl-hw1, T2.1.
    """
    return -margin * sigmoid(-c * np.asarray(margin))
