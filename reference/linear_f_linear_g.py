"""
The two-layer perceptron of nyu-dl-hw1 and its losses by hand, in float64.

Legend: x batch (n, in), z1 = x W1^T + b1, z2 = f(z1), z3 = z2 W2^T + b2, y_hat = g(z3), J the loss,
dJd... its gradients, u = 2**-53.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from reference.activations import relu, sigmoid
from reference.arrays import FloatArray

LOG_FLOOR = -100.0  # the least logarithm in the binary cross-entropy, as in PyTorch
DENOMINATOR_FLOOR = float(
    np.float32(1e-12)
)  # the least y_hat (1 - y_hat) in its gradient; PyTorch has a float32


class LossAndGradient(NamedTuple):
    """A loss and its gradient for the prediction, which has the prediction's shape."""

    loss: float
    gradient: FloatArray


@dataclass(frozen=True)
class ForwardPass:
    """Inputs and outputs of every layer: x (n, in), z1 and z2 (n, hidden), z3 and y_hat (n, out)."""

    x: FloatArray
    z1: FloatArray
    z2: FloatArray
    z3: FloatArray
    y_hat: FloatArray


def activate(name: str, z: FloatArray) -> FloatArray:
    """
    Value of an activation by name.

    relu: max(0, z); sigmoid: 1 / (1 + exp(-z)); identity: z

    Args:
        name: 'relu', 'sigmoid' or 'identity'.
        z: pre-activations, any shape.

    Returns:
        Same shape.

    Error:
        Exact but for the sigmoid: relative error below 4 u.

    Source:
        Assignment page nyu-dl-hw1, code.
    """
    if name == "identity":
        return z
    return relu(z) if name == "relu" else sigmoid(z)


def derivative(name: str, z: FloatArray) -> FloatArray:
    """
    Derivative of an activation by name.

    relu: 1(z > 0); sigmoid: s(z) s(-z); identity: 1

    Args:
        name: 'relu', 'sigmoid' or 'identity'.
        z: pre-activations, any shape.

    Returns:
        Same shape, in [0, 1]; 0 for relu at exactly 0.

    Error:
        Exact but for the sigmoid: relative error below 8 u, also where s(z) rounds to 1.

    Source:
        Assignment page nyu-dl-hw1, code.
    """
    if name == "relu":
        return np.greater(z, 0.0).astype(np.float64)
    if name == "sigmoid":
        return sigmoid(z) * sigmoid(-z)
    return np.ones_like(z)


class MLP:
    """Linear, f, Linear, g; `grads` are sums over the batch and are overwritten by each `backward`."""

    def __init__(
        self,
        linear_1_in_features: int,
        linear_1_out_features: int,
        f_function: str,
        linear_2_in_features: int,
        linear_2_out_features: int,
        g_function: str,
    ) -> None:
        self.f_function = f_function
        self.g_function = g_function
        shapes = {
            "W1": (linear_1_out_features, linear_1_in_features),
            "b1": (linear_1_out_features,),
            "W2": (linear_2_out_features, linear_2_in_features),
            "b2": (linear_2_out_features,),
        }
        self.parameters: dict[str, FloatArray] = {
            key: np.random.standard_normal(shape) for key, shape in shapes.items()
        }
        self.cache: ForwardPass | None = None
        self.clear_grad_and_cache()

    def forward(self, x: FloatArray) -> FloatArray:
        """y_hat (n, out) of a batch x (n, in); every layer's numbers stay in `cache`."""
        p = self.parameters
        z1 = x @ p["W1"].T + p["b1"]
        z2 = activate(self.f_function, z1)
        z3 = z2 @ p["W2"].T + p["b2"]
        self.cache = ForwardPass(x, z1, z2, z3, activate(self.g_function, z3))
        return self.cache.y_hat

    def backward(self, dJdy_hat: FloatArray) -> None:
        """Fill `grads` for dJ/dy_hat (n, out) at the last forward pass, each of its parameter's shape."""
        if self.cache is None:
            raise RuntimeError("backward needs a forward pass first")
        c = self.cache
        delta3 = dJdy_hat * derivative(self.g_function, c.z3)
        delta1 = (delta3 @ self.parameters["W2"]) * derivative(self.f_function, c.z1)
        self.grads = {
            "dJdW1": delta1.T @ c.x,
            "dJdb1": delta1.sum(axis=0),
            "dJdW2": delta3.T @ c.z2,
            "dJdb2": delta3.sum(axis=0),
        }

    def clear_grad_and_cache(self) -> None:
        """Gradients of zero and no forward pass."""
        self.grads = {f"dJd{key}": np.zeros_like(value) for key, value in self.parameters.items()}
        self.cache = None


def mse_loss(y: FloatArray, y_hat: FloatArray) -> LossAndGradient:
    """
    Mean squared error over all elements and its gradient.

    J = mean (y_hat - y)^2, dJ/dy_hat = 2 (y_hat - y) / numel

    Args:
        y: targets, any shape.
        y_hat: predictions, same shape.

    Returns:
        The loss, >= 0, in the squared unit of y, and its gradient, shape of y_hat.

    Error:
        Relative error below (4 + log2 numel) u of the loss and 4 u of each entry of the gradient.

    Source:
        Assignment page nyu-dl-hw1, code.
    """
    difference = y_hat - y
    return LossAndGradient(float(np.mean(difference**2)), 2.0 * difference / difference.size)


def bce_loss(y: FloatArray, y_hat: FloatArray) -> LossAndGradient:
    """
    Mean binary cross-entropy over all elements and its gradient, finite also at y_hat of exactly 0 or 1.

    J = -mean( y max(log y_hat, -100) + (1 - y) max(log(1 - y_hat), -100) )
    dJ/dy_hat = (y_hat - y) / max(y_hat (1 - y_hat), 1e-12) / numel

    Args:
        y: targets in [0, 1], any shape.
        y_hat: predictions in [0, 1], same shape.

    Returns:
        The loss in nats, 0 to 100, and its gradient, shape of y_hat.

    Error:
        Relative error below (6 + log2 numel) u of the loss and 6 u of each entry of the gradient, for y of 0
        or 1.

    Source:
        Assignment page nyu-dl-hw1, code; the clipping is that of torch.nn.functional.binary_cross_entropy.
    """
    with np.errstate(divide="ignore"):  # log 0 is -inf, and then -100
        log_yes = np.maximum(np.log(y_hat), LOG_FLOOR)
        log_no = np.maximum(np.log1p(-y_hat), LOG_FLOOR)
    slope = (y_hat - y) / np.maximum(y_hat * (1.0 - y_hat), DENOMINATOR_FLOOR)
    return LossAndGradient(float(-np.mean(y * log_yes + (1.0 - y) * log_no)), slope / y_hat.size)
