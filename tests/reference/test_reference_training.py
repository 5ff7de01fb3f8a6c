"""The training loop and the experiments of cs434."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from reference.digits import load_digit_split
from reference.experiments import DEFAULT, EXPERIMENTS, band, run_experiment
from reference.layers import CrossEntropySoftmax, FeedForwardNeuralNetwork
from reference.training import Examples, Schedule, accuracy, minibatches, scale_pixels, train

BRIEF = replace(DEFAULT, schedule=Schedule(epochs=3))


@pytest.fixture(scope="module")
def digits():
    """Training and validation examples at 784 pixels."""
    split = load_digit_split()
    return split.train.examples(), split.val.examples()


@pytest.fixture(scope="module")
def small_digits():
    """The same at the original 64 pixels, ten times as fast."""
    split = load_digit_split(8)
    return split.train.examples(), split.val.examples()


def test_every_example_comes_once_an_epoch(rng):
    """The batches of an epoch hold every row once with its own label, the last batch the remainder."""
    examples = Examples(np.arange(23.0).reshape(-1, 1), np.arange(23).reshape(-1, 1))
    batches = list(minibatches(examples, 5, rng))
    assert [len(batch.X) for batch in batches] == [5, 5, 5, 5, 3]
    assert all((batch.y == batch.X).all() for batch in batches)
    assert Counter(int(y) for batch in batches for y in batch.y[:, 0]) == Counter(range(23))
    batches[0].X[:] = -1
    assert examples.X.min() == 0


def test_accuracy_counts_the_largest_logit():
    """Accuracy is the share of rows whose first largest logit is the label's."""
    logits = np.array([[1.0, 2.0], [3.0, 0.0], [1.0, 1.0], [0.0, 5.0]])
    assert accuracy(logits, np.array([[1], [1], [0], [1]])) == 0.75
    assert accuracy(logits, np.array([1, 1, 0, 1])) == 0.75


def test_pixels_are_scaled_to_half_around_zero():
    """Pixels 0, 128 and 255 become -0.5, 0 and just below 0.5, without wrapping around in uint8."""
    assert scale_pixels(np.array([0, 128, 255], dtype=np.uint8)).tolist() == [-0.5, 0.0, 255 / 256 - 0.5]


def test_training_is_pytorchs(rng):
    """Three epochs give the parameters and losses that PyTorch's SGD gives on the same batches."""
    torch = pytest.importorskip("torch")
    data = Examples(rng.standard_normal((25, 4)), rng.integers(0, 3, (25, 1)))
    network = FeedForwardNeuralNetwork(4, 3, 5, 3, "Sigmoid", rng)
    model = torch.nn.Sequential(
        torch.nn.Linear(4, 5),
        torch.nn.Sigmoid(),
        torch.nn.Linear(5, 5),
        torch.nn.Sigmoid(),
        torch.nn.Linear(5, 3),
    ).double()
    for ours, theirs in zip(network.layers[::2], model[::2], strict=True):
        theirs.weight.data = torch.tensor(ours.weights.T.copy())
        theirs.bias.data = torch.tensor(ours.bias[0].copy())
    curves = train(network, CrossEntropySoftmax(), data, data, Schedule(0.3, 10, 3), np.random.default_rng(5))
    optimiser, order = torch.optim.SGD(model.parameters(), lr=0.3), np.random.default_rng(5)
    for epoch in range(3):
        for batch in minibatches(data, 10, order):
            optimiser.zero_grad()
            loss = torch.nn.functional.cross_entropy(
                model(torch.tensor(batch.X)), torch.tensor(batch.y[:, 0])
            )
            loss.backward()
            optimiser.step()
        p = torch.softmax(model(torch.tensor(data.X)), 1).detach().numpy()
        expected = -np.log(p[np.arange(25), data.y[:, 0]] + 1e-5).mean()
        assert curves.train_loss[epoch] == pytest.approx(expected, rel=1e-10)
    for ours, theirs in zip(network.layers[::2], model[::2], strict=True):
        np.testing.assert_allclose(ours.weights.T, theirs.weight.detach().numpy(), rtol=1e-10)


def test_a_seed_fixes_every_number(small_digits):
    """The same seed gives the same curves to the last bit, another seed gives others."""
    first, again, other = (run_experiment(BRIEF, *small_digits, seed=s) for s in (102, 102, 103))
    assert (first.val_loss == again.val_loss).all()
    assert (first.val_loss != other.val_loss).any()
    assert first.train_loss.shape == first.val_accuracy.shape == (3,)


def test_a_band_spans_its_seeds(small_digits):
    """A band is the range of the final numbers of exactly its seeds."""
    finals = [run_experiment(BRIEF, *small_digits, seed=s).val_loss[-1] for s in (1, 2, 3)]
    assert band(BRIEF, *small_digits, seeds=[1, 2, 3]).val_loss.tolist() == [min(finals), max(finals)]


@pytest.mark.parametrize(
    ("label", "low", "high"),
    [
        ("default", 0.7, 0.9),
        ("Q4.1", 0.0, 0.4),
        ("Q4.2", 0.8, 0.97),
        ("Q4.3", 0.0, 0.8),
        ("Q5.1", 0.0, 0.3),
        ("Q5.2", 0.1, 0.6),
        ("Q5.3", 0.88, 1.0),
    ],
)
def test_experiments_turn_out_as_the_page_says(label, low, high, digits):
    """On the course's digits each experiment learns, barely learns or does not learn as the page expects."""
    curves = run_experiment(EXPERIMENTS[label], *digits)
    assert low <= curves.val_accuracy[-1] <= high
    assert curves.val_loss.shape == (200,)
