"""A class of samples graded once, and the table that says what each of them gets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.course import ClassResult, Options, grade_course
from grader.plan import plan

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Expected:
    """What one check of one submission comes to; `phrase` is in its message or its help."""

    outcome: str
    points: float | None
    phrase: str = ""


def lost(phrase: str = "") -> Expected:
    return Expected("lost", 0.0, phrase)


def part(points: float, phrase: str = "") -> Expected:
    return Expected("partial", points, phrase)


def manual(phrase: str = "waits for a person") -> Expected:
    return Expected("manual", 0.0, phrase)


def not_run(need: str) -> Expected:
    return Expected("not_run", 0.0, f"it needs {need} to be right first")


def earned(points: float = 0.0, phrase: str = "") -> Expected:
    return Expected("earned", points, phrase)


@dataclass(frozen=True)
class Graded:
    """A class that was graded: the outcome of the run, and the reports as they were written."""

    result: ClassResult
    reports: Mapping[str, Any]
    out: Path


def grade(
    submissions: Path, rubric: Path, out: Path, *, only: tuple[str, ...] = (), workers: int = 2
) -> Graded:
    """Grade a folder with the course's own code and read what it wrote."""
    options = Options(out, workers, only=only)
    [result] = grade_course(plan(submissions, rubric), options, lambda *_: None)
    folder = out / result.rubric.assignment
    reports = {p.parent.name: json.loads(p.read_text("utf-8")) for p in sorted(folder.glob("*/report.json"))}
    return Graded(result, reports, folder)


def checks_of(report: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The checks of a report by id."""
    return {check["id"]: check for question in report["questions"] for check in question["checks"]}


def disagreements(report: Mapping[str, Any], expected: Mapping[str, Expected]) -> list[str]:
    """Where a report is not what the table says; empty when it is."""
    checks, found = checks_of(report), []
    if missing := set(expected) ^ set(checks):
        found.append(f"checks that are only on one side: {sorted(missing)}")
    for name in expected.keys() & checks.keys():
        want, got = expected[name], checks[name]
        text = f"{got['message']} {got['help']}"
        if (got["outcome"], got["points"]) != (want.outcome, want.points) or want.phrase not in text:
            found.append(f"{name}: expected {want}, got {got['outcome']} {got['points']} {text}")
    return found


def without_times(report: Any) -> Any:
    """A report without what differs from run to run: times and measured seconds."""
    if isinstance(report, dict):
        return {k: without_times(v) for k, v in report.items() if k not in ("seconds", "started")}
    return [without_times(v) for v in report] if isinstance(report, list) else report
