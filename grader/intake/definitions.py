"""Which names a module binds at its top level, read from its syntax tree and never by running it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

How = Literal["defined", "imported", "star", "main"]


@dataclass(frozen=True)
class Binding:
    """A name that a module binds."""

    name: str
    line: int
    how: How = "defined"
    """`main`: only inside `if __name__ == "__main__"`; `star`: everything of `module`."""
    module: str = ""
    """Where it is imported from, with leading dots for a relative import."""
    original: str = ""
    """Its name there."""
    methods: frozenset[str] = frozenset()
    """For a class: the names in its body."""
    bases: bool = False
    """For a class: does it inherit from anything (and so may have more methods)?"""


def bindings(tree: ast.Module) -> Iterator[Binding]:
    """Every binding of the module's top level in the order of the file: the last one of a name is the one that counts."""
    yield from _block(tree.body, "defined")


def _block(body: Iterable[ast.stmt], how: How) -> Iterator[Binding]:
    for statement in body:
        yield from _statement(statement, how)


def _statement(node: ast.stmt, how: How) -> Iterator[Binding]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield Binding(node.name, node.lineno, how)
            return
        case ast.ClassDef():
            yield _class(node, how)
            return
        case ast.Import() | ast.ImportFrom():
            yield from _imports(node)
            return
        case ast.If() if _is_main(node.test):
            yield from _block(node.body, "main")
            yield from _block(node.orelse, how)
            return
    yield from _bound_here(node, how)
    for block in _blocks(node):
        yield from _block(block, how)


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        yield getattr(node, name, [])
    for part in (*getattr(node, "handlers", []), *getattr(node, "cases", [])):
        yield part.body


def _bound_here(node: ast.stmt, how: How) -> Iterator[Binding]:
    """Names that the statement itself binds, without the statements inside of it."""
    targets: list[ast.expr] = []
    match node:
        case ast.Assign():
            targets = node.targets
        case ast.AnnAssign() if node.value is not None:
            targets = [node.target]
        case ast.For() | ast.AsyncFor():
            targets = [node.target]
        case ast.With() | ast.AsyncWith():
            targets = [item.optional_vars for item in node.items if item.optional_vars is not None]
    for target in targets:
        yield from (
            Binding(n.id, node.lineno, how)
            for n in ast.walk(target)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        )
    for expression in _expressions(node):
        yield from (
            Binding(n.target.id, n.lineno, how) for n in ast.walk(expression) if isinstance(n, ast.NamedExpr)
        )


def _expressions(node: ast.stmt) -> Iterator[ast.expr]:
    for name in ("value", "test", "iter", "subject"):
        if isinstance(part := getattr(node, name, None), ast.expr):
            yield part


def _class(node: ast.ClassDef, how: How) -> Binding:
    names = frozenset(b.name for b in _block(node.body, "defined"))
    return Binding(node.name, node.lineno, how, methods=names, bases=bool(node.bases or node.decorator_list))


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[Binding]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            name = alias.asname or alias.name.split(".")[0]
            yield Binding(name, node.lineno, "imported", alias.name)
        return
    module = "." * node.level + (node.module or "")
    for alias in node.names:
        if alias.name == "*":
            yield Binding("*", node.lineno, "star", module)
        else:
            yield Binding(alias.asname or alias.name, node.lineno, "imported", module, alias.name)


def _is_main(test: ast.expr) -> bool:
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
        and isinstance(test.ops[0], ast.Eq)
    )
