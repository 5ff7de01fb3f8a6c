"""Whatever becomes of a run, results.json is valid: the supervisor, the rate limit, the metadata, what fits into a container."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from grader.gradescope import supervise
from grader.gradescope.metadata import Earlier, Metadata, read_metadata
from grader.gradescope.rate import too_many, turned_away
from grader.gradescope.room import memory_for_student, seconds_for_student
from grader.rubric import Rate

SCHEMA = json.loads(Path(__file__).with_name("results.schema.json").read_text())
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def valid(results: Any) -> None:
    jsonschema.validate(json.loads(json.dumps(results, allow_nan=False)), SCHEMA)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("raise SystemExit(3)", "exit status 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "ran out of memory"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "signal 11"),
        ("import time; time.sleep(60)", "time budget of 0.5 s is over"),
        (
            "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)",
            "time budget of 0.5 s is over",
        ),
        ("pass", ""),
    ],
)
def test_every_end_has_a_reason(code: str, says: str) -> None:
    """A grading process that fails, is killed or does not end is told apart, and is gone afterwards."""
    began = time.monotonic()
    budget = 0.5 if "sleep" in code else 30
    said = supervise.watch([sys.executable, "-I", "-c", code], budget, grace=0.5)
    assert says in said if says else said == ""
    assert time.monotonic() - began < 25


def test_our_failure_has_no_score(tmp_path: Path) -> None:
    """When the grader itself fails there is a message and no score, the reason is hidden from the student, what was found stays."""
    partial = {
        "score": 3.0,
        "test_output_format": "html",
        "tests": [
            {
                "name": "Q1",
                "number": "1.1",
                "score": 3.0,
                "max_score": 3.0,
                "status": "passed",
                "output": "<p>Right.</p>",
            }
        ],
    }
    results = supervise.ended(partial, "the container ran out of memory", 12.0)
    valid(results)
    assert "score" not in results and not any("score" in t for t in results["tests"])
    assert [t["name"] for t in results["tests"]] == ["For the staff", "Q1"]
    assert results["tests"][0]["visibility"] == "hidden" and "memory" not in results["output"]
    assert "not your fault" in results["output"] and results["extra_data"]["status"] == "not_graded"


def test_without_settings_there_are_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A broken image still leaves a valid file, and the details are in the output that only instructors see."""
    monkeypatch.setenv("GRADE_SETTINGS", str(tmp_path / "none.json"))
    assert supervise.main(tmp_path) == 0
    results = json.loads((tmp_path / "results" / "results.json").read_text())
    valid(results)
    assert "score" not in results
    assert "Traceback" in capfd.readouterr().out + capfd.readouterr().err or "exit status" in json.dumps(
        results
    )


def test_the_file_is_never_half(tmp_path: Path) -> None:
    """Writing replaces the file whole and leaves nothing beside it."""
    for number in range(3):
        supervise.write(tmp_path / "results.json", {"score": number})
    assert [p.name for p in tmp_path.iterdir()] == ["results.json"]


# --- the platform's metadata ---------------------------------------------------------------------------------------

WHOLE = {
    "id": 123456,
    "created_at": "2018-07-01T14:22:32.365935-07:00",
    "assignment": {
        "due_date": "2018-07-31T23:00:00.000000-07:00",
        "total_points": "20.0",
        "late_due_date": None,
    },
    "users": [
        {
            "email": "ada@x.edu",
            "id": 1,
            "name": "Ada L",
            "assignment": {"due_date": "2018-08-02T23:00:00-07:00"},
        },
        {"email": "bob@x.edu", "id": 2, "name": "Bob", "sid": 77},
    ],
    "previous_submissions": [
        {"submission_time": "2018-07-01T13:22:32.365935-07:00", "score": "5.0", "autograder_error": False}
    ],
}


