"""
Artificial neurons of cs577-a2: sigmoid, softmax and the losses of both discriminants, as sums over the data.

Legend: X data with its bias column (m, d), y labels 0 or 1 (m,), Y one-hot labels (m, k), theta (d,) and
Theta (d, k) parameters, h = s(X theta), P = softmax(X Theta), u = 2**-53.
"""

import numpy as np

from reference.activations import log_softmax, sigmoid, softmax, softplus
from reference.arrays import FloatArray

__all__ = ["bce_grad", "bce_loss", "cce_grad", "cce_loss", "sigmoid", "softmax"]


def bce_loss(theta: FloatArray, X: FloatArray, y: FloatArray) -> float:
    """
    Binary cross-entropy, a sum over the data.

    L = -sum_i ( y_i log h_i + (1 - y_i) log(1 - h_i) ), h_i = s(theta.x_i)

    Args:
        theta: parameters, shape (d,).
        X: data with its bias column, shape (m, d).
        y: labels 0 or 1, shape (m,).

    Returns:
        The loss in nats, >= 0, finite at any finite score.

    Error:
        Relative error below (8 + log2 m) u plus that of the scores.

    Source:
        Assignment page cs577-a2, A.13.
    """
    scores = X @ theta
    return float(np.sum(y * softplus(-scores) + (1.0 - y) * softplus(scores)))


def bce_grad(theta: FloatArray, X: FloatArray, y: FloatArray) -> FloatArray:
    """
    Gradient of the binary cross-entropy.

    dL/dtheta = sum_i (h_i - y_i) x_i

    Args:
        theta: parameters, shape (d,).
        X: data with its bias column, shape (m, d).
        y: labels 0 or 1, shape (m,).

    Returns:
        The gradient, shape (d,).

    Error:
        Absolute error below (m + 6) u |X|^T |h - y| plus that of the scores; h - y keeps its digits where h
        rounds to the label.

    Source:
        Assignment page cs577-a2, A.14.
    """
    scores = X @ theta
    return X.T @ ((1.0 - y) * sigmoid(scores) - y * sigmoid(-scores))


def cce_loss(Theta: FloatArray, X: FloatArray, Y: FloatArray) -> float:
    """
    Categorical cross-entropy, a sum over the data.

    L = -sum_i sum_j Y_ij log softmax_j(x_i Theta)

    Args:
        Theta: parameters, shape (d, k).
        X: data with its bias column, shape (m, d).
        Y: one-hot labels, shape (m, k).

    Returns:
        The loss in nats, >= 0, finite at any finite scores.

    Error:
        Relative error below (8 + g + log2 m) u plus that of the scores, g the largest spread of their rows.

    Source:
        Assignment page cs577-a2, A.19.
    """
    return float(-np.sum(Y * log_softmax(X @ Theta)))


def cce_grad(Theta: FloatArray, X: FloatArray, Y: FloatArray) -> FloatArray:
    """
    Gradient of the categorical cross-entropy.

    dL/dTheta_j = sum_i (softmax_j(x_i Theta) - Y_ij) x_i

    Args:
        Theta: parameters, shape (d, k).
        X: data with its bias column, shape (m, d).
        Y: one-hot labels, shape (m, k).

    Returns:
        The gradient, shape (d, k).

    Error:
        Absolute error below (m + 8) u |X|^T 1 plus that of the scores.

    Source:
        Assignment page cs577-a2, A.20.
    """
    return X.T @ (softmax(X @ Theta) - Y)
