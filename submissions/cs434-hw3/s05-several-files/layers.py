"""The layers."""

import numpy as np


class LinearLayer:
    """Z = X W + b for a batch X (n x input_dim)."""

    def __init__(self, input_dim, output_dim):
        self.weights = np.random.randn(input_dim, output_dim) * np.sqrt(2.0 / input_dim)
        self.bias = np.full((1, output_dim), 0.5)

    def forward(self, input):
        """Output (n x output_dim); the input is kept for the backward pass."""
        self.input = input
        return input @ self.weights + self.bias

    def backward(self, grad):
        """
        Store grad_weights (input_dim x output_dim) and grad_bias (1 x output_dim), return dL/dX (n x input_dim).

        grad is dL/dZ (n x output_dim). Sum over the batch; do not average, and leave grad as it is.
        """
        self.grad_weights = self.input.T @ grad
        self.grad_bias = np.sum(grad, axis=0, keepdims=True)
        return grad @ self.weights.T

    def step(self, step_size):
        """One step of gradient descent with the stored gradients."""
        self.weights -= step_size * self.grad_weights
        self.bias -= step_size * self.grad_bias


class Sigmoid:
    """Elementwise 1 / (1 + exp(-z))."""

    def forward(self, input):
        self.act = 1 / (1 + np.exp(-np.clip(input, -500, 500)))
        return self.act

    def backward(self, grad):
        return grad * self.act * (1 - self.act)

    def step(self, step_size):
        return


class ReLU:
    """Elementwise max(0, z)."""

    def forward(self, input):
        self.mask = input > 0
        return input * self.mask

    def backward(self, grad):
        return grad * self.mask

    def step(self, step_size):
        return
