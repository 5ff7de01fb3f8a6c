"""What counts as numbers among the values that come back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.compare import MOST_DIMENSIONS, as_array
from grader.sandbox.box.protocol import Ref, Tensor


def nested(value: Any, depth: int) -> Any:
    for _ in range(depth):
        value = [value]
    return value


ARRAYS: dict[str, tuple[Any, Any]] = {
    "rows": ([[1, 2], (3, 4)], np.array([[1, 2], [3, 4]])),
    "whole numbers and others": ([1, True, 2.5], np.array([1.0, 1.0, 2.5])),
    "too large for 64 bits": ([2**63, 1], np.array([2.0**63, 1.0])),
    "just small enough": ([2**63 - 1, -(2**63) + 1], np.array([2**63 - 1, -(2**63) + 1])),
    "complex": ([[1j], [2]], np.array([[1j], [2]])),
    "arrays in lists": ([[np.ones(2)], [np.zeros(2)]], np.array([[[1.0, 1.0]], [[0.0, 0.0]]])),
    "an array and a list": ([np.ones(2), [0, 0]], np.array([[1.0, 1.0], [0.0, 0.0]])),
    "tensors and scalars": ([Tensor(np.array(1.0)), np.float32(2), 3], np.array([1.0, 2.0, 3.0])),
    "single precision": ([np.float32(2), np.float32(3)], np.array([2, 3], np.float32)),
    "as deep as can be": (nested(1.0, MOST_DIMENSIONS), np.ones((1,) * MOST_DIMENSIONS)),
}
NO_ARRAYS: dict[str, Any] = {
    "nothing": [],
    "an empty row": [[1], []],
    "empty rows": [[], []],
    "rows of different lengths": [[1, 2], [3]],
    "other things": [1, Ref(1)],
    "text": ["1", "2"],
    "None": [1.0, None],
    "a mapping": [{"a": 1}],
    "rows and numbers": [[1, 2], 3],
    "too deep": nested(1.0, MOST_DIMENSIONS + 1),
    "too deep together": nested(np.ones((1, 1)), MOST_DIMENSIONS - 1),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_nested_lists_of_numbers_are_arrays(name: str) -> None:
    """Lists, tuples, arrays, tensors and scalars stack to one array of the type that all of them fit into."""
    value, want = ARRAYS[name]
    got = as_array(value)
    assert got is not None
    assert (got.dtype, got.shape) == (want.dtype, want.shape)
    assert np.array_equal(got, want)


@pytest.mark.parametrize("name", NO_ARRAYS)
def test_anything_else_is_none(name: str) -> None:
    """What has gaps, other things in it or too many dimensions is no array."""
    assert as_array(NO_ARRAYS[name]) is None
