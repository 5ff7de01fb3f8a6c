"""Correct variants: other names, temporaries, copies, memory layouts, precision, structure."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import cast

from grader.selftest.mutation import Place
from grader.selftest.operators_lines import depend
from grader.selftest.operators_numbers import computed
from grader.selftest.rewriting import rewrite
from grader.selftest.tree import Function, altered, blocks, expression, is_docstring, named, replaced, stores

Wrap = Callable[[ast.expr], ast.expr]


def _call(helper: str) -> Wrap:
    return lambda value: ast.Call(named(helper), [value], [])


def _results(place: Place, wrap: Wrap) -> Function | None:
    """What the function returns and keeps in attributes, wrapped."""
    function = place.function
    for node in list(ast.walk(function)):
        for value, line in computed(node):
            kept = isinstance(line, ast.Return) or (
                isinstance(line, ast.Assign) and all(isinstance(t, ast.Attribute) for t in line.targets)
            )
            if kept:
                function = replaced(function, value, wrap(value))
    return function if function is not place.function else None


def _inputs(place: Place, helper: str) -> Function | None:
    """Array parameters replaced by what a helper makes of them; not those that the function is to change."""
    changed = _changed(place)
    first = [ast.parse(f"{p} = {helper}({p})").body[0] for p in place.arrays if p not in changed]
    return _preceded(place.function, first) if first else None


def _changed(place: Place) -> frozenset[str]:
    """Parameters that the function changes in place."""
    found = set()
    for node in ast.walk(place.function):
        targets = (
            [node.target]
            if isinstance(node, ast.AugAssign)
            else node.targets
            if isinstance(node, ast.Assign)
            else []
        )
        for target in targets:
            base: ast.AST = target
            while isinstance(base, ast.Subscript | ast.Attribute):
                base = base.value
            if isinstance(base, ast.Name) and not (
                isinstance(target, ast.Name) and isinstance(node, ast.Assign)
            ):
                found.add(base.id)
    return frozenset(found)


def _preceded(function: Function, first: list[ast.stmt]) -> Function:
    body = function.body
    at = 1 if body and is_docstring(body[0]) else 0
    return altered(function, body=[*body[:at], *first, *body[at:]])


def _both(place: Place, helper: str) -> Function | None:
    """Inputs and results through a helper."""
    after = _results(place, _call(helper))
    inside = _inputs(Place(place.module, place.name, after or place.function), helper)
    return inside or after


@rewrite
def single_precision(place: Place) -> Function | None:
    """Computed and returned in float32."""
    return _both(place, "_single_precision")


@rewrite
def single_precision_inside(place: Place) -> Function | None:
    """Computed in float32, returned in float64."""
    after = _results(place, lambda value: expression("_double_precision(_single_precision(x))", x=value))
    return _inputs(Place(place.module, place.name, after or place.function), "_single_precision") or after


@rewrite
def column_order(place: Place) -> Function | None:
    """Arrays in Fortran's memory order."""
    return _both(place, "_column_order")


@rewrite
def strided(place: Place) -> Function | None:
    """Results that are views with gaps."""
    return _results(place, _call("_every_second"))


@rewrite
def copied(place: Place) -> Function | None:
    """Own copies of inputs and results."""
    return _both(place, "_own_copy")


@rewrite
def renamed(place: Place) -> Function | None:
    """Other names for locals, and for `self`."""
    names = {n: f"my_{n}" for n in place.locals}
    if place.me:
        names[place.me] = "this"
    if any(
        isinstance(n, ast.Global | ast.Nonlocal | ast.FunctionDef) and n is not place.function
        for n in ast.walk(place.function)
    ):
        return None
    return cast(Function, _Renamed(names).visit(place.function)) if names else None


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return altered(node, id=self.names.get(node.id, node.id))

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return altered(node, arg=self.names.get(node.arg, node.arg)) if node.arg == "self" else node


@rewrite
def temporaries(place: Place) -> Function | None:
    """Both sides of the outermost operation computed in lines of their own."""
    function, number = place.function, 0
    for block in blocks(place.function):
        for line in block.body:
            values = [v for v, _ in computed(line)] if isinstance(line, ast.Assign | ast.Return) else []
            if len(values) != 1 or not isinstance(values[0], ast.BinOp):
                continue
            left, right = f"left_{number}", f"right_{number}"
            number += 1
            value = altered(values[0], left=named(left), right=named(right))
            first = [_assign(left, values[0].left), _assign(right, values[0].right)]
            function = _spliced(function, line, [*first, altered(line, value=value)])
    return function if number else None


def _assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value, lineno=1)


def _spliced(function: Function, line: ast.stmt, lines: list[ast.stmt]) -> Function:
    """The function with several lines in place of one."""
    for block in blocks(function):
        if any(one is line for one in block.body):
            body = [new for one in block.body for new in (lines if one is line else [one])]
            return replaced(function, block.holder, block.with_body(body))
    return function


