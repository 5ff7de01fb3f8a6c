"""
results.json by the rules of Gradescope's specification, checked independently of the code that writes it.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest
from fake_crowds import SECRET, enormous, hostile, not_graded, waiting
from fake_reports import full_marks, mistakes

from grader.adapters.gradescope import results_json, write_results
from grader.model import Report

MAKERS = [full_marks, mistakes, waiting, not_graded, hostile, enormous]
_TOP = """
score execution_time output output_format test_output_format test_name_format visibility
stdout_visibility extra_data tests leaderboard
"""
_TEST = "score max_score status name name_format number output output_format tags visibility extra_data"
TOP, TEST = set(_TOP.split()), set(_TEST.split())
VISIBILITY = {"hidden", "after_due_date", "after_published", "visible"}
FORMATS = {"text", "html", "simple_format", "md", "ansi"}


def accept(results: dict) -> None:
    """What Gradescope's page on results.json says of the fields."""
    assert set(results) <= TOP
    assert {results[k] for k in ("output_format", "test_output_format", "test_name_format")} <= FORMATS
    assert {results["visibility"], results["stdout_visibility"]} <= VISIBILITY
    assert isinstance(results["execution_time"], int | float)
    for test in results["tests"]:
        assert set(test) <= TEST
        assert isinstance(test["number"], str)
        assert test.get("status", "passed") in ("passed", "failed")
        assert all(isinstance(tag, str) for tag in test["tags"])
        assert "\r" not in test["output"]
        if "score" in test:
            assert math.isfinite(test["score"])
            assert math.isfinite(test["max_score"])
    for entry in results["leaderboard"]:
        assert set(entry) <= {"name", "value", "order"}
        assert entry["order"] in ("asc", "desc")


@pytest.mark.parametrize("make", MAKERS)
def test_accepted(make) -> None:
    """Every report gives results that Gradescope's rules accept, without NaN and below 10 MB."""
    results = results_json(make())
    accept(results)
    assert len(json.dumps(results, allow_nan=False)) < 10e6


def test_score_is_the_total() -> None:
    """The score counts extra credit; tests sum up to it."""
    results = results_json(full_marks())
    assert results["score"] == 23.75
    assert sum(test["score"] for test in results["tests"]) == 23.75
    assert {test["status"] for test in results["tests"]} == {"passed"}
    assert results["output"].startswith("23.75 of 22.5 points.")


def test_not_graded_has_no_score_anywhere() -> None:
    """A grade must not come of an error of ours: no score in whole or in part, and no detail of the error."""
    results = results_json(not_graded())
    assert "score" not in results
    assert not any("score" in test or "max_score" in test for test in results["tests"])
    assert "not your fault" in results["output"]
    assert SECRET not in json.dumps(results)


def test_waiting_is_informational() -> None:
    """A check that waits for a person has no score of its own, and the output says what waits."""
    results = results_json(waiting())
    waits = [test for test in results["tests"] if "manual" in test["tags"]]
    assert [test["name"] for test in waits] == ["Q2.proof", "Q4.text"]
    assert not any("score" in test or "status" in test for test in waits)
    assert "Not final: 2 more points wait for a person (Q2.proof, Q4.text)." in results["output"]


def test_output_teaches() -> None:
    """A test's output holds the message, the diagnosis and what to look at next, as plain text."""
    test = next(t for t in results_json(mistakes())["tests"] if t["name"].startswith("Q3.grad_bias"))
    assert test["number"] == "3.2"
    assert test["output"].split("\n\n")[0].startswith("grad_bias: expected shape")
    assert "Why this happens: Each row" in test["output"]
    assert test["output"].endswith("np.sum has an axis argument.")


def test_plain_text_only() -> None:
    """Nothing that a student wrote is given as markup, and nothing in it is hidden."""
    results = results_json(hostile())
    assert (results["output_format"], results["test_output_format"], results["test_name_format"]) == (
        "text",
    ) * 3
    assert not any("output_format" in test or "name_format" in test for test in results["tests"])
    shown = json.dumps(results, ensure_ascii=False)
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown)


def test_leaderboard_is_public() -> None:
    """Only the public part is on Gradescope's leaderboard."""
    assert results_json(full_marks())["leaderboard"] == [
        {"name": "accuracy", "value": 0.921, "order": "desc"}
    ]


def test_visibility_is_the_callers() -> None:
    """The caller says when students see the tests."""
    results = results_json(full_marks(), visibility="after_published", stdout_visibility="visible")
    assert (results["visibility"], results["stdout_visibility"]) == ("after_published", "visible")


def test_nan_points() -> None:
    """A number that is none never reaches the file."""
    made = full_marks()
    made.questions[0].checks[0].points = math.nan
    made.points = math.nan
    made.provenance.seconds = math.inf
    results = results_json(made)
    assert "score" not in results
    json.dumps(results, allow_nan=False)


def test_written(tmp_path: Path) -> None:
    """The file reads back as what was written."""
    results = results_json(Report.model_validate(mistakes().model_dump(by_alias=True)))
    write_results(tmp_path / "results.json", results)
    assert json.loads((tmp_path / "results.json").read_text("utf-8")) == results
