"""
What a computation graph of scalars must give on the cases of cs577-a2, C.code: built once more with `reference.graph`.

A case is a list of lines `(operator, i, j)`: node k + number of leaves is made of the nodes i and j; a number of a line that
is no index is a plain number, written `["+", 0, {"number": 2.0}]`. A number of lines stands for a chain: every node is the
one before plus the second leaf.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from reference.arrays import FloatArray
from reference.graph import Value
from reference.worked import c12

Line = Sequence[Any]
Lines = Sequence[Line] | int


def gradients(leaves: Sequence[float], lines: Lines) -> FloatArray:
    """
    The value of the last node and its derivatives for the leaves.

    Args:
        leaves: numbers.
        lines: how the further nodes are made.

    Returns:
        Shape (1 + number of leaves,).

    Error:
        As `graph`: a few roundings for each node.

    Source:
        Assignment page cs577-a2, C.code.
    """
    nodes = _nodes(leaves, lines)
    nodes[-1].backward()
    return _found(nodes, leaves)


def at_tie(operator: str, a: float) -> list[FloatArray]:
    """
    Value and derivatives of max(a, a) or min(a, a) that are right: either side 1, or both 0.5.

    Args:
        operator: not looked at; both give the same.
        a: the number on both sides.

    Returns:
        Three arrays of shape (3,).

    Error:
        Exact.

    Source:
        Assignment page cs577-a2, C.code.
    """
    return [np.array([a, 1.0, 0.0]), np.array([a, 0.0, 1.0]), np.array([a, 0.5, 0.5])]


def added_up(leaves: Sequence[float], lines: Lines) -> list[FloatArray]:
    """
    What a second `backward` gives that does not start from zero, in the two usual ways.

    Args:
        leaves: numbers.
        lines: how the further nodes are made.

    Returns:
        Value and derivatives where only the leaves add up, and where every node does (its stale gradient is passed on).

    Error:
        As `graph`.

    Source:
        The definition of `backward`, with the first line left out.
    """
    once = gradients(leaves, lines)
    doubled = np.concatenate([once[:1], 2.0 * once[1:]])
    return [doubled, _stale(leaves, lines, root=1.0), _stale(leaves, lines, root=2.0)]


def overwritten(leaves: Sequence[float], lines: Lines) -> list[FloatArray]:
    """
    What `backward` gives where a gradient that arrives takes the place of the one before it, instead of being added.

    Args:
        leaves: numbers.
        lines: how the further nodes are made, each of the one before it.

    Returns:
        Value and derivatives, for both orders in which the two inputs of a node can be served.

    Error:
        As `graph`.

    Source:
        The definition of `backward`, with `=` for `+=`.
    """
    return [_overwriting(leaves, lines, turned) for turned in (False, True)]


def _overwriting(leaves: Sequence[float], lines: Lines, turned: bool) -> FloatArray:
    nodes = _nodes(leaves, lines)
    nodes[-1].grad = 1.0
    for node in reversed(nodes):
        for source, local in node.inputs[:: -1 if turned else 1]:
            source.grad = local * node.grad
    return _found(nodes, leaves)


def _stale(leaves: Sequence[float], lines: Lines, root: float) -> FloatArray:
    nodes = _nodes(leaves, lines)
    for seed in (1.0, root):
        nodes[-1].grad = seed
        for node in reversed(nodes):
            for source, local in node.inputs:
                source.grad += local * node.grad
    return _found(nodes, leaves)


def _nodes(leaves: Sequence[float], lines: Lines) -> list[Value]:
    nodes = [Value(number) for number in leaves]
    for line in _written(lines):
        nodes.append(_node(line, nodes))
    return nodes


def _found(nodes: Sequence[Value], leaves: Sequence[float]) -> FloatArray:
    return np.array([nodes[-1].data, *(node.grad for node in nodes[: len(leaves)])])


def _written(lines: Lines) -> Sequence[Line]:
    if not isinstance(lines, int):
        return lines
    return [["+", 0, 1], *(["+", k + 1, 1] for k in range(1, lines))]


def _node(line: Line, nodes: Sequence[Value]) -> Value:
    operator, *places = line
    a, b = (_operand(place, nodes) for place in (*places, *places)[:2])
    made: dict[str, Callable[[], Value]] = {
        "+": lambda: a + b,
        "-": lambda: a - b,
        "*": lambda: a * b,
        "**2": lambda: a**2,
        "maximum": lambda: a.maximum(b),
        "minimum": lambda: a.minimum(b),
        "sigmoid": lambda: a.sigmoid(),
    }
    return made[operator]()


def _operand(place: Any, nodes: Sequence[Value]) -> Any:
    return place["number"] if isinstance(place, dict) else nodes[place]


def pairs(leaves: Sequence[float], lines: Lines) -> list[tuple[int, int]]:
    """
    Which node was made of which.

    Args:
        leaves: numbers.
        lines: how the further nodes are made.

    Returns:
        Pairs (node, one that it was made of).

    Error:
        Exact.

    Source:
        Assignment page cs577-a2, C.code.
    """
    made = [(k + len(leaves), places) for k, (_, *places) in enumerate(_written(lines))]
    return [(node, place) for node, places in made for place in places if not isinstance(place, dict)]


def network() -> FloatArray:
    """
    The network of C.12 in one vector.

    Returns:
        Total loss, dL/dw row by row, dL/dv; shape (14,).

    Error:
        As `worked.c12`.

    Source:
        Assignment page cs577-a2, C.12 and C.code.
    """
    worked = c12()
    return np.concatenate([[worked.loss.sum()], worked.dw.ravel(), worked.dv])
