"""The nyu-dl-hw1 references, in numpy and in torch tensors, against PyTorch autograd and SymPy."""

import itertools

import numpy as np
import pytest
import sympy

from reference import linear_f_linear_g as ours
from reference import regression, separable

torch = pytest.importorskip("torch")
import reference.torch_linear_f_linear_g as in_torch  # noqa: E402  (needs torch)

NAMES = ("relu", "sigmoid", "identity")
PAIRS = list(itertools.product(NAMES, NAMES))
FUNCTIONS = {"relu": torch.relu, "sigmoid": torch.sigmoid, "identity": lambda z: z}
KEYS = ("W1", "b1", "W2", "b2")


def autograd(parameters, pair, x, upstream):
    """Output and gradients that PyTorch's autograd gives for the same parameters."""
    leaves = {key: torch.tensor(np.asarray(value), requires_grad=True) for key, value in parameters.items()}
    hidden = FUNCTIONS[pair[0]](torch.tensor(x) @ leaves["W1"].T + leaves["b1"])
    output = FUNCTIONS[pair[1]](hidden @ leaves["W2"].T + leaves["b2"])
    output.backward(torch.tensor(upstream))
    return output.detach().numpy(), {key: leaf.grad.numpy() for key, leaf in leaves.items()}


@pytest.mark.parametrize("pair", PAIRS)
def test_gradients_are_autograds_for_every_pair(pair, rng):
    """Output and gradients equal autograd's for every pair of activations, batch 1 and more."""
    net = ours.MLP(4, 5, pair[0], 5, 3, pair[1])
    for n in (1, 7, 2):  # one network, batches of other sizes
        net.clear_grad_and_cache()
        x, upstream = rng.standard_normal((n, 4)), rng.standard_normal((n, 3))
        output, gradients = autograd(net.parameters, pair, x, upstream)
        np.testing.assert_allclose(net.forward(x), output, rtol=1e-12, atol=1e-14)
        net.backward(upstream)
        for key in KEYS:
            assert net.grads[f"dJd{key}"].shape == net.parameters[key].shape
            np.testing.assert_allclose(net.grads[f"dJd{key}"], gradients[key], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_torch_version_is_the_numpy_one(pair, dtype, rng):
    """The hand-in in tensors gives the numbers of the numpy reference and keeps the dtype."""
    numpy_net, torch_net = (module.MLP(3, 6, pair[0], 6, 2, pair[1]) for module in (ours, in_torch))
    x, upstream = rng.standard_normal((5, 3)), rng.standard_normal((5, 2))
    for key, value in numpy_net.parameters.items():  # overwritten by the caller, as tests do
        torch_net.parameters[key] = torch.tensor(value, dtype=dtype)
    output = torch_net.forward(torch.tensor(x, dtype=dtype))
    torch_net.backward(torch.tensor(upstream, dtype=dtype))
    numpy_net.forward(x)
    numpy_net.backward(upstream)
    tolerance = 1e-11 if dtype == torch.float64 else 2e-4
    assert output.dtype == dtype
    np.testing.assert_allclose(output.numpy(), numpy_net.forward(x), rtol=tolerance, atol=tolerance)
    for key in KEYS:
        np.testing.assert_allclose(
            torch_net.grads[f"dJd{key}"].numpy(), numpy_net.grads[f"dJd{key}"], rtol=tolerance, atol=tolerance
        )


def test_overwritten_parameters_are_used_and_the_start_is_seeded():
    """Parameters replaced by the caller count in the next forward pass; numpy's seed fixes the start."""
    nets = []
    for _ in range(2):
        np.random.seed(3)
        nets.append(ours.MLP(1, 1, "identity", 1, 1, "identity"))
    assert nets[0].parameters == nets[1].parameters
    for key, value in zip(KEYS, ([[2.0]], [1.0], [[3.0]], [-1.0]), strict=True):
        nets[0].parameters[key] = np.array(value)
    assert nets[0].forward(np.array([[5.0]])).tolist() == [[32.0]]


@pytest.mark.parametrize("module", [ours, in_torch])
def test_gradients_are_cleared_and_overwritten(module, rng):
    """A second backward overwrites, clearing gives zeros, and forward is needed first."""
    net = module.MLP(2, 3, "relu", 3, 1, "sigmoid")
    make = np.asarray if module is ours else (lambda a: torch.tensor(a, dtype=torch.float32))
    net.forward(make(rng.standard_normal((4, 2))))
    upstream = make(np.ones((4, 1)))
    net.backward(upstream)
    once = net.grads["dJdW2"].tolist()
    net.backward(upstream)
    assert net.grads["dJdW2"].tolist() == once
    net.clear_grad_and_cache()
    assert all(not net.grads[f"dJd{key}"].any() for key in KEYS)
    with pytest.raises((RuntimeError, KeyError)):
        net.backward(upstream)


def test_saturated_sigmoids_are_finite():
    """Pre-activations of +-50 and +-1000 give finite outputs and gradients without a warning."""
    net = ours.MLP(1, 2, "sigmoid", 2, 1, "sigmoid")
    net.parameters |= {"W1": np.array([[1.0], [-1.0]]), "b1": np.zeros(2), "b2": np.zeros(1)}
    for x in (50.0, -50.0, 1000.0):
        assert np.isfinite(net.forward(np.array([[x]]))).all()
        net.backward(np.ones((1, 1)))
        assert all(np.isfinite(value).all() for value in net.grads.values())


def test_derivatives_at_the_corners():
    """relu's derivative at 0 is 0; the sigmoid's at +-40 keeps its digits."""
    assert ours.derivative("relu", np.array([0.0, -1.0, 1e-300])).tolist() == [0.0, 0.0, 1.0]
    assert ours.derivative("sigmoid", np.array([40.0, -40.0])) == pytest.approx([np.exp(-40)] * 2, rel=1e-13)


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (4,)])
@pytest.mark.parametrize(("loss", "oracle"), [("mse_loss", "mse_loss"), ("bce_loss", "binary_cross_entropy")])
def test_losses_are_pytorchs(loss, oracle, shape, rng):
    """Loss and gradient of both modules equal PyTorch's, at 0, at 1 and in between."""
    y = rng.integers(0, 2, shape).astype(float)
    for y_hat in (rng.random(shape), y, 1 - y, np.full(shape, 1e-14), np.full(shape, 1 - 1e-14)):
        leaf = torch.tensor(y_hat, requires_grad=True)
        expected = getattr(torch.nn.functional, oracle)(leaf, torch.tensor(y))
        expected.backward()
        value, gradient = getattr(ours, loss)(y, y_hat)
        other_value, other_gradient = getattr(in_torch, loss)(torch.tensor(y), torch.tensor(y_hat))
        assert value == pytest.approx(expected.item(), rel=1e-12, abs=1e-18)
        np.testing.assert_allclose(gradient, leaf.grad.numpy(), rtol=1e-12, atol=1e-18)
        assert other_value.item() == pytest.approx(expected.item(), rel=1e-12, abs=1e-18)
        np.testing.assert_allclose(other_gradient.numpy(), leaf.grad.numpy(), rtol=1e-12, atol=1e-18)


