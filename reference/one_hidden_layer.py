"""
Gradients of networks with one hidden sigmoid layer, per data point, for the four outputs of cs577-a2, part B.

Legend: x (n + 1,) with x_0 = 1, z_l = s(w_l.x), z = (1, z_1, ..., z_H), scores V z (k,), y_hat the output,
E the error, W (H, n + 1) rows w_l, V (k, H + 1) rows v_j with the bias first.
"""

from dataclasses import dataclass

import numpy as np

from reference.activations import sigmoid, softmax
from reference.arrays import FloatArray


@dataclass(frozen=True)
class HiddenLayerForward:
    """z with its leading 1, shape (H + 1,), and y_hat (k,)."""

    z: FloatArray
    y_hat: FloatArray


@dataclass(frozen=True)
class HiddenLayerGradients:
    """dE/dW (H, n + 1) and dE/dV (k, H + 1)."""

    W: FloatArray
    V: FloatArray


def hidden_layer_forward(
    x: FloatArray, W: FloatArray, V: FloatArray, output: str = "linear"
) -> HiddenLayerForward:
    """
    Hidden units and output for one data point.

    z_l = s(w_l.x), y_hat = g(V z), g the identity, the sigmoid or the softmax

    Args:
        x: input with its leading 1, shape (n + 1,).
        W: hidden weights, bias first, shape (H, n + 1).
        V: output weights, bias first, shape (k, H + 1).
        output: 'linear', 'sigmoid' or 'softmax'.

    Returns:
        z, shape (H + 1,), and y_hat, shape (k,).

    Error:
        Absolute error below (n + 5) u |w_l|.|x| of z_l and (H + 8) u |V| z more of y_hat, u = 2**-53.

    Source:
        Assignment page cs577-a2, part B.
    """
    z = np.concatenate([[1.0], sigmoid(W @ x)])
    scores = V @ z
    if output == "linear":
        return HiddenLayerForward(z, scores)
    return HiddenLayerForward(z, sigmoid(scores) if output == "sigmoid" else softmax(scores))


def hidden_layer_gradients(
    x: FloatArray, y: FloatArray, W: FloatArray, V: FloatArray, output: str = "linear"
) -> HiddenLayerGradients:
    """
    Gradients of the error that belongs to the output: half the squared distance, or a cross-entropy.

    dE/dv_j = (y_hat_j - y_j) z, dE/dw_l = sum_j (y_hat_j - y_j) v_jl z_l (1 - z_l) x

    Args:
        x: input with its leading 1, shape (n + 1,).
        y: target, shape (k,).
        W: hidden weights, bias first, shape (H, n + 1).
        V: output weights, bias first, shape (k, H + 1).
        output: 'linear' (squared error), 'sigmoid' (binary) or 'softmax' (categorical cross-entropy).

    Returns:
        dE/dW (H, n + 1) and dE/dV (k, H + 1).

    Error:
        Absolute error below (k + 8) u |y_hat - y| |V| of dE/dW, plus that of y_hat and z, u = 2**-53.

    Source:
        Assignment page cs577-a2, B.4 to B.7.
    """
    forward = hidden_layer_forward(x, W, V, output)
    delta = forward.y_hat - y
    slope = sigmoid(W @ x) * sigmoid(-(W @ x))
    return HiddenLayerGradients(np.outer((delta @ V[:, 1:]) * slope, x), np.outer(delta, forward.z))
