"""Syntax trees: functions by name, replacing a node without touching the rest, and what makes two programs the same."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any, TypeVar, cast

N = TypeVar("N", bound=ast.AST)
Function = ast.FunctionDef


def replaced(root: N, old: ast.AST, new: ast.AST) -> N:
    """A tree with `old` (this very node) replaced by `new`; branches that do not change are shared with `root`."""
    if root is old:
        return cast(N, new)
    changes: dict[str, Any] = {}
    for name, value in ast.iter_fields(root):
        if isinstance(value, ast.AST):
            fresh: Any = replaced(value, old, new)
            if fresh is not value:
                changes[name] = fresh
        elif isinstance(value, list):
            fresh = [replaced(v, old, new) if isinstance(v, ast.AST) else v for v in value]
            if any(a is not b for a, b in zip(fresh, value, strict=True)):
                changes[name] = fresh
    return altered(root, **changes) if changes else root


def altered(node: N, **changes: Any) -> N:
    """A shallow copy of a node with other fields."""
    return ast.copy_location(type(node)(**{**dict(ast.iter_fields(node)), **changes}), node)


def functions(module: ast.Module) -> dict[str, Function]:
    """Functions and methods by qualified name; what is defined inside of a function belongs to it."""
    return dict(_functions(module.body, ""))


def _functions(body: Sequence[ast.stmt], prefix: str) -> Iterator[tuple[str, Function]]:
    for part in body:
        if isinstance(part, ast.FunctionDef):
            yield prefix + part.name, part
        elif isinstance(part, ast.ClassDef):
            yield from _functions(part.body, f"{prefix}{part.name}.")


def owner(module: ast.Module, name: str) -> ast.ClassDef | None:
    """The class of a method."""
    top = name.partition(".")[0] if "." in name else ""
    return next((c for c in module.body if isinstance(c, ast.ClassDef) and c.name == top), None)


def is_docstring(statement: ast.stmt) -> bool:
    """Whether a statement is a text only."""
    value = getattr(statement, "value", None)
    return (
        isinstance(statement, ast.Expr) and isinstance(value, ast.Constant) and isinstance(value.value, str)
    )


def named(name: str) -> ast.Name:
    """A name that is read."""
    return ast.Name(name, ast.Load())


def expression(text: str, **parts: ast.expr) -> ast.expr:
    """The expression of a text in which the names of `parts` stand for subtrees."""
    tree: ast.expr = ast.parse(text, mode="eval").body
    for node in [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id in parts]:
        tree = replaced(tree, node, parts[node.id])
    return tree


def library_of(module: ast.Module) -> str:
    """`np`, `torch`, or nothing: what a file computes with."""
    imports = [n for n in ast.walk(module) if isinstance(n, ast.Import)]
    imported = {a.asname or a.name for n in imports for a in n.names}
    return next((name for name in ("torch", "np") if name in imported), "")


def chain(node: ast.AST) -> str:
    """`np.linalg.norm` for a chain of names and attributes, else nothing."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (base := chain(node.value)):
        return f"{base}.{node.attr}"
    return ""


def loads(node: ast.AST) -> frozenset[str]:
    """Names that a part reads."""
    return frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))


def stores(node: ast.AST) -> frozenset[str]:
    """Names that a part binds."""
    return frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))


@dataclass(frozen=True)
class Block:
    """A list of statements and where it stands."""

    holder: ast.AST
    field: str
    body: list[ast.stmt]

    def with_body(self, body: list[ast.stmt]) -> ast.AST:
        """The holder with another list there; an empty one becomes `pass`."""
        return altered(self.holder, **{self.field: body or [ast.Pass()]})


def blocks(root: ast.AST) -> Iterator[Block]:
    """All lists of statements below a node, outer ones first."""
    for node in ast.walk(root):
        for name in ("body", "orelse", "finalbody"):
            body = getattr(node, name, None)
            if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
                yield Block(node, name, body)


def fresh(tree: N) -> N:
    """The same program parsed anew: no node occurs twice in it."""
    return cast(N, ast.parse(ast.unparse(ast.fix_missing_locations(tree))))


def meaning(source: str) -> Any:
    """What the compiler makes of a program, without line numbers: equal for programs that cannot differ."""
    return _key(compile(source, "<program>", "exec", dont_inherit=True))


def _key(code: CodeType) -> Any:
    constants = tuple(
        _key(c) if isinstance(c, CodeType) else (type(c).__name__, repr(c)) for c in code.co_consts
    )
    return code.co_code, constants, code.co_names, code.co_varnames, code.co_freevars, code.co_exceptiontable
