"""Mutations of array code: axes, transposes, indices, names, calls."""

from __future__ import annotations

import ast

from grader.selftest.mutation import Edit, Edits, Place, mutation
from grader.selftest.operators_numbers import computed
from grader.selftest.tree import altered, chain, expression

_AXIS_NAMES = ("axis", "dim")
_REDUCE = frozenset(
    "sum mean max min prod std var argmax argmin softmax log_softmax cumsum any all norm logsumexp".split()
)
_MODULES = frozenset("np numpy torch math scipy F".split())
_TAKES_ONE = frozenset(
    "exp log log1p expm1 sqrt abs absolute square tanh sigmoid relu softmax clip clamp copy clone ravel flatten reshape squeeze "
    "sum mean argmax maximum minimum where diag sorted reversed abs".split()
)
_NO_ORDER = frozenset(
    "range zip isinstance getattr hasattr max min maximum minimum add multiply logaddexp isclose allclose array_equal equal".split()
)
_TWINS = {
    "sum": ("mean",), "mean": ("sum",), "max": ("min",), "min": ("max",), "argmax": ("argmin",), "argmin": ("argmax",),
    "maximum": ("minimum",), "minimum": ("maximum",), "zeros": ("ones",), "ones": ("zeros",), "zeros_like": ("ones_like",),
    "ones_like": ("zeros_like",), "log": ("log2", "log1p"), "exp": ("expm1",), "sqrt": ("square",), "std": ("var",),
    "var": ("std",), "any": ("all",), "all": ("any",), "floor": ("ceil",), "ceil": ("floor",), "vstack": ("hstack",),
    "hstack": ("vstack",), "append": ("extend",), "sin": ("cos",), "cos": ("sin",), "tanh": ("sin",),
}  # fmt: skip


@mutation
def axis(node: ast.AST, place: Place) -> Edits:
    """The other axis, or none."""
    if not isinstance(node, ast.Call):
        return
    for keyword in node.keywords:
        if keyword.arg in _AXIS_NAMES:
            for value in _other_axes(keyword.value):
                yield Edit(keyword, altered(keyword, value=value))
            yield Edit(node, altered(node, keywords=[k for k in node.keywords if k is not keyword]))
    at = 1 if _of_module(node) else 0
    if _last(node) in _REDUCE and len(node.args) > at:
        given = node.args[at]
        for value in _other_axes(given):
            yield Edit(given, value)
        yield Edit(node, altered(node, args=[a for a in node.args if a is not given]))


def _other_axes(value: ast.expr) -> list[ast.expr]:
    try:
        number = ast.literal_eval(value)
    except ValueError:
        return []
    if not isinstance(number, int):
        return []
    return [ast.Constant({0: 1, 1: 0, -1: 0}.get(number, 0))]


def _last(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else chain(call.func)


def _of_module(call: ast.Call) -> bool:
    return chain(call.func).partition(".")[0] in _MODULES


@mutation
def transposed(node: ast.AST, place: Place) -> Edits:
    """A transpose is dropped, or one is added."""
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT"):
        yield Edit(node, node.value)
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("t", "transpose")
    ):
        yield Edit(node, node.args[0] if _of_module(node) and node.args else node.func.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        for side in (node.left, node.right):
            if isinstance(side, ast.Name | ast.Subscript) or (
                isinstance(side, ast.Attribute) and side.attr != "T"
            ):
                yield Edit(side, expression("x.T", x=side))
    for value, line in computed(node):
        kept = isinstance(line, ast.Return) or (
            isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Attribute | ast.Subscript)
        )
        if kept and _matrix(value):
            yield Edit(value, expression("x.T", x=value))


def _matrix(value: ast.expr) -> bool:
    """Whether a value looks like more than a number or a row: made of products of matrices, or along an axis."""
    for node in ast.walk(value):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            return True
        if isinstance(node, ast.keyword) and node.arg in _AXIS_NAMES:
            return True
        if isinstance(node, ast.Call) and _last(node) in ("outer", "einsum", "dot", "matmul", "mm"):
            return True
    return False


