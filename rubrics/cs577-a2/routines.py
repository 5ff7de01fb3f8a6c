"""What the checks of this rubric do with the student's `Value`, in the student's process; the verdict is made elsewhere."""

_INPUTS = ((1.0, 2.0), (1.0, 3.0), (2.0, 2.0))
_TARGETS = (8.0, 11.0, 10.0)
_HIDDEN = ((0.01, 0.02, 0.03), (0.03, 0.01, 0.02), (0.02, 0.03, 0.01))
_OUTPUT = (0.01, 0.02, 0.03, 0.04)


def backward(Value, leaves, lines):
    """The value of the last node and the gradients of the leaves."""
    nodes = _graph(Value, leaves, lines)
    nodes[-1].backward()
    return _result(nodes, leaves)


def backward_twice(Value, leaves, lines):
    """The same after a second `backward` on the same graph."""
    nodes = _graph(Value, leaves, lines)
    nodes[-1].backward()
    nodes[-1].backward()
    return _result(nodes, leaves)


def backward_on_a_fresh_graph(Value, leaves, lines):
    """The same on a graph of its own, after a `backward` on another one with the same numbers."""
    _graph(Value, leaves, lines)[-1].backward()
    return backward(Value, leaves, lines)


def topological_order(Value, topological_order, leaves, lines):
    """For every node the places at which it stands in `topological_order` of the last one."""
    nodes = _graph(Value, leaves, lines)
    places = {id(node): [] for node in nodes}
    for place, node in enumerate(topological_order(nodes[-1])):
        places.get(id(node), []).append(place)
    return [places[id(node)] for node in nodes]


def network(Value):
    """The network of C.12: total loss, gradients of w row by row, gradients of v."""
    w = [[Value(number) for number in row] for row in _HIDDEN]
    v = [Value(number) for number in _OUTPUT]
    total = None
    for (first, second), target in zip(_INPUTS, _TARGETS, strict=True):
        out = v[0]
        for row, weight in zip(w, v[1:], strict=True):
            unit = (row[0] + row[1] * Value(first) + row[2] * Value(second)).sigmoid()
            out = out + weight * unit
        loss = (out - Value(target)) ** 2
        total = loss if total is None else total + loss
    total.backward()
    return [total.data] + [node.grad for row in w for node in row] + [node.grad for node in v]


def _graph(Value, leaves, lines):
    nodes = [Value(number) for number in leaves]
    if isinstance(lines, int):
        nodes.append(nodes[0] + nodes[1])
        for _ in range(lines - 1):
            nodes.append(nodes[-1] + nodes[1])
        return nodes
    for operator, *places in lines:
        a, b = ([place["number"] if isinstance(place, dict) else nodes[place] for place in places] * 2)[:2]
        if operator in ("maximum", "minimum"):
            nodes.append(getattr(a, operator)(b))
        elif operator == "sigmoid":
            nodes.append(a.sigmoid())
        elif operator == "**2":
            nodes.append(a**2)
        else:
            nodes.append(a + b if operator == "+" else a - b if operator == "-" else a * b)
    return nodes


def _result(nodes, leaves):
    return [nodes[-1].data] + [node.grad for node in nodes[: len(leaves)]]
