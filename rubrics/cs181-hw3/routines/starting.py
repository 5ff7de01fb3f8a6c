"""How the parameters start, before any training."""

import numpy as np
import torch

from .notebook import NAMES, space_of


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
