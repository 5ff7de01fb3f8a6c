"""
Problem 4 of cs181-hw3 in numpy: a network with one hidden relu layer and softmax output, trained by SGD.

Legend: X images (n, ...), flattened to (n, n_inputs); H = relu(X W1 + b1); y_hat = softmax(H W2 + b2)
(n, c); y classes (n,); u = 2**-53.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np

from reference.activations import relu, softmax
from reference.arrays import FloatArray, IntArray
from reference.layers import linear_backward, one_hot

START_SCALE = 0.01


@dataclass(frozen=True)
class Parameters:
    """W1 (n_inputs, n_hiddens), b1 (n_hiddens,), W2 (n_hiddens, n_outputs), b2 (n_outputs,)."""

    W1: FloatArray
    b1: FloatArray
    W2: FloatArray
    b2: FloatArray


def start(n_inputs: int, n_hiddens: int, n_outputs: int, rng: np.random.Generator) -> Parameters:
    """
    Parameters to start from.

    W = 0.01 N(0, 1), b = 0

    Args:
        n_inputs: pixels of an image.
        n_hiddens: width of the hidden layer.
        n_outputs: number of classes.
        rng: where the weights come from.

    Returns:
        The parameters.

    Error:
        None to speak of.

    Source:
        Assignment page cs181-hw3, P4.params.
    """
    return Parameters(
        START_SCALE * rng.standard_normal((n_inputs, n_hiddens)),
        np.zeros(n_hiddens),
        START_SCALE * rng.standard_normal((n_hiddens, n_outputs)),
        np.zeros(n_outputs),
    )


def net(X: FloatArray, p: Parameters) -> FloatArray:
    """
    Class probabilities of images.

    y_hat = softmax( relu(X W1 + b1) W2 + b2 )

    Args:
        X: images, shape (n, ...) with n_inputs numbers each.
        p: parameters.

    Returns:
        Probabilities, shape (n, c), rows sum to 1.

    Error:
        That of the logits, as an absolute error in them, plus that of `softmax`.

    Source:
        Assignment page cs181-hw3, P4.net.
    """
    return softmax(relu(X.reshape(len(X), -1) @ p.W1 + p.b1) @ p.W2 + p.b2)


def cross_entropy(y_hat: FloatArray, y: IntArray) -> FloatArray:
    """
    Loss of each row, from probabilities.

    loss_i = -log y_hat[i, y_i]

    Args:
        y_hat: probabilities, shape (n, c); 0 counts as the smallest normal number.
        y: classes, shape (n,).

    Returns:
        Losses in nats, shape (n,), at most 709.

    Error:
        Relative error below 2 u for given probabilities.

    Source:
        Assignment page cs181-hw3, P4.cross_entropy.
    """
    return -np.log(np.maximum(y_hat[np.arange(len(y)), y], np.finfo(np.float64).tiny))


def gradients(X: FloatArray, y: IntArray, p: Parameters) -> Parameters:
    """
    Gradients of the mean loss of a batch.

    delta = (y_hat - onehot) / n, dW2 = H^T delta, db2 = sum of rows of delta,
    D = delta W2^T where X W1 + b1 > 0, dW1 = X^T D, db1 = sum of rows of D

    Args:
        X: images, shape (n, ...), n >= 1.
        y: classes, shape (n,).
        p: parameters.

    Returns:
        One gradient for each parameter, same shapes.

    Error:
        Absolute error below a few (n + n_inputs + n_hiddens) u times the same products of absolute values.

    Source:
        Assignment page cs181-hw3, problem 4.
    """
    flat = X.reshape(len(X), -1)
    z = flat @ p.W1 + p.b1
    delta = (softmax(relu(z) @ p.W2 + p.b2) - one_hot(y, len(p.b2))) / len(y)
    output = linear_backward(relu(z), p.W2, p.b2, delta)
    hidden = linear_backward(flat, p.W1, p.b1, np.where(z > 0.0, output.input, 0.0))
    return Parameters(hidden.weights, hidden.bias[0], output.weights, output.bias[0])


def sgd(p: Parameters, gradient: Parameters, lr: float = 0.1) -> None:
    """
    One step of gradient descent, in place.

    parameter <- parameter - lr * gradient

    Args:
        p: parameters, changed in place.
        gradient: one array for each.
        lr: step size, > 0.

    Error:
        Two roundings.

    Source:
        Assignment page cs181-hw3, P4.sgd.
    """
    for field in fields(p):
        array: FloatArray = getattr(p, field.name)
        array -= lr * getattr(gradient, field.name)


def train(
    p: Parameters, batches: Iterable[tuple[FloatArray, IntArray]], epochs: int, lr: float = 0.1
) -> list[float]:
    """
    Train in place by mini-batch SGD.

    Args:
        p: parameters, changed in place.
        batches: images and classes; gone through once per epoch.
        epochs: how often.
        lr: step size, > 0.

    Returns:
        The mean loss of each epoch's examples, in nats, as seen before the step on their batch.

    Error:
        Deterministic for given batches and start on one machine.

    Source:
        Assignment page cs181-hw3, P4.train.
    """
    history = []
    for _ in range(epochs):
        losses = []
        for X, y in batches:
            losses.append(cross_entropy(net(X, p), y))
            sgd(p, gradients(X, y, p), lr)
        history.append(float(np.mean(np.concatenate(losses))))
    return history
