"""`grade diff`: whose grade would change, and why; nothing is published."""

from __future__ import annotations

import json
from pathlib import Path

from grader.diff import compare
from grader.model import CheckReport, Outcome, Provenance, QuestionReport, Report

from .conftest import Change, calls, files, grade


def report(points: float, message: str = "no", max_points: float = 2.0) -> Report:
    check = CheckReport(
        id="Q1.a",
        kind="value",
        outcome=Outcome.PARTIAL,
        points=points,
        max_points=max_points,
        message=message,
    )
    question = QuestionReport(
        id="Q1", title="", points=points, max_points=max_points, outcome=Outcome.PARTIAL, checks=[check]
    )
    return Report(
        assignment="demo", student="ada", status="graded", points=points, max_points=max_points,
        questions=[question], provenance=Provenance(rubric="", grader=""),
    )  # fmt: skip


def test_equal_reports_are_no_change() -> None:
    """Times and provenance are no change."""
    assert compare(report(1.0), report(1.0)) is None


def test_points_messages_and_new_students_are_changes() -> None:
    """Each check that is another one is listed with both sides; a sentence alone does not make another grade."""
    change = compare(report(1.0), report(2.0))
    assert change is not None and change.regraded
    assert (change.points, change.checks[0].points) == ((1.0, 2.0), (1.0, 2.0))
    words = compare(report(1.0), report(1.0, "yes"))
    assert words is not None and not words.regraded
    assert words.checks[0].message == ("no", "yes")
    new = compare(None, report(1.0))
    assert new is not None and new.regraded and new.checks[0].outcome == (None, "partial")


def test_nothing_changed(course: Path) -> None:
    """With the rubric of the grades, nobody changes and the status is 0."""
    done = grade(course, "diff", "submissions")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "of 5 students 0 get another grade" in done.stdout
    assert "0 calls made" in done.stdout


def test_more_points_for_a_check(course: Path, change: Change) -> None:
    """Who earns the check gets more; no student code runs, no report is touched, and the JSON says why."""
    before = files(course / "grades")
    change("points: 3", "points: 5")
    change("Q1.b, points: 1", "Q1.b, points: 3")
    done = grade(course, "diff", "submissions", "--json", "diff.json")
    assert done.returncode == 1
    assert "of 5 students 2 get another grade" in done.stdout
    assert "0 calls made" in done.stdout
    assert files(course / "grades") == before
    [found] = json.loads((course / "diff.json").read_text())
    changes = {c["student"]: c for c in found["changes"]}
    assert changes["right"]["points"] == [5.0, 7.0]
    [check] = changes["right"]["checks"]
    assert (check["id"], check["points"], check["outcome"]) == ("Q1.b", [1.0, 3.0], ["earned", "earned"])
    assert changes["mean"]["points"] == [4.0, 4.0]


def test_what_diff_showed_is_what_grade_gives(course: Path, change: Change) -> None:
    """New inputs make new calls once: the run that publishes finds them on the record."""
    change("{n: 5, i: 4, o: 3}", "{n: 6, i: 4, o: 3}")
    done = grade(course, "diff", "submissions")
    assert " 0 calls made" not in done.stdout
    again = grade(course, "submissions")
    assert calls(again)[0] == 0


def test_without_grades_there_is_nothing_to_compare(course: Path) -> None:
    """Bad usage is 2 with a sentence."""
    done = grade(course, "diff", "submissions", "--out", "elsewhere")
    assert done.returncode == 2
    assert "nothing is graded there yet" in done.stderr
    assert not (course / "elsewhere").exists()
