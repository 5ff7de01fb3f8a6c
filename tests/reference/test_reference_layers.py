"""The cs434 network against PyTorch autograd in float64."""

import numpy as np
import pytest

from reference.layers import (
    CrossEntropySoftmax,
    FeedForwardNeuralNetwork,
    LinearLayer,
    ReLU,
    Sigmoid,
    cross_entropy,
    linear_backward,
    linear_forward,
    one_hot,
)

torch = pytest.importorskip("torch")

SIZES = [(1, 1, 1), (1, 5, 3), (4, 5, 3), (7, 2, 6), (3, 3, 3), (200, 20, 10)]


def leaf(array):
    """A float64 tensor that collects a gradient."""
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def close(ours, theirs, scale=1.0):
    """Equal up to the rounding of sums of a few hundred products."""
    np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-12, atol=1e-13 * scale)


@pytest.mark.parametrize(("n", "fan_in", "fan_out"), SIZES)
def test_linear_gradients_are_autograds(n, fan_in, fan_out, rng):
    """Output and all three gradients equal autograd's for any batch, sizes and upstream gradient."""
    X, W = rng.standard_normal((n, fan_in)), rng.standard_normal((fan_in, fan_out))
    b, grad = rng.standard_normal((1, fan_out)), rng.standard_normal((n, fan_out))
    tX, tW, tb = leaf(X), leaf(W), leaf(b)
    output = tX @ tW + tb
    output.backward(torch.from_numpy(grad))
    ours = linear_backward(X, W, b, grad)
    close(linear_forward(X, W, b), output)
    for mine, theirs in ((ours.weights, tW), (ours.bias, tb), (ours.input, tX)):
        assert mine.shape == theirs.shape
        close(mine, theirs.grad)


@pytest.mark.parametrize(("n", "fan_in", "fan_out"), SIZES)
def test_linear_gradients_along_random_directions(n, fan_in, fan_out, rng):
    """The loss <grad, Z> changes along a random direction by what the gradients say, in complex steps."""
    X, W = rng.standard_normal((n, fan_in)), rng.standard_normal((fan_in, fan_out))
    b, grad = rng.standard_normal((1, fan_out)), rng.standard_normal((n, fan_out))
    ours = linear_backward(X, W, b, grad)
    for _ in range(3):
        dX, dW, db = (rng.standard_normal(a.shape) for a in (X, W, b))
        moved = (X + 1e-30j * dX) @ (W + 1e-30j * dW) + (b + 1e-30j * db)
        slope = float(np.sum(grad * moved.imag)) / 1e-30
        expected = np.sum(ours.weights * dW) + np.sum(ours.bias * db) + np.sum(ours.input * dX)
        assert slope == pytest.approx(expected, rel=1e-10, abs=1e-10)


def test_linear_layer_holds_what_the_skeleton_fixes(rng):
    """Attribute names, shapes and start values are the skeleton's, and the state is that of the last call."""
    layer = LinearLayer(50, 40, rng)
    assert layer.weights.shape == (50, 40)
    assert layer.weights.std() == pytest.approx(np.sqrt(2 / 50), rel=0.05)
    assert layer.bias.tolist() == [[0.5] * 40]
    for n in (3, 1, 8):
        X, grad = rng.standard_normal((n, 50)), rng.standard_normal((n, 40))
        kept = grad.copy()
        assert layer.forward(X).shape == (n, 40)
        assert layer.input is X
        returned = layer.backward(grad)
        assert (layer.grad_weights.shape, layer.grad_bias.shape, returned.shape) == (
            (50, 40),
            (1, 40),
            (n, 50),
        )
        assert (grad == kept).all()
        close(layer.grad_bias[0], torch.from_numpy(grad).sum(0))


def test_step_subtracts_the_gradient_once():
    """`step` moves weights and bias by minus step size times the last gradient, whatever came before."""
    layer = LinearLayer(1, 1)
    layer.weights, layer.bias = np.array([[2.0]]), np.array([[1.0]])
    for _ in range(2):  # gradients are replaced, not added up
        layer.forward(np.array([[3.0], [4.0]]))
        layer.backward(np.array([[1.0], [0.5]]))
    layer.step(0.1)
    assert layer.weights[0, 0] == pytest.approx(2.0 - 0.1 * 5.0)
    assert layer.bias[0, 0] == pytest.approx(1.0 - 0.1 * 1.5)


def test_global_seed_governs_a_layer_without_generator():
    """Two layers made after the same `np.random.seed` start equal, as in the skeleton."""
    starts = []
    for _ in range(2):
        np.random.seed(102)
        starts.append(LinearLayer(4, 3).weights)
    assert (starts[0] == starts[1]).all()


