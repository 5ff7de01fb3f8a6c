"""
What known mistakes in a student's computation graph make of the cases of cs577-a2, C.code.

A case is a list of lines as in `graph_cases`. A mistake changes the local gradients of one operator, or how gradients are
passed on. Legend: a, b operands, s the sigmoid of a.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reference.arrays import FloatArray
from reference.graph_cases import Line, Lines, added_up, overwritten
from reference.worked import HIDDEN_WEIGHTS, INPUTS, OUTPUT_WEIGHTS, TARGETS

Slopes = Callable[[float, float], tuple[float, float]]


def _s(z: float) -> float:
    return 1.0 / (1.0 + math.exp(-z))


_VALUES: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "**2": lambda a, b: a * a,
    "maximum": max,
    "minimum": min,
    "sigmoid": lambda a, b: _s(a),
}
_SLOPES: dict[str, Slopes] = {
    "+": lambda a, b: (1.0, 1.0),
    "-": lambda a, b: (1.0, -1.0),
    "*": lambda a, b: (b, a),
    "**2": lambda a, b: (2.0 * a, 0.0),
    "maximum": lambda a, b: (float(a >= b), float(a < b)),
    "minimum": lambda a, b: (float(a <= b), float(a > b)),
    "sigmoid": lambda a, b: (_s(a) * _s(-a), 0.0),
}
_TWO = ("+", "-", "*", "maximum", "minimum")


@dataclass(frozen=True)
class _Mistake:
    slopes: dict[str, Slopes] = field(default_factory=dict)
    """Local gradients in place of the right ones, by operator."""
    no_upstream: frozenset[str] = frozenset()
    """Operators that pass on their local gradients alone."""
    overwriting: frozenset[str] = frozenset()
    """Operators that replace the gradient of an operand."""
    seed: Callable[[float], float] = lambda value: 1.0
    """The gradient of the last node, from its value."""


def _one(operator: str, slope: Callable[[float], float]) -> _Mistake:
    return _Mistake({operator: lambda a, b: (slope(a), 0.0)})


def _turned(*operators: str) -> _Mistake:
    def turn(right: Slopes) -> Slopes:
        return lambda a, b: right(a, b)[::-1]

    return _Mistake({operator: turn(_SLOPES[operator]) for operator in operators})


def _alone(operator: str, which: int) -> _Mistake:
    right = _SLOPES[operator]

    def keep(a: float, b: float) -> tuple[float, float]:
        both = right(a, b)
        return (both[0], 0.0) if which == 0 else (0.0, both[1])

    return _Mistake({operator: keep})


_EVERY = frozenset(_VALUES)
_MISTAKES: dict[str, tuple[_Mistake, ...]] = {
    "activation-derivative-missing": (_one("sigmoid", lambda a: 1.0),),
    "activation-for-derivative": (_one("sigmoid", _s), _one("sigmoid", lambda a: _s(-a))),
    "activation-derivative-at-output": (_one("sigmoid", lambda a: _s(_s(a)) * _s(-_s(a))),),
    "activation-derivative-sign": (_one("sigmoid", lambda a: -_s(a) * _s(-a)),),
    "preactivation-for-activation": (_one("sigmoid", lambda a: a * (1.0 - a)),),
    "wrong-activation": (
        _one("sigmoid", lambda a: 1.0 - _s(a) ** 2),
        _one("sigmoid", lambda a: 1.0 - math.tanh(a) ** 2),
        _one("sigmoid", lambda a: _s(a) * (1.0 + _s(a))),
    ),
    "minus-ignored": (_Mistake({"-": lambda a, b: (1.0, 1.0)}),),
    "power-rule": tuple(
        _one("**2", slope)
        for slope in (lambda a: 2.0, lambda a: 1.0, lambda a: a, lambda a: a * a, lambda a: 2.0 * a * a)
    ),
    "operands-exchanged": (
        *(_turned(operator) for operator in _TWO if operator != "+"),
        _turned("maximum", "minimum"),
    ),
    "operand-ignored": tuple(_alone(operator, which) for operator in ("+", "-", "*") for which in (0, 1)),
    "upstream-ignored": tuple(
        _Mistake(no_upstream=which) for which in (_EVERY, *(frozenset({o}) for o in _VALUES))
    ),
    "overwrites": tuple(_Mistake(overwriting=frozenset({operator})) for operator in _VALUES),
    "wrong-seed": (_Mistake(seed=lambda value: 0.0), _Mistake(seed=lambda value: value)),
}


def made(ident: str, leaves: Sequence[float], lines: Lines) -> list[FloatArray]:
    """
    The forms that a mistake takes on a case.

    Args:
        ident: diagnosis id.
        leaves: numbers.
        lines: how the further nodes are made; for a chain only what adds up or overwrites everywhere has a form.

    Returns:
        Value of the last node and derivatives for the leaves, shape (1 + number of leaves,), for each form.

    Error:
        As `graph`: a few roundings for each node.

    Source:
        Assignment page cs577-a2, C.code, and the definition of each mistake.
    """
    forms = list(added_up(leaves, lines)) if ident == "accumulates" else []
    if ident == "overwrites":
        forms += overwritten(leaves, lines)
    if not isinstance(lines, int):
        ways = [lines, _composed(lines, len(leaves))]
        forms += [_run(leaves, way, mistake) for mistake in _MISTAKES.get(ident, ()) for way in ways]
    return forms


def _composed(lines: Sequence[Line], leaves: int) -> list[Line]:
    """The same with a - b as a + b (-1) and min(a, b) as -max(-a, -b), as many graphs make them."""
    written: list[Line] = []
    at = list(range(leaves))  # where each node stands among those that are written

    def add(*line: Any) -> int:
        written.append(line)
        return leaves + len(written) - 1

    def minus(place: Any) -> int:
        return add("*", place, {"number": -1.0})

    for operator, *places in lines:
        a, b = ([p if isinstance(p, dict) else at[p] for p in places] * 2)[:2]
        if operator == "-":
            at.append(add("+", a, minus(b)))
        elif operator == "minimum":
            at.append(minus(add("maximum", minus(a), minus(b))))
        else:
            at.append(add(operator, *[a, b][: len(places)]))
    return written


def made_of_network(ident: str) -> list[FloatArray]:
    """
    The same for the network of C.12.

    Args:
        ident: diagnosis id.

    Returns:
        Total loss, dL/dw row by row, dL/dv, shape (14,), for each form.

    Error:
        As `graph`.

    Source:
        Assignment page cs577-a2, C.12 and C.code.
    """
    leaves = [number for row in HIDDEN_WEIGHTS for number in row] + list(OUTPUT_WEIGHTS)
    return made(ident, leaves, list(_network(len(leaves))))


def _network(leaves: int) -> Iterator[Line]:
    """The lines of the network, in the order in which the check makes its nodes; inputs and targets are numbers."""
    nodes, total = leaves, None

    def last() -> int:
        nonlocal nodes
        nodes += 1
        return nodes - 1

    for (first, second), target in zip(INPUTS, TARGETS, strict=True):
        out = 9
        for unit in range(3):
            w = 3 * unit
            yield ["*", w + 1, {"number": first}]
            product = last()
            yield ["+", w, product]
            score = last()
            yield ["*", w + 2, {"number": second}]
            product = last()
            yield ["+", score, product]
            yield ["sigmoid", last()]
            z = last()
            yield ["*", 10 + unit, z]
            product = last()
            yield ["+", out, product]
            out = last()
        yield ["-", out, {"number": target}]
        yield ["**2", last()]
        loss = last()
        if total is not None:
            yield ["+", total, loss]
            loss = last()
        total = loss


@dataclass
class _Node:
    data: float
    operator: str = ""
    inputs: tuple["_Node", ...] = ()
    grad: float = 0.0


def _run(leaves: Sequence[float], lines: Sequence[Line], mistake: _Mistake) -> FloatArray:
    nodes = [_Node(float(number)) for number in leaves]
    for operator, *places in lines:
        inputs = tuple(_operand(place, nodes) for place in places)
        a, b = (inputs * 2)[:2]
        nodes.append(_Node(_VALUES[operator](a.data, b.data), operator, inputs))
    nodes[-1].grad = mistake.seed(nodes[-1].data)
    for node in reversed(nodes[len(leaves) :]):
        _pass_on(node, mistake)
    return np.array([nodes[-1].data, *(node.grad for node in nodes[: len(leaves)])])


def _pass_on(node: _Node, mistake: _Mistake) -> None:
    a, b = (node.inputs * 2)[:2]
    slopes = mistake.slopes.get(node.operator, _SLOPES[node.operator])(a.data, b.data)
    upstream = 1.0 if node.operator in mistake.no_upstream else node.grad
    for source, slope in zip(node.inputs, slopes, strict=False):
        if node.operator in mistake.overwriting:
            source.grad = slope * upstream
        else:
            source.grad += slope * upstream


def _operand(place: Any, nodes: Sequence[_Node]) -> _Node:
    return _Node(float(place["number"])) if isinstance(place, dict) else nodes[place]
