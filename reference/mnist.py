"""The real small MNIST of cs434-hw3, for a course that has the file: 28 x 28 grey images of handwritten digits."""

from functools import cache
from pathlib import Path

import numpy as np

from reference.arrays import ByteArray, IntArray
from reference.digits import DigitSplit, LabelledImages


@cache
def load_mnist_split(path: str, most_test: int = 1000) -> DigitSplit:
    """
    The images of `mnist_small.npz`: 5,000 for training, 1,000 for validation, 4,220 for testing.

    Args:
        path: of the file with `X_train` (n, 784), `y_train` (n,), and the same for `val` and `test`.
        most_test: the first so many test images only, 0 for all.

    Returns:
        The split; read once per path, its arrays are read-only.

    Raises:
        FileNotFoundError: there is no such file.

    Error:
        Exact.

    Source:
        The small MNIST that the assignment page cs434-hw3 names.
    """
    with np.load(Path(path), allow_pickle=False) as file:
        parts = [_images(file[f"X_{part}"], file[f"y_{part}"]) for part in ("train", "val", "test")]
    cut = slice(0, most_test or None)
    return DigitSplit(parts[0], parts[1], _images(parts[2].pixels[cut], parts[2].labels[cut]))


def _images(pixels: ByteArray, labels: IntArray) -> LabelledImages:
    found = LabelledImages(pixels.astype(np.uint8), labels.astype(np.int64).reshape(-1))
    found.pixels.flags.writeable = found.labels.flags.writeable = False
    return found
