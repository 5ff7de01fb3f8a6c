"""
Runs beside the student's code, which decides nothing here: values go back, the comparison is made outside.

Legend: W1 (n_inputs, n_hiddens), b1 (n_hiddens,), W2 (n_hiddens, n_outputs), b2 (n_outputs,), or the transposed of the
weights, or (1, n) biases: all conventions that the page lists.
"""

import contextlib
import inspect

import numpy as np
import torch

NAMES = ("W1", "b1", "W2", "b2")


# --- functions of one tensor ---------------------------------------------------------------------------------------


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
    others = any(not torch.equal(t.detach(), b) for t, b in zip(own, before, strict=True))
    return {"values": flat[0], "gradients": flat[1], "others": others}


def _call_sgd(sgd, params, lr):
    """`lr` as an argument, or as the notebook's variable where the function has none."""
    names = _parameters(sgd)
    if names is None or len(names) > 1:
        kind = names[1].kind if names else None
        return (
            sgd(params, **{names[1].name: lr}) if kind is inspect.Parameter.KEYWORD_ONLY else sgd(params, lr)
        )
    space = space_of(sgd)
    for name in ("lr", "learning_rate", "alpha", "eta"):
        space[name] = lr
    return sgd(params)


# --- the notebook's parameters -------------------------------------------------------------------------------------


def space_of(thing):
    """The variables that a function (or an object that is called) sees."""
    for candidate in (
        thing,
        getattr(thing, "func", None),
        inspect.getattr_static(type(thing), "__call__", None),
    ):
        candidate = inspect.unwrap(candidate) if callable(candidate) else candidate
        candidate = getattr(candidate, "__func__", candidate)
        if hasattr(candidate, "__globals__"):
            return candidate.__globals__
    return {}


def find_params(space):
    """W1, b1, W2, b2 by their names, or the only tensors that can be them."""
    found = [space.get(name) for name in NAMES]
    if all(isinstance(t, torch.Tensor) for t in found):
        return found
    missing = [name for name, t in zip(NAMES, found, strict=True) if not isinstance(t, torch.Tensor)]
    leaves = {
        id(t): t for t in space.values() if isinstance(t, torch.Tensor) and t.is_leaf and t.requires_grad
    }
    matrices = [t for t in leaves.values() if t.dim() == 2 and min(t.shape) > 1]
    rows = [t for t in leaves.values() if t.numel() == max(t.shape, default=0)]
    if len(matrices) == 2 and len(rows) == 2:
        W1, W2 = sorted(matrices, key=lambda t: 784 not in t.shape)
        b1, b2 = sorted(rows, key=lambda t: t.numel() == 10)
        return [W1, b1, W2, b2]
    raise NameError(f"name '{missing[0]}' is not defined")


def upright(params):
    """The four with their sizes: whether each weight is kept as (inputs, outputs), and the number of hidden units."""
    W1, b1, W2, _ = params
    if W1.dim() != 2 or W2.dim() != 2:
        raise ValueError("W1 and W2 are not matrices")
    hidden = b1.numel()
    return W1.shape[1] == hidden, W2.shape[0] == hidden, hidden


def put(params, values):
    """Fill the tensors in place, each in its own layout, from values in the page's layout."""
    tall1, tall2, _ = upright(params)
    layouts = (tall1, True, tall2, True)
    with torch.no_grad():
        for tensor, value, tall in zip(params, values, layouts, strict=True):
            value = torch.as_tensor(value)
            tensor.copy_((value if tall else value.T).reshape(tensor.shape).to(tensor.dtype))
            tensor.grad = None


def numbers(count, start):
    """Numbers in [-1, 1) that look random and are the same everywhere."""
    k = np.arange(start, start + count, dtype=np.float64)
    return 2.0 * np.modf(np.abs(np.sin(k * 12.9898 + 4.1414) * 43758.5453))[0] - 1.0


def test_values(inputs, hidden, outputs):
    """Parameters for one look at `net`, in the page's layout."""
    return (
        0.12 * numbers(inputs * hidden, 1).reshape(inputs, hidden),
        0.7 * numbers(hidden, 1_000_003),
        3.0 * numbers(hidden * outputs, 2_000_003).reshape(hidden, outputs) / np.sqrt(hidden),
        0.7 * numbers(outputs, 3_000_017),
    )


