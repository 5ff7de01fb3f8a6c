"""Runs beside the student's code: arrays first, tensors where the code is written for them."""

import sys


def gradients_of(mlp_gradients, *numbers):
    """What the function returns for numpy arrays, or else for torch tensors."""
    torch = sys.modules.get("torch")
    try:
        return mlp_gradients(*numbers)
    except (TypeError, AttributeError, RuntimeError, ValueError):
        if torch is None:
            raise
        try:
            return mlp_gradients(*(torch.as_tensor(n) if hasattr(n, "shape") else n for n in numbers))
        except Exception:
            pass
        raise
