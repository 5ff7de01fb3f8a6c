"""Vectors and matrices that are written out: blocks are joined, dots are filled in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grader.answers import series
from grader.answers.axes import last_of
from grader.answers.faults import Unreadable
from grader.answers.syntax import Dots, Listing, Node
from grader.answers.world import Array, World, as_matrix

Evaluate = Callable[[Node, World], Array]
MAX_ITEMS = 400


def listing(node: Listing, world: World, evaluate: Evaluate) -> Array:
    """The value of a written vector or matrix."""
    if node.column:
        rows = [[item] for item in _filled([row[0] for row in node.rows], world, evaluate)]
    else:
        rows = [_filled(list(row), world, evaluate) for row in node.rows]
    if len(rows) == 1:
        return as_matrix(np.concatenate([value.reshape(-1) for value in rows[0]]), row=world.reading.rows)
    if all(len(row) == 1 for row in rows):
        return _column([row[0] for row in rows], world)
    return _matrix(rows)


def _column(values: list[Array], world: World) -> Array:
    if all(value.ndim == 2 and value.shape == values[0].shape and 1 in value.shape for value in values):
        return np.stack([value.reshape(-1) for value in values])
    flat = np.concatenate([value.reshape(-1) for value in values])
    return as_matrix(flat, row=world.reading.rows)


def _matrix(rows: list[list[Array]]) -> Array:
    if any(value.ndim for row in rows for value in row):
        raise Unreadable("a matrix made of blocks could not be read")
    if len({len(row) for row in rows}) != 1:
        raise Unreadable("the rows of a matrix have different lengths")
    return np.array([[value.item() for value in row] for row in rows], dtype=rows[0][0].dtype)


def _filled(items: list[Node], world: World, evaluate: Evaluate) -> list[Array]:
    """The values of items, with `a_1, ..., a_n` filled in."""
    values: list[Array] = []
    for place, item in enumerate(items):
        if isinstance(item, Dots):
            values.extend(_between(items, place, world, evaluate))
        else:
            behind_dots = place > 1 and isinstance(items[place - 1], Dots)
            values.append(evaluate(series.indexed(items[place - 2], item) if behind_dots else item, world))
        if len(values) > MAX_ITEMS:
            raise Unreadable("a list in the answer is too long")
    return values


def _between(items: list[Node], place: int, world: World, evaluate: Evaluate) -> list[Array]:
    """What the dots stand for: the same symbol with the index values between its two neighbours."""
    before = items[place - 1] if place else None
    after = items[place + 1] if place + 1 < len(items) else None
    found = series.pattern(before, after) if before is not None and after is not None else None
    if found is None:
        raise Unreadable("it is not clear what the dots stand for")
    end = last_of(found.last, world)
    first, last = int(evaluate(found.first, world)), int(evaluate(found.last, world)) if end is None else end
    between = range(first + 1, min(last, first + MAX_ITEMS))
    return [evaluate(found.body, world.with_indices({series.LETTER: index})) for index in between]
