"""
The feed-forward network of cs434-hw3 with the interface that its skeleton fixes, in float64.

Legend: X batch (n, in), W weights (in, out), b bias (1, out), Z = X W + b, grad = dL/dZ,
p probabilities (n, k), u = 2**-53.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from reference.activations import log_softmax, relu, sigmoid, softmax
from reference.arrays import FloatArray, IntArray

LOSS_OFFSET = 1e-5  # the skeleton adds it to a probability before it takes the logarithm


@dataclass(frozen=True)
class LinearGradients:
    """Gradients of a linear layer: weights (in, out), bias (1, out) and input (n, in)."""

    weights: FloatArray
    bias: FloatArray
    input: FloatArray


class Layer(Protocol):
    """What the network asks of a layer."""

    def forward(self, input: FloatArray) -> FloatArray: ...

    def backward(self, grad: FloatArray) -> FloatArray: ...

    def step(self, step_size: float) -> None: ...


def linear_forward(X: FloatArray, W: FloatArray, b: FloatArray) -> FloatArray:
    """
    Output of a linear layer.

    Z = X W + b

    Args:
        X: batch, shape (n, in).
        W: weights, shape (in, out).
        b: bias, shape (1, out) or (out,).

    Returns:
        Z, shape (n, out).

    Error:
        Absolute error below (in + 1) u (|X| |W| + |b|).

    Source:
        Assignment page cs434-hw3, Q3.
    """
    return X @ W + b


def linear_backward(X: FloatArray, W: FloatArray, b: FloatArray, grad: FloatArray) -> LinearGradients:
    """
    Gradients of a linear layer, summed over the batch.

    dL/dW = X^T grad, dL/db = sum over the rows of grad, dL/dX = grad W^T

    Args:
        X: batch of the forward pass, shape (n, in), n >= 1.
        W: weights of the forward pass, shape (in, out).
        b: bias, shape (1, out) or (out,); only its place in the signature matters.
        grad: dL/dZ, shape (n, out); left unchanged.

    Returns:
        The gradients, shapes (in, out), (1, out) and (n, in).

    Error:
        Absolute error below n u |X|^T |grad| (weights), n u sum |grad| (bias), out u |grad| |W|^T (input).

    Source:
        Assignment page cs434-hw3, Q3.
    """
    return LinearGradients(weights=X.T @ grad, bias=grad.sum(axis=0, keepdims=True), input=grad @ W.T)


def one_hot(labels: IntArray, k: int) -> FloatArray:
    """
    Indicator rows of class labels.

    Y_ij = 1(y_i = j)

    Args:
        labels: classes 0 to k - 1, shape (n,) or (n, 1).
        k: number of classes.

    Returns:
        Zeros and ones, shape (n, k).

    Error:
        Exact.

    Source:
        Assignment page cs434-hw3, Q3.
    """
    return np.equal(np.reshape(labels, (-1, 1)), np.arange(k)).astype(np.float64)


def cross_entropy(logits: FloatArray, labels: IntArray) -> float:
    """
    Mean cross-entropy of a softmax, without the skeleton's 1e-5.

    L = -1/n sum_i log softmax(logits_i)[y_i]

    Args:
        logits: shape (n, k), n >= 1.
        labels: classes 0 to k - 1, shape (n,) or (n, 1).

    Returns:
        The loss in nats, >= 0.

    Error:
        Relative error below (6 + g + log2 n) u, g the largest spread of a row: `log_softmax` and a mean.

    Source:
        Assignment page cs434-hw3, Q3.
    """
    rows = np.arange(len(logits))
    return float(-log_softmax(logits)[rows, np.reshape(labels, -1)].mean())


class LinearLayer:
    """Z = X W + b; `weights` normal times sqrt(2 / in), `bias` all 0.5, gradients summed over the batch."""

    def __init__(self, input_dim: int, output_dim: int, rng: np.random.Generator | None = None) -> None:
        # Without a generator the global state is used: `np.random.seed` governs it, as in the skeleton.
        normal = np.random.standard_normal if rng is None else rng.standard_normal
        self.weights: FloatArray = normal((input_dim, output_dim)) * np.sqrt(2.0 / input_dim)
        self.bias: FloatArray = np.full((1, output_dim), 0.5)

    def forward(self, input: FloatArray) -> FloatArray:
        """Output for a batch (n, in), shape (n, out)."""
        self.input = input
        return linear_forward(input, self.weights, self.bias)

    def backward(self, grad: FloatArray) -> FloatArray:
        """Store `grad_weights` (in, out) and `grad_bias` (1, out) for dL/dZ (n, out); return dL/dX."""
        gradients = linear_backward(self.input, self.weights, self.bias, grad)
        self.grad_weights = gradients.weights
        self.grad_bias = gradients.bias
        return gradients.input

    def step(self, step_size: float) -> None:
        """One step of gradient descent with the stored gradients."""
        self.weights = self.weights - step_size * self.grad_weights
        self.bias = self.bias - step_size * self.grad_bias


class Sigmoid:
    """Elementwise logistic sigmoid; its derivative is s(z) s(-z), which keeps its digits where s(z) is 1."""

    def forward(self, input: FloatArray) -> FloatArray:
        """s(Z), same shape."""
        self.input = input
        return sigmoid(input)

    def backward(self, grad: FloatArray) -> FloatArray:
        """grad s'(Z), same shape."""
        return grad * (sigmoid(self.input) * sigmoid(-self.input))

    def step(self, step_size: float) -> None:
        """Nothing to learn."""


