"""After micrograd: closures, but with a queue (Kahn) in place of the recursion."""
import math
from collections import deque


class Value:
    """ stores a single scalar value and its gradient """

    def __init__(self, data, _children=(), _op=''):
        self.data = data
        self.grad = 0
        self._backward = lambda: None
        self._prev = set(_children)
        self._op = _op

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other), '+')

        def _backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other), '*')

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out

    def __pow__(self, other):
        assert isinstance(other, (int, float))
        out = Value(self.data**other, (self,), f'**{other}')

        def _backward():
            self.grad += (other * self.data**(other-1)) * out.grad
        out._backward = _backward
        return out

    def _pick(self, other, first, op):
        out = Value(self.data if first else other.data, (self, other), op)

        def _backward():
            if self.data == other.data:
                self.grad += 0.5 * out.grad
                other.grad += 0.5 * out.grad
            elif first:
                self.grad += out.grad
            else:
                other.grad += out.grad
        out._backward = _backward
        return out

    def maximum(self, other):
        return self._pick(other, self.data > other.data, 'max')

    def minimum(self, other):
        return self._pick(other, self.data < other.data, 'min')

    def sigmoid(self):
        t = math.tanh(self.data / 2)
        out = Value((1 + t) / 2, (self,), 'sigmoid')

        def _backward():
            self.grad += (1 - t * t) / 4 * out.grad
        out._backward = _backward
        return out

    def backward(self):
        topo = topological_order(self)
        for v in topo:
            v.grad = 0
        self.grad = 1
        for v in reversed(topo):
            v._backward()

    def __neg__(self): return self * -1
    def __radd__(self, other): return self + other
    def __sub__(self, other): return self + (-other)
    def __rsub__(self, other): return other + (-self)
    def __rmul__(self, other): return self * other

    def __repr__(self):
        return f"Value(data={self.data}, grad={self.grad})"


def topological_order(node):
    found, todo = {node}, [node]
    users = {node: 0}
    while todo:
        v = todo.pop()
        for child in v._prev:
            users[child] = users.get(child, 0) + 1
            if child not in found:
                found.add(child)
                todo.append(child)
    order, ready = deque(), [node]
    while ready:
        v = ready.pop()
        order.appendleft(v)
        for child in v._prev:
            users[child] -= 1
            if users[child] == 0:
                ready.append(child)
    return list(order)
