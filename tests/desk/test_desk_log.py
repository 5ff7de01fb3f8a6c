"""The audit file, and what it does to a report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.course import publish
from grader.desk.apply import reviewed
from grader.desk.book import Book, Item, draft
from grader.desk.log import NAME, Draft, Log
from grader.desk.said import Said, SaidWrong
from grader.errors import GraderError
from grader.model import Report
from grader.rubric import load

from .conftest import grade


@pytest.fixture
def book(course: Path) -> Book:
    return Book(course / "grades" / "essay", load(course / "rubrics" / "essay" / "rubric.yaml"))


def item(book: Book, student: str, check: str) -> Item:
    found = book.item(student, check)
    assert found is not None
    return found


def decide(book: Book, student: str, check: str, points: float, seen: int = 0, **said: object) -> None:
    shown = item(book, student, check)
    fields = Said("decide", points, points > 0, "because", "").fields(shown.max_points)
    book.log.append("Kim", [draft(shown, "decide", **fields | said)], {(student, check): seen})


def report(book: Book, student: str) -> Report:
    return reviewed(book.report(student), book.log.of(student))


def test_a_decision_makes_a_grade_final(book: Book) -> None:
    """Decided prose has its points, its outcome and a status of its own; applying twice changes nothing more."""
    decide(book, "ada", "Q1", 1.5, comment="Good.")
    once = report(book, "ada")
    assert (once.status, once.points, once.questions[0].outcome.value) == ("graded", 4.5, "partial")
    assert once.questions[0].checks[0].message == "Read and graded by the staff."
    assert once.provenance.reviewed == 1
    assert reviewed(once, book.log.of("ada")) == once


def test_withdrawing_gives_back_what_was(book: Book) -> None:
    """After a withdrawal the report is the one of the grader, apart from the number of the last entry."""
    before = book.report("ben")
    decide(book, "ben", "Q2.value", 3.0)
    decided = report(book, "ben")
    assert decided.questions[1].checks[1].message == "The staff looked at this and counts it as right."
    book.log.append("Lee", [draft(item(book, "ben", "Q2.value"), "withdraw")], {("ben", "Q2.value"): 1})
    after = reviewed(decided, book.log.of("ben"))
    assert after.questions == before.questions
    assert after.points == before.points


def test_a_decision_is_about_one_hand_in(book: Book, course: Path) -> None:
    """After another hand-in an override does not count, and prose that did not change keeps its points."""
    decide(book, "ben", "Q2.value", 3.0)
    decide(book, "ben", "Q1", 2.0)
    (course / "submissions" / "essay" / "ben" / "work.py").write_text("def double(x):\n    return 4 * x\n")
    grade(course)
    made = book.report("ben")
    assert [q.points for q in made.questions] == [2.0, 0.0]


def test_what_depends_on_a_check_goes_by_the_decision(book: Book, course: Path) -> None:
    """A check that others need and that a person counts as right lets those run."""
    decide(book, "ada", "Q2.defined", 0.0, outcome="lost")
    grade(course)
    assert book.report("ada").questions[1].checks[1].outcome.value == "not_run"


def test_publishing_runs_nothing(book: Book, course: Path) -> None:
    """Publishing changes the reports of those concerned alone, the table and the class page."""
    decide(book, "cleo", "Q1", 2.0)
    before = (course / "grades" / "essay" / "ada" / "report.json").read_bytes()
    assert publish(course / "grades", book.rubric) == ["cleo"]
    assert (course / "grades" / "essay" / "ada" / "report.json").read_bytes() == before
    assert "cleo,graded,2,5,2,0" in (course / "grades" / "essay" / "grades.csv").read_text()
    assert publish(course / "grades", book.rubric) == []


def test_who_comes_second_is_told(book: Book) -> None:
    """An entry about an item that has changed since the reviewer looked is not written; the others are."""
    decide(book, "ada", "Q1", 1.0)
    drafts = [draft(item(book, s, "Q1"), "decide", points=2.0, outcome="earned") for s in ("ada", "ben")]
    done = book.log.append("Lee", drafts, {})
    assert [e.student for e in done.entries] == ["ben"]
    assert [(s.last.who, s.last.points) for s in done.conflicts] == [("Kim", 1.0)]


@pytest.mark.parametrize("change", ["edit", "drop"])
def test_an_altered_audit_file_is_refused(book: Book, change: str) -> None:
    """An edited or missing line is named; nothing is applied."""
    for n, student in enumerate(("ada", "ben", "cleo")):
        decide(book, student, "Q1", float(n > 1))
    lines = book.log.path.read_text().splitlines(keepends=True)
    lines = [lines[0].replace("0.0", "2.0"), *lines[1:]] if change == "edit" else lines[1:]
    book.log.path.write_text("".join(lines))
    with pytest.raises(GraderError, match=r"review.jsonl:[12]: .*a line was altered"):
        Log(book.log.path).entries()


def test_a_torn_line_is_no_entry(book: Book) -> None:
    """A line that a crash cut short does not count and does not stop the next one."""
    decide(book, "ada", "Q1", 1.0)
    with book.log.path.open("a") as file:
        file.write('{"student": "ben", "ch')
    assert len(Log(book.log.path).entries()) == 1
    decide(book, "ben", "Q1", 1.0)
    assert [json.loads(line)["student"] for line in book.log.path.read_text().splitlines()] == ["ada", "ben"]


def test_no_file_no_entries(tmp_path: Path) -> None:
    """A class that nobody reviewed has no audit file."""
    assert list(Log(tmp_path / NAME).entries()) == []
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"points": "3"}, "from 0 to 2, got 3"),
        ({"points": "-1"}, "from 0 to 2"),
        ({"points": "nan"}, "from 0 to 2"),
        ({"points": "two"}, "got 'two'"),
        ({"points": ""}, "Choose points"),
        ({"points": "1", "manual": ""}, "Give a reason"),
        ({"action": "comment"}, "Write the comment"),
        ({"action": "erase"}, "Choose what to do"),
        ({"points": "1", "reason": "x" * 4001}, "4,000 fit"),
    ],
)
def test_wrong_forms(given: dict[str, str], says: str) -> None:
    """A form that cannot be saved says why."""
    manual = "manual" not in given
    with pytest.raises(SaidWrong, match=says):
        Said.read({"reason": "", **given}, 2.0, manual=manual)


def test_clusters(book: Book) -> None:
    """Students who lost a check by the same cause are one cluster."""
    [first, *_] = book.clusters()
    assert (first.check, first.diagnosis, [i.student for i in first.items]) == (
        "Q2.value",
        "scaled",
        ["ben", "cleo", "dan"],
    )


def test_drafts_hold_nothing_unknown() -> None:
    """An entry has the fields of its schema and no others."""
    with pytest.raises(ValueError, match="extra"):
        Draft.model_validate({"student": "a", "check": "b", "action": "decide", "colour": "red"})
