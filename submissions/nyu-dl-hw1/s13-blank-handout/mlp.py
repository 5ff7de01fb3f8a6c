"""
A network of two linear layers and its losses in torch tensors: no autograd, no torch.nn.

Batches come first: x is (batch, in), y_hat is (batch, out).
"""

import torch


class MLP:
    """Linear 1, f, linear 2, g. self.parameters has W1 (out, in), b1 (out,), W2, b2; self.grads the same with the prefix dJd."""

    def __init__(self, linear_1_in_features, linear_1_out_features, f_function, linear_2_in_features, linear_2_out_features, g_function):
        """f_function, g_function: 'relu' | 'sigmoid' | 'identity'."""
        self.f_function = f_function
        self.g_function = g_function
        self.parameters = {'W1': torch.randn(linear_1_out_features, linear_1_in_features), 'b1': torch.randn(linear_1_out_features), 'W2': torch.randn(linear_2_out_features, linear_2_in_features), 'b2': torch.randn(linear_2_out_features)}
        self.cache = {}
        self.grads = {f'dJd{key}': torch.zeros_like(value) for key, value in self.parameters.items()}
        self.cache = {}

    def forward(self, x):
        """x (batch, in) -> y_hat (batch, out); what backward needs may be kept in self.cache."""
        raise NotImplementedError('forward is yours to write')

    def backward(self, dJdy_hat):
        """dJdy_hat (batch, out): fill self.grads['dJdW1'], ['dJdb1'], ['dJdW2'] and ['dJdb2'], summed over the batch."""
        raise NotImplementedError('backward is yours to write')

    def clear_grad_and_cache(self):
        """Clear self.grads and self.cache."""
        raise NotImplementedError('clear_grad_and_cache is yours to write')


def mse_loss(y, y_hat):
    """(loss, dJdy_hat): the mean of the squared differences over all elements, and its gradient."""
    raise NotImplementedError('mse_loss is yours to write')


def bce_loss(y, y_hat):
    """(loss, dJdy_hat): the mean binary cross-entropy over all elements, and its gradient."""
    raise NotImplementedError('bce_loss is yours to write')
