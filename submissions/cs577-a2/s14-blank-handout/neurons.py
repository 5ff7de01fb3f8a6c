"""
Artificial neurons in numpy. X is m x d with the bias column, y (m,) has labels 0 or 1, Y is m x k, one-hot.

theta is (d,), Theta is d x k (scores X @ Theta). Losses and gradients are sums over the points, not means.
"""

import numpy as np


def sigmoid(z):
    """The logistic sigmoid of a number or of an array."""
    raise NotImplementedError('sigmoid is yours to write')


def softmax(z):
    """The softmax over the last axis of a vector or a matrix."""
    raise NotImplementedError('softmax is yours to write')


def bce_loss(theta, X, y):
    """The binary cross-entropy, a number."""
    raise NotImplementedError('bce_loss is yours to write')


def bce_grad(theta, X, y):
    """Its gradient for theta, (d,)."""
    raise NotImplementedError('bce_grad is yours to write')


def cce_loss(Theta, X, Y):
    """The categorical cross-entropy, a number."""
    raise NotImplementedError('cce_loss is yours to write')


def cce_grad(Theta, X, Y):
    """Its gradient for Theta, d x k."""
    raise NotImplementedError('cce_grad is yours to write')
