"""
Problem 4 of cs181-hw3 in PyTorch from scratch: tensors and autograd only, with the notebook's names.

Legend: X images (n, ...), flattened to (n, n_inputs); y_hat = softmax(relu(X W1 + b1) W2 + b2) (n, c);
y classes (n,).
"""

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor

Batches = Iterable[tuple[Tensor, Tensor]]

n_inputs, n_hiddens, n_outputs = 784, 256, 10
epochs, lr = 10, 0.1


def start(inputs: int, hiddens: int, outputs: int) -> list[Tensor]:
    """
    W1, b1, W2, b2 to start from, from torch's global generator.

    W = 0.01 N(0, 1), b = 0

    Args:
        inputs: pixels of an image.
        hiddens: width of the hidden layer.
        outputs: number of classes.

    Returns:
        Leaf tensors that require gradients: (inputs, hiddens), (hiddens,), (hiddens, outputs), (outputs,).

    Error:
        None to speak of.

    Source:
        Assignment page cs181-hw3, P4.params.
    """
    arrays = [
        0.01 * torch.randn(inputs, hiddens),
        torch.zeros(hiddens),
        0.01 * torch.randn(hiddens, outputs),
        torch.zeros(outputs),
    ]
    return [array.requires_grad_() for array in arrays]


W1, b1, W2, b2 = start(n_inputs, n_hiddens, n_outputs)


def relu(x: Tensor) -> Tensor:
    """
    Rectified linear unit.

    relu(x) = max(0, x)

    Args:
        x: any shape and floating dtype.

    Returns:
        Same shape and dtype; the gradient at exactly 0 is 0.

    Error:
        Exact.

    Source:
        Assignment page cs181-hw3, P4.relu.
    """
    return torch.where(x > 0, x, torch.zeros_like(x))


def softmax(X: Tensor) -> Tensor:
    """
    Softmax of each row, shifted by its maximum.

    softmax_ij = exp(X_ij - max_l X_il) / sum_l exp(X_il - max_l X_il)

    Args:
        X: logits, shape (n, c), any finite size.

    Returns:
        Same shape and dtype, rows sum to 1.

    Error:
        As `activations.softmax`, with u of the dtype.

    Source:
        Assignment page cs181-hw3, P4.softmax.
    """
    powers = (X - X.max(dim=1, keepdim=True).values).exp()
    return powers / powers.sum(dim=1, keepdim=True)


def net(X: Tensor) -> Tensor:
    """
    Class probabilities of images, by the parameters of this module.

    y_hat = softmax( relu(X W1 + b1) W2 + b2 )

    Args:
        X: images, shape (n, ...) with n_inputs numbers each.

    Returns:
        Probabilities, shape (n, n_outputs).

    Error:
        As `numpy_mlp.net`, with u of the dtype.

    Source:
        Assignment page cs181-hw3, P4.net.
    """
    return softmax(relu(X.reshape(len(X), -1) @ W1 + b1) @ W2 + b2)


def cross_entropy(y_hat: Tensor, y: Tensor) -> Tensor:
    """
    Loss of each row, from probabilities.

    loss_i = -log y_hat[i, y_i]

    Args:
        y_hat: probabilities, shape (n, c); 0 counts as the smallest normal number.
        y: classes, shape (n,).

    Returns:
        Losses in nats, shape (n,), always finite.

    Error:
        Relative error below 2 u for given probabilities, u of the dtype.

    Source:
        Assignment page cs181-hw3, P4.cross_entropy.
    """
    return -y_hat[torch.arange(len(y)), y].clamp(min=torch.finfo(y_hat.dtype).tiny).log()


def sgd(params: Sequence[Tensor], lr: float = 0.1) -> None:
    """
    One step of gradient descent in place; the gradients are set back to zero.

    parameter <- parameter - lr * gradient

    Args:
        params: leaf tensors with gradients.
        lr: step size, > 0.

    Error:
        Two roundings.

    Source:
        Assignment page cs181-hw3, P4.sgd.
    """
    with torch.no_grad():
        for parameter in params:
            if parameter.grad is not None:
                parameter -= lr * parameter.grad
                parameter.grad.zero_()


def train(
    net: Callable[[Tensor], Tensor],
    params: Sequence[Tensor],
    train_iter: Batches,
    loss_func: Callable[[Tensor, Tensor], Tensor] = cross_entropy,
    updater: Callable[[Sequence[Tensor], float], None] = sgd,
) -> list[float]:
    """
    Train for the module's `epochs` with its `lr`, as the notebook's `train` reads them from its globals.

    Args:
        net: probabilities of a batch of images.
        params: what the updater changes.
        train_iter: batches of images and classes; gone through once per epoch.
        loss_func: one loss per row.
        updater: one step on the parameters.

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
        for X, y in train_iter:
            loss = loss_func(net(X), y)
            loss.mean().backward()  # type: ignore[no-untyped-call]
            updater(params, lr)
            losses.append(loss.detach())
        history.append(torch.cat(losses).mean().item())
    return history