def start_values(inputs, hidden, outputs, seed):
    """Parameters to train from."""
    rng = np.random.RandomState(seed)
    weights = [0.01 * rng.standard_normal(shape) for shape in ((inputs, hidden), (hidden, outputs))]
    return weights[0], np.zeros(hidden), weights[1], np.zeros(outputs)


# --- right parts, for the follow-through ---------------------------------------------------------------------------


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


# --- net -----------------------------------------------------------------------------------------------------------


def forward(net, X):
    """
    The student's `net` on images, for parameters that are known outside.

    Returns `hidden`, `inputs`, and what came: `own`, as it is; `fixed`, with a right relu and softmax in place of the
    student's; `composed`, what follows from the student's own relu and softmax. A part that fails is its error's text.
    """
    space = space_of(net)
    params = find_params(space)
    _, _, hidden = upright(params)
    inputs, outputs = params[0].numel() // hidden, params[2].numel() // hidden
    values = test_values(inputs, hidden, outputs)
    put(params, values)
    X = X.to(params[0].dtype)
    told = {"hidden": hidden, "inputs": inputs, "outputs": outputs}
    told["composed"] = _tried(lambda: _composed(space, [torch.as_tensor(v).to(X.dtype) for v in values], X))
    with _InPlace(space, {"relu": right_relu, "softmax": right_softmax}):
        told["fixed"] = _tried(lambda: net(X.clone()))
    told["own"] = _tried(lambda: net(X.clone()))
    return told


def alone(net, X):
    """`net` as it is: for the line that it fails in."""
    params = find_params(space_of(net))
    return net(X.to(params[0].dtype))


def _composed(space, values, X):
    W1, b1, W2, b2 = values
    return space["softmax"](space["relu"](X.reshape(len(X), -1) @ W1 + b1) @ W2 + b2)


def _tried(make):
    try:
        return make()
    except Exception as e:
        return f"{type(e).__name__}: {e}"[:300]


class _InPlace:
    """Variables of the notebook, others for a while."""

    def __init__(self, space, values):
        self.space, self.values = space, values

    def __enter__(self):
        self.before = {k: self.space[k] for k in self.values if k in self.space}
        self.space.update(self.values)

    def __exit__(self, *exc):
        for name in self.values:
            self.space.pop(name, None)
        self.space.update(self.before)


# --- train ---------------------------------------------------------------------------------------------------------


