"""
One small submission, loaded and called in the zygote before it forks.

Python rewrites code that has run a few times into its faster form, and fills caches at first use. Every fork that finds this
done neither does it again nor copies the memory for it: it halves what a fork costs.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from . import loader
from .calls import Conversation, seed_everything
from .protocol import LATER, Ref, opened, pack

_ROUNDS = 20
_PATH = "rehearsal_of_the_zygote.py"
_SOURCE = '''
import math
import numpy as np


class Layer:
    """A layer."""

    def __init__(self, inputs, outputs):
        self.weights = np.random.randn(inputs, outputs) * np.sqrt(2 / inputs)
        self.bias = 0.5 * np.ones((1, outputs))

    def forward(self, x):
        self.input = x
        return x @ self.weights + self.bias

    def backward(self, grad):
        self.grad = [self.input.T @ grad, np.sum(grad, axis=0, keepdims=True)]
        return grad @ self.weights.T


def softmax(x, axis=-1):
    shifted = np.exp(x - x.max(axis=axis, keepdims=True))
    return {"p": shifted / shifted.sum(axis=axis, keepdims=True), "n": math.log(len(x))}


def fails(x):
    raise ValueError(f"{x} is not what is asked")


if __name__ == "__main__":
    print(softmax(np.zeros(3)))
'''


def rehearse() -> None:
    """Go the way of a session some times; nothing of it stays but the speed."""
    x = np.arange(6.0).reshape(2, 3)
    steps = [
        _request("new", "Layer", 3, 2),
        _request("set", "weights", np.ones((3, 2)), of=Ref(LATER)),
        _request("call", "forward", x, of=Ref(LATER)),
        _request("call", "backward", np.ones((2, 2)), of=Ref(LATER)),
        _request("get", "grad", of=Ref(LATER)),
        _request("call", "softmax", x),
        _request("call", "fails", 1.5),
    ]
    for _ in range(_ROUNDS):
        module = loader.Module(_PATH, "/")
        loader.load_script(module, _SOURCE, {}, 60.0)
        talk = Conversation(loader.lookup_in([module], {"Layer": _PATH}), {})
        for request in _travelled({"op": "steps", "steps": steps})["steps"]:
            reply = talk.answer(request)
            talk.objects.answers.append(_travelled(reply).get("value"))
        sys.modules.pop(module.module.__name__, None)
    seed_everything(0)


def _request(op: str, name: str, *args: Any, of: Ref | None = None) -> dict[str, Any]:
    return {"op": op, "name": name, "args": list(args), "kwargs": {}, "of": of, "seed": 0}


def _travelled(message: dict[str, Any]) -> dict[str, Any]:
    return opened(pack(message))
