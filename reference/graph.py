"""
A computation graph of scalars with reverse-mode differentiation, without recursion.

Each node keeps the nodes it was made of, with the local gradient for each, known as soon as it is made.
"""

import math
from typing import TypeAlias


class Value:
    """A scalar in a computation graph; `grad` is set by `backward` of a node that was made of this one."""

    __slots__ = ("data", "grad", "inputs")

    def __init__(self, data: float, inputs: tuple["Edge", ...] = ()) -> None:
        self.data = float(data)
        self.grad = 0.0
        self.inputs = inputs

    def __repr__(self) -> str:
        return f"Value(data={self.data}, grad={self.grad})"

    def __add__(self, other: "Operand") -> "Value":
        """a + b: gradients 1 and 1."""
        b = _node(other)
        return Value(self.data + b.data, ((self, 1.0), (b, 1.0)))

    def __sub__(self, other: "Operand") -> "Value":
        """a - b: gradients 1 and -1."""
        b = _node(other)
        return Value(self.data - b.data, ((self, 1.0), (b, -1.0)))

    def __mul__(self, other: "Operand") -> "Value":
        """a b: gradients b and a."""
        b = _node(other)
        return Value(self.data * b.data, ((self, b.data), (b, self.data)))

    def __pow__(self, exponent: int) -> "Value":
        """a^k for an integer k of 1 or more: gradient k a^(k - 1)."""
        if exponent < 1:
            raise ValueError(f"the exponent has to be 1 or more, not {exponent}")
        return Value(self.data**exponent, ((self, exponent * self.data ** (exponent - 1)),))

    def __neg__(self) -> "Value":
        """-a: gradient -1."""
        return Value(-self.data, ((self, -1.0),))

    def __radd__(self, other: float) -> "Value":
        return _node(other) + self

    def __rsub__(self, other: float) -> "Value":
        return _node(other) - self

    def __rmul__(self, other: float) -> "Value":
        return _node(other) * self

    def maximum(self, other: "Operand") -> "Value":
        """max(a, b): gradient 1 for the larger one; at a tie for a."""
        b = _node(other)
        first = float(self.data >= b.data)
        return Value(max(self.data, b.data), ((self, first), (b, 1.0 - first)))

    def minimum(self, other: "Operand") -> "Value":
        """min(a, b): gradient 1 for the smaller one; at a tie for a."""
        b = _node(other)
        first = float(self.data <= b.data)
        return Value(min(self.data, b.data), ((self, first), (b, 1.0 - first)))

    def sigmoid(self) -> "Value":
        """s(a) = 1 / (1 + exp(-a)): gradient s(a) s(-a)."""
        tail = math.exp(-abs(self.data))
        upper = 1.0 / (1.0 + tail)
        lower = tail / (1.0 + tail)
        return Value(upper if self.data >= 0.0 else lower, ((self, upper * lower),))

    def backward(self) -> None:
        """Set `grad` on every node that this one was made of, to its derivative, starting from zero."""
        order = topological_order(self)
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            for source, local in node.inputs:
                source.grad += local * node.grad


Operand: TypeAlias = Value | float
Edge: TypeAlias = tuple[Value, float]


def topological_order(node: Value) -> list[Value]:
    """
    Every node that a node was made of, and itself, each after the nodes it was made of.

    Depth-first, with a stack of its own, so that the length of a chain does not matter.

    Args:
        node: the last one.

    Returns:
        The nodes, each once, `node` last.

    Error:
        Exact; time and memory grow with the number of nodes and edges.

    Source:
        Assignment page cs577-a2, C.code; Tarjan: Edge-disjoint spanning trees and depth-first search (1976).
    """
    order: list[Value] = []
    seen: set[int] = set()
    stack = [(node, False)]
    while stack:
        current, finished = stack.pop()
        if finished:
            order.append(current)
        elif id(current) not in seen:
            seen.add(id(current))
            stack.append((current, True))
            stack.extend((source, False) for source, _ in current.inputs)
    return order


def _node(value: Operand) -> Value:
    """The node itself, or a new one for a number."""
    return value if isinstance(value, Value) else Value(value)