class Served(torch.utils.data.DataLoader):
    """Batches of images (n, 1, 28, 28) in a new order each epoch, as a DataLoader gives them."""

    def __init__(self, X, y, times, batch, seed):
        self.X, self.y = X.repeat(times, 1, 1, 1), y.repeat(times)
        super().__init__(torch.utils.data.TensorDataset(self.X, self.y), batch_size=batch, shuffle=True)
        self.order = torch.Generator().manual_seed(seed)
        self.served = 0

    def __iter__(self):
        at = torch.randperm(len(self.X), generator=self.order)
        for first in range(0, len(at), self.batch_size):
            rows = at[first : first + self.batch_size]
            self.served += 1
            yield self.X[rows], self.y[rows]

    def __len__(self):
        return -(-len(self.X) // self.batch_size)


class Enough(BaseException):
    """As many steps as ten epochs have."""


ROLES = {
    "net": "net model network mlp f",
    "params": "params parameters param weights ps",
    "train_iter": "train_iter train_loader trainloader train_dataloader data_iter data_loader loader train_data data iterator dataloader train_set it",
    "loss_func": "loss_func loss_fn loss lossfunc loss_function criterion lossf cost",
    "updater": "updater optimizer optimiser opt update trainer optim",
    "epochs": "epochs num_epochs n_epochs nepochs epoch number_epochs num_iters max_epochs EPOCHS",
    "lr": "lr learning_rate alpha eta rate LR",
    "batch_size": "batch_size batchsize batch bs BATCH_SIZE",
    "test_iter": "test_iter test_loader val_iter valid_iter val_loader valid_loader test_data val_data testloader valloader",
    "device": "device",
}
ROLE_OF = {name: role for role, names in ROLES.items() for name in names.split()}
ASKED = ("net", "params", "train_iter", "loss_func", "updater")


def _parameters(function):
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return [p for p in found if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def call_train(train, given):
    """Call it with the page's arguments, by name where they have a known one, else by place; others only if it must have them."""
    names = _parameters(train)
    if names is None:
        return train(*(given[role] for role in ASKED))
    roles = {}
    for place, parameter in enumerate(names):
        role = ROLE_OF.get(parameter.name)
        if role is None and place < len(ASKED) and ASKED[place] not in [ROLE_OF.get(p.name) for p in names]:
            role = ASKED[place]
        if role in given and role not in roles.values():
            roles[parameter.name] = role
    first = [p for p in names if p.kind in (p.POSITIONAL_ONLY,)]
    args = [given[roles[p.name]] for p in first if p.name in roles]
    return train(*args, **{p.name: given[roles[p.name]] for p in names if p.name in roles and p not in first})


SETTINGS = {"epochs": 10, "lr": 0.1, "batch_size": 256}


def _settle(space, epochs):
    """The variables that the original notebooks read."""
    values = SETTINGS | {"epochs": epochs}
    space.update(epochs=epochs, lr=0.1)
    for name in list(space):
        if ROLE_OF.get(name) in values and isinstance(space[name], (int, float)):
            space[name] = values[ROLE_OF[name]]
    return values


def learn(train, X, y, Xv, yv, Xh, times, batch, epochs, seed, ours):
    """
    Train with the student's `train` and answer for unseen images.

    Args:
        ours: `rows` or `mean` to use a right net, updater and loss (one number per row, or their mean) in place of the
            student's; empty for the student's own.

    Returns:
        `scores` for Xh, `steps`, `losses` (the mean of each epoch), `replaced` (parts that the notebook lacks).
    """
    space = space_of(train)
    values = _settle(space, epochs)
    parts = _our_parts(space, X, seed, LOSSES[ours]) if ours else _own_parts(space, seed)
    dtype = parts["params"][0].dtype
    shape = (-1, 1, 28, 28)
    served = Served(X.to(dtype).reshape(shape), y, times, batch, seed)
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


def arguments_used(train):
    """
    Which of the page's five arguments `train` uses, seen by handing it parts that are nowhere in the notebook.

    Returns:
        Each of `net params train_iter loss_func updater` to True or False; `error`: what stopped it.
    """
    told = _arguments_used(train, right_cross_entropy)
    if told["error"]:  # written for a loss that averages
        other = _arguments_used(train, right_mean)
        told = {k: told[k] or other[k] for k in ASKED} | {"error": other["error"] and told["error"]}
    return told


def _arguments_used(train, loss):
    space = space_of(train)
    values = _settle(space, 1)
    values["batch_size"] = 4
    weights = (
        torch.arange(7840, dtype=torch.get_default_dtype()).reshape(784, 10).sin() * 0.01
    ).requires_grad_()
    bias = torch.zeros(10, requires_grad=True)
    used = dict.fromkeys(ASKED, False)
    params = [weights, bias]

    def net(X):
        used["net"] = True
        return right_softmax(X.reshape(len(X), -1) @ weights + bias)

    def loss_func(y_hat, y, *others):
        used["loss_func"] = True
        return loss(y_hat, y)

    def updater(given=None, *args, **kwargs):
        used["updater"] = True
        given = kwargs.get("params", given)
        parts = list(given) if isinstance(given, (list, tuple)) or hasattr(given, "__next__") else []
        used["params"] |= any(p is weights or p is bias for p in parts)
        right_sgd(params)

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
    return used | {"error": error}


# --- how the parameters start --------------------------------------------------------------------------------------


def starting(anything, statements, seed):
    """
    The parameters as the notebook makes them, before any training: `statements` of the notebook run again.

    Returns:
        `sizes` of the variables n_inputs, n_hiddens, n_outputs; for each of W1, b1, W2, b2 `shape`, `grad` (it collects a
        gradient), `fresh` (made again just now) and its numbers, `start`.
    """
    space = space_of(anything) or anything
    before = {name: space.get(name) for name in NAMES}
    torch.manual_seed(seed)
    np.random.seed(seed)
    for text in statements:
        try:
            exec(compile(text, "<again>", "exec"), space)
        except Exception:
            continue
    told = {"sizes": {n: _whole(space.get(n)) for n in ("n_inputs", "n_hiddens", "n_outputs")}}
    for name in NAMES:
        tensor = space.get(name)
        if isinstance(tensor, torch.Tensor):
            told[name] = {
                "shape": list(tensor.shape), "grad": bool(tensor.requires_grad and tensor.is_leaf),
                "fresh": tensor is not before[name], "start": tensor.detach().to(torch.float32),
            }  # fmt: skip
    return told


def _whole(value):
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        value = value.item()
    return int(value) if isinstance(value, (int, np.integer, float)) and value == int(value) else None
