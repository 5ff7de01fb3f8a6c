"""Densities written by name with their variable: `N(y; m, s^2)`, `Laplace(w_j | m, b)`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grader.answers import parser
from grader.answers.cursor import Cursor
from grader.answers.faults import Misfit, Unreadable
from grader.answers.functions import Array
from grader.answers.lexer import Token
from grader.answers.ranges import cut
from grader.answers.syntax import Apply, Binary, Constant, Node
from grader.answers.world import Real

DENSITIES = {"N": "gaussian", "Normal": "gaussian", "Gaussian": "gaussian", "Laplace": "laplace", "Lap": "laplace", "laplace": "laplace"}  # fmt: skip


def density(cursor: Cursor) -> Node | None:
    """The density that is named here, when its bracket holds a variable and two parameters; otherwise None."""
    kind, start = DENSITIES.get(cursor.peek().text), cursor.at
    if kind is None or not cursor.peek(1).is_sign("("):
        return None
    cursor.next()
    parts = _parts(cursor.group())
    if len(parts) != 3 or not all(parts):
        cursor.at = start
        return None
    variable, location, scale = (parser.parse(cursor.within(part)) for part in parts)
    return Apply(kind, (variable, location, _without_identity(scale)))


def _parts(tokens: list[Token]) -> list[list[Token]]:
    """`x; m, s`, `x | m, s`, `x, m, s`: what is before the first separator, and the two parameters."""
    bars = cut(tokens, lambda token: token.is_sign(";", "|"))
    if len(bars) == 2:
        return [bars[0], *cut(bars[1], lambda token: token.is_sign(","))]
    return cut(tokens, lambda token: token.is_sign(","))


def _without_identity(node: Node) -> Node:
    """`sigma^2 I` as `sigma^2`: the same variance in every direction."""
    if isinstance(node, Binary) and node.kind in "*." and _identity(node.right):
        return node.left
    return node.right if isinstance(node, Binary) and node.kind in "*." and _identity(node.left) else node


def _identity(node: Node) -> bool:
    return isinstance(node, Constant) and node.name == "identity"


def _apart(values: list[Array]) -> tuple[Array, Array]:
    """The distances of a variable from its location, and the scale."""
    if len(values) != 3:
        raise Unreadable("a density takes a variable and two parameters")
    variable, location, scale = values
    if variable.ndim and location.ndim and variable.size != location.size:
        raise Misfit("sizes do not fit in a density")
    if scale.ndim:
        raise Unreadable("the scale of a density is no number")
    if variable.ndim and location.ndim:
        return variable.reshape(-1) - location.reshape(-1), scale
    return np.asarray(variable - location).reshape(-1), scale


def gaussian(values: list[Array]) -> Array:
    """prod_i exp(-(x_i - m_i)^2 / (2 v)) / sqrt(2 pi v)."""
    apart, variance = _apart(values)
    around = np.arccos(Real(-1)) * 2 * variance
    return np.asarray(np.exp(-np.sum(apart * apart) / (2 * variance)) / around ** (Real(apart.size) / 2))


def laplace(values: list[Array]) -> Array:
    """prod_i exp(-|x_i - m_i| / b) / (2 b)."""
    apart, scale = _apart(values)
    return np.asarray(np.exp(-np.sum(np.abs(apart)) / scale) / (2 * scale) ** apart.size)


DENSITY_FUNCTIONS: dict[str, Callable[[list[Array]], Array]] = {"gaussian": gaussian, "laplace": laplace}
