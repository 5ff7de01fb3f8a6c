"""
The course's own digits: the 1,797 handwritten ones that scikit-learn carries, as MNIST-like grey images.

The split is fixed: the same rows on every machine and with every version of numpy.
"""

import gzip
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np

from reference.arrays import ByteArray, IntArray
from reference.training import Examples, scale_pixels

SEED = 434
N_TRAIN, N_VAL = 1197, 300  # the remaining 300 are the test set
SOURCE_SIDE, SOURCE_MAX = 8, 16


@dataclass(frozen=True)
class LabelledImages:
    """Flattened grey images, uint8 (n, side * side), 0 to 255, and their digits, int64 (n,); read-only."""

    pixels: ByteArray
    labels: IntArray

    def examples(self) -> Examples:
        """Network inputs pixel / 256 - 0.5 and labels as a column, as cs434-hw3 trains on them."""
        return Examples(scale_pixels(self.pixels), self.labels.reshape(-1, 1))


@dataclass(frozen=True)
class DigitSplit:
    """Training, validation and test images, with the classes in equal shares."""

    train: LabelledImages
    val: LabelledImages
    test: LabelledImages


class OriginalDigits(NamedTuple):
    """The images, integers 0 to 16, shape (1797, 8, 8), and their digits, shape (1797,), both int64."""

    images: IntArray
    labels: IntArray


def original_digits() -> OriginalDigits:
    """
    The digits as scikit-learn carries them, read from its file: importing scikit-learn would take a second.

    Raises:
        ModuleNotFoundError: scikit-learn is not installed.

    Source:
        scikit-learn's load_digits, from UCI's Optical Recognition of Handwritten Digits.
    """
    found = find_spec("sklearn")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("scikit-learn, which carries the digits, is not installed", name="sklearn")
    place = Path(found.submodule_search_locations[0], "datasets", "data", "digits.csv.gz")
    with gzip.open(place, "rt") as file:
        rows = np.loadtxt(file, delimiter=",", dtype=np.int64)
    return OriginalDigits(rows[:, :-1].reshape(-1, SOURCE_SIDE, SOURCE_SIDE), rows[:, -1])


@cache
def load_digit_split(side: int = 28) -> DigitSplit:
    """
    The digits at a side length, split into 1,197 for training, 300 for validation and 300 for testing.

    Args:
        side: 8 for the originals or any larger side, bilinearly enlarged; 28 gives 784 pixels.

    Returns:
        The split; computed once per side, its arrays are read-only.

    Error:
        Exact: integer arithmetic, each pixel rounded once to the nearest of 0 to 255.

    Source:
        scikit-learn's load_digits, from UCI's Optical Recognition of Handwritten Digits.
    """
    images, labels = original_digits()
    pixels = enlarge(images, side).reshape(len(labels), side * side)
    parts = np.split(stratified_order(labels, SEED), [N_TRAIN, N_TRAIN + N_VAL])
    return DigitSplit(*(_frozen(pixels[rows], labels[rows]) for rows in parts))


def enlarge(images: IntArray, side: int) -> ByteArray:
    """
    Bilinear enlargement of 8 x 8 images with values 0 to 16 to side x side images with values 0 to 255.

    Pixel i of the result lies at (i + 1/2) 8 / side - 1/2 of the original; beyond the outer centres the edge
    goes on.

    Args:
        images: shape (n, 8, 8), integers 0 to 16.
        side: >= 1.

    Returns:
        Shape (n, side, side), uint8.

    Error:
        Exact: integer arithmetic, rounded once, halves up.

    Source:
        The half-pixel convention of image resampling.
    """
    weights = _interpolation(side)
    total = np.einsum("ij,njk,lk->nil", weights, images, weights)
    unit = SOURCE_MAX * (2 * side) ** 2
    rounded: IntArray = (2 * 255 * total + unit) // (2 * unit)
    return rounded.astype(np.uint8)


def stratified_order(labels: IntArray, seed: int) -> IntArray:
    """
    A random order in which every stretch holds the classes in nearly their overall shares.

    Args:
        labels: classes, shape (n,).
        seed: of the random order.

    Returns:
        A permutation of 0 to n - 1; the first m of it hold each class within one of its exact share.

    Error:
        Exact; the random stream is numpy's frozen legacy one.

    Source:
        Systematic stratified sampling.
    """
    random = np.random.RandomState(seed)
    position = np.empty(len(labels))
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        position[members] = (np.arange(len(members)) + 0.5) / len(members)
    shuffled = random.permutation(len(labels))
    return shuffled[np.argsort(position[shuffled], kind="stable")]


def _interpolation(side: int) -> IntArray:
    """Weights, in units of 1 / (2 side), of the 8 source rows for each of the rows of the result."""
    weights = np.zeros((side, SOURCE_SIDE), dtype=np.int64)
    for row in range(side):
        place = min(max(SOURCE_SIDE * (2 * row + 1) - side, 0), 2 * side * (SOURCE_SIDE - 1))
        lower, rest = divmod(place, 2 * side)
        weights[row, lower] += 2 * side - rest
        weights[row, min(lower + 1, SOURCE_SIDE - 1)] += rest
    return weights


def _frozen(pixels: ByteArray, labels: IntArray) -> LabelledImages:
    """The arrays as a record that no caller can change for the others."""
    pixels.flags.writeable = labels.flags.writeable = False
    return LabelledImages(pixels, labels)
