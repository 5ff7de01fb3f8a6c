"""The networks of cs181-hw3 against PyTorch autograd, and training on the digits."""

import numpy as np
import pytest

from reference import numpy_mlp
from reference.digits import load_digit_split
from reference.mlp_sigmoid import mlp_forward, mlp_gradients, mlp_loss
from reference.training import Examples, minibatches

torch = pytest.importorskip("torch")
from reference import torch_mlp  # noqa: E402  (needs torch)


def parameters(M, H, rng, scale=1.0):
    """Random W1, b1, W2, b2 of the two-layer sigmoid network."""
    return [scale * rng.standard_normal(shape) for shape in ((H, M), (H,), (1, H), (1,))]


def scaled_digits():
    """Training and test images with pixels in [0, 1], labels flat."""
    split = load_digit_split()
    return [Examples(part.pixels / 255.0, part.labels) for part in (split.train, split.test)]


def leaf(array):
    """A float64 tensor that collects a gradient."""
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize("y", [0.0, 1.0, 0.3])
@pytest.mark.parametrize(("M", "H"), [(1, 1), (3, 5), (6, 2), (4, 4)])
def test_sigmoid_network_gradients_are_autograds(M, H, y, rng):
    """Loss and the four gradients equal autograd's, each of its parameter's shape."""
    x, arrays = rng.standard_normal(M), parameters(M, H, rng)
    W1, b1, W2, b2 = leaves = [leaf(a) for a in arrays]
    a2 = W2 @ torch.sigmoid(W1 @ torch.tensor(x) + b1) + b2
    loss = torch.nn.functional.binary_cross_entropy_with_logits(a2, torch.tensor([y], dtype=torch.float64))
    loss.backward()
    ours = mlp_gradients(x, y, *arrays)
    assert list(ours) == ["dW1", "db1", "dW2", "db2"]
    assert mlp_loss(x, y, *arrays) == pytest.approx(loss.item(), rel=1e-13)
    assert mlp_forward(x, *arrays).y_hat == pytest.approx(torch.sigmoid(a2).item(), rel=1e-13)
    for mine, theirs in zip(ours.values(), leaves, strict=True):
        assert mine.shape == theirs.shape
        np.testing.assert_allclose(mine, theirs.grad.numpy(), rtol=1e-11, atol=1e-15)


def test_gradients_keep_their_digits_at_saturation(rng):
    """Where y_hat rounds to the label the gradient is the small true one, and the loss is finite."""
    x, (W1, b1, W2, _) = rng.standard_normal(3), parameters(3, 4, rng)
    for push, y in ((60.0, 1.0), (-60.0, 0.0)):
        b2 = np.array([push])
        a2 = mlp_forward(x, W1, b1, W2, b2).a2[0]
        assert mlp_gradients(x, y, W1, b1, W2, b2)["db2"][0] == pytest.approx(-np.sign(a2) * np.exp(-abs(a2)))
        assert mlp_loss(x, 1 - y, W1, b1, W2, b2) == pytest.approx(abs(a2))
    assert mlp_loss(x, 0.0, W1, b1, W2, np.array([1e5])) == pytest.approx(1e5, rel=1e-3)


@pytest.mark.parametrize("shape", [(1, 6), (5, 6), (4, 2, 3)])
def test_numpy_and_torch_networks_are_autograds(shape, rng):
    """Probabilities, row losses and gradients equal autograd's, for flat and square images."""
    X, y = rng.standard_normal(shape), rng.integers(0, 3, shape[0])
    p = numpy_mlp.Parameters(*(rng.standard_normal(s) for s in ((6, 4), (4,), (4, 3), (3,))))
    leaves = [leaf(a) for a in (p.W1, p.b1, p.W2, p.b2)]
    flat = torch.tensor(X).reshape(shape[0], -1)
    logits = torch.relu(flat @ leaves[0] + leaves[1]) @ leaves[2] + leaves[3]
    rows = torch.nn.functional.cross_entropy(logits, torch.tensor(y), reduction="none")
    rows.mean().backward()
    probabilities = numpy_mlp.net(X, p)
    np.testing.assert_allclose(probabilities, torch.softmax(logits, 1).detach().numpy(), rtol=1e-12)
    np.testing.assert_allclose(
        numpy_mlp.cross_entropy(probabilities, y), rows.detach().numpy(), rtol=1e-11, atol=1e-14
    )
    ours = numpy_mlp.gradients(X, y, p)
    for mine, theirs in zip((ours.W1, ours.b1, ours.W2, ours.b2), leaves, strict=True):
        assert mine.shape == theirs.shape
        np.testing.assert_allclose(mine, theirs.grad.numpy(), rtol=1e-11, atol=1e-14)


