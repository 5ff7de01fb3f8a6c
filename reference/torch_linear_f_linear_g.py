"""
The nyu-dl-hw1 hand-in in torch tensors, without autograd and without `torch.nn`; any floating dtype.

Legend: x (batch, in), z1, z2 = f(z1), z3, y_hat = g(z3), J the loss, dJd... its gradients.
"""

from typing import NamedTuple

import torch
from torch import Tensor

LOG_FLOOR = -100.0
DENOMINATOR_FLOOR = torch.tensor(1e-12, dtype=torch.float32).item()  # a float32 in PyTorch itself


class LossAndGradient(NamedTuple):
    """A loss (a scalar tensor) and its gradient for the prediction, which has the prediction's shape."""

    loss: Tensor
    gradient: Tensor


def activate(name: str, z: Tensor) -> Tensor:
    """max(0, z), 1 / (1 + exp(-z)) or z, for 'relu', 'sigmoid' and 'identity'; same shape and dtype."""
    if name == "relu":
        return z.clamp(min=0)
    return z.sigmoid() if name == "sigmoid" else z


def derivative(name: str, z: Tensor) -> Tensor:
    """1(z > 0), s(z) s(-z) or 1; same shape and dtype."""
    if name == "relu":
        return (z > 0).to(z.dtype)
    return z.sigmoid() * (-z).sigmoid() if name == "sigmoid" else torch.ones_like(z)


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
        self.parameters = {
            "W1": torch.randn(linear_1_out_features, linear_1_in_features),
            "b1": torch.randn(linear_1_out_features),
            "W2": torch.randn(linear_2_out_features, linear_2_in_features),
            "b2": torch.randn(linear_2_out_features),
        }
        self.cache: dict[str, Tensor] = {}
        self.clear_grad_and_cache()

    def forward(self, x: Tensor) -> Tensor:
        """y_hat (batch, out) of x (batch, in)."""
        p = self.parameters
        z1 = x @ p["W1"].T + p["b1"]
        z2 = activate(self.f_function, z1)
        z3 = z2 @ p["W2"].T + p["b2"]
        self.cache = {"x": x, "z1": z1, "z2": z2, "z3": z3}
        return activate(self.g_function, z3)

    def backward(self, dJdy_hat: Tensor) -> None:
        """Fill `grads` for dJ/dy_hat (batch, out) at the last forward pass, each of its parameter's shape."""
        c = self.cache
        delta3 = dJdy_hat * derivative(self.g_function, c["z3"])
        delta1 = (delta3 @ self.parameters["W2"]) * derivative(self.f_function, c["z1"])
        self.grads = {
            "dJdW1": delta1.T @ c["x"],
            "dJdb1": delta1.sum(dim=0),
            "dJdW2": delta3.T @ c["z2"],
            "dJdb2": delta3.sum(dim=0),
        }

    def clear_grad_and_cache(self) -> None:
        """Gradients of zero and no forward pass."""
        self.grads = {f"dJd{key}": torch.zeros_like(value) for key, value in self.parameters.items()}
        self.cache = {}


def mse_loss(y: Tensor, y_hat: Tensor) -> LossAndGradient:
    """
    Mean squared error over all elements and its gradient.

    J = mean (y_hat - y)^2, dJ/dy_hat = 2 (y_hat - y) / numel

    Args:
        y: targets, any shape and floating dtype.
        y_hat: predictions, same shape and dtype.

    Returns:
        The loss, in the squared unit of y, and its gradient, shape and dtype of y_hat.

    Error:
        As `linear_f_linear_g.mse_loss`, with u of the dtype.

    Source:
        Assignment page nyu-dl-hw1, code.
    """
    difference = y_hat - y
    return LossAndGradient((difference**2).mean(), 2 * difference / difference.numel())


def bce_loss(y: Tensor, y_hat: Tensor) -> LossAndGradient:
    """
    Mean binary cross-entropy over all elements and its gradient, finite also at y_hat of exactly 0 or 1.

    J = -mean( y max(log y_hat, -100) + (1 - y) max(log(1 - y_hat), -100) )
    dJ/dy_hat = (y_hat - y) / max(y_hat (1 - y_hat), 1e-12) / numel

    Args:
        y: targets in [0, 1], any shape and floating dtype.
        y_hat: predictions in [0, 1], same shape and dtype.

    Returns:
        The loss in nats, 0 to 100, and its gradient, shape and dtype of y_hat.

    Error:
        As `linear_f_linear_g.bce_loss`, with u of the dtype.

    Source:
        Assignment page nyu-dl-hw1, code; the clipping is that of torch.nn.functional.binary_cross_entropy.
    """
    log_yes = y_hat.log().clamp(min=LOG_FLOOR)
    log_no = (-y_hat).log1p().clamp(min=LOG_FLOOR)
    slope = (y_hat - y) / (y_hat * (1 - y_hat)).clamp(min=DENOMINATOR_FLOOR)
    return LossAndGradient(-(y * log_yes + (1 - y) * log_no).mean(), slope / y_hat.numel())
