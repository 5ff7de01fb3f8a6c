"""
Gradients of the two-layer sigmoid network of cs181-hw3 for one data point.

Legend: x (M,), a1 = W1 x + b1 (H,), z1 = s(a1), a2 = W2 z1 + b2 (1,), y_hat = s(a2), y the label, L the loss,
s the logistic sigmoid, u = 2**-53.
"""

from dataclasses import dataclass

import numpy as np

from reference.activations import sigmoid, softplus
from reference.arrays import FloatArray


@dataclass(frozen=True)
class MlpForward:
    """Pre-activations and outputs: a1 and z1 (H,), a2 and y_hat (1,)."""

    a1: FloatArray
    z1: FloatArray
    a2: FloatArray
    y_hat: FloatArray


def mlp_forward(x: FloatArray, W1: FloatArray, b1: FloatArray, W2: FloatArray, b2: FloatArray) -> MlpForward:
    """
    Forward pass for one data point.

    y_hat = s(W2 s(W1 x + b1) + b2)

    Args:
        x: input, shape (M,).
        W1: shape (H, M).
        b1: shape (H,).
        W2: shape (1, H).
        b2: shape (1,).

    Returns:
        Every layer's numbers.

    Error:
        Absolute error below (M + 1) u (|W1| |x| + |b1|) of a1, and (H + 5) u (|W2| z1 + |b2|) more of a2.

    Source:
        Assignment page cs181-hw3, problem 3.
    """
    a1 = W1 @ x + b1
    z1 = sigmoid(a1)
    a2 = W2 @ z1 + b2
    return MlpForward(a1, z1, a2, sigmoid(a2))


def mlp_loss(
    x: FloatArray, y: float, W1: FloatArray, b1: FloatArray, W2: FloatArray, b2: FloatArray
) -> float:
    """
    Binary cross-entropy of one data point.

    L = -(y log y_hat + (1 - y) log(1 - y_hat)), from a2 so that it is finite where y_hat rounds to 0 or 1

    Args:
        x: input, shape (M,).
        y: label in [0, 1].
        W1: shape (H, M).
        b1: shape (H,).
        W2: shape (1, H).
        b2: shape (1,).

    Returns:
        The loss in nats, >= 0.

    Error:
        Relative error below 6 u plus the absolute error of a2.

    Source:
        Assignment page cs181-hw3, problem 3.
    """
    a2 = mlp_forward(x, W1, b1, W2, b2).a2
    return float((y * softplus(-a2) + (1.0 - y) * softplus(a2)).item())


def mlp_gradients(
    x: FloatArray, y: float, W1: FloatArray, b1: FloatArray, W2: FloatArray, b2: FloatArray
) -> dict[str, FloatArray]:
    """
    Gradients of the binary cross-entropy of one data point.

    delta = y_hat - y, dL/db2 = delta, dL/dW2_h = delta z1_h,
    dL/db1_h = delta W2_h z1_h (1 - z1_h), dL/dW1_hm = dL/db1_h x_m

    Args:
        x: input, shape (M,).
        y: label in [0, 1].
        W1: shape (H, M).
        b1: shape (H,).
        W2: shape (1, H).
        b2: shape (1,).

    Returns:
        dW1 (H, M), db1 (H,), dW2 (1, H), db2 (1,).

    Error:
        Relative error below 1e-11 against autograd in float64, normal inputs and parameters, M and H up to 6;
        no digits are lost to cancellation in y_hat - y or 1 - z1 at saturation.

    Source:
        Assignment page cs181-hw3, P3.2.
    """
    forward = mlp_forward(x, W1, b1, W2, b2)
    # y_hat - y, written so that nothing cancels where y_hat rounds to the label
    delta = (1.0 - y) * forward.y_hat - y * sigmoid(-forward.a2)
    db1 = delta * W2[0] * (forward.z1 * sigmoid(-forward.a1))
    return {"dW1": np.outer(db1, x), "db1": db1, "dW2": np.outer(delta, forward.z1), "db2": delta}
