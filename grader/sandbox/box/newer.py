"""Names of a newer standard library than ours, given to code that was written for it."""

from __future__ import annotations

import copy
import itertools
import math
import typing
import warnings
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any


def supply() -> None:
    """Add what our standard library lacks (3.12: `override`, `batched`, `sumprod`; 3.13: `deprecated`, `copy.replace`)."""
    added: list[tuple[ModuleType, Callable[..., Any]]] = [
        (typing, override), (itertools, batched), (math, sumprod), (warnings, deprecated), (copy, replace),
    ]  # fmt: skip
    for module, thing in added:
        if not hasattr(module, thing.__name__):
            setattr(module, thing.__name__, thing)


def override(method: Any, /) -> Any:
    """Says that a method of the base class is replaced; changes nothing."""
    return method


def batched(iterable: Iterable[Any], n: int, *, strict: bool = False) -> Iterator[tuple[Any, ...]]:
    """Tuples of n, the last one of what is left."""
    if n < 1:
        raise ValueError("n must be at least one")
    iterator = iter(iterable)
    while batch := tuple(itertools.islice(iterator, n)):
        if strict and len(batch) != n:
            raise ValueError("batched(): incomplete batch")
        yield batch


def sumprod(p: Iterable[Any], q: Iterable[Any], /) -> Any:
    """The sum of the products of pairs."""
    return sum(a * b for a, b in zip(p, q, strict=True))


def deprecated(message: str, /, **named: Any) -> Any:
    """A decorator that changes nothing."""
    return lambda thing: thing


def replace(thing: Any, /, **changes: Any) -> Any:
    """A copy with some fields changed."""
    import dataclasses

    return thing._replace(**changes) if hasattr(thing, "_replace") else dataclasses.replace(thing, **changes)