def test_soft_targets_are_pytorchs(rng):
    """The cross-entropy takes targets between 0 and 1 as well."""
    y, y_hat = rng.random((3, 2)), rng.random((3, 2))
    expected = torch.nn.functional.binary_cross_entropy(torch.tensor(y_hat), torch.tensor(y))
    assert ours.bce_loss(y, y_hat).loss == pytest.approx(expected.item(), rel=1e-13)


@pytest.mark.parametrize(("n", "hidden", "k"), [(1, 1, 1), (3, 4, 2), (2, 7, 5)])
def test_theory_gradients_are_autograds(n, hidden, k, rng):
    """Every product of T1.3 and every Jacobian of T1.4 equals autograd's."""
    x, y, b1, b2 = (rng.standard_normal(size) for size in (n, k, hidden, k))
    W1, W2 = rng.standard_normal((hidden, n)), rng.standard_normal((k, hidden))
    tx, ty = torch.tensor(x), torch.tensor(y)
    leaves = [torch.tensor(a, requires_grad=True) for a in (W1, b1, W2, b2)]
    z1 = leaves[0] @ tx + leaves[1]
    y_hat = leaves[2] @ (5 * torch.relu(z1)) + leaves[3]
    loss = ((y_hat - ty) ** 2).sum()
    loss.backward()
    forward = regression.regression_forward(x, y, W1, b1, W2, b2)
    mine = regression.regression_gradients(x, y, W1, b1, W2, b2)
    for name, leaf in zip(KEYS, leaves, strict=True):
        np.testing.assert_allclose(getattr(mine, name), leaf.grad.numpy(), rtol=1e-11, atol=1e-12)
    jacobian = torch.autograd.functional.jacobian
    np.testing.assert_allclose(mine.dz2dz1, jacobian(lambda z: 5 * torch.relu(z), z1.detach()).numpy())
    np.testing.assert_allclose(mine.dyhatdz3, jacobian(lambda z: z.clone(), y_hat.detach()).numpy())
    np.testing.assert_allclose(
        mine.dldyhat, jacobian(lambda z: ((z - ty) ** 2).sum(), y_hat.detach()).numpy()
    )
    np.testing.assert_allclose(forward.y_hat, y_hat.detach().numpy(), rtol=1e-12, atol=1e-13)
    assert forward.loss == pytest.approx(loss.item(), rel=1e-12)


