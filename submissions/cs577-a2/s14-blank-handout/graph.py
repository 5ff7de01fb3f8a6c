"""A computation graph of scalars with reverse-mode differentiation."""

import math


class Value:
    """A scalar in the graph: data and grad. The operators +, - and * take a Value or a number on either side."""

    def __init__(self, data, inputs=()):
        raise NotImplementedError('__init__ is yours to write')

    def __add__(self, other):
        raise NotImplementedError('__add__ is yours to write')

    def __sub__(self, other):
        raise NotImplementedError('__sub__ is yours to write')

    def __mul__(self, other):
        raise NotImplementedError('__mul__ is yours to write')

    def __pow__(self, exponent):
        """Only ** 2 is asked."""
        raise NotImplementedError('__pow__ is yours to write')

    def __radd__(self, other):
        raise NotImplementedError('__radd__ is yours to write')

    def __rsub__(self, other):
        raise NotImplementedError('__rsub__ is yours to write')

    def __rmul__(self, other):
        raise NotImplementedError('__rmul__ is yours to write')

    def maximum(self, other):
        """The larger of the two, as a new Value."""
        raise NotImplementedError('maximum is yours to write')

    def minimum(self, other):
        """The smaller of the two, as a new Value."""
        raise NotImplementedError('minimum is yours to write')

    def sigmoid(self):
        raise NotImplementedError('sigmoid is yours to write')

    def backward(self):
        """Set grad on every node that this one was made of, and on itself."""
        raise NotImplementedError('backward is yours to write')


def topological_order(node):
    """A list in which every node stands after the nodes it was made of; graphs may be 10,000 nodes deep."""
    raise NotImplementedError('topological_order is yours to write')
