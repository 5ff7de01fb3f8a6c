"""Mutations of arithmetic: signs, factors, operands, constants, comparisons."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.selftest.mutation import Edit, Edits, Place, mutation
from grader.selftest.tree import altered, chain, expression

_NEXT: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.FloorDiv,),
}
_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_NO_NUMBERS = (
    ast.Constant, ast.Dict, ast.List, ast.Tuple, ast.Set, ast.JoinedStr, ast.Lambda, ast.Compare, ast.BoolOp, ast.ListComp,
    ast.DictComp, ast.GeneratorExp, ast.SetComp,
)  # fmt: skip
_NO_NUMBER_CALLS = frozenset(
    "dict list set tuple zip range enumerate reversed sorted str len print super type map getattr".split()
)


def computed(node: ast.AST) -> Iterator[tuple[ast.expr, ast.AST]]:
    """The value that a line assigns or returns, if it may be a number, and the line."""
    if not isinstance(node, ast.Assign | ast.AugAssign | ast.Return) or node.value is None:
        return
    values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
    for value in values:
        if isinstance(value, _NO_NUMBERS):
            continue
        if isinstance(value, ast.Call) and _makes_no_number(value):
            continue
        yield value, node


def _makes_no_number(call: ast.Call) -> bool:
    name = chain(call.func).rpartition(".")[2]
    return name in _NO_NUMBER_CALLS or name[:1].isupper()


@mutation
def sign(node: ast.AST, place: Place) -> Edits:
    """+ and - change places, a minus is dropped, a result is negated."""
    if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Add | ast.Sub):
        yield Edit(node, altered(node, op=ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield Edit(node, node.operand)
    for value, _ in computed(node):
        if not isinstance(value, ast.UnaryOp):
            yield Edit(value, expression("-x", x=value))


@mutation
def factor(node: ast.AST, place: Place) -> Edits:
    """A result is doubled, halved, or one is added to it."""
    for value, _ in computed(node):
        for text in ("2 * x", "x / 2", "x + 1"):
            yield Edit(value, expression(text, x=value))


@mutation
def averaged(node: ast.AST, place: Place) -> Edits:
    """A result is divided by the number of rows of an input."""
    for name in place.arrays[:1]:
        for value, _ in computed(node):
            yield Edit(value, expression(f"value_ / len({name})", value_=value))


@mutation
def operand_dropped(node: ast.AST, place: Place) -> Edits:
    """A term of a sum, a factor of a product, a divisor, an exponent or a condition is left out."""
    if isinstance(node, ast.BinOp):
        yield Edit(node, node.left)
        if isinstance(node.op, ast.Add | ast.Mult | ast.MatMult):
            yield Edit(node, node.right)
        if isinstance(node.op, ast.Sub):
            yield Edit(node, ast.UnaryOp(ast.USub(), node.right))
    if isinstance(node, ast.BoolOp):
        for i in range(len(node.values)):
            rest = node.values[:i] + node.values[i + 1 :]
            yield Edit(node, rest[0] if len(rest) == 1 else altered(node, values=rest))


@mutation
def operands_swapped(node: ast.AST, place: Place) -> Edits:
    """What stands on the left and on the right change places where it matters."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub | ast.Div | ast.MatMult | ast.Pow):
        yield Edit(node, altered(node, left=node.right, right=node.left))


@mutation
def operator_changed(node: ast.AST, place: Place) -> Edits:
    """* for /, elementwise for matrix product, product for power."""
    if isinstance(node, ast.BinOp | ast.AugAssign):
        for other in _NEXT.get(type(node.op), ()):
            yield Edit(node, altered(node, op=other()))


@mutation
def constant(node: ast.AST, place: Place) -> Edits:
    """A number is another one."""
    if (
        not isinstance(node, ast.Constant)
        or isinstance(node.value, bool)
        or _has_a_rule_of_its_own(node, place)
    ):
        return
    if isinstance(node.value, int):
        changed: tuple[float, ...] = (node.value + 1, node.value - 1)
    elif isinstance(node.value, float):
        changed = (node.value * 2, -node.value, node.value + 1) if node.value else (1.0,)
    else:
        return
    for value in changed:
        yield Edit(node, ast.Constant(value))


def _has_a_rule_of_its_own(node: ast.Constant, place: Place) -> bool:
    """Axes, indices and defaults are changed by other operators."""
    parent = place.parent(node)
    while isinstance(parent, ast.Tuple | ast.UnaryOp | ast.Slice):
        parent = place.parent(parent)
    if isinstance(parent, ast.keyword):
        return parent.arg in ("axis", "dim")
    return isinstance(parent, ast.Subscript | ast.arguments)


@mutation
def flag(node: ast.AST, place: Place) -> Edits:
    """True and False change places."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        parent = place.parent(node)
        if not (isinstance(parent, ast.keyword) and parent.arg in ("keepdims", "keepdim")):
            yield Edit(node, ast.Constant(not node.value))


@mutation
def comparison(node: ast.AST, place: Place) -> Edits:
    """< for <=, < for >, == for !=."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in _COMPARISONS.get(type(node.ops[0]), ()):
            yield Edit(node, altered(node, ops=[other()]))


@mutation
def condition(node: ast.AST, place: Place) -> Edits:
    """A condition is negated, always or never true; `and` for `or`; a `not` is dropped."""
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        yield Edit(node, altered(node, test=ast.UnaryOp(ast.Not(), node.test)))
        yield Edit(node, altered(node, test=ast.Constant(False)))
        if not isinstance(node, ast.While):
            yield Edit(node, altered(node, test=ast.Constant(True)))
    if isinstance(node, ast.BoolOp):
        yield Edit(node, altered(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And()))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield Edit(node, node.operand)
    if isinstance(node, ast.comprehension) and node.ifs:
        yield Edit(node, altered(node, ifs=[]))


@mutation
def default(node: ast.AST, place: Place) -> Edits:
    """The default of a parameter is another number."""
    if isinstance(node, ast.arguments):
        for value in [*node.defaults, *(d for d in node.kw_defaults if d is not None)]:
            number = value.value if isinstance(value, ast.Constant) else None
            if isinstance(number, int | float) and not isinstance(number, bool):
                yield Edit(value, ast.Constant(number * 2 + 1))
