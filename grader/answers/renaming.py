"""Index letters of a tree, replaced by those that the question asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from grader.answers.syntax import Index, Node, Symbol, free_indices


def rename_indices(node: Node, axes: Mapping[str, object], wanted: Mapping[str, object]) -> Node:
    """
    Index letters that the question does not use, replaced by the asked ones of the same axis where that is unambiguous.

    Args:
        node: the tree.
        axes: the axis of each stray letter.
        wanted: the axis of each asked letter.
    """
    present = free_indices(node)
    mapping: dict[str, str] = {}
    for letter, axis in axes.items():
        fits = [
            name
            for name, other in wanted.items()
            if other == axis and name not in present and name not in mapping.values()
        ]
        if len(fits) == 1 and axis is not None:
            mapping[letter] = fits[0]
    return _renamed(node, mapping)


def with_letters_for_sizes(node: Node, letters: Mapping[str, str]) -> Node:
    """
    `y_k` with k the number of classes, where the class is asked for: k is meant as the index.

    Args:
        node: the tree.
        letters: by size, the asked letter of its axis.
    """
    if isinstance(node, Symbol) and any(isinstance(i, Symbol) and i.name in letters for i in node.indices):
        indices = tuple(
            Index(letters[i.name]) if isinstance(i, Symbol) and i.name in letters else i for i in node.indices
        )
        return replace(node, indices=indices)
    changes = {
        name: _mapped(getattr(node, name), lambda part: with_letters_for_sizes(part, letters))
        for name in node.__dataclass_fields__
    }
    return replace(node, **changes)


def _mapped(value: object, change: Callable[[Node], Node]) -> Any:
    if isinstance(value, tuple):
        return tuple(_mapped(item, change) for item in value)
    return change(value) if isinstance(value, Node) else value


def _renamed(node: Node, mapping: Mapping[str, str]) -> Node:
    if isinstance(node, Index):
        return Index(mapping.get(node.name, node.name))
    changes: dict[str, Any] = {}
    for name in node.__dataclass_fields__:
        value = getattr(node, name)
        new = _renamed_value(value, mapping)
        if new is not value:
            changes[name] = new
    return replace(node, **changes) if changes else node


def _renamed_value(value: object, mapping: Mapping[str, str]) -> object:
    if isinstance(value, tuple):
        return tuple(_renamed_value(item, mapping) for item in value)
    return _renamed(value, mapping) if isinstance(value, Node) else value
