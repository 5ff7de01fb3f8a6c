"""Inputs that cannot tell misconceptions apart are pointed out to whoever writes the rubric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from grader.diagnosis.distinct import weaknesses


@dataclass
class Inputs:
    sizes: Sequence[Mapping[str, Any]]
    draw: Mapping[str, str] = field(default_factory=lambda: {"X": "normal(n, i)", "G": "normal(n, o)"})


GOOD = [{"n": 5, "i": 4, "o": 3}, {"n": 1, "i": 3, "o": 2}]


def test_good_inputs_have_no_weakness() -> None:
    """Different sizes, several batches and one of a single row are enough."""
    assert weaknesses(Inputs(GOOD)) == []


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ([{"n": 5, "i": 4, "o": 3}], "there is one case only"),
        ([{"n": 5, "i": 4, "o": 3}, {"n": 5, "i": 3, "o": 2}], "n is 5 in every case"),
        ([{"n": 5, "i": 3, "o": 3}, {"n": 1, "i": 4, "o": 2}], "case 0: i and o are both 3"),
        ([{"n": 4, "i": 4, "o": 3}, {"n": 1, "i": 4, "o": 2}], "case 0: n and i are both 4"),
        ([{"n": 2, "i": 4, "o": 3}, {"n": 1, "i": 4, "o": 3}], "no case has n above 2"),
        ([{"n": 2, "i": 4, "o": 3}, {"n": 5, "i": 4, "o": 3}], "n is 2 in a case"),
        ([{"n": 6, "i": 4, "o": 3}, {"n": 5, "i": 4, "o": 3}], "no case has n = 1"),
    ],
)
def test_weak_sizes_are_named(sizes: list[dict[str, int]], said: str) -> None:
    """Each way in which sizes hide a mistake has its sentence."""
    assert any(said in text for text in weaknesses(Inputs(sizes)))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("b", np.zeros((1, 3)), "case 0: b is all zeros: leaving it out changes nothing"),
        (
            "G",
            np.ones((5, 3)),
            "case 0: all entries of G are equal: an incoming gradient that is left out is not found",
        ),
        (
            "X",
            np.full((5, 3), 2.5),
            "case 0: all entries of X are equal: wrong axes and indices fit by accident",
        ),
        ("W", np.array([[1.0, 2.0], [2.0, 5.0]]), "case 0: W is symmetric: its transpose is the same"),
    ],
)
def test_weak_values_are_named(name: str, value: Any, said: str) -> None:
    """Each way in which drawn values hide a mistake has its sentence."""
    assert weaknesses(Inputs(GOOD), [{name: value}]) == [said]


def test_a_recipe_without_draws_is_left_alone() -> None:
    """Nothing is said of recipes that draw nothing."""
    assert weaknesses(Inputs([{}], {})) == []
