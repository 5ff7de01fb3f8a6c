"""Answers that are lies, in place of those of a right hand-in: every check gives a verdict, none is a fault of ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from grader.checks.cleared import _empty
from grader.errors import StudentFault
from grader.intake import discover, read
from grader.live import Sandboxes
from grader.model import Submission
from grader.record import Tape
from grader.rubric import Rubric, load
from grader.run import grade_one
from grader.sandbox.box.protocol import Opaque, Ref, Tensor, opened, pack
from tests.samples.classes import ROOT

Change = Callable[[Any], Any]


@dataclass(frozen=True)
class Recorded:
    """A right hand-in and the answers that it gave."""

    submission: Submission
    rubric: Rubric
    calls: dict[bytes, dict[str, Any]]


class Silent(Sandboxes):
    """Whatever is not recorded gets no answer."""

    def load(self, student: Any, spec: Any) -> dict[str, Any]:
        raise StudentFault("gone", kind="died")

    def converse(self, student: Any, spec: Any) -> Any:
        raise StudentFault("gone", kind="died")


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    rubric = load(ROOT / "rubrics" / "cs577-a2" / "rubric.yaml")
    [source] = [s for s in discover(ROOT / "submissions" / "cs577-a2").sources if s.student == "s01-plain"]
    submission, tape, live = read(source), Tape(), Sandboxes(rubric.limits)
    try:
        report = grade_one(submission, rubric, tape, live).report
    finally:
        live.close()
    assert report.points and report.points > 80
    return Recorded(submission, rubric, {key: opened(frame) for key, frame in tape.new_calls.items()})


def leaves(change: Change) -> Change:
    """The change, on every number and array of a value."""

    def inside(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return type(value)(map(inside, value))
        if isinstance(value, dict):
            return {k: inside(v) for k, v in value.items()}
        return change(value)

    return inside


def numbers(change: Change) -> Change:
    return leaves(lambda value: change(np.asarray(value)) if isinstance(value, np.ndarray | float) else value)


def fault(**fields: Any) -> Change:
    return lambda reply: {
        "fault": {"kind": "crashed", "type": "ValueError", "message": "x", "line": ""} | fields
    }


VALUES: dict[str, Change] = {
    "nothing": lambda v: None,
    "text for numbers": leaves(lambda v: "x"),
    "nothing inside": leaves(lambda v: None),
    "numbers that no float holds exactly": leaves(lambda v: [2**64, -(2**900)]),
    "objects": leaves(lambda v: Ref(7, "A")),
    "what does not cross": leaves(lambda v: Opaque("<b>")),
    "complex": leaves(lambda v: 1j),
    "not finite": numbers(lambda v: np.full(v.shape, np.inf)),
    "huge": numbers(lambda v: np.full(v.shape, 1e308)),
    "empty": numbers(lambda v: np.zeros((0, 3))),
    "many dimensions": numbers(lambda v: v.reshape(v.shape + (1,) * (31 - v.ndim))),
    "arrays for numbers": leaves(lambda v: np.arange(4.0)),
    "tensors": leaves(lambda v: Tensor(np.ones((2, 2), bool))),
    "mappings for lists": lambda v: {0: v, None: [v], "a": {"b": v}},
    "lists for mappings": lambda v: [v, [v], []],
}
REPLIES: dict[str, Change] = {
    "empty": lambda reply: {},
    "places that are none": fault(where=["net.py:\u00b2", "a:99999999999999999999", ":", "\ud800:3"]),
    "a fault of wrong types": fault(kind=[1], type=5, message={"a": 1}, where={"b": 2}, line=None),
    "changed and said of wrong types": lambda reply: reply | {"changed": [[1], -7, "x"], "said": {"a": 1}, "type": 5},
}  # fmt: skip
LIES: dict[str, Change] = {
    **{name: lambda reply, change=change: reply | {"value": change(reply.get("value"))} for name, change in VALUES.items()},
    **{f"reply: {name}": change for name, change in REPLIES.items()},
}  # fmt: skip


@pytest.mark.parametrize("name", LIES)
def test_a_lie_gets_a_verdict(recorded: Recorded, name: str) -> None:
    """Whatever comes in place of answers, no check ends as an error of ours, and the lie earns less than the truth."""
    replies = {key: reply if "names" in reply else LIES[name](reply) for key, reply in recorded.calls.items()}
    tape = Tape(new_calls={key: pack(reply) for key, reply in replies.items()})
    graded = grade_one(recorded.submission, recorded.rubric, tape, Silent(recorded.rubric.limits))
    assert graded.staff == {}
    assert graded.report.status != "not_graded"
    if "changed" not in name:
        assert graded.report.points is not None
        assert graded.report.points < 80


@pytest.mark.parametrize(
    ("value", "empty"), [(np.zeros(3), True), (np.ones(3), False), ([np.ones(2), ""], False), ("", True)]
)
def test_what_is_cleared(value: Any, empty: bool) -> None:
    """An array in a cache is something, whatever it is compared with."""
    assert _empty(value) is empty