def test_scale_derivative_is_sympys(rng):
    """The derivative for the scale is SymPy's derivative of one term, in 30 digits."""
    c, m = sympy.symbols("c m")
    slope = sympy.diff(sympy.log(1 + sympy.exp(-c * m)), c)
    for scale, margin in zip(rng.uniform(0.01, 20, 40), rng.uniform(-10, 10, 40), strict=True):
        exact = slope.subs({c: sympy.Float(scale, 60), m: sympy.Float(margin, 60)}).evalf(30)
        assert separable.scale_derivative(scale, margin) == pytest.approx(float(exact), rel=1e-13)


def test_logistic_loss_is_autograds(rng):
    """Loss and gradient of the logistic loss equal PyTorch's soft-margin loss and its autograd."""
    X, y, w = rng.standard_normal((20, 3)), rng.choice([-1.0, 1.0], 20), rng.standard_normal(3)
    leaf = torch.tensor(w, requires_grad=True)
    loss = torch.nn.functional.soft_margin_loss(torch.tensor(X) @ leaf, torch.tensor(y), reduction="sum")
    loss.backward()
    assert separable.logistic_loss(w, X, y) == pytest.approx(loss.item(), rel=1e-12)
    np.testing.assert_allclose(separable.logistic_loss_gradient(w, X, y), leaf.grad.numpy(), rtol=1e-11)


def test_separable_data_have_no_finite_minimiser(rng):
    """Along a separating direction the loss falls strictly towards 0, and its slope stays negative."""
    w, X = np.array([1.0, -2.0]), rng.standard_normal((30, 2))
    y = np.sign(X @ w)
    assert separable.separates(w, X, y)
    assert not separable.separates(-w, X, y)
    scales = [1.0, 10.0, 100.0, 1000.0]
    losses = [separable.logistic_loss(c * w, X, y) for c in scales]
    assert all(a > b > separable.INFIMUM for a, b in itertools.pairwise(losses))
    assert all((separable.scale_derivative(c, separable.margins(w, X, y)) <= 0).all() for c in scales)
    assert separable.logistic_loss(1e6 * w, X, y) < 1e-12
