"""Values of answers: a tree and a world give a number, a vector (a row or a column) or a matrix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.answers import products
from grader.answers.axes import axis_of, in_axis_order, last_of, only_axis
from grader.answers.densities import DENSITY_FUNCTIONS
from grader.answers.faults import Misfit, StrayIndex, TooCostly, Unreadable
from grader.answers.functions import SLOPES, UNARY
from grader.answers.listing import listing
from grader.answers.manyargs import MANY_FUNCTIONS
from grader.answers.softmaxes import softmax
from grader.answers.syntax import (
    Apply,
    Big,
    Binary,
    Cases,
    Compare,
    Constant,
    Dots,
    Index,
    Listing,
    Node,
    Number,
    Pick,
    Symbol,
    Unary,
)  # fmt: skip
from grader.answers.world import Array, Real, World, as_matrix, pick

MAX_TERMS = 2000


def evaluate(node: Node, world: World) -> Array:
    """
    The value of a node.

    Returns:
        A scalar () or a matrix (r, c); vectors are (n, 1) or (1, n).

    Raises:
        Misfit: sizes do not fit, or an index is out of range.
        Unreadable: an index has no value, or the evaluation would take too long.
    """
    world.budget.spend()
    handler: Callable[[Any, World], Array] = _HANDLERS[type(node)]
    return handler(node, world)


def _number(node: Number, world: World) -> Array:
    return np.asarray(Real(node.text))


def _index_value(node: Index, world: World) -> Array:
    if node.name not in world.indices:
        raise StrayIndex(node.name)
    return np.asarray(Real(world.indices[node.name]))


def _constant(node: Constant, world: World) -> Array:
    if node.name == "e":
        return np.exp(np.asarray(Real(1)))
    if node.name == "pi":
        return np.arccos(np.asarray(Real(-1)))
    if node.name == "infinity":
        return np.asarray(Real(np.inf))
    if node.size is None and world.identity is not None and node.name == "identity":
        return np.eye(world.identity, dtype=Real)
    if node.size is None:
        raise products.Sizeless(node.name)
    size = _small_integer(node.size, world)
    if not 1 <= size <= 60:
        raise Unreadable("an identity matrix of that size could not be read")
    return np.eye(size, dtype=Real)


def _small_integer(node: Node, world: World) -> int:
    if (last := last_of(node, world)) is not None:
        return last
    value = evaluate(node, world)
    if value.ndim or not np.isfinite(value) or value != np.rint(value) or abs(value) > 10**6:
        raise Unreadable("an index or a bound is no whole number")
    return int(value)


def _symbol(node: Symbol, world: World) -> Array:
    declaration = world.symbols.get(node.name)
    value = world.values[node.name]
    if declaration is None:
        return (
            _pick_from(value, [_small_integer(index, world) for index in node.indices])
            if node.indices
            else value
        )
    row = declaration.layout == "row" or (declaration.layout == "either" and world.reading.rows)
    if not node.indices:
        return as_matrix(value, row=row)
    if Constant("all") in node.indices:
        return _sliced(node, value, world)
    axes = list(declaration.shape)
    if len(node.indices) < len(axes) and 1 in axes:
        axes = [axis for axis in axes if axis != 1]
        value = value.reshape([length for length in value.shape if length != 1])
    if only_axis(node, axes, world) == 1:
        value, axes = value.T, axes[::-1]
    indices = in_axis_order(node, axes, world)
    for index, axis in zip(indices, axes, strict=False):
        if isinstance(index, Number) and int(index.text) not in world.axis(axis) and axis != 1:
            raise Unreadable(f"the symbol `{node.name}` has no component {index.text}")
    bases = [
        0 if axis == 1 and index == Number("0") else world.axis(axis).start
        for index, axis in zip(indices, axes, strict=False)
    ]
    picked = pick(value, [_small_integer(index, world) for index in indices], bases)
    return as_matrix(picked, row=world.reading.rows)


def _sliced(node: Symbol, value: Array, world: World) -> Array:
    """`theta[:, 1]`: one row or column."""
    axes = world.symbols[node.name].shape
    if len(node.indices) != len(axes):
        raise Unreadable("a slice could not be read")
    taken: list[Any] = [
        slice(None) if index == Constant("all") else _small_integer(index, world) - world.axis(axis).start
        for index, axis in zip(node.indices, axes, strict=True)
    ]
    if any(
        isinstance(at, int) and not 0 <= at < length for at, length in zip(taken, value.shape, strict=True)
    ):
        raise Misfit("an index takes a value that the symbol does not have")
    return as_matrix(value[tuple(taken)], row=world.reading.rows)


def _pick_from(value: Array, indices: list[int]) -> Array:
    if value.ndim == 2 and 1 in value.shape and len(indices) == 1:
        value = value.reshape(-1)
    if value.ndim == 2 and len(indices) == 1:
        return as_matrix(pick(value, indices, [1]), row=False)
    if value.ndim != len(indices):
        raise Misfit("something is indexed that has no such components")
    return pick(value, indices, [1] * len(indices))


def _pick(node: Pick, world: World) -> Array:
    value = evaluate(node.of, world)
    return _pick_from(value, [_small_integer(index, world) - _shift(index, world) for index in node.indices])


def _shift(index: Node, world: World) -> int:
    """How far a letter's axis begins from 1."""
    declared = world.symbols.get(index.name) if isinstance(index, Index) else None
    return world.axis(declared.index).start - 1 if declared and declared.index else 0