@mutation
def index(node: ast.AST, place: Place) -> Edits:
    """An index, a bound of a slice or of a range is off by one."""
    if isinstance(node, ast.Subscript):
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        for part in parts:
            if isinstance(part, ast.Slice):
                yield from _slice(part)
            elif _whole(part):
                yield from (Edit(part, expression(text, x=part)) for text in ("x + 1", "x - 1"))
    if isinstance(node, ast.Call) and chain(node.func) in ("range", "np.arange", "torch.arange"):
        last = node.args[min(len(node.args) - 1, 1)]
        yield Edit(last, expression("x - 1", x=last))
        if len(node.args) == 1:
            yield Edit(node, altered(node, args=[ast.Constant(1), last]))
        elif len(node.args) > 1:
            yield Edit(node.args[0], expression("x + 1", x=node.args[0]))


def _slice(part: ast.Slice) -> Edits:
    if part.lower is None and part.upper is None and part.step is None:
        return
    lower, upper = part.lower, part.upper
    yield Edit(part, altered(part, lower=expression("x + 1", x=lower) if lower else ast.Constant(1)))
    yield Edit(part, altered(part, upper=expression("x - 1", x=upper) if upper else ast.Constant(-1)))
    if part.step is not None:
        yield Edit(part, altered(part, step=None))


def _whole(part: ast.expr) -> bool:
    """Whether an index is a number for all that can be seen."""
    inner = part.operand if isinstance(part, ast.UnaryOp) else part
    return isinstance(inner, ast.Constant) and type(inner.value) is int


@mutation
def name_swapped(node: ast.AST, place: Place) -> Edits:
    """Another parameter, local, attribute or key of the same function stands there."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and not _called(node, place):
        for group in (place.parameters, place.locals):
            for other in _beside(node.id, group):
                yield Edit(node, altered(node, id=other))
        if node.id in place.locals and len(place.locals) == 1 and place.parameters:
            yield Edit(node, altered(node, id=place.parameters[-1]))
    if (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == place.me
        and place.me
    ):
        for other in _beside(node.attr, place.attributes):
            yield Edit(node, altered(node, attr=other))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        for other in _beside(node.value, place.texts):
            yield Edit(node, ast.Constant(other))


def _called(node: ast.Name, place: Place) -> bool:
    parent = place.parent(node)
    return isinstance(parent, ast.Call) and parent.func is node


def _beside(name: str, group: tuple[str, ...]) -> list[str]:
    """The names before and after one in a group."""
    if name not in group:
        return []
    at = group.index(name)
    return [n for n in dict.fromkeys([group[at - 1], group[(at + 1) % len(group)]]) if n != name]


@mutation
def call_dropped(node: ast.AST, place: Place) -> Edits:
    """exp, log, sqrt, sum, clip, copy ... is not called."""
    if not isinstance(node, ast.Call) or _last(node) not in _TAKES_ONE:
        return
    if isinstance(node.func, ast.Attribute) and not _of_module(node):
        yield Edit(node, node.func.value)
    else:
        yield from (Edit(node, argument) for argument in node.args if not isinstance(argument, ast.Constant))


@mutation
def call_changed(node: ast.AST, place: Place) -> Edits:
    """mean for sum, max for min, zeros for ones, log2 for log."""
    if not isinstance(node, ast.Call):
        return
    for other in _TWINS.get(_last(node), ()):
        if isinstance(node.func, ast.Attribute):
            yield Edit(node.func, altered(node.func, attr=other))
        elif other in ("max", "min", "any", "all"):
            yield Edit(node.func, ast.Name(other, ast.Load()))


@mutation
def arguments_swapped(node: ast.AST, place: Place) -> Edits:
    """Two arguments of a call change places."""
    if isinstance(node, ast.Call) and _last(node) not in _NO_ORDER:
        for i in range(len(node.args) - 1):
            if not isinstance(node.args[i], ast.Starred):
                changed = [*node.args[:i], node.args[i + 1], node.args[i], *node.args[i + 2 :]]
                yield Edit(node, altered(node, args=changed))
