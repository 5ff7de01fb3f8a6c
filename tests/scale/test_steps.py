"""Steps of a recipe that are sent together: the record is the one of steps that are sent one by one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.checks.recipe import Recipe
from grader.live import Sandboxes
from grader.model import HandedFile, Source, Submission
from grader.record import Tape, unsqueeze
from grader.rubric import Rubric, load
from grader.run import grade_one
from grader.sandbox.box import protocol
from grader.sandbox.limits import Limits
from grader.student import Request, Scope

from ..core.conftest import LAYER, RIGHT, RUBRIC

CODES = {
    "right": RIGHT,
    "a step in the middle raises": RIGHT.replace("self.X.T @ G", "self.Y.T @ G"),
    "the first step raises": RIGHT.replace(
        "def __init__(self, i, o):", "def __init__(self, i, o):\n        raise ValueError"
    ),
    "no object": RIGHT.replace("class LinearLayer", "class Other")
    + "\ndef LinearLayer(i, o):\n    return 3\n",
    "an object of objects": LAYER.replace("return X @", "return self or X @"),
    "the program ends": RIGHT.replace("self.X = X", "import os; os._exit(3)"),
    "an answer that cannot be sent": RIGHT.replace(
        "return X @ self.weights + self.bias", "return [0] * 300_000"
    ),
    "it draws": RIGHT.replace("np.zeros((i, o))", "np.random.randn(i, o)"),
}


@pytest.fixture(scope="module")
def rubric(tmp_path_factory: pytest.TempPathFactory) -> Rubric:
    path = tmp_path_factory.mktemp("steps") / "rubric.yaml"
    path.write_text(RUBRIC)
    return load(path)


@pytest.fixture(scope="module")
def sandboxes() -> Iterator[Sandboxes]:
    live = Sandboxes(Limits(load=2.0))
    yield live
    live.close()


def calls(code: str, rubric: Rubric, live: Sandboxes) -> dict[bytes, Any]:
    """Key to reply, times left out."""
    handed = Submission(Source("ada", ("net.py",)), (HandedFile("net.py", code.encode()),))
    graded = grade_one(handed, rubric, Tape(), live)
    live.end()
    replies = {key: protocol.opened(unsqueeze(packed)) for key, packed in graded.additions.calls.items()}
    return {key: repr({k: v for k, v in r.items() if k != "seconds"}) for key, r in replies.items()}


@pytest.mark.parametrize("what", CODES)
def test_together_or_one_by_one(
    what: str, rubric: Rubric, sandboxes: Sandboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same calls with the same keys and the same replies, whatever the code does."""
    sent: list[int] = []
    ask = Scope._ask

    def count(self: Scope, *args: Any) -> Any:
        before = len(self.ahead)
        reply = ask(self, *args)
        sent.append(max(0, len(self.ahead) - before))
        return reply

    monkeypatch.setattr(Scope, "_ask", count)
    together = calls(CODES[what], rubric, sandboxes)
    monkeypatch.setattr(Recipe, "_upcoming", lambda *_: [])
    assert calls(CODES[what], rubric, sandboxes) == together
    if what == "right":
        assert max(sent) == 6


def test_what_was_told_wrong_is_done_again(
    rubric: Rubric, sandboxes: Sandboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that is not the one that was sent ahead starts in a fresh fork, and nothing of the other is seen."""
    right = calls(RIGHT, rubric, sandboxes)
    upcoming = Recipe._upcoming

    def wrong(self: Recipe, number: int, scope: Scope, *args: Any) -> Any:
        told = upcoming(self, number, scope, *args)
        return [Request({**told[0].asked, "name": "bias"}), *told[1:]] if told else told

    monkeypatch.setattr(Recipe, "_upcoming", wrong)
    assert calls(RIGHT, rubric, sandboxes) == right


def test_a_fault_costs_its_own_case(tmp_path: Path, sandboxes: Sandboxes) -> None:
    """What a case with a fault leaves behind, in the student's code or in a routine of ours, does not reach the next case."""
    (tmp_path / "routines.py").write_text(ROUTINE)
    (tmp_path / "rubric.yaml").write_text(FAULTY)
    code = "failed = []\n\n\ndef f(n):\n    if n == 1 or failed:\n        failed.append(n)\n        raise ValueError(n)\n    return n\n"
    handed = Submission(Source("ada", ("work.py",)), (HandedFile("work.py", code.encode()),))
    graded = grade_one(handed, load(tmp_path / "rubric.yaml"), Tape(), sandboxes)
    sandboxes.end()
    assert [c.points for q in graded.report.questions for c in q.checks] == [0.6, 0.6]


ROUTINE = """
failed = []

def g(f, n):
    try:
        return f(n)
    except ValueError:
        failed.append(n)
        raise

def h(n):
    if failed:
        raise failed[0]
    return n
"""
FAULTY = """
assignment: faulty
title: A fault
seed: 1
code:
  - {names: [f]}
recipes:
  plain: {sizes: [{n: 2}, {n: 1}, {n: 3}], steps: [y = f(n)], reference: n}
  routine: {sizes: [{n: 2}, {n: 1}, {n: 3}], routine: routines.py, steps: ["x = g(f, n)", "y = h(n)"], reference: n}
questions:
  - id: Q
    title: Q
    points: 2
    checks:
      - {id: Q.plain, points: 1, cases: {recipes: [plain], of: y, called: f, each: "['one', 'two', 'three'][n - 1]", cost: 0.4}}
      - {id: Q.routine, points: 1, cases: {recipes: [routine], of: y, called: f, each: "['one', 'two', 'three'][n - 1]", cost: 0.4}}
"""
