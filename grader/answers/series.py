"""What dots stand for between two terms or items that differ in one number: `x_1, ..., x_n`, `2(y_1 - t_1) + ... + 2(y_n - t_n)`."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from grader.answers.syntax import Binary, Index, Node, Number, Symbol

LETTER = "..."


@dataclass(frozen=True)
class Pattern:
    """A term with the letter in the place that changes, and its first and last value."""

    body: Node
    first: Node
    last: Node


def pattern(before: Node, after: Node) -> Pattern | None:
    """The pattern of two terms, or None when they differ in more than one number."""
    ends: list[tuple[Node, Node]] = []
    body = _common(before, indexed(before, after), ends)
    if not ends or any(pair != ends[0] for pair in ends[1:]) or not isinstance(ends[0][0], Number):
        return None
    return Pattern(body, *ends[0])


def _common(left: Any, right: Any, ends: list[tuple[Node, Node]]) -> Any:
    """The tree that both share, with the letter where they differ; the differing pairs are collected."""
    if left == right:
        return left
    if isinstance(left, tuple) and isinstance(right, tuple) and len(left) == len(right):
        return tuple(_common(one, other, ends) for one, other in zip(left, right, strict=True))
    if isinstance(left, Node) and type(left) is type(right) and not isinstance(left, Number):
        changed = {
            field.name: _common(getattr(left, field.name), getattr(right, field.name), ends)
            for field in fields(left)
        }
        return replace(left, **changed)
    ends.append((left, right))
    return Index(LETTER)


def indexed(before: Node, after: Node) -> Node:
    """`xn` behind `x1, ...` is x_n, not x times n."""
    if not (isinstance(before, Symbol) and isinstance(after, Binary) and after.kind == "*"):
        return after
    if before.indices and after.left == Symbol(before.name):
        return Symbol(before.name, (*before.indices[:-1], after.right))
    return after
