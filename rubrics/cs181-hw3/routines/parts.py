"""Right parts in the place of the student's, so that a mistake costs its points once."""

import torch


def right_relu(x):
    return x * (x > 0)


def right_softmax(X):
    powers = (X - X.max(dim=1, keepdim=True).values).exp()
    return powers / powers.sum(dim=1, keepdim=True)


def right_cross_entropy(y_hat, y):
    return -y_hat[torch.arange(len(y)), y.reshape(-1)].clamp(min=1e-30).log()


def right_mean(y_hat, y):
    return right_cross_entropy(y_hat, y).mean()


LOSSES = {"rows": right_cross_entropy, "mean": right_mean}


def right_sgd(params, lr=0.1, *others):
    with torch.no_grad():
        for parameter in params:
            if parameter.grad is not None:
                parameter -= lr * parameter.grad
                parameter.grad.zero_()