class ReLU:
    """Elementwise max(0, z); the derivative at exactly 0 is taken as 0."""

    def forward(self, input: FloatArray) -> FloatArray:
        """max(0, Z), same shape."""
        self.input = input
        return relu(input)

    def backward(self, grad: FloatArray) -> FloatArray:
        """grad where Z > 0, else 0, same shape."""
        return np.where(self.input > 0.0, grad, 0.0)

    def step(self, step_size: float) -> None:
        """Nothing to learn."""


class CrossEntropySoftmax:
    """Mean of -log(p + 1e-5) of the labels; `backward` is the gradient without the 1e-5, as the page says."""

    def forward(self, logits: FloatArray, labels: IntArray) -> float:
        """Loss of logits (n, k) and integer labels (n, 1) or (n,); the logits are left unchanged."""
        self.probs = softmax(logits)
        self.labels = np.reshape(labels, -1)
        rows = np.arange(len(logits))
        return float(-np.log(self.probs[rows, self.labels] + LOSS_OFFSET).mean())

    def backward(self) -> FloatArray:
        """(p - onehot) / n, shape (n, k); may be called again."""
        n, k = self.probs.shape
        grad: FloatArray = (self.probs - one_hot(self.labels, k)) / n
        return grad


ACTIVATIONS: dict[str, type[ReLU] | type[Sigmoid]] = {"ReLU": ReLU, "Sigmoid": Sigmoid}


class FeedForwardNeuralNetwork:
    """Linear, activation, ..., Linear: `num_layers` linear layers, all hidden ones of width `hidden_dim`."""

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        hidden_dim: int,
        num_layers: int,
        activation: str = "ReLU",
        rng: np.random.Generator | None = None,
    ) -> None:
        sizes = [input_dim] + [hidden_dim] * (num_layers - 1) + [output_dim]
        self.layers: list[Layer] = [LinearLayer(sizes[0], sizes[1], rng)]
        for fan_in, fan_out in pairwise(sizes[1:]):
            self.layers += [ACTIVATIONS[activation](), LinearLayer(fan_in, fan_out, rng)]

    def forward(self, X: FloatArray) -> FloatArray:
        """Logits (n, output_dim) of a batch (n, input_dim)."""
        for layer in self.layers:
            X = layer.forward(X)
        return X

    def backward(self, grad: FloatArray) -> FloatArray:
        """Store every layer's gradients for dL/dlogits (n, output_dim); return dL/dX (n, input_dim)."""
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad

    def step(self, step_size: float = 0.001) -> None:
        """One step of gradient descent in every layer."""
        for layer in self.layers:
            layer.step(step_size)