@pytest.mark.parametrize(("layer", "function"), [(ReLU(), "relu"), (Sigmoid(), "sigmoid")])
def test_activation_layers_are_autograds(layer, function, rng):
    """Value and gradient of an activation layer equal autograd's, for batches of 1 and more."""
    for n in (1, 5):
        Z, grad = 4 * rng.standard_normal((n, 3)), rng.standard_normal((n, 3))
        t = leaf(Z)
        output = getattr(torch, function)(t)
        output.backward(torch.from_numpy(grad))
        close(layer.forward(Z), output)
        close(layer.backward(grad), t.grad)
        layer.step(0.1)


def test_relu_and_sigmoid_at_their_corners():
    """ReLU's derivative at 0 is 0; the sigmoid's keeps its digits at 40, where s(z) rounds to 1."""
    relu, sigmoid = ReLU(), Sigmoid()
    relu.forward(np.array([[0.0, -0.0, 1e-300]]))
    assert relu.backward(np.ones((1, 3))).tolist() == [[0.0, 0.0, 1.0]]
    sigmoid.forward(np.array([[40.0, -40.0, 1e5]]))
    assert sigmoid.backward(np.ones((1, 3)))[0] == pytest.approx([np.exp(-40)] * 2 + [0.0], rel=1e-13)


@pytest.mark.parametrize("scale", [1.0, 30.0, 1e4])
@pytest.mark.parametrize(("n", "k"), [(1, 2), (1, 10), (6, 3), (50, 10)])
def test_cross_entropy_softmax_is_autograds(n, k, scale, rng):
    """The gradient equals autograd's of the cross-entropy; the loss has 1e-5 inside the logarithm."""
    logits, labels = scale * rng.standard_normal((n, k)), rng.integers(0, k, (n, 1))
    t, target = leaf(logits), torch.from_numpy(labels[:, 0])
    exact = torch.nn.functional.cross_entropy(t, target)
    exact.backward()
    offset = torch.nn.functional.nll_loss(torch.log(torch.softmax(t, 1) + 1e-5), target)
    criterion = CrossEntropySoftmax()
    assert criterion.forward(logits, labels) == pytest.approx(offset.item(), rel=1e-12)
    assert cross_entropy(logits, labels) == pytest.approx(exact.item(), rel=1e-12, abs=1e-15)
    close(criterion.backward(), t.grad)
    close(criterion.backward(), t.grad)


def test_cross_entropy_softmax_changes_nothing_of_the_callers(rng):
    """Logits and labels are left as they were, and labels may be (n, 1) or (n,)."""
    logits, labels = rng.standard_normal((4, 3)), np.array([[0], [2], [1], [1]])
    kept = logits.copy()
    criterion = CrossEntropySoftmax()
    assert criterion.forward(logits, labels) == criterion.forward(logits, labels[:, 0])
    criterion.backward()
    assert (logits == kept).all()
    assert labels.shape == (4, 1)


def test_confident_losses_keep_their_digits():
    """The exact cross-entropy of a logit 40 ahead is e^-40, not 0."""
    assert cross_entropy(np.array([[40.0, 0.0]]), np.array([0])) == pytest.approx(np.exp(-40), rel=1e-12)


def test_one_hot_rows():
    """Row i of the indicator matrix is 1 at y_i alone, for column and flat labels."""
    expected = torch.nn.functional.one_hot(torch.tensor([2, 0]), 3).numpy()
    assert (one_hot(np.array([[2], [0]]), 3) == expected).all()
    assert (one_hot(np.array([2, 0]), 3) == expected).all()


@pytest.mark.parametrize("num_layers", [1, 2, 5])
@pytest.mark.parametrize("activation", ["ReLU", "Sigmoid"])
def test_network_gradients_are_autograds(num_layers, activation, rng):
    """Every layer's gradients and the input's, through a whole network and its loss, equal autograd's."""
    network = FeedForwardNeuralNetwork(6, 4, 5, num_layers, activation, rng)
    linear = network.layers[::2]
    assert [type(layer).__name__ for layer in network.layers[1::2]] == [activation] * (num_layers - 1)
    X, labels = rng.standard_normal((7, 6)), rng.integers(0, 4, (7, 1))
    tX, weights, biases = leaf(X), [leaf(a.weights) for a in linear], [leaf(a.bias) for a in linear]
    hidden = tX @ weights[0] + biases[0]
    for W, b in zip(weights[1:], biases[1:], strict=True):
        hidden = getattr(torch, activation.lower())(hidden) @ W + b
    torch.nn.functional.cross_entropy(hidden, torch.from_numpy(labels[:, 0])).backward()
    criterion = CrossEntropySoftmax()
    criterion.forward(network.forward(X), labels)
    close(network.backward(criterion.backward()), tX.grad)
    for layer, W, b in zip(linear, weights, biases, strict=True):
        close(layer.grad_weights, W.grad)
        close(layer.grad_bias, b.grad)
    before = linear[0].weights
    network.step(0.5)
    close(linear[0].weights, torch.from_numpy(before) - 0.5 * weights[0].grad)