def test_torch_blocks_are_pytorchs(rng):
    """relu, softmax and cross_entropy from scratch have PyTorch's values and gradients, relu at any rank."""
    for shape in ((5,), (3, 4), (2, 3, 4)):
        x = torch.tensor(rng.standard_normal(shape))
        assert torch.equal(torch_mlp.relu(x), torch.relu(x))
    logits, y = leaf(rng.standard_normal((4, 3))), torch.tensor([0, 2, 1, 1])
    losses = torch_mlp.cross_entropy(torch_mlp.softmax(logits), y)
    expected = torch.nn.functional.cross_entropy(logits, y, reduction="none")
    torch.testing.assert_close(losses, expected, rtol=1e-12, atol=1e-14)
    mine, theirs = (
        torch.autograd.grad(rows.sum(), logits, retain_graph=True)[0] for rows in (losses, expected)
    )
    torch.testing.assert_close(mine, theirs, rtol=1e-11, atol=1e-13)


def test_extreme_logits_and_probabilities_are_finite():
    """Logits of 1e3 give a softmax without nan, and a probability of 0 a finite loss."""
    rows = torch_mlp.softmax(torch.tensor([[1e3, -1e3, 0.0], [1e3, 1e3, 1e3]]))
    torch.testing.assert_close(rows, torch.tensor([[1.0, 0.0, 0.0], [1 / 3] * 3]))
    assert torch.isfinite(torch_mlp.cross_entropy(rows, torch.tensor([1, 0]))).all()
    assert numpy_mlp.cross_entropy(np.array([[1.0, 0.0]]), np.array([1]))[0] == pytest.approx(708.4, abs=0.1)


def test_sgd_updates_in_place_and_clears_gradients():
    """`sgd` moves the same tensors by minus lr times their gradient and sets the gradients to zero."""
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    (w * torch.tensor([3.0, -1.0])).sum().backward()
    before = w.data_ptr()
    torch_mlp.sgd([w], lr=0.5)
    assert w.tolist() == [-0.5, 2.5]
    assert (w.data_ptr(), w.requires_grad, w.grad.tolist()) == (before, True, [0.0, 0.0])


def test_notebook_names_have_the_shapes_of_the_page():
    """The module defines the notebook's parameters: shapes, gradients, small weights and zero biases."""
    n = (torch_mlp.n_inputs, torch_mlp.n_hiddens, torch_mlp.n_outputs)
    tensors = (torch_mlp.W1, torch_mlp.b1, torch_mlp.W2, torch_mlp.b2)
    assert [tuple(t.shape) for t in tensors] == [(n[0], n[1]), (n[1],), (n[1], n[2]), (n[2],)]
    assert all(t.requires_grad and t.is_leaf for t in tensors)
    assert torch_mlp.start(*n)[0].std().item() == pytest.approx(0.01, rel=0.02)
    assert not any(t.any() for t in torch_mlp.start(*n)[1::2])


def test_training_goes_alike_in_numpy_and_torch(monkeypatch):
    """Ten epochs of step 0.1 give the same losses and weights in numpy and in torch."""
    train, _ = scaled_digits()
    batches = [(b.X, b.y) for b in minibatches(train, 256, np.random.default_rng(0))]
    p = numpy_mlp.start(784, 32, 10, np.random.default_rng(1))
    names = ("W1", "b1", "W2", "b2")
    for name in names:
        monkeypatch.setattr(torch_mlp, name, leaf(getattr(p, name)))
    tensors = [(torch.tensor(X), torch.tensor(y)) for X, y in batches]
    theirs = torch_mlp.train(torch_mlp.net, [getattr(torch_mlp, name) for name in names], tensors)
    ours = numpy_mlp.train(p, batches, epochs=10, lr=0.1)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)
    np.testing.assert_allclose(p.W1, torch_mlp.W1.detach().numpy(), rtol=1e-6, atol=1e-9)


def test_ten_epochs_earn_full_marks_when_each_digit_comes_ten_times():
    """With 11,970 images an epoch, batch 256 and step 0.1, ten epochs bring more than 0.85 in the test."""
    train, test = scaled_digits()
    many = Examples(np.tile(train.X, (10, 1)), np.tile(train.y, 10))
    rng = np.random.default_rng(0)
    p = numpy_mlp.start(784, 64, 10, rng)
    losses = [
        numpy_mlp.train(p, [(b.X, b.y) for b in minibatches(many, 256, rng)], epochs=1, lr=0.1)[0]
        for _ in range(10)
    ]
    assert losses[-1] < 0.3 < 2.0 < losses[0]
    assert (numpy_mlp.net(test.X, p).argmax(1) == test.y).mean() > 0.85
