"""The kind `cases`: which part of the points a mistake costs."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from grader.checks._groups import Tried, attributed, settle, wrong_groups
from grader.checks._judged import Kinds, untried
from grader.checks.recipe import Recipe
from grader.diagnosis.registry import sentence
from grader.errors import StudentFault

WRONG = "1 of 3 numbers is wrong"


@pytest.mark.parametrize(
    ("tried", "wrong"),
    [
        ([Tried("a", WRONG), Tried("single"), Tried("double", WRONG, beside="a")], ["a"]),
        ([Tried("a"), Tried("double", WRONG, beside="a")], ["double"]),
        ([Tried("a", WRONG), Tried("double", beside="a")], ["a"]),
        ([Tried("a"), Tried("b", WRONG), Tried("double", WRONG, beside="a")], ["b", "double"]),
        ([Tried("double", WRONG, beside="one row"), Tried("one row", WRONG, beside="a"), Tried("a")], ["double", "one row"]),
    ],
)  # fmt: skip
def test_one_mistake_costs_once(tried: list[Tried], wrong: list[str]) -> None:
    """A kind of inputs costs by itself only where the kind beside it is right."""
    assert wrong_groups(attributed(tried, 0.5, {})) == wrong


def test_what_was_never_right_is_not_earned() -> None:
    """Where the kinds share out the points, one that was not right once costs its part, whatever is beside it."""
    tried = [Tried("a", WRONG), Tried("b"), Tried("numbers", WRONG, beside="a")]
    assert wrong_groups(attributed(tried, 0.25, {"b": 0.5})) == ["a", "numbers"]
    assert wrong_groups(attributed([*tried, Tried("numbers", beside="b")], 0.25, {"b": 0.5})) == ["a"]


def test_what_was_right_before_a_time_out_stays_right() -> None:
    """After a time-out the inputs that were still to come count as not answered, and no others."""
    recipe = Recipe(sizes=[{"kind": k} for k in "abc"], steps=["x = f(kind)"])
    student = SimpleNamespace(rng=lambda *_: np.random.default_rng(0))
    late = StudentFault("no answer", kind="timeout")
    kinds = Kinds("kind", "''", "False", 0.0)
    assert [t.group for t in untried(student, [recipe], kinds, late, 2)] == ["c"]  # type: ignore[arg-type]


def test_a_sentence_without_a_detail_ends_like_one() -> None:
    """What a diagnosis would name is left out with its colon or comma where it is not known."""
    assert sentence(["stale-state"]) == "The result belongs to an earlier call."
    assert sentence(["wrong-index"]) == "The right numbers stand in the wrong places."


def test_the_last_right_kind_is_named_in_the_singular() -> None:
    """One kind of inputs is right, not `1 of 2 kinds`."""
    verdict = settle("f", [Tried("a", WRONG), Tried("b")], cost=0.5, costs={})
    assert verdict.message == f"f: {WRONG}. Wrong for a; the other kind of inputs is right."
