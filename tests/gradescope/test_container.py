"""A run in the platform's layout, without the container: partial results, visibility, markup, lateness, what students cannot reach."""

from __future__ import annotations

import html.parser
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from grader.adapters.gradescope_html import TAGS, check_html
from grader.gradescope.container import Board, fitted
from grader.model import CheckReport, Diagnosis, Outcome, Source
from grader.rubric import load

from ..exports.conftest import RIGHT, RUBRIC

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads(Path(__file__).with_name("results.schema.json").read_text())
OPTIONS = RUBRIC.replace(
    "id: Q1.shape, points: 5,", "id: Q1.shape, points: 5, visibility: after_published, tags: [first],"
)
OPTIONS += "gradescope: {budget: 100, leaderboard: [points], rate: {submissions: 2, per: 1d}}\n"


@pytest.fixture
def platform(tmp_path: Path) -> Path:
    place = tmp_path / "source" / "rubrics" / "demo"
    place.mkdir(parents=True)
    (place / "rubric.yaml").write_text(OPTIONS)
    (place / "extensions.csv").write_text("email,days\n")
    (tmp_path / "submission").mkdir()
    (tmp_path / "settings.json").write_text(json.dumps({"rubric": str(place / "rubric.yaml"), "budget": 100}))
    return tmp_path


def run(platform: Path, code: str | None, **metadata: Any) -> tuple[dict[str, Any], str]:
    if code is not None:
        (platform / "submission" / "hw3.py").write_text(code)
    (platform / "submission_metadata.json").write_text(json.dumps(metadata))
    done = subprocess.run(
        [sys.executable, "-m", "grader.gradescope.supervise", str(platform)], capture_output=True, text=True, timeout=150,
        env=os.environ | {"GRADE_SETTINGS": str(platform / "settings.json"), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0
    results = json.loads((platform / "results" / "results.json").read_text())
    jsonschema.validate(results, SCHEMA)
    return results, done.stdout + done.stderr


def test_a_late_group(platform: Path) -> None:
    """Score after the deduction, a line for it, the group's names, visibility and tags per check, a place on the leaderboard."""
    results, _ = run(
        platform, RIGHT, created_at="2026-04-27T13:00:00-05:00",
        users=[{"name": "Ada", "email": "ada@x.edu"}, {"name": "Bob", "email": "b@x.edu"}],
        assignment={"due_date": "2026-04-26T23:59:00-05:00"},
    )  # fmt: skip
    assert results["score"] == 9.0
    assert (
        "Group: Ada, Bob." in results["output"]
        and "Late: Handed in 13 h 1 min late: 10 %" in results["output"]
    )
    shape, value, late = results["tests"]
    assert shape["visibility"] == "after_published" and "first" in shape["tags"] and "visibility" not in value
    assert late["name"] == "Handed in late, -1 points" and "score" not in late
    assert results["leaderboard"] == [{"name": "Points", "value": 9.0, "order": "desc"}]


def test_one_too_many(platform: Path) -> None:
    """Beyond the rate nothing is run and the score stays."""
    earlier = [
        {"submission_time": f"2026-04-26T1{h}:00:00-05:00", "score": "4.0", "autograder_error": False}
        for h in (0, 1)
    ]
    results, _ = run(platform, RIGHT, created_at="2026-04-26T12:00:00-05:00", previous_submissions=earlier)
    assert results["score"] == 4.0 and "not graded: at most 2 are graded in 24 h" in results["output"]


def test_no_folder(platform: Path) -> None:
    """A submission that the platform did not deliver is our fault: no score, a message, the traceback in stdout only."""
    (platform / "submission").rmdir()
    results, heard = run(platform, None)
    assert "score" not in results and "not your fault" in results["output"]
    assert "the platform put no submission there" in heard and "Traceback" not in json.dumps(results)


def test_metadata_that_cannot_be_read(platform: Path) -> None:
    """A hand-in of no file has 0 points; where time and people are not known and would count, the results say so."""
    (platform / "submission_metadata.json").write_text('{"id": 1, "users": [')
    done = subprocess.run(
        [sys.executable, "-m", "grader.gradescope.container", str(platform), str(platform / "source/rubrics/demo/rubric.yaml"), "100"],
        capture_output=True, text=True, timeout=150, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    results = json.loads((platform / "results" / "results.json").read_text())
    jsonschema.validate(results, SCHEMA)
    assert results["score"] == 0.0 and "no lateness was counted" in results["output"]
    assert "submission_metadata.json: cannot be read" in done.stdout


def test_partial_results(platform: Path, tmp_path: Path) -> None:
    """After each check there is a valid file with the points so far and the names of the checks that are still to come."""
    rubric = fitted(load(platform / "source" / "rubrics" / "demo" / "rubric.yaml"), 100.0)
    board = Board(rubric, Source("ada", ()), tmp_path / "results.json")
    seen = []
    for check in rubric.questions[0][1]:
        seen.append(board.partial())
        board.tell(
            rubric.questions[0][0],
            CheckReport(
                id=check.id,
                kind="value",
                outcome=Outcome.EARNED,
                points=5.0,
                max_points=5.0,
                message="Right.",
            ),
        )
    seen.append(json.loads((tmp_path / "results.json").read_text()))
    for results in seen:
        jsonschema.validate(results, SCHEMA)
    assert [r["score"] for r in seen] == [0.0, 5.0, 10.0]
    assert [sum("not reached" in t["name"] for t in r["tests"]) for r in seen] == [2, 1, 0]


def test_limits_fit(platform: Path) -> None:
    """At half a processor calls have twice their time, and all together never more than the budget leaves."""
    plain = load(platform / "source" / "rubrics" / "demo" / "rubric.yaml")
    rubric = fitted(plain, 100.0)
    assert rubric.specs[0].call_seconds == 2 * plain.specs[0].call_seconds
    assert rubric.limits.total == 55.0 and rubric.limits.memory <= 468 << 20


class Sanitiser(html.parser.HTMLParser):
    """A strict sanitiser: it records every tag and attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[Any] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "`<img src=x onerror=y>`",
        "a & b < c",
        "`code` and `more`",
        "x\ny",
        "\u202eabc",
    ],
)
def test_markup(evil: str) -> None:
    """Output has a handful of tags without attributes; what a student wrote is only ever text."""
    lines = [{"file": evil, "line": 3, "note": evil}]
    check = CheckReport(id="Q1", kind="value", outcome=Outcome.LOST, points=0.0, max_points=1.0, message=evil, help=evil,
                        diagnosis=Diagnosis(id="scaled", says=evil), evidence={"lines": lines})  # fmt: skip
    seen = Sanitiser()
    seen.feed(check_html(check, 4000))
    assert set(seen.tags) <= set(TAGS) and not seen.attributes
    assert "\u202e" not in seen.text and "Why this happens:" in seen.text
