"""The straight line: verdicts, points, faults and replay, through the real sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assemble import overall
from grader.errors import GraderError
from grader.live import Sandboxes
from grader.model import HandedFile, Outcome, Source, Submission
from grader.record import Tape
from grader.rubric import Rubric, load
from grader.run import collect, grade_one
from grader.student import Live

from .conftest import DOUBLE, LAYER, RIGHT, Grader, messages, outcomes, submission

ALL = ["Q1.w", "Q1.b", "Q1.x", "Q2.defined", "Q2.shape", "Q2.value"]


def only_lost(found: dict[str, str]) -> list[str]:
    return [k for k, v in found.items() if v != "earned"]


def test_right_earns_everything(grade: Grader) -> None:
    """A right submission earns all points."""
    graded = grade(RIGHT)
    assert only_lost(outcomes(graded)) == []
    assert (graded.report.points, graded.report.status) == (5.0, "graded")


WRONG = [
    ("self.grad_bias = G.sum(axis=0)", "self.grad_bias = G.mean(axis=0)", ["Q1.b"], "grad_bias"),
    ("self.X.T @ G", "-self.X.T @ G", ["Q1.w"], "grad_weights"),
    ("return G @ self.weights.T", "return G @ self.weights", ["Q1.x"], "net.py:13"),
    ("return G @ self.weights.T", "pass", ["Q1.x"], "None"),
    ("self.grad_bias = G.sum(axis=0)", "pass", ["Q1.b"], "grad_bias"),
    ("self.grad_bias = G.sum(axis=0)", "raise SystemExit", ["Q1.b", "Q1.x"], "ended the program"),
    ("self.grad_bias = G.sum(axis=0)", "import os; os._exit(0)", ["Q1.w", "Q1.b", "Q1.x"], "ended instead"),
    ("self.grad_bias = G.sum(axis=0)", "\n        while True: pass", ["Q1.w", "Q1.b", "Q1.x"], "no answer after 1.5 s"),
    ("return 2 * x", "return x", ["Q2.value"], "double"),
    ("return 2 * x", "return (2 * x)[:1]", ["Q2.shape", "Q2.value"], "expected shape (3,), got (1,)"),
    ("return 2 * x", "return x.sum() * float('nan') + x", ["Q2.shape", "Q2.value"], "nan"),
    ("return 2 * x", "return [None]", ["Q2.shape", "Q2.value"], "a list of 1"),
    ("return 2 * x", "return undefined", ["Q2.shape", "Q2.value"], "NameError"),
    ("self, i, o", "self, i, o, rate, seed", ["Q1.w", "Q1.b", "Q1.x"], "missing 2 required positional arguments"),
    ("return 2 * x", "return double(x)", ["Q2.shape", "Q2.value"], "RecursionError"),
    ("def double", "def doubled", ["Q2.defined", "Q2.shape", "Q2.value"], "not defined in net.py"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "lost", "phrase"), WRONG)
def test_one_mistake_costs_its_own_points(
    grade: Grader, old: str, new: str, lost: list[str], phrase: str
) -> None:
    """A mistake costs the checks that it spoils and no others, and its message says what came."""
    graded = grade(RIGHT.replace(old, new))
    assert only_lost(outcomes(graded)) == lost
    assert phrase in messages(graded)[lost[0]]


ODD = {
    "float32": LAYER.replace("self.X = X", "self.X = X.astype(np.float32)") + DOUBLE,
    "kept shape": RIGHT.replace("G.sum(axis=0)", "G.sum(0, keepdims=True)"),
    "fortran order": RIGHT.replace("self.X.T @ G", "np.asfortranarray(self.X.T @ G)"),
    "a list": RIGHT.replace("return 2 * x", "return [2 * v for v in x]"),
    "matrix": RIGHT.replace("G.sum(axis=0)", "np.matrix(G.sum(axis=0))"),
    "masked": RIGHT.replace("return 2 * x", "return np.ma.array(2 * x)"),
    "prints": RIGHT.replace("return 2 * x", "print('x' * 10**6)\n    return 2 * x"),
    "fails at the top": "data = open('mnist.csv').read()\n" + RIGHT,
    "exits at the end": RIGHT + "\nimport sys\nsys.exit(3)\n",
    "behind the guard": RIGHT + "\nif __name__ == '__main__':\n    1 / 0\n",
    "endless at the end": RIGHT + "\nwhile True: pass\n",
    "barred but unused": "import pandas as pd\n" + RIGHT,
    "old numpy names": RIGHT.replace("return 2 * x", "return 2 * x.astype(np.float)"),
    "crlf": RIGHT.replace("\n", "\r\n"),
    "byte-order mark": "\ufeff" + RIGHT,
    "all in the guard": "if __name__ == '__main__':\n"
    + "".join(f"    {line}\n" for line in RIGHT.splitlines()),
    "function in guard": LAYER + "if __name__ == '__main__':\n    def double(x):\n        return 2 * x\n",
    "threads": RIGHT + "\nimport threading\nthreading.Thread(target=lambda: None).start()\n",
    "one more argument": RIGHT.replace("def __init__(self, i, o):", "def __init__(self, i, o, rate):"),
    "changes settings": "import numpy as np\nnp.seterr(all='raise')\nnp.set_printoptions(precision=1)\n"
    + RIGHT,
}


@pytest.mark.parametrize("style", ODD)
def test_odd_styles_lose_nothing(grade: Grader, style: str) -> None:
    """Whatever the style, right code earns everything."""
    graded = grade(ODD[style])
    assert only_lost(outcomes(graded)) == [], messages(graded)


def test_a_failing_load_is_told(grade: Grader) -> None:
    """What stopped while loading is said in the report, with its line."""
    notes = grade(ODD["fails at the top"]).report.notes
    assert any("net.py:1" in n and "FileNotFoundError" in n for n in notes)


def test_using_a_barred_module_loses(grade: Grader) -> None:
    """Code that reaches a module that is not allowed gets the name of what it used."""
    graded = grade("import pandas as pd\n" + RIGHT.replace("return 2 * x", "return pd.Series(2 * x)"))
    assert "pandas.Series is not allowed" in messages(graded)["Q2.shape"]


def test_the_second_run_replays(grade: Grader) -> None:
    """A second run makes no call and gives the same report."""
    first = grade(RIGHT)
    again = grade(RIGHT, Tape(dict(first.additions.calls)))
    assert first.made > 0
    assert again.made == 0
    assert again.replayed > 0
    assert again.report.questions == first.report.questions
    kept = grade(RIGHT, Tape(first.additions.calls, first.additions.verdicts))
    assert kept.report.questions == first.report.questions
    assert kept.report.provenance.isolation == first.report.provenance.isolation != []


def test_a_lost_call_is_made_again(grade: Grader) -> None:
    """Only calls that are not recorded run, and they find the objects as they were."""
    first = grade(RIGHT)
    keys = list(first.additions.calls)
    for gone in keys[1:]:
        kept = {k: v for k, v in first.additions.calls.items() if k != gone}
        again = grade(RIGHT, Tape(kept))
        assert again.made == 1
        assert again.report.questions == first.report.questions


class Broken(Live):
    """A sandbox that is our own fault."""

    def versions(self, spec: object) -> str:
        return ""

    def packages(self, specs: object) -> dict[str, str]:
        return {}

    def layers(self, spec: object) -> list[str]:
        return []

    def load(self, student: object, spec: object) -> dict[str, object]:
        raise GraderError("the disk is full")


def test_our_fault_costs_nothing_and_earns_nothing(rubric: Rubric) -> None:
    """An error of ours leaves the submission without a grade; its details are for the staff only."""
    graded = grade_one(submission(RIGHT), rubric, Tape(), Broken())
    assert (graded.report.status, graded.report.points) == ("not_graded", None)
    assert set(outcomes(graded).values()) <= {"error", "not_run"}
    assert "the disk is full" in graded.staff["Q1.w"]
    assert "disk" not in graded.report.model_dump_json()


def test_our_fault_is_not_recorded(rubric: Rubric, sandboxes: Sandboxes) -> None:
    """After an error of ours, the same tape grades as if nothing had happened."""
    tape = Tape()
    grade_one(submission(RIGHT), rubric, tape, Broken())
    assert not tape.new_verdicts
    assert grade_one(submission(RIGHT), rubric, tape, sandboxes).report.points == 5.0
    sandboxes.end()


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (["earned", "earned"], "earned"),
        (["earned", "lost"], "partial"),
        (["lost", "not_run"], "lost"),
        (["not_run"], "not_run"),
        (["earned", "manual", "lost"], "manual"),
        (["manual", "error"], "error"),
        (["partial"], "partial"),
    ],
)
def test_the_outcome_of_a_question(parts: list[str], whole: str) -> None:
    """A question's outcome follows from those of its checks."""
    assert overall([Outcome(p) for p in parts]).value == whole


def test_boxes_are_matched_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A box belongs to the label whose left-hand side it carries; of very many the last belong to none, and the grader goes on."""
    rubric = load(Path(__file__).parents[2] / "rubrics" / "cs181-hw3" / "rubric.yaml")
    text = rb"\section{Problem 1} \boxed{\sigma_{post}^2 = x}"
    handed = Submission(Source("ada", ("made",)), (HandedFile("w.tex", text),))
    assert "P1.1.var" in collect(handed, rubric).answers
    monkeypatch.setattr("grader.run.BOX_SECONDS", -1.0)
    found = collect(handed, rubric)
    assert found.answers == {}
    assert [box.text for boxes in found.boxes.values() for box in boxes] == [r"\sigma_{post}^2 = x"]