def test_metadata(tmp_path: Path) -> None:
    """Time, group, identities and the student's own extension are read."""
    (tmp_path / "m.json").write_text(json.dumps(WHOLE))
    found = read_metadata(tmp_path / "m.json")
    source = found.source(tmp_path)
    assert (source.student, source.name, source.members) == ("Ada_L_ada@x.edu", "Ada L", ("Bob",))
    assert source.due == "2018-08-02T23:00:00-07:00" and source.submitted_at.startswith("2018-07-01T14:22:32")
    assert source.member_ids == ({"sid": "77", "email": "bob@x.edu"},)
    assert found.earlier[0].score == 5.0 and not found.earlier[0].failed


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "[]", "null", "3", '{"users": 3, "assignment": []}', '{"users": [null, 5, {"name": {"a": 1}, "id": true}]}',
     '{"created_at": 12, "previous_submissions": [{"score": "NaN", "submission_time": []}, 4]}', '{"id": "' + "x" * 9999 + '"}', '{"id": ' + "9" * 9999 + "}", '{"created_at": "0001-01-01T00:00:00+14:00"}', '{"users": [{"name": "\\ud800", "sid": 1e999}]}',
      "[" * 100_000],
)  # fmt: skip
def test_odd_metadata(tmp_path: Path, text: str) -> None:
    """Whatever the platform puts there, a submission has a student and is graded."""
    (tmp_path / "m.json").write_text(text)
    source = read_metadata(tmp_path / "m.json").source(tmp_path)
    assert source.student and "/" not in source.student
    source.name.encode()  # no half of a pair of surrogates: the report could not be written


def test_no_metadata(tmp_path: Path) -> None:
    """Without the file (a run by hand) there is a name all the same, and the staff is told."""
    found = read_metadata(tmp_path / "m.json")
    assert "there is none" in found.problem and found.source(tmp_path).student == "submission"


# --- rate limit ----------------------------------------------------------------------------------------------------


def before(hours: float, **other: Any) -> Earlier:
    return Earlier(
        NOW - timedelta(hours=hours), **({"score": 5.0, "failed": False, "limited": False} | other)
    )


@pytest.mark.parametrize(
    ("earlier", "limited"),
    [
        ([before(1)], False),
        ([before(5), before(1)], True),
        ([before(30), before(1)], False),
        ([before(5, failed=True), before(1)], False),
        ([before(5), before(1, limited=True)], False),
        ([before(5), Earlier(None, 1.0, False, False)], False),
    ],
)
def test_rate(earlier: list[Earlier], limited: bool) -> None:
    """Two in 24 h: the third waits; what failed on our side, was turned away or is older does not count."""
    metadata = Metadata(created_at=NOW, earlier=tuple(earlier))
    assert (too_many(metadata, Rate(submissions=2, per=86400.0)) is not None) == limited


def test_one_too_many_keeps_the_score() -> None:
    """A submission that is turned away has the latest score, and says when the next is graded."""
    metadata = Metadata(created_at=NOW, earlier=(before(5, score=7.5), before(1, score=6.0)))
    rate = Rate(submissions=2, per=86400.0)
    again = too_many(metadata, rate)
    assert again == NOW + timedelta(hours=19)
    results = turned_away(metadata, rate, again)
    valid(results)
    assert results["score"] == 6.0 and "2026-11-21 07:00" in results["output"]
    none = turned_away(Metadata(created_at=NOW), rate, NOW)
    valid(none)
    assert "score" not in none


# --- room ----------------------------------------------------------------------------------------------------------


def test_memory(tmp_path: Path) -> None:
    """The student gets what is left of the smaller of what the rubric and the container say, and never nothing."""
    assert memory_for_student(768 << 20, False, tmp_path) == (768 - 300) << 20
    (tmp_path / "memory.max").write_text(str(512 << 20))
    assert memory_for_student(768 << 20, False, tmp_path) == (512 - 300) << 20
    (tmp_path / "memory.max").write_text("max\n")
    assert memory_for_student(400 << 20, True, tmp_path) == 128 << 20


def test_time() -> None:
    """Student code gets the budget less what the grader needs itself."""
    assert seconds_for_student(540) == 495
    assert seconds_for_student(60) == 30
