"""report.json and its schema."""

from __future__ import annotations

import json
import math
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from fake_crowds import enormous, hostile, not_graded, waiting
from fake_parts import check, question, report
from fake_reports import full_marks, mistakes

from grader.model import Report
from grader.report import schema
from grader.report.write import plain, report_json, write_report, write_whole

MAKERS = [full_marks, mistakes, waiting, not_graded, hostile, enormous]


def refuse(word: str) -> None:
    """NaN and its like are not JSON."""
    raise AssertionError(word)


@pytest.mark.parametrize("make", MAKERS)
def test_strict_json(make) -> None:
    """Every report is strict JSON in UTF-8, without NaN or infinity, and fits the published schema."""
    data = json.loads(report_json(make()).decode("utf-8"), parse_constant=refuse)
    jsonschema.Draft202012Validator(json.loads(schema.PATH.read_text("utf-8"))).validate(data)
    assert list(data)[:4] == ["schema", "assignment", "title", "student"]


def test_schema_is_current() -> None:
    """The published schema is what the model gives; `python -m grader.report.schema` writes it again."""
    assert schema.PATH.read_text("utf-8") == schema.schema_json()


def test_same_bytes() -> None:
    """
    The order in which evidence was collected does not show in the file, and reading it back changes nothing.
    """
    evidence = {"b": 1.5, "a": {"z": [1, 2], "y": math.nan}}
    turned = {"a": {"y": math.nan, "z": [1, 2]}, "b": 1.5}
    files = []
    for found in (evidence, turned):
        made = check("Q1", "value", "lost", 0, 1, "m", evidence=found)
        files.append(report_json(report("x", [question("Q1", "t", [made])])))
    assert files[0] == files[1]
    assert report_json(Report.model_validate_json(files[0])) == files[0]


def test_plain() -> None:
    """Numbers that JSON lacks become null, numpy's become plain ones, sets are sorted, surrogates leave."""
    value = {
        "b": (np.float64("nan"), np.int32(3), np.array([[1.0, np.inf]])),
        "a": {2, 1},
        "s": "\ud800x",
        "p": Path("q"),
    }
    assert plain(value) == {"a": [1, 2], "b": [None, 3, [[1.0, None]]], "p": "q", "s": "?x"}
    assert list(plain({10: "", 9: ""})) == ["9", "10"]


def test_whole_or_not_at_all(tmp_path: Path) -> None:
    """A write that fails leaves the old file and nothing beside it."""
    path = tmp_path / "ada" / "report.json"
    write_report(path, full_marks())
    before = path.read_bytes()
    with pytest.raises(TypeError):
        write_whole(path, "not bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["report.json"]
