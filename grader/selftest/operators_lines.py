"""Mutations of lines: deleted, in another order, += for =, a return without a value, state of an earlier call, changed inputs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.selftest.mutation import Edit, Edits, Place, mutation
from grader.selftest.tree import Block, altered, blocks, expression, is_docstring, loads, stores


def _own_blocks(node: ast.AST) -> Iterator[Block]:
    """The lists of statements that are this node's own."""
    yield from (block for block in blocks(node) if block.holder is node)


@mutation
def line_deleted(node: ast.AST, place: Place) -> Edits:
    """A line, or a whole `if` or loop, is missing."""
    for block in _own_blocks(node):
        for i, line in enumerate(block.body):
            if is_docstring(line) or isinstance(line, ast.Pass | ast.Import | ast.ImportFrom | ast.Return):
                continue
            yield Edit(node, block.with_body(block.body[:i] + block.body[i + 1 :]))


@mutation
def returned(node: ast.AST, place: Place) -> Edits:
    """Nothing is returned, or the parts in another order."""
    if isinstance(node, ast.Return) and node.value is not None:
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield Edit(node, altered(node, value=None))
        if isinstance(node.value, ast.Tuple) and len(node.value.elts) > 1:
            yield Edit(node.value, altered(node.value, elts=node.value.elts[::-1]))


@mutation
def accumulated(node: ast.AST, place: Place) -> Edits:
    """+= for =, = for += and -=."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        number = not isinstance(node.value, ast.Constant | ast.Dict | ast.List | ast.Tuple)
        if number and isinstance(target, ast.Attribute | ast.Subscript):
            yield Edit(node, ast.AugAssign(target, ast.Add(), node.value))
    if isinstance(node, ast.AugAssign):
        yield Edit(node, ast.Assign([node.target], node.value, lineno=1))


@mutation
def stale_state(node: ast.AST, place: Place) -> Edits:
    """What an object keeps stays that of its first call."""
    if place.function.name == "__init__" or not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return
    target, value = node.targets[0], node.value
    if (
        isinstance(target, ast.Attribute)
        and isinstance(target.value, ast.Name)
        and target.value.id == place.me
    ):
        kept = expression(
            "getattr(owner, key, value)", owner=target.value, key=ast.Constant(target.attr), value=value
        )
        yield Edit(value, kept)
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        kept = expression("kept.get(key, value)", kept=target.value, key=target.slice, value=value)
        yield Edit(value, kept)


@mutation
def reordered(node: ast.AST, place: Place) -> Edits:
    """Two lines change places of which one uses what the other changes."""
    for block in _own_blocks(node):
        for i in range(len(block.body) - 1):
            first, second = block.body[i : i + 2]
            if depend(first, second) and not _undefined(first, second, place, block, i):
                yield Edit(node, block.with_body([*block.body[:i], second, first, *block.body[i + 2 :]]))


def depend(first: ast.stmt, second: ast.stmt) -> bool:
    """Whether one of two simple lines uses or changes what the other changes."""
    simple = (ast.Assign, ast.AugAssign, ast.Expr, ast.For, ast.If)
    if not isinstance(first, simple) or not isinstance(second, simple) or is_docstring(first):
        return False
    return bool(_writes(first) & (_reads(second) | _writes(second)) or _writes(second) & _reads(first))


def _undefined(first: ast.stmt, second: ast.stmt, place: Place, block: Block, at: int) -> bool:
    """Whether the second line, put first, would only meet a name that has no value yet."""
    before = {n for line in block.body[:at] for n in stores(line)} | set(place.parameters)
    return bool(stores(first) & loads(second) - before)


def _writes(line: ast.stmt) -> frozenset[str]:
    found = set(stores(line))
    for node in ast.walk(line):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            found.add(ast.unparse(node))
            found.add(_base(node))
    return frozenset(found)


def _reads(line: ast.stmt) -> frozenset[str]:
    found = set(loads(line))
    for node in ast.walk(line):
        if isinstance(node, ast.Attribute | ast.Subscript):
            found.add(ast.unparse(node))
            if isinstance(node, ast.Subscript):
                found.add(_base(node))
    return frozenset(found - {"self"})


def _base(node: ast.Attribute | ast.Subscript) -> str:
    """What is changed when a part of it is: `a` of `a[i]`, `self.W` of `self.W[i]`, itself of `self.W`."""
    return ast.unparse(node.value) if isinstance(node, ast.Subscript) else ast.unparse(node)


@mutation
def input_changed(node: ast.AST, place: Place) -> Edits:
    """An array that was passed in is overwritten before the end."""
    if node is not place.function or place.internal:
        return
    for name in place.arrays:
        if name not in stores(place.function):
            yield Edit(node, _overwriting(place, name))


def _overwriting(place: Place, name: str) -> ast.AST:
    spoil = ast.parse(f"{name}[...] = 0").body
    body = place.function.body
    last = body[-1]
    if not isinstance(last, ast.Return) or last.value is None:
        return altered(place.function, body=[*body, *spoil])
    keep = ast.Assign([ast.Name("outcome_", ast.Store())], last.value, lineno=1)
    back = ast.Return(ast.Name("outcome_", ast.Load()))
    return altered(place.function, body=[*body[:-1], keep, *spoil, back])
