"""Correct variants: the same mathematics written in another way."""

from __future__ import annotations

import ast

from grader.selftest.mutation import Place
from grader.selftest.rewriting import everywhere
from grader.selftest.tree import altered, chain, expression

_SUMS = ("np.sum", "torch.sum")
_NO_NUMBERS = (ast.List, ast.ListComp, ast.Tuple, ast.JoinedStr, ast.Dict)
_MAKES_NUMBERS = (ast.Mult, ast.Div, ast.MatMult, ast.Pow, ast.Sub)


def _binary(node: ast.expr, *kinds: type[ast.operator]) -> ast.BinOp | None:
    return node if isinstance(node, ast.BinOp) and isinstance(node.op, kinds) else None


def _number(node: ast.expr) -> bool:
    """Whether an operand is a number or an array for sure, not a list or a text."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, _MAKES_NUMBERS) and not any(
            isinstance(n, _NO_NUMBERS) for n in ast.walk(node)
        )
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float)
    return isinstance(node, ast.UnaryOp) or (isinstance(node, ast.Call) and chain(node.func)[:3] == "np.")


@everywhere
def commuted(node: ast.expr, place: Place) -> ast.expr | None:
    """a + b as b + a, a * b as b * a."""
    if (sum_ := _binary(node, ast.Add)) and (_number(sum_.left) or _number(sum_.right)):
        return altered(sum_, left=sum_.right, right=sum_.left)
    if (product := _binary(node, ast.Mult)) and not any(
        isinstance(n, _NO_NUMBERS) for n in ast.walk(product)
    ):
        return altered(product, left=product.right, right=product.left)
    return None


@everywhere
def grouped(node: ast.expr, place: Place) -> ast.expr | None:
    """(a b) c as a (b c), for products of numbers and of matrices, and for sums of numbers."""
    outer = _binary(node, ast.Mult, ast.MatMult, ast.Add)
    inner = _binary(outer.left, type(outer.op)) if outer else None
    if outer is None or inner is None or (isinstance(outer.op, ast.Add) and not _number(outer.right)):
        return None
    return altered(outer, left=inner.left, right=altered(outer, left=inner.right, right=outer.right))


@everywhere
def minus_as_plus(node: ast.expr, place: Place) -> ast.expr | None:
    """a - b as -b + a."""
    found = _binary(node, ast.Sub)
    return expression("-b + a", a=found.left, b=found.right) if found else None


@everywhere
def divided_by_product(node: ast.expr, place: Place) -> ast.expr | None:
    """a / b as a * (1.0 / b)."""
    found = _binary(node, ast.Div)
    return expression("a * (1.0 / b)", a=found.left, b=found.right) if found else None


@everywhere
def power_as_product(node: ast.expr, place: Place) -> ast.expr | None:
    """x ** 2 as x * x, sqrt(x) as x ** 0.5."""
    found = _binary(node, ast.Pow)
    if found and isinstance(found.right, ast.Constant) and found.right.value == 2:
        return expression("x * x", x=found.left)
    if isinstance(node, ast.Call) and chain(node.func) in ("np.sqrt", "torch.sqrt", "math.sqrt"):
        return expression("x ** 0.5", x=node.args[0])
    return None


@everywhere
def product_by_function(node: ast.expr, place: Place) -> ast.expr | None:
    """a @ b as np.matmul(a, b)."""
    return _product(node, f"{place.library}.matmul(a, b)")


@everywhere
def product_by_method(node: ast.expr, place: Place) -> ast.expr | None:
    """a @ b as a.dot(b), which is matmul for tensors."""
    return _product(node, "a.matmul(b)" if place.library == "torch" else "np.dot(a, b)")


@everywhere
def product_by_einsum(node: ast.expr, place: Place) -> ast.expr | None:
    """a @ b as an einsum."""
    return _product(node, "_einsum(a, b)")


@everywhere
def product_by_rows(node: ast.expr, place: Place) -> ast.expr | None:
    """a @ b row by row."""
    return _product(node, "_row_by_row(a, b)")


@everywhere
def product_transposed(node: ast.expr, place: Place) -> ast.expr | None:
    """a @ b as (b.T @ a.T).T."""
    return _product(node, "(b.T @ a.T).T") if place.library == "np" else None


def _product(node: ast.expr, text: str) -> ast.expr | None:
    """The text for a product of two matrices, however it is written."""
    if found := _binary(node, ast.MatMult):
        return expression(text, a=found.left, b=found.right)
    if (
        isinstance(node, ast.Call)
        and chain(node.func) in ("np.dot", "np.matmul", "torch.matmul", "torch.mm")
        and len(node.args) == 2
    ):
        new = expression(text, a=node.args[0], b=node.args[1])
        return None if ast.unparse(new) == ast.unparse(node) else new
    return None


@everywhere
def sum_by_slices(node: ast.expr, place: Place) -> ast.expr | None:
    """A sum over an axis as a loop."""
    return _sum(node, "_sum_of_slices")


@everywhere
def sum_by_ones(node: ast.expr, place: Place) -> ast.expr | None:
    """A sum over an axis as a product with ones."""
    return _sum(node, "_sum_by_ones")


def _sum(node: ast.expr, helper: str) -> ast.expr | None:
    if not isinstance(node, ast.Call):
        return None
    args = list(node.args)
    if chain(node.func) not in _SUMS:
        if (
            not isinstance(node.func, ast.Attribute)
            or node.func.attr != "sum"
            or chain(node.func.value) in ("np", "torch")
        ):
            return None
        args = [node.func.value, *args]
    names = {"dim": "axis", "keepdim": "keepdims"}
    keywords = [altered(k, arg=names.get(k.arg or "", k.arg)) for k in node.keywords]
    if any(k.arg not in ("axis", "keepdims") for k in keywords) or isinstance(args[0], ast.GeneratorExp):
        return None
    return ast.Call(ast.Name(helper, ast.Load()), args, keywords)


@everywhere
def mean_as_sum(node: ast.expr, place: Place) -> ast.expr | None:
    """The mean of everything as sum over size."""
    if (
        isinstance(node, ast.Call)
        and chain(node.func) == "np.mean"
        and len(node.args) == 1
        and not node.keywords
    ):
        return expression("np.sum(x) / np.size(x)", x=node.args[0])
    return None


@everywhere
def sum_by_method(node: ast.expr, place: Place) -> ast.expr | None:
    """np.sum(x, axis=0) as x.sum(axis=0)."""
    if (
        isinstance(node, ast.Call)
        and chain(node.func) in ("np.sum", "np.mean", "np.max")
        and node.args
        and _is_array(node.args[0])
    ):
        name = chain(node.func)[3:]
        return ast.Call(ast.Attribute(node.args[0], name, ast.Load()), node.args[1:], node.keywords)
    return None


def _is_array(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) or _binary(node, ast.MatMult) is not None


@everywhere
def mask_for_maximum(node: ast.expr, place: Place) -> ast.expr | None:
    """max(0, x) as where(x > 0, x, 0)."""
    if isinstance(node, ast.Call) and chain(node.func) == "np.maximum" and len(node.args) == 2:
        zero = [a for a in node.args if isinstance(a, ast.Constant) and a.value == 0]
        rest = [a for a in node.args if a not in zero]
        return expression("np.where(x > 0, x, 0.0)", x=rest[0]) if len(zero) == 1 else None
    return None


@everywhere
def transposed_by_method(node: ast.expr, place: Place) -> ast.expr | None:
    """x.T as x.transpose()."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return expression("x.transpose()" if place.library == "np" else "x.t()", x=node.value)
    return None


@everywhere
def mapped(node: ast.expr, place: Place) -> ast.expr | None:
    """[f(x) for x in xs] as list(map(...))."""
    if not isinstance(node, ast.ListComp) or len(node.generators) != 1 or node.generators[0].ifs:
        return None
    generator = node.generators[0]
    if not isinstance(generator.target, ast.Name):
        return None
    arguments = ast.arguments([], [ast.arg(generator.target.id)], None, [], [], None, [])
    function = ast.Lambda(arguments, node.elt)
    return expression("list(map(f, xs))", f=function, xs=generator.iter)


@everywhere
def branches_swapped(node: ast.expr, place: Place) -> ast.expr | None:
    """a if c else b as b if not c else a."""
    if isinstance(node, ast.IfExp):
        return altered(node, test=ast.UnaryOp(ast.Not(), node.test), body=node.orelse, orelse=node.body)
    return None
