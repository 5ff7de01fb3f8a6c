"""One random world in which answers are evaluated: sizes, values, indices, and the way that products are read."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.answers.faults import Misfit, TooCostly
from grader.answers.symbols import Declaration
from grader.answers.syntax import Node

Array = NDArray[Any]
Real = np.longdouble


@dataclass(frozen=True, slots=True)
class Reading:
    """
    How vectors are read throughout one answer.

    Args:
        rows: vectors whose layout is open stand as rows instead of columns.
        entrywise: a product of two vectors of one shape is entry by entry instead of a dot product.
        strict: no product of two vectors of one shape at all: sizes must fit.
    """

    rows: bool = False
    entrywise: bool = False
    strict: bool = False


@dataclass
class Budget:
    """What an answer may still cost: evaluated nodes and a moment of processor time (so that a busy machine changes no verdict)."""

    nodes: int = 200_000
    until: float = field(default_factory=lambda: time.thread_time() + 0.8)

    def spend(self) -> None:
        """One node more."""
        self.nodes -= 1
        if self.nodes < 0 or self.nodes % 256 == 0:
            self.check()

    def check(self) -> None:
        """Raise `TooCostly` when nothing is left."""
        if self.nodes < 0 or time.thread_time() > self.until:
            raise TooCostly("the answer takes too long to evaluate")


@dataclass
class World:
    """
    Values for every declared symbol, of one draw.

    Args:
        symbols: the declarations.
        values: arrays in their natural shape (n,), (n, m) or ().
        functions: the bodies of declared functions.
        indices: values of index letters.
        reading: see `Reading`.
        identity: the size of an identity matrix that is written without one.
        budget: shared by everything that one judgement evaluates in it.
    """

    symbols: Mapping[str, Declaration]
    values: dict[str, Array]
    functions: Mapping[str, Node]
    indices: dict[str, int] = field(default_factory=dict)
    reading: Reading = Reading()
    identity: int | None = None
    budget: Budget = field(default_factory=Budget)

    def read_as(self, reading: Reading, budget: Budget) -> World:
        """The same world with vectors read another way, for one answer's evaluation."""
        return replace(self, reading=reading, indices=dict(self.indices), budget=budget)

    def with_indices(self, indices: Mapping[str, int]) -> World:
        """The same world at other values of the index letters."""
        return replace(self, indices={**self.indices, **indices})

    def with_value(self, name: str, value: Array) -> World:
        """The same world with one more value (a function's argument)."""
        return replace(self, values={**self.values, name: value}, indices=dict(self.indices))

    def axis(self, size: str | int) -> range:
        """The index values of an axis."""
        if isinstance(size, int):
            return range(1, size + 1)
        base = self.symbols[size].base
        return range(base, base + int(self.values[size]))


def as_matrix(value: Array, *, row: bool) -> Array:
    """A vector as a row or column; one number as a scalar."""
    if value.size == 1:
        return value.reshape(())
    if value.ndim == 1:
        return value.reshape(1, -1) if row else value.reshape(-1, 1)
    return value


def shape_words(value: Array) -> str:
    """The size of a value, for a message."""
    return "a number" if value.ndim == 0 else f"{value.shape[0]} x {value.shape[1]}"


def pick(value: Array, indices: list[int], bases: list[int]) -> Array:
    """Entries of an array at index values that count from the bases of its axes."""
    for index, base, length in zip(indices, bases, value.shape, strict=False):
        if not 0 <= index - base < length:
            raise Misfit(f"an index takes the value {index}, which the symbol does not have")
    return np.asarray(value[tuple(index - base for index, base in zip(indices, bases, strict=False))])