@rewrite
def result_named(place: Place) -> Function | None:
    """The result gets a name before it is returned."""
    function = place.function
    for block in blocks(place.function):
        for line in block.body:
            if (
                isinstance(line, ast.Return)
                and line.value is not None
                and not isinstance(line.value, ast.Name)
            ):
                function = _spliced(
                    function, line, [_assign("result", line.value), ast.Return(named("result"))]
                )
    return function if function is not place.function else None


@rewrite
def list_for_tuple(place: Place) -> Function | None:
    """A list where a tuple was returned."""
    function = place.function
    for node in list(ast.walk(place.function)):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            function = replaced(function, node.value, ast.List(node.value.elts, ast.Load()))
    return function if function is not place.function else None


@rewrite
def nested(place: Place) -> Function | None:
    """The body in a function of its own, inside."""
    body = place.function.body
    documented = 1 if body and is_docstring(body[0]) else 0
    if not body[documented:] or any(
        isinstance(n, ast.Nonlocal | ast.Global | ast.Yield) for n in ast.walk(place.function)
    ):
        return None
    a = place.function.args
    if (
        a.vararg
        or a.kwarg
        or any(
            isinstance(n, ast.Call) and getattr(n.func, "id", "") == "super" for n in ast.walk(place.function)
        )
    ):
        return None
    names = [p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs)]
    plain = ast.arguments([], [ast.arg(n) for n in names], None, [], [], None, [])
    inner = altered(
        place.function, name="carry_out", args=plain, body=body[documented:], decorator_list=[], returns=None
    )
    call = expression(f"carry_out({', '.join(names)})")
    return altered(place.function, body=[*body[:documented], inner, ast.Return(call)])


@rewrite
def spelled_out(place: Place) -> Function | None:
    """x += y as x = x + y, for names of the function's own that are no second name of something else."""
    function = place.function
    aliases = _aliases(function)
    for node in list(ast.walk(place.function)):
        if (
            isinstance(node, ast.AugAssign)
            and isinstance(node.target, ast.Name)
            and node.target.id in place.locals
            and node.target.id not in aliases
        ):
            value = ast.BinOp(named(node.target.id), node.op, node.value)
            function = replaced(function, node, ast.Assign([node.target], value, lineno=1))
    return function if function is not place.function else None


def _aliases(function: Function) -> set[str]:
    """Names that a loop binds, or that are given another thing's value as it is: `p -= ...` changes that thing."""
    found: set[str] = set()
    for node in ast.walk(function):
        shared = isinstance(node, ast.Assign) and isinstance(
            node.value, ast.Name | ast.Attribute | ast.Subscript
        )
        targets = node.targets if isinstance(node, ast.Assign) and shared else []
        targets = [node.target] if isinstance(node, ast.For | ast.comprehension) else targets
        found |= {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    return found


@rewrite
def lines_reordered(place: Place) -> Function | None:
    """Neighbouring lines that do not depend on each other change places."""
    function = place.function
    for block in blocks(place.function):
        body, i = list(block.body), 0
        while i < len(body) - 1:
            if _plain(body[i]) and _plain(body[i + 1]) and not depend(body[i], body[i + 1]):
                body[i], body[i + 1] = body[i + 1], body[i]
                i += 1
            i += 1
        if body != block.body and block.holder is place.function:
            function = altered(function, body=body)
    return function if function is not place.function else None


def _plain(line: ast.stmt) -> bool:
    """Whether a line only computes: no call of a method of the object, nothing random."""
    if not isinstance(line, ast.Assign):
        return False
    calls = [ast.unparse(n.func) for n in ast.walk(line) if isinstance(n, ast.Call)]
    return not any("self." in c or "rand" in c or c == "next" for c in calls)


@rewrite
def else_first(place: Place) -> Function | None:
    """`if c: A else: B` as `if not c: B else: A`."""
    function = place.function
    for node in list(ast.walk(place.function)):
        if isinstance(node, ast.If) and node.orelse and not isinstance(node.orelse[0], ast.If):
            new = altered(node, test=ast.UnaryOp(ast.Not(), node.test), body=node.orelse, orelse=node.body)
            changed = replaced(function, node, new)
            function = changed if changed is not function else function
    return function if function is not place.function else None


@rewrite
def enumerated(place: Place) -> Function | None:
    """`for x in xs` as `for _, x in enumerate(xs)`."""
    function = place.function
    for node in [n for n in ast.walk(place.function) if isinstance(n, ast.For)]:
        if stores(node.target):
            target = ast.Tuple([ast.Name("_number", ast.Store()), node.target], ast.Store())
            inner = expression("enumerate(xs)", xs=node.iter)
            function = replaced(replaced(function, node.iter, inner), node.target, target)
    return function if function is not place.function else None
