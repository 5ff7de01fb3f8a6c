"""Methods of arrays behind a full stop: `W.T`, `x.sum()`, `W.dot(x)`."""

from __future__ import annotations

from grader.answers import brackets
from grader.answers.cursor import Cursor
from grader.answers.faults import Unreadable
from grader.answers.functions import UNARY, canonical
from grader.answers.manyargs import MANY_FUNCTIONS
from grader.answers.syntax import Apply, Node, Unary

TRANSPOSES = frozenset({"T", "transpose", "t", "mT"})
PRODUCTS = frozenset({"dot", "matmul", "mm", "mv"})


def is_method(cursor: Cursor) -> bool:
    """Whether a full stop and the name of a method stand here."""
    name, behind = cursor.peek(1), cursor.peek(2)
    if not name.glued:
        return False
    called = behind.is_sign("(") and (canonical(name.text) in UNARY or canonical(name.text) in MANY_FUNCTIONS)
    return name.text in ("T", "mT") or (behind.is_sign("(") and name.text in TRANSPOSES | PRODUCTS) or called


def method(cursor: Cursor, node: Node) -> Node:
    """The value of the method on what stands before it."""
    cursor.next()
    name = cursor.next().text
    arguments = tuple(_arguments(cursor)) if cursor.peek().is_sign("(") else ()
    if name in TRANSPOSES:
        return Unary("T", node)
    if name in PRODUCTS:
        if len(arguments) != 1:
            raise Unreadable(f"`{name}` takes one argument")
        return Apply("dot", (node, *arguments))
    return Apply(canonical(name), (node, *arguments))


def _arguments(cursor: Cursor) -> list[Node]:
    inner = cursor.within(cursor.group())
    return brackets.listed(inner) if inner.tokens else []
