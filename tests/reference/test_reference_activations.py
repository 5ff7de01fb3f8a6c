"""Activations against 60-digit floats and PyTorch."""

import mpmath
import numpy as np
import pytest

from reference.activations import log_softmax, relu, sigmoid, softmax, softplus

LOGITS = {
    "uniform": lambda rng: rng.uniform(-1, 1, (40, 10)),
    "normal times 10": lambda rng: 10 * rng.standard_normal((40, 10)),
    "opposite signs": lambda rng: rng.choice([-300.0, 300.0], (40, 6)) + rng.standard_normal((40, 6)),
    "two classes": lambda rng: rng.uniform(0, 30, (60, 1)) * [1.0, -1.0],
    "near ties": lambda rng: rng.uniform(0, 1, (60, 1)) * [1.0, 1 - 1e-9],
    "one class": lambda rng: rng.uniform(-5, 5, (5, 1)),
}


def points(rng):
    """Pre-activations at every scale at which a sigmoid behaves differently."""
    wide = [rng.uniform(-r, r, 300) for r in (5, 40, 700)]
    return np.concatenate([*wide, 10.0 ** rng.uniform(-20, 0, 100), [0.0]])


def exact_row(row):
    """Softmax and its logarithm of one row in 60 digits, the logarithm without cancellation."""
    logits = [mpmath.mpf(float(value)) for value in row]
    top = max(range(len(row)), key=lambda i: row[i])
    powers = [mpmath.exp(value - logits[top]) for value in logits]
    rest = mpmath.fsum(power for i, power in enumerate(powers) if i != top)
    logs = [value - logits[top] - mpmath.log1p(rest) for value in logits]
    return [power / (1 + rest) for power in powers], logs


def test_sigmoid_is_right_to_four_units(rng, in_units):
    """sigmoid stays within 4 u of the exact value from -700 to 700."""
    for z in points(rng):
        assert in_units(sigmoid(z), 1 / (1 + mpmath.exp(-mpmath.mpf(float(z))))) < 4


def test_softplus_is_right_to_four_units(rng, in_units):
    """softplus stays within 4 u of the exact value from -700 to 700."""
    for z in points(rng):
        assert in_units(softplus(z), mpmath.log1p(mpmath.exp(mpmath.mpf(float(z))))) < 4


@pytest.mark.parametrize("kind", LOGITS)
def test_softmax_keeps_its_stated_error(kind, rng, in_units):
    """Each probability is within 6 u absolutely and (1 + g) 6 u relatively."""
    rows = LOGITS[kind](rng)
    for row, probabilities in zip(rows, softmax(rows), strict=True):
        exact, _ = exact_row(row)
        for logit, p, true in zip(row, probabilities, exact, strict=True):
            assert abs(float(mpmath.mpf(float(p)) - true)) < 6 * 2.0**-53
            assert in_units(p, true) < 6 * (1 + row.max() - logit)


@pytest.mark.parametrize("kind", LOGITS)
def test_log_softmax_keeps_its_stated_error(kind, rng, in_units):
    """Each logarithm is within (4 + g) u relatively, also where the probability is nearly 1."""
    rows = LOGITS[kind](rng)
    for row, logs in zip(rows, log_softmax(rows), strict=True):
        bound = 4 + row.max() - row.min()
        assert all(in_units(a, b) < bound for a, b in zip(logs, exact_row(row)[1], strict=True))


def test_extreme_inputs_saturate_silently():
    """Inputs of any finite size give the limits without overflow, division by zero or invalid operation."""
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        assert sigmoid(np.array([-1e308, -800.0, 800.0, 1e308])).tolist() == [0.0, 0.0, 1.0, 1.0]
        assert softplus(np.array([-1e308, 1e308])).tolist() == [0.0, 1e308]
        assert softmax(np.array([[1e3, -1e3], [1e300, 1e300]])).tolist() == [[1.0, 0.0], [0.5, 0.5]]
        assert log_softmax(np.array([1e3, -1e3])).tolist() == [0.0, -2e3]


def test_shapes_scalars_and_inputs(rng):
    """Scalars, vectors and matrices keep their shape, and no input is changed."""
    z = rng.standard_normal((3, 4))
    before = z.copy()
    for function in (relu, sigmoid, softplus, softmax, log_softmax):
        assert function(z).shape == (3, 4)
        np.testing.assert_allclose(function(z)[1], function(z[1]), rtol=1e-15)
    assert np.shape(sigmoid(0.3)) == ()
    assert (z == before).all()


def test_activations_agree_with_pytorch(rng):
    """relu, sigmoid, softplus, softmax and log_softmax are PyTorch's in float64."""
    torch = pytest.importorskip("torch")
    z = 5 * rng.standard_normal((6, 3))
    t = torch.from_numpy(z)
    pairs = [
        (relu(z), torch.relu(t)),
        (sigmoid(z), torch.sigmoid(t)),
        (softplus(z), torch.nn.functional.softplus(t, threshold=100)),
        (softmax(z), torch.softmax(t, -1)),
        (log_softmax(z), torch.log_softmax(t, -1)),
    ]
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-13, atol=1e-15)
