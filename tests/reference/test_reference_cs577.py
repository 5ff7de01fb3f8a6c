"""The cs577-a2 references against PyTorch, scikit-learn, SymPy and 40-digit floats."""

import mpmath
import numpy as np
import pytest
import sympy
from sklearn.linear_model import LogisticRegression

from reference import graph_cases, graph_mistakes, neurons, worked
from reference.graph import Value, topological_order
from reference.one_hidden_layer import hidden_layer_forward, hidden_layer_gradients


def labelled(m, d, k, rng):
    """Data with a bias column, and labels as numbers and one-hot."""
    X = np.column_stack([np.ones(m), rng.standard_normal((m, d - 1))])
    labels = rng.integers(0, k, m)
    return X, labels, np.eye(k)[labels]


@pytest.mark.parametrize(("m", "d", "k"), [(1, 1, 2), (1, 4, 3), (9, 3, 5), (20, 6, 2)])
@pytest.mark.parametrize("scale", [1.0, 200.0])
def test_losses_and_gradients_are_autograds(m, d, k, scale, rng):
    """Both losses are sums equal to PyTorch's, and both gradients are autograd's, also at saturation."""
    torch = pytest.importorskip("torch")
    X, labels, Y = labelled(m, d, k, rng)
    y = (labels > 0).astype(float)
    theta, Theta = (torch.tensor(scale * rng.standard_normal(s), requires_grad=True) for s in ((d,), (d, k)))
    bce = torch.nn.functional.binary_cross_entropy_with_logits(
        torch.tensor(X) @ theta, torch.tensor(y), reduction="sum"
    )
    cce = torch.nn.functional.cross_entropy(torch.tensor(X) @ Theta, torch.tensor(labels), reduction="sum")
    bce.backward()
    cce.backward()
    a, b = theta.detach().numpy(), Theta.detach().numpy()
    assert neurons.bce_loss(a, X, y) == pytest.approx(bce.item(), rel=1e-11, abs=1e-14)
    assert neurons.cce_loss(b, X, Y) == pytest.approx(cce.item(), rel=1e-11, abs=1e-14)
    np.testing.assert_allclose(neurons.bce_grad(a, X, y), theta.grad.numpy(), rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(neurons.cce_grad(b, X, Y), Theta.grad.numpy(), rtol=1e-10, atol=1e-13)


def test_gradients_vanish_at_scikit_learns_optimum(rng):
    """At LogisticRegression's fit our gradient is minus that of its penalty."""
    X, labels, Y = labelled(60, 4, 3, rng)
    y = (labels > 0).astype(float)
    options = {"fit_intercept": False, "C": 0.7, "tol": 1e-10, "max_iter": 1000}
    theta = LogisticRegression(**options).fit(X, y).coef_[0]
    np.testing.assert_allclose(neurons.bce_grad(theta, X, y), -theta / 0.7, atol=1e-5)
    Theta = LogisticRegression(**options).fit(X, labels).coef_.T
    np.testing.assert_allclose(neurons.cce_grad(Theta, X, Y), -Theta / 0.7, atol=1e-5)


def test_confident_losses_keep_their_digits():
    """A score of 50 on the right side loses e^-50 and has that gradient; on the wrong side it loses 50."""
    X, one, zero = np.array([[1.0]]), np.array([1.0]), np.array([0.0])
    theta = np.array([50.0])
    assert neurons.bce_loss(theta, X, one) == pytest.approx(np.exp(-50), rel=1e-14)
    assert neurons.bce_loss(theta, X, zero) == 50.0
    assert neurons.bce_grad(theta, X, one)[0] == pytest.approx(-np.exp(-50), rel=1e-14)
    assert np.isfinite(neurons.bce_loss(np.array([1e308]), X, zero))


def test_neurons_take_scalars_vectors_and_matrices():
    """`sigmoid` and `softmax` go by the page's names, for scalars, vectors and matrices."""
    assert neurons.sigmoid(0.0) == 0.5
    assert neurons.softmax(np.array([1e3, 1e3])).tolist() == [0.5, 0.5]
    assert neurons.softmax(np.zeros((2, 4))).tolist() == [[0.25] * 4] * 2


@pytest.mark.parametrize("output", ["linear", "sigmoid", "softmax"])
@pytest.mark.parametrize(("n", "hidden", "k"), [(1, 1, 1), (3, 4, 2), (2, 5, 3)])
def test_hidden_layer_gradients_are_autograds(output, n, hidden, k, rng):
    """For each output with the error that belongs to it both gradients equal autograd's (B.4 to B.7)."""
    torch = pytest.importorskip("torch")
    x = np.concatenate([[1.0], rng.standard_normal(n)])
    W, V = rng.standard_normal((hidden, n + 1)), rng.standard_normal((k, hidden + 1))
    y = rng.standard_normal(k) if output == "linear" else np.eye(k)[rng.integers(k)]
    tW, tV, ty = (torch.tensor(a, requires_grad=True) for a in (W, V, y))
    scores = tV @ torch.cat([torch.ones(1, dtype=torch.float64), torch.sigmoid(tW @ torch.tensor(x))])
    functional = torch.nn.functional
    error = {
        "linear": lambda: ((scores - ty) ** 2).sum() / 2,
        "sigmoid": lambda: functional.binary_cross_entropy_with_logits(scores, ty, reduction="sum"),
        "softmax": lambda: functional.cross_entropy(scores, ty.detach()),
    }[output]()
    error.backward()
    ours = hidden_layer_gradients(x, y, W, V, output)
    np.testing.assert_allclose(ours.W, tW.grad.numpy(), rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(ours.V, tV.grad.numpy(), rtol=1e-11, atol=1e-14)
    activation = {"linear": lambda s: s, "sigmoid": torch.sigmoid, "softmax": lambda s: torch.softmax(s, 0)}[
        output
    ]
    forward = hidden_layer_forward(x, W, V, output)
    np.testing.assert_allclose(forward.y_hat, activation(scores).detach().numpy(), rtol=1e-12)
    assert forward.z[0] == 1.0


C12_Z = [[0.522485, 0.519989, 0.517493], [0.529964, 0.524979, 0.519989], [0.527472, 0.522485, 0.524979]]
C12_DW = [[-0.2874, -0.3866, -0.6839], [-0.4315, -0.5804, -1.0268], [-0.5755, -0.7739, -1.3696]]


def test_c12_prints_the_numbers_of_the_page():
    """Every number of C.12 is the page's to the digits printed there."""
    numbers = worked.c12()
    assert np.round(numbers.z, 6).tolist() == C12_Z
    assert np.round(numbers.y_hat, 6).tolist() == [0.056749, 0.057148, 0.057223]
    assert [f"{loss:.5f}" for loss in numbers.loss] == ["63.09524", "119.74600", "98.85881"]
    assert f"{numbers.loss.sum():.5f}" == "281.70005"
    assert np.round(numbers.dv, 4).tolist() == [-57.6578, -30.3882, -30.1403, -30.0410]
    assert np.round(numbers.dw, 4).tolist() == C12_DW


def test_c12_is_right_to_forty_digits(in_units):
    """Loss and gradients of C.12 agree with 40-digit derivatives of the loss, taken numerically."""
    with mpmath.workdps(40):
        flat = [mpmath.mpf(repr(n)) for row in worked.HIDDEN_WEIGHTS for n in row]
        flat += [mpmath.mpf(repr(n)) for n in worked.OUTPUT_WEIGHTS]

        def loss(*p):
            total = mpmath.mpf(0)
            for (a, b), target in zip(worked.INPUTS, worked.TARGETS, strict=True):
                z = [1 / (1 + mpmath.exp(-(p[i] + p[i + 1] * a + p[i + 2] * b))) for i in (0, 3, 6)]
                total += (p[9] + sum(v * h for v, h in zip(p[10:], z, strict=True)) - target) ** 2
            return total

        slopes = [mpmath.diff(loss, flat, tuple(int(i == j) for j in range(13))) for i in range(13)]
        numbers = worked.c12()
        for ours, exact in zip([*numbers.dw.ravel(), *numbers.dv], slopes, strict=True):
            assert in_units(ours, exact) < 16
        assert in_units(numbers.loss.sum(), loss(*flat)) < 16


def test_c12_as_a_graph_has_the_same_numbers():
    """The computation graph of C.12 gives the loss and the gradients of the network."""
    graph, numbers = worked.c12_graph(), worked.c12()
    graph.loss.backward()
    assert graph.loss.data == pytest.approx(numbers.loss.sum(), rel=1e-14)
    assert [v.grad for v in graph.v] == pytest.approx(numbers.dv.tolist(), rel=1e-13)
    np.testing.assert_allclose([[w.grad for w in row] for row in graph.w], numbers.dw, rtol=1e-13)


def test_jacobians_are_sympys(rng):
    """C.10 and C.13 are SymPy's Jacobians of the compositions, and C.13's numbers the page's."""
    x, y = sympy.symbols("x y")
    inner = (x - 5 * y, x * y, x - y)
    cases = [
        (worked.c10_jacobian, sympy.Matrix([3 * inner[0] * inner[1], inner[1] - inner[2]])),
        (worked.c13a_gradient, sympy.Matrix([(2 * x + 3 * y) ** 2])),
        (worked.c13b_jacobian, sympy.Matrix([x**2 + 2 * y, 3 * x + 4 * y**2])),
    ]
    for a, b in rng.integers(-9, 9, (5, 2)).tolist():
        for ours, function in cases:
            exact = np.array(function.jacobian([x, y]).subs({x: a, y: b}).tolist(), dtype=float)
            assert np.array_equal(np.atleast_2d(ours(a, b)), exact)
        slope = [sympy.diff(f, x).subs(x, a) for f in (x**2 + 2 * x**2, 3 * x + 4 * x**4)]
        assert worked.c13c_derivative(a).tolist() == [float(s) for s in slope]
    assert worked.c13b_jacobian().tolist() == [[2, 2], [3, 16]]
    assert worked.c13c_derivative().tolist() == [12, 131]


def test_c10_numbers_of_the_pages_formula():
    """At (2, 1) the Jacobian of C.10 is [[-3, -48], [0, 3]]."""
    assert worked.c10_jacobian(2, 1).tolist() == [[-3, -48], [0, 3]]


OPERATIONS = {
    "add": (lambda a, b: a + b, lambda t, a, b: a + b),
    "sub": (lambda a, b: a - b, lambda t, a, b: a - b),
    "mul": (lambda a, b: a * b, lambda t, a, b: a * b),
    "square": (lambda a, b: a**2 + b**3, lambda t, a, b: a**2 + b**3),
    "maximum": (lambda a, b: a.maximum(b), lambda t, a, b: t.maximum(a, b)),
    "minimum": (lambda a, b: a.minimum(b), lambda t, a, b: t.minimum(a, b)),
    "sigmoid": (lambda a, b: a.sigmoid() * b, lambda t, a, b: t.sigmoid(a) * b),
    "numbers": (
        lambda a, b: 2 - a + b * 3 - 1 + 4 * a + (1 + b),
        lambda t, a, b: 2 - a + b * 3 - 1 + 4 * a + (1 + b),
    ),
    "number maximum": (
        lambda a, b: a.maximum(0.5) * b.minimum(1),
        lambda t, a, b: a.clamp(min=0.5) * b.clamp(max=1),
    ),
    "shared": (
        lambda a, b: (a * b) * (a * b + a) - (-(a * b)).sigmoid() * a,
        lambda t, a, b: (a * b) * (a * b + a) - t.sigmoid(-(a * b)) * a,
    ),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_local_gradients_are_autograds(name, rng):
    """Each operator, with nodes and numbers on either side, has autograd's value and gradients."""
    torch = pytest.importorskip("torch")
    ours, theirs = OPERATIONS[name]
    for x, y in [*(3 * rng.standard_normal((8, 2))), (800.0, 2.0), (-800.0, 0.0)]:
        a, b = Value(x), Value(y)
        ta, tb = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (x, y))
        result, expected = ours(a, b), theirs(torch, ta, tb)
        result.backward()
        expected.backward()
        assert result.data == pytest.approx(expected.item(), rel=1e-13, abs=1e-300)
        assert (a.grad, b.grad) == pytest.approx((ta.grad.item(), tb.grad.item()), rel=1e-12, abs=1e-300)


def test_ties_share_one_gradient():
    """At a tie the gradients of maximum and minimum add up to 1."""
    for name in ("maximum", "minimum"):
        a, b = Value(2.0), Value(2.0)
        getattr(a, name)(b).backward()
        assert a.grad + b.grad == 1.0


def test_a_node_stands_after_what_it_was_made_of(rng):
    """In the order of a random graph every node comes once and after its inputs, the asked node last."""
    nodes = [Value(v) for v in rng.standard_normal(4)]
    for _ in range(200):
        i, j = rng.integers(len(nodes), size=2)
        nodes.append(nodes[i] * nodes[j] + nodes[-1])
    order = topological_order(nodes[-1])
    place = {id(node): i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] is nodes[-1]
    assert all(place[id(source)] < place[id(node)] for node in order for source, _ in node.inputs)


def test_a_long_chain_needs_no_recursion():
    """A chain of 100,000 nodes is ordered, differentiated and freed without a RecursionError."""
    first = node = Value(1.0)
    for _ in range(100_000):
        node = node + 1
    node.backward()
    assert (first.grad, node.data) == (1.0, 100_001.0)
    del node


def test_backward_starts_from_zero():
    """A second backward gives the same gradients, on the same graph and on a new one over the same inputs."""
    a = Value(3.0)
    square = a**2
    for graph in (square, square, a * a):
        graph.backward()
        assert (a.grad, graph.grad) == (6.0, 1.0)


def test_powers_below_one_are_refused():
    """An exponent of 0 or less is a ValueError that says so; a node's text shows its numbers."""
    with pytest.raises(ValueError, match="1 or more, not 0"):
        Value(2.0) ** 0
    assert repr(Value(2)) == "Value(data=2.0, grad=0.0)"


@pytest.mark.parametrize("composed", [False, True])
def test_a_graph_without_a_mistake_is_the_right_one(composed):
    """The graph in which mistakes are made gives the right numbers where none is made, whichever way - and min are made."""
    leaves = [0.6, 1.1, -0.4]
    lines = [
        ["-", 0, 1],
        ["*", 3, 3],
        ["minimum", 4, 2],
        ["**2", 5],
        ["sigmoid", 6],
        ["-", {"number": 2.0}, 7],
    ]
    lines += [["maximum", 8, 0], ["+", 9, 1]]
    way = graph_mistakes._composed(lines, 3) if composed else lines
    found = graph_mistakes._run(leaves, way, graph_mistakes._Mistake())
    np.testing.assert_allclose(found, graph_cases.gradients(leaves, lines), rtol=1e-14)


def test_the_network_in_which_mistakes_are_made_is_that_of_the_page():
    """Its lines give the loss and the gradients of C.12."""
    leaves = [*np.ravel(worked.HIDDEN_WEIGHTS), *worked.OUTPUT_WEIGHTS]
    found = graph_mistakes._run(leaves, list(graph_mistakes._network(13)), graph_mistakes._Mistake())
    np.testing.assert_allclose(found, graph_cases.network(), rtol=1e-12)


def test_each_mistake_of_a_graph_has_numbers_of_its_own():
    """No form of a mistake gives the right numbers on the network, but a wrong sign of what nobody looks at."""
    right = graph_cases.network()
    for ident in graph_mistakes._MISTAKES:
        forms = graph_mistakes.made_of_network(ident)
        same = [np.allclose(form, right) for form in forms]
        assert ident == "minus-ignored" or not all(same), ident
