"""Training with the student's `train`."""

import contextlib

import numpy as np
import torch

from .calling import ASKED, Served, call_train, meant, settle
from .notebook import NAMES, find_params, put, space_of, start_values, upright
from .parts import LOSSES, right_cross_entropy, right_mean, right_relu, right_sgd, right_softmax


class Enough(BaseException):
    """As many steps as ten epochs have."""


def learn(train, X, y, Xv, yv, Xh, times, batch, epochs, seed, again, ours):
    """
    Train with the student's `train` and answer for unseen images.

    Args:
        again: the source of the `train` that is meant, empty for the last one.
        ours: `rows` or `mean` to use a right net, updater and loss (one number per row, or their mean) in place of the
            student's; empty for the student's own.

    Returns:
        `scores` for Xh, `steps`, `losses` (the mean of each epoch), `replaced` (parts that the notebook lacks).
    """
    space = space_of(train)
    train = meant(train, again)
    values = settle(space, epochs)
    if ours == "mean" and gives_rows(space.get("cross_entropy")):
        ours = "rows"  # with their own loss too, `train` gets one number for each row
    parts = _our_parts(space, X, seed, LOSSES[ours]) if ours else _own_parts(space, seed)
    dtype = parts["params"][0].dtype
    shape = (-1, 1, 28, 28)
    served = Served(X.to(dtype).reshape(shape), y, times, batch, seed)
    if ours:
        space.update({k: served for k, v in space.items() if isinstance(v, torch.utils.data.DataLoader)})
    watch = _Watch(parts, most=epochs * len(served))
    given = values | watch.parts(served) | {"device": torch.device("cpu")}
    given["test_iter"] = Served(Xv.to(dtype).reshape(shape), yv, 1, batch, seed)
    with contextlib.suppress(Enough):
        call_train(train, given)
    with torch.no_grad():
        scores = torch.as_tensor(parts["net"](Xh.to(dtype).reshape(shape)))
    return {
        "scores": scores,
        "steps": watch.steps,
        "losses": watch.by_epoch(len(served)),
        "replaced": parts["replaced"],
    }


def _own_parts(space, seed):
    params = find_params(space)
    _, _, hidden = upright(params)
    put(params, start_values(params[0].numel() // hidden, hidden, params[2].numel() // hidden, seed))
    parts = {"params": params, "replaced": []}
    for role, name, right in (
        ("loss_func", "cross_entropy", right_cross_entropy),
        ("updater", "sgd", right_sgd),
    ):
        parts[role] = space.get(name, right)
        parts["replaced"] += [] if name in space else [name]
    if "net" not in space:
        raise NameError("name 'net' is not defined")
    parts["net"] = space["net"]
    return parts


def _our_parts(space, X, seed, loss):
    values = start_values(X.shape[1], 64, 10, seed)
    params = [torch.tensor(v, dtype=torch.float32, requires_grad=True) for v in values]

    def net(X):
        hidden = right_relu(X.reshape(len(X), -1) @ params[0] + params[1])
        return right_softmax(hidden @ params[2] + params[3])

    right = {
        "net": net,
        "cross_entropy": loss,
        "sgd": right_sgd,
        "relu": right_relu,
        "softmax": right_softmax,
    }
    space.update(right | dict(zip(NAMES, params, strict=True)) | {"params": params})
    return {"params": params, "net": net, "loss_func": loss, "updater": right_sgd, "replaced": []}


def gives_rows(cross_entropy):
    """Whether a loss is one number for each row, as the page asks."""
    try:
        losses = cross_entropy(torch.full((3, 10), 0.1), torch.tensor([0, 4, 9]))
        return losses.numel() == 3
    except Exception:
        return False


class _Watch:
    """The parts with a look at what comes through: rows of losses, and the number of steps."""

    def __init__(self, parts, most):
        self.own, self.most, self.steps, self.losses = parts, most, 0, []

    def parts(self, served):
        def loss_func(*args, **kwargs):
            out = self.own["loss_func"](*args, **kwargs)
            if isinstance(out, torch.Tensor) and torch.is_grad_enabled():
                self.losses.append(float(out.detach().mean()))
            return out

        def updater(*args, **kwargs):
            if self.steps >= self.most:
                raise Enough
            self.steps += 1
            return self.own["updater"](*args, **kwargs)

        return {
            "net": self.own["net"],
            "params": self.own["params"],
            "train_iter": served,
            "loss_func": loss_func,
            "updater": updater,
        }

    def by_epoch(self, length):
        chunks = [self.losses[k : k + length] for k in range(0, len(self.losses), length)]
        return [float(np.mean(c)) for c in chunks][:100]


def arguments_used(train, again):
    """
    Which of the page's five arguments `train` uses, seen by handing it parts that are nowhere in the notebook.

    Returns:
        Each of `net params train_iter loss_func updater` to True or False; `error`: what stopped it.
    """
    train = meant(train, again)
    told = _arguments_used(train, right_cross_entropy)
    if told["error"]:  # written for a loss that averages
        other = _arguments_used(train, right_mean)
        told = {k: told[k] or other[k] for k in ASKED} | {"error": other["error"] and told["error"]}
    return told


class _Watched(list):
    """A list that knows whether somebody looked at what is in it."""

    looked_at = False

    def __iter__(self):
        self.looked_at = True
        return super().__iter__()

    def __getitem__(self, place):
        self.looked_at = True
        return super().__getitem__(place)


def _arguments_used(train, loss):
    space = space_of(train)
    values = settle(space, 1)
    values["batch_size"] = 4
    weights = (
        torch.arange(7840, dtype=torch.get_default_dtype()).reshape(784, 10).sin() * 0.01
    ).requires_grad_()
    bias = torch.zeros(10, requires_grad=True)
    used = dict.fromkeys(ASKED, False)
    params = _Watched([weights, bias])

    def net(X):
        used["net"] = True
        return right_softmax(X.reshape(len(X), -1) @ weights + bias)

    def loss_func(y_hat, y, *others):
        used["loss_func"] = True
        return loss(y_hat, y)

    def updater(given=None, *args, **kwargs):
        used["updater"] = True
        given = kwargs.get("params", given)
        known = isinstance(given, (list, tuple)) or hasattr(given, "__next__")
        parts = [] if given is params or not known else list(given)
        used["params"] |= given is params
        used["params"] |= any(p is weights or p is bias for p in parts)
        right_sgd([weights, bias])

    images = torch.linspace(0, 1, 8 * 784, dtype=weights.dtype).reshape(8, 1, 28, 28)
    served = Served(images, torch.arange(8), 1, 4, 0)
    given = {"net": net, "params": params, "train_iter": served, "loss_func": loss_func, "updater": updater}
    rest = {"device": torch.device("cpu"), "test_iter": Served(images, torch.arange(8), 1, 4, 0)}
    error = ""
    try:
        call_train(train, values | given | rest)
    except Exception as e:
        error = f"{type(e).__name__}: {e}"[:300]
    used["train_iter"] = served.served > 0
    used["params"] |= params.looked_at
    return used | {"error": error}
