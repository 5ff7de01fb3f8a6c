"""relu, softmax, cross_entropy and sgd, each called by itself."""

import inspect

import torch

from .notebook import parameters_of, space_of


def backward_through(function, x, upstream, *others):
    """The gradient of sum(upstream * function(x, ...)) with respect to x."""
    leaf = x.clone().requires_grad_()
    out = function(leaf * 1, *others)  # not a leaf: a mask may be set in place
    (out * upstream.reshape(out.shape)).sum().backward()
    return leaf.grad


def share_of_gradient(cross_entropy, P, y):
    """The gradient of the sum of all losses with respect to the probabilities, as shares: a mean has the same."""
    leaf = P.clone().requires_grad_()
    cross_entropy(leaf * 1, y).sum().backward()
    return leaf.grad / leaf.grad.abs().sum()


def after_step(sgd, values, gradients, lr):
    """
    What `sgd` makes of parameters with these gradients.

    Returns:
        `values` and `gradients` of the same tensors afterwards, one after the other; `others`: it moved the notebook's own.
    """
    params = [v.clone().requires_grad_() for v in values]
    for parameter, gradient in zip(params, gradients, strict=True):
        parameter.grad = gradient.clone()
    own = [t for t in space_of(sgd).values() if isinstance(t, torch.Tensor) and t.is_leaf and t.requires_grad]
    before = [t.detach().clone() for t in own]
    for tensor in own:
        tensor.grad = torch.ones_like(tensor)
    _call_sgd(sgd, list(params), lr)
    left = [torch.zeros_like(p) if p.grad is None else p.grad for p in params]
    flat = [torch.cat([t.detach().reshape(-1) for t in tensors]) for tensors in (params, left)]
    # A training that went wrong left numbers that are not equal to themselves.
    others = any(
        not torch.equal(t.detach().nan_to_num(), b.nan_to_num()) for t, b in zip(own, before, strict=True)
    )
    return {"values": flat[0], "gradients": flat[1], "others": others}


def _call_sgd(sgd, params, lr):
    """`lr` as an argument, or as the notebook's variable where the function has none."""
    names = parameters_of(sgd)
    if names is None or len(names) > 1:
        kind = names[1].kind if names else None
        return (
            sgd(params, **{names[1].name: lr}) if kind is inspect.Parameter.KEYWORD_ONLY else sgd(params, lr)
        )
    space = space_of(sgd)
    for name in ("lr", "learning_rate", "alpha", "eta"):
        space[name] = lr
    return sgd(params)
