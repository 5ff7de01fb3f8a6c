"""
Theory 1 of nyu-dl-hw1 in numbers: Linear, 5 relu, Linear on one data point under the squared error.

Legend: x (n,), z1 = W1 x + b1 (H,), z2 = 5 max(0, z1) (H,), z3 = W2 z2 + b2 (K,), y_hat = z3, l the loss,
Jacobians as (outputs, inputs), u = 2**-53.
"""

from dataclasses import dataclass

import numpy as np

from reference.activations import relu
from reference.arrays import FloatArray

SLOPE = 5.0


@dataclass(frozen=True)
class RegressionForward:
    """Outputs of the layers: z1 and z2 (H,), z3 and y_hat (K,), and the loss."""

    z1: FloatArray
    z2: FloatArray
    z3: FloatArray
    y_hat: FloatArray
    loss: float


@dataclass(frozen=True)
class RegressionGradients:
    """Gradients of the loss, each of its parameter's shape, and the three Jacobians that they are made of."""

    W1: FloatArray
    b1: FloatArray
    W2: FloatArray
    b2: FloatArray
    dz2dz1: FloatArray
    dyhatdz3: FloatArray
    dldyhat: FloatArray


def regression_forward(
    x: FloatArray, y: FloatArray, W1: FloatArray, b1: FloatArray, W2: FloatArray, b2: FloatArray
) -> RegressionForward:
    """
    Outputs of the layers and the loss for one data point.

    y_hat = 5 W2 max(0, W1 x + b1) + b2, l = norm2(y_hat - y)^2

    Args:
        x: input, shape (n,).
        y: target, shape (K,).
        W1: shape (H, n).
        b1: shape (H,).
        W2: shape (K, H).
        b2: shape (K,).

    Returns:
        The outputs by name.

    Error:
        Absolute error below (n + 1) u (|W1| |x| + |b1|) of z1, and the like of z3.

    Source:
        Assignment page nyu-dl-hw1, T1.2.
    """
    z1 = W1 @ x + b1
    z2 = SLOPE * relu(z1)
    z3 = W2 @ z2 + b2
    return RegressionForward(z1, z2, z3, z3, float(np.sum((z3 - y) ** 2)))


def regression_gradients(
    x: FloatArray, y: FloatArray, W1: FloatArray, b1: FloatArray, W2: FloatArray, b2: FloatArray
) -> RegressionGradients:
    """
    Gradients of the squared error for one data point.

    delta3 = 2 (y_hat - y), delta1 = (delta3 W2) dz2/dz1,
    dW2 = delta3^T z2^T, db2 = delta3, dW1 = delta1^T x^T, db1 = delta1

    Args:
        x: input, shape (n,).
        y: target, shape (K,).
        W1: shape (H, n).
        b1: shape (H,).
        W2: shape (K, H).
        b2: shape (K,).

    Returns:
        Gradients (H, n), (H,), (K, H), (K,) and Jacobians (H, H), (K, K), (K,); at z1 = 0 the slope is 0.

    Error:
        Absolute error below 5 (K + 4) u |delta3| |W2| of db1, given y_hat; one rounding more of dW1 and dW2.

    Source:
        Assignment page nyu-dl-hw1, T1.3 and T1.4.
    """
    forward = regression_forward(x, y, W1, b1, W2, b2)
    dz2dz1 = np.diag(np.where(forward.z1 > 0.0, SLOPE, 0.0))
    dyhatdz3 = np.eye(len(y))
    dldyhat = 2.0 * (forward.y_hat - y)
    delta3 = dldyhat @ dyhatdz3
    delta1 = delta3 @ W2 @ dz2dz1
    return RegressionGradients(
        np.outer(delta1, x), delta1, np.outer(delta3, forward.z2), delta3, dz2dz1, dyhatdz3, dldyhat
    )
