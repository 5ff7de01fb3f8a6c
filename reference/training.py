"""
Mini-batch gradient descent as cs434-hw3 runs it, with the curves that its plots show.

It asks of network and criterion only what the skeleton fixes, so that anybody's classes can be trained.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from reference.arrays import ByteArray, FloatArray, IntArray


class Network(Protocol):
    """A network with the skeleton's three calls."""

    def forward(self, X: FloatArray) -> FloatArray: ...

    def backward(self, grad: FloatArray) -> FloatArray: ...

    def step(self, step_size: float) -> None: ...


class Criterion(Protocol):
    """A loss with the skeleton's two calls."""

    def forward(self, logits: FloatArray, labels: IntArray) -> float: ...

    def backward(self) -> FloatArray: ...


@dataclass(frozen=True)
class Examples:
    """Inputs, shape (n, features), and their classes, shape (n, 1)."""

    X: FloatArray
    y: IntArray


@dataclass(frozen=True)
class Schedule:
    """How to descend; the defaults are the assignment's."""

    step_size: float = 0.01
    batch_size: int = 200
    epochs: int = 200


@dataclass(frozen=True)
class Curves:
    """One entry per epoch, shape (epochs,): losses in nats, accuracies in [0, 1]."""

    train_loss: FloatArray
    train_accuracy: FloatArray
    val_loss: FloatArray
    val_accuracy: FloatArray


def scale_pixels(pixels: ByteArray) -> FloatArray:
    """
    Network inputs of grey images.

    x = pixel / 256 - 0.5

    Args:
        pixels: grey values 0 to 255, any shape.

    Returns:
        Same shape, float64 in [-0.5, 0.5).

    Error:
        Exact.

    Source:
        Assignment page cs434-hw3, Q4.
    """
    return pixels.astype(np.float64) / 256.0 - 0.5


def accuracy(logits: FloatArray, labels: IntArray) -> float:
    """
    Share of rows whose largest logit is the label's.

    accuracy = 1/n sum_i 1(argmax_j logits_ij = y_i)

    Args:
        logits: shape (n, k), n >= 1; of equal largest ones the first counts.
        labels: classes, shape (n,) or (n, 1).

    Returns:
        A number in [0, 1].

    Error:
        Exact up to the rounding of one division.

    Source:
        Assignment page cs434-hw3, Q4.
    """
    return float(np.mean(np.argmax(logits, axis=1) == np.reshape(labels, -1)))


def minibatches(examples: Examples, batch_size: int, rng: np.random.Generator) -> Iterator[Examples]:
    """
    One epoch of batches in a random order, every example once; the last batch may be smaller.

    Args:
        examples: n >= 1 of them.
        batch_size: >= 1.
        rng: where the order comes from.

    Yields:
        ceil(n / batch_size) batches of copies, which the caller may change.

    Error:
        Exact.

    Source:
        Assignment page cs434-hw3, Q4.
    """
    order = rng.permutation(len(examples.X))
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        yield Examples(examples.X[rows], examples.y[rows])


def descend(network: Network, criterion: Criterion, batch: Examples, step_size: float) -> None:
    """Forward, loss, backward and one step on a batch."""
    criterion.forward(network.forward(batch.X), batch.y)
    network.backward(criterion.backward())
    network.step(step_size)


def train(
    network: Network,
    criterion: Criterion,
    training: Examples,
    validation: Examples,
    schedule: Schedule,
    rng: np.random.Generator,
) -> Curves:
    """
    Train a network in place and record loss and accuracy on both sets after every epoch.

    parameter <- parameter - step_size * d(batch loss)/d(parameter)

    Args:
        network: changed in place.
        criterion: the loss; it gets copies of logits and labels.
        training: what the network learns from.
        validation: what it is only measured on.
        schedule: step size, batch size and number of epochs.
        rng: where the order of the examples comes from; with the network's start it fixes every number.

    Returns:
        The curves, on the whole of each set at the end of each epoch (not on the batch just learned).

    Error:
        Deterministic for a given rng and start on one machine. Between BLAS builds curves differ by rounding
        while training is stable, and freely where it is chaotic (steps of 5 and more): compare within bands.

    Source:
        Assignment page cs434-hw3, Q4 to Q6.
    """
    rows = np.empty((schedule.epochs, 4))
    for epoch in range(schedule.epochs):
        for batch in minibatches(training, schedule.batch_size, rng):
            descend(network, criterion, batch, schedule.step_size)
        rows[epoch] = *measure(network, criterion, training), *measure(network, criterion, validation)
    return Curves(*rows.T)


def measure(network: Network, criterion: Criterion, examples: Examples) -> tuple[float, float]:
    """Loss and accuracy of a network on a set of examples."""
    logits = network.forward(examples.X)
    return criterion.forward(logits.copy(), examples.y), accuracy(logits, examples.y)
