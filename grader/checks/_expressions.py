"""Expressions of a rubric: Python over numpy, the reference package and drawn inputs. Trusted: they are the teacher's."""

from __future__ import annotations

import ast
import builtins
import importlib
from collections.abc import Mapping
from functools import lru_cache
from types import CodeType
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator


def parsed(text: str) -> ast.expr:
    """
    A Python expression of the rubric.

    Raises:
        ValueError: it is none.
    """
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as e:
        raise ValueError(f"'{text}' is not an expression: {e.msg}") from None


Expression = Annotated[str, AfterValidator(lambda text: parsed(text) and text)]


def evaluate(text: str, names: Mapping[str, Any]) -> Any:
    """The value of an expression of the rubric (trusted) with `np`, the modules of `reference/` and these names."""
    space = _Names(names)
    return eval(_compiled(text), {"__builtins__": _SAFE, "np": np}, space)


@lru_cache(4096)
def _compiled(text: str) -> CodeType:
    return compile(text, "<rubric>", "eval")


_SAFE = {
    # numpy imports parts of itself when they are first used, hence `__import__`.
    n: getattr(builtins, n)
    for n in "abs len max min range sum float int dict list tuple zip round __import__".split()
}


class _Names(dict[str, Any]):
    """Names first, then modules of the reference package."""

    def __missing__(self, name: str) -> Any:
        try:
            return importlib.import_module(f"reference.{name}")
        except ModuleNotFoundError:
            raise KeyError(name) from None


class Draws:
    """What the expressions under `draw` can call; random numbers from one generator, in order."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def normal(self, *shape: int, scale: float = 1.0, mean: float = 0.0) -> Any:
        """Normal numbers; a float when no shape is given."""
        return _plain(mean + scale * self.rng.standard_normal(shape))

    def uniform(self, low: float, high: float, *shape: int) -> Any:
        """Uniform numbers from [low, high)."""
        return _plain(self.rng.uniform(low, high, shape))

    def integers(self, low: int, high: int, *shape: int) -> Any:
        """Integers from [low, high)."""
        drawn = self.rng.integers(low, high, shape)
        return drawn if shape else int(drawn)

    def onehot(self, n: int, k: int) -> Any:
        """n rows with a single 1 each, shape (n, k); every class that fits occurs."""
        return np.eye(k)[self._labels(n, k)]

    def labels(self, n: int, k: int) -> Any:
        """n class numbers, shape (n,); every class that fits occurs."""
        return self._labels(n, k)

    def _labels(self, n: int, k: int) -> Any:
        every = np.concatenate([self.rng.permutation(k), self.rng.integers(0, k, max(0, n - k))])
        return every[:n] if n <= k else self.rng.permutation(every)


def _plain(drawn: Any) -> Any:
    return drawn if drawn.shape else float(drawn)