def _apply(node: Apply, world: World) -> Array:
    name = node.function.rstrip("'")
    primed = node.function.endswith("'")
    declaration = world.symbols.get(name)
    kind = (declaration.function or "") if declaration else name
    if primed:
        if kind not in SLOPES or len(node.arguments) != 1:
            raise Unreadable(f"the derivative of `{name}` could not be read")
        return SLOPES[kind](evaluate(node.arguments[0], world))
    if kind == "softmax":
        return softmax(node, name, world, evaluate)
    if declaration and declaration.parameters:
        return _apply_declared(node, name, world)
    if kind in DENSITY_FUNCTIONS:
        return DENSITY_FUNCTIONS[kind]([evaluate(argument, world) for argument in node.arguments])
    if kind in MANY_FUNCTIONS:
        return MANY_FUNCTIONS[kind]([evaluate(argument, world) for argument in node.arguments])
    if len(node.arguments) != 1:
        raise Unreadable(f"`{name}` takes one argument")
    with np.errstate(all="ignore"):
        return np.asarray(UNARY[kind](evaluate(node.arguments[0], world)))


def _apply_declared(node: Apply, name: str, world: World) -> Array:
    declaration = world.symbols[name]
    if len(node.arguments) != len(declaration.parameters):
        raise Unreadable(f"`{name}` takes {len(declaration.parameters)} argument(s)")
    inner = world
    for parameter, argument in zip(declaration.parameters, node.arguments, strict=False):
        inner = inner.with_value(parameter, evaluate(argument, world))
    value = evaluate(world.functions[name], inner)
    return _pick_from(value, [_small_integer(node.index, world)]) if node.index is not None else value


def _unary(node: Unary, world: World) -> Array:
    try:
        value = evaluate(node.of, world)
    except products.Sizeless as sizeless:
        raise sizeless.times(np.asarray(Real(-1 if node.kind == "-" else 1))) from None
    if node.kind == "-":
        return np.asarray(-value)
    if node.kind == "T":
        return value.T
    if node.kind == "abs":
        return np.asarray(np.abs(value))
    if node.kind == "norm1":
        return np.asarray(np.sum(np.abs(value)))
    return np.asarray(np.sqrt(np.sum(value * value)))


def _binary(node: Binary, world: World) -> Array:
    try:
        left = evaluate(node.left, world)
    except products.Sizeless as sizeless:
        return products.with_sizeless(sizeless, node.kind, evaluate(node.right, world), left=True)
    try:
        right = evaluate(node.right, world)
    except products.Sizeless as sizeless:
        return products.with_sizeless(sizeless, node.kind, left, left=False)
    with np.errstate(all="ignore"):
        return products.combine(node.kind, left, right, world.reading)


def _big(node: Big, world: World) -> Array:
    terms = _terms(node, world)
    if len(terms) > MAX_TERMS:
        raise TooCostly("a sum in the answer has too many terms")
    if node.kind == "stack":
        items = [evaluate(node.body, world.with_indices({node.index: term})) for term in terms]
        if any(item.ndim for item in items):
            raise Misfit("what stands on a diagonal is no number")
        return np.array(items, dtype=Real).reshape(-1, 1)
    skipped = _small_integer(node.unless, world) if node.unless is not None else None
    total: Array | None = None
    inner = world.with_indices({})
    for term in terms:
        if term == skipped:
            continue
        inner.indices[node.index] = term
        value = evaluate(node.body, inner)
        if total is None:
            total = value
        else:
            total = products.add(total, value) if node.kind == "sum" else np.asarray(total * value)
    if total is None:
        return np.asarray(Real(0 if node.kind == "sum" else 1))
    return total


def _terms(node: Big, world: World) -> range:
    axis = axis_of(node.index, node.body, world)
    if axis is None and (node.low is None or node.high is None) and node.high is None:
        raise Unreadable(f"it is not clear what the sum over `{node.index}` runs over")
    natural = world.axis(axis) if axis is not None else range(1, 1)
    low = _small_integer(node.low, world) if node.low is not None else natural.start
    high = _small_integer(node.high, world) if node.high is not None else natural.stop - 1
    return range(low, high + 1)


def _compare(node: Compare, world: World) -> Array:
    left, right = evaluate(node.left, world), evaluate(node.right, world)
    close = np.abs(left - right) <= 1e-12 * np.maximum(1, np.abs(left))
    results: dict[str, Any] = {
        "=": close,
        "!=": ~close,
        "<": left < right,
        ">": left > right,
        "<=": left <= right,
        ">=": left >= right,
        "and": (left != 0) & (right != 0),
        "or": (left != 0) | (right != 0),
    }
    return np.asarray(results[node.kind], dtype=Real)


def _cases(node: Cases, world: World) -> Array:
    result: Array = np.asarray(Real("nan"))
    for value, test in reversed(node.branches):
        here = evaluate(value, world)
        holds = np.asarray(Real(1)) if test is None else evaluate(test, world)
        result = np.where(holds != 0, here, result)
    return result


def _listing(node: Listing, world: World) -> Array:
    return listing(node, world, evaluate)


def _dots(node: Dots, world: World) -> Array:
    raise Unreadable("the dots could not be read where they stand")


_HANDLERS: dict[type, Callable[[Any, World], Array]] = {
    Number: _number, Index: _index_value, Constant: _constant, Symbol: _symbol, Pick: _pick, Apply: _apply, Unary: _unary,
    Binary: _binary, Big: _big, Compare: _compare, Cases: _cases, Listing: _listing, Dots: _dots,
}  # fmt: skip
