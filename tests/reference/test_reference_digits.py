"""The course's digits against scikit-learn's and SciPy's interpolation."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.interpolate import RegularGridInterpolator
from sklearn.datasets import load_digits

from reference.digits import enlarge, load_digit_split, original_digits, stratified_order

FIRST_LABELS = [[3, 1, 5, 4, 6, 9, 7, 0], [6, 5, 1, 7, 3, 9, 2, 8], [2, 3, 0, 7, 9, 8, 4, 6]]


def test_the_split_holds_every_digit_once():
    """Training, validation and test rows together are scikit-learn's 1,797 digits, none of them twice."""
    split, source = load_digit_split(8), load_digits()
    parts = (split.train, split.val, split.test)
    assert [len(part.labels) for part in parts] == [1197, 300, 300]
    ours = sorted(
        (*pixels, label) for part in parts for pixels, label in zip(part.pixels, part.labels, strict=True)
    )
    expected = np.floor(source.data * 255 / 16 + 0.5).astype(np.uint8)
    assert ours == sorted((*pixels, label) for pixels, label in zip(expected, source.target, strict=True))


def test_the_originals_are_those_of_scikit_learn():
    """Read from its file without importing it, images and labels are what its own reader gives."""
    source = load_digits()
    assert np.array_equal(original_digits().images, source.images)
    assert np.array_equal(original_digits().labels, source.target)


def test_the_split_is_stratified():
    """Each class has its share of each part up to one image (Fractions, no rounding)."""
    split, counts = load_digit_split(), np.bincount(load_digits().target)
    for part in (split.train, split.val, split.test):
        for count, total in zip(np.bincount(part.labels), counts, strict=True):
            assert abs(int(count) - Fraction(int(total) * len(part.labels), 1797)) < 2


def test_the_split_never_changes():
    """The first labels of each part are these, on every machine and with every version of numpy."""
    split = load_digit_split()
    assert [part.labels[:8].tolist() for part in (split.train, split.val, split.test)] == FIRST_LABELS


def test_images_are_784_bytes_cached_and_read_only():
    """Images at side 28 are uint8 of 784 pixels over the whole range; all callers share one frozen copy."""
    split = load_digit_split()
    assert split is load_digit_split()
    assert split.train.pixels.shape == (1197, 784)
    assert split.train.pixels.dtype == np.uint8
    assert (split.train.pixels.min(), split.train.pixels.max()) == (0, 255)
    with pytest.raises(ValueError, match="read-only"):
        split.train.pixels[0, 0] = 1


def test_examples_are_scaled_with_labels_in_a_column():
    """As network inputs the images are float64 in [-0.5, 0.5) and the labels a column."""
    examples = load_digit_split().val.examples()
    assert examples.X.dtype == np.float64
    assert (examples.X.min(), examples.X.max()) == (-0.5, 255 / 256 - 0.5)
    assert examples.y.shape == (300, 1)


@pytest.mark.parametrize("side", [8, 16, 28, 31])
def test_enlarging_is_bilinear(side, rng):
    """Every pixel is SciPy's linear interpolation at half-pixel centres, rounded; the edge is continued."""
    image = rng.integers(0, 17, (8, 8))
    centres = np.clip((np.arange(side) + 0.5) * 8 / side - 0.5, 0, 7)
    grid = np.stack(np.meshgrid(centres, centres, indexing="ij"), axis=-1)
    expected = RegularGridInterpolator((np.arange(8), np.arange(8)), image * 255 / 16)(grid)
    assert np.abs(enlarge(image[None], side)[0] - expected).max() <= 0.5 + 1e-9


def test_every_prefix_of_the_order_is_stratified(rng):
    """The first m rows hold each class within one of its share, for every m."""
    labels = rng.choice(3, 200, p=[0.6, 0.3, 0.1])
    order = stratified_order(labels, seed=1)
    assert sorted(order) == list(range(200))
    running = np.cumsum(np.eye(3)[labels[order]], axis=0)
    share = np.bincount(labels) / 200 * np.arange(1, 201)[:, None]
    assert np.abs(running - share).max() <= 1.5
