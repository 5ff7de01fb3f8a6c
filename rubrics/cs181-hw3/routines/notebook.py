"""
The notebook's variables and parameters. Runs beside the student's code, which decides nothing here: values go back, the
comparison is made outside. The other files of this folder follow it.

Legend: W1 (n_inputs, n_hiddens), b1 (n_hiddens,), W2 (n_hiddens, n_outputs), b2 (n_outputs,), or the transposed of the
weights, or (1, n) biases: all conventions that the page lists.
"""

import inspect

import numpy as np
import torch

NAMES = ("W1", "b1", "W2", "b2")


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


def parameters_of(function):
    """The parameters that a call can fill, None when the function does not tell them."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return [p for p in found if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
