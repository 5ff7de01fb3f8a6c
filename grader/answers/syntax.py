"""The tree of an answer that was read. Nodes are plain data; `evaluate` gives them values, `render` gives them LaTeX."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A literal, kept as it was written (`0.0570` has three digits)."""

    text: str


@dataclass(frozen=True, slots=True)
class Symbol:
    """A declared symbol, whole or indexed; `indices` may be fewer than its axes (a row)."""

    name: str
    indices: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Index:
    """An index letter: bound by a sum, or free because the question asks for each of its values."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """`e`, `pi`, `infinity`, the identity matrix, vectors of ones and zeros (with the size they are given)."""

    name: str
    size: Node | None = None


@dataclass(frozen=True, slots=True)
class Apply:
    """A function applied to arguments; `index` picks a component of a vector function (`softmax_j(u)`)."""

    function: str
    arguments: tuple[Node, ...]
    index: Node | None = None


@dataclass(frozen=True, slots=True)
class Unary:
    """`-` minus, `T` transpose, `abs`, `norm1`, `norm2` (not squared)."""

    kind: str
    of: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """`+ - / ^`, `*` (a product written by juxtaposition), `.` (dot), `o` (entrywise), `outer`."""

    kind: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Big:
    """A sum or product over an index (or the `stack` of its terms as a vector); without bounds it runs over the axis where the index is used."""

    kind: str
    index: str
    low: Node | None
    high: Node | None
    body: Node
    unless: Node | None = None


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison chain's link: 1 where it holds, 0 elsewhere. `and`, `or` join conditions."""

    kind: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Listing:
    """A vector (one row of items) or a matrix (rows of items); blocks are joined."""

    rows: tuple[tuple[Node, ...], ...]
    column: bool = False


@dataclass(frozen=True, slots=True)
class Dots:
    """`...` between two items of a list."""


@dataclass(frozen=True, slots=True)
class Cases:
    """Values by condition; the last may have none (otherwise)."""

    branches: tuple[tuple[Node, Node | None], ...]


@dataclass(frozen=True, slots=True)
class Pick:
    """Components of an expression: `(W^T d)_h`, `softmax(u)_j`."""

    of: Node
    indices: tuple[Node, ...]


Node = (
    Number
    | Symbol
    | Index
    | Constant
    | Apply
    | Unary
    | Binary
    | Big
    | Compare
    | Listing
    | Dots
    | Cases
    | Pick
)


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below one node."""
    for name in node.__dataclass_fields__:
        value = getattr(node, name)
        if not isinstance(value, str):
            yield from _nodes(value)


def _nodes(value: object) -> Iterator[Node]:
    if isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)
    elif isinstance(value, Node):
        yield value


def walk(node: Node) -> Iterator[Node]:
    """A node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def free_indices(node: Node) -> frozenset[str]:
    """Index letters that no sum or product within the node binds."""
    if isinstance(node, Index):
        return frozenset({node.name})
    inside = frozenset[str]().union(*(free_indices(child) for child in children(node)))
    return inside - {node.index} if isinstance(node, Big) else inside
