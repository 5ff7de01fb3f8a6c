"""Gradescope's results.json. Output is plain text or HTML made here: nothing that a student wrote is ever markup there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pydantic_core

from grader.adapters import gradescope_html
from grader.model import CheckReport, Json, Outcome, QuestionReport, Report, Visibility
from grader.report import wording
from grader.report.text import clip, points, visible
from grader.report.write import plain, write_whole

LONGEST_OUTPUT = 4000
MOST_TESTS = 1000


Format = Literal["text", "html"]


def results_json(
    report: Report,
    *,
    visibility: Visibility = "visible",
    stdout_visibility: Visibility = "hidden",
    output: Format = "text",
    leaderboard: Sequence[str] = (),
    group: Sequence[str] = (),
) -> dict[str, Json]:
    """
    The report as Gradescope's results.

    A report that is not graded has no score at all, neither in whole nor in any test, so that Gradescope
    cannot make a grade of it; a check that waits for a person has none either.

    Args:
        report: what to say.
        visibility: of all tests that the rubric says nothing else of.
        stdout_visibility: of what the container printed.
        output: how tests say what they have to say.
        leaderboard: `points`, `seconds`, beside what checks put there themselves.
        group: the members, where there are several.

    Returns:
        JSON without NaN, ready for `json.dump`.
    """
    total = wording.total(report)
    results: dict[str, Json] = {
        "output": _summary(report, group),
        "output_format": "text",
        "test_output_format": output,
        "test_name_format": "text",
        "visibility": visibility,
        "stdout_visibility": stdout_visibility,
        "execution_time": _finite(report.provenance.seconds) or 0.0,
        "tests": _tests(report, total is not None, output),
        "leaderboard": [*_leaderboard(report), *_usual(report, total, leaderboard)],
        "extra_data": _extra(report),
    }
    if total is not None and _finite(total) is not None:
        results = {"score": total, **results}
    found: dict[str, Json] = plain(results, top=True)
    return found


def write_results(path: Path, results: dict[str, Json]) -> None:
    """Write results.json, whole or not at all."""
    write_whole(path, pydantic_core.to_json(results, indent=1, inf_nan_mode="null") + b"\n")


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _summary(report: Report, group: Sequence[str] = ()) -> str:
    if report.status == "not_graded":
        head = wording.NOT_GRADED
    else:
        head = f"{points(wording.total(report))} of {points(report.max_points)} points."
        waits = wording.waiting(report)
        if waits:
            names = ", ".join(check.id for check in waits[:20])
            more = points(sum(check.max_points for check in waits))
            head += f" Not final: {more} more points wait for a person ({names})."
    if report.late is not None:
        head += f"\n{wording.late(report)}"
    if len(group) > 1:
        head += f"\nGroup: {', '.join(group)}."
    problems = [
        " ".join(p[key] for key in ("path", "message", "help") if p.get(key)) for p in report.problems[:40]
    ]
    return _text("\n".join([head, *problems, *report.notes[:40]]))


def _text(text: str) -> str:
    return clip(visible(text), LONGEST_OUTPUT)


def _tests(report: Report, scored: bool, output: Format) -> list[dict[str, Json]]:
    found: list[dict[str, Json]] = []
    for place, question in enumerate(report.questions, 1):
        for number, check in enumerate(question.checks, 1):
            found.append(_test(question, check, f"{place}.{number}", scored, output))
    if report.late is not None:
        cost = f", -{points(report.late.deduction)} points" if report.late.deduction else ""
        late = {
            "name": f"Handed in late{cost}",
            "number": f"{len(report.questions) + 1}",
            "output": _text(report.late.says),
        }
        found = [*found[: MOST_TESTS - 1], late | {"output_format": "text", "tags": ["late"]}]
    return found[:MOST_TESTS]


def _test(
    question: QuestionReport, check: CheckReport, number: str, scored: bool, output: Format
) -> dict[str, Json]:
    title = f": {check.title}" if check.title and check.title != check.id else ""
    test: dict[str, Json] = {
        "name": clip(visible(f"{check.id}{title}"), 200).replace("\n", " "),
        "number": number,
        "output": _output(check) if output == "text" else gradescope_html.check_html(check, LONGEST_OUTPUT),
        "tags": [clip(visible(tag), 60) for tag in (check.kind, check.outcome.value, *check.tags)],
        "extra_data": {
            "check": visible(check.id),
            "question": visible(question.id),
            "outcome": check.outcome.value,
        },
    }
    if check.visibility != "visible":
        test["visibility"] = check.visibility
    if check.outcome in (Outcome.MANUAL, Outcome.ERROR):
        return test
    status = "passed" if check.outcome is Outcome.EARNED else "failed"
    score = _finite(check.points)
    if not scored or score is None:
        return test | {"status": status}
    return test | {"score": score, "max_score": check.max_points, "status": status}


def _output(check: CheckReport) -> str:
    parts = [wording.message(check)]
    if check.outcome is Outcome.MANUAL:
        parts.append(f"{points(check.max_points)} points wait for a person.")
    if check.outcome is not Outcome.ERROR:
        parts += [f"Why this happens: {check.diagnosis.says}" if check.diagnosis else "", check.help]
    return _text("\n\n".join(part for part in parts if part))


def _leaderboard(report: Report) -> list[dict[str, Json]]:
    """The public scores; the private ones rank in the class page only."""
    entries = []
    for question in report.questions:
        for check in question.checks:
            board = check.evidence.get("leaderboard")
            if isinstance(board, dict) and check.outcome is not Outcome.ERROR:
                entries += _entry(board)
    return entries


def _usual(report: Report, total: float | None, wanted: Sequence[str]) -> list[dict[str, Json]]:
    found: list[dict[str, Json]] = []
    if "points" in wanted and _finite(total) is not None:
        found.append({"name": "Points", "value": total, "order": "desc"})
    if "seconds" in wanted and total is not None:
        spent = sum(check.seconds for question in report.questions for check in question.checks)
        found.append({"name": "Seconds", "value": round(spent, 1), "order": "asc"})
    return found


def _entry(board: dict[str, Json]) -> list[dict[str, Json]]:
    public = board.get("public")
    value = public.get("value") if isinstance(public, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return []
    order = "asc" if board.get("order") == "asc" else "desc"
    return [{"name": clip(visible(str(board.get("metric", "score"))), 60), "value": value, "order": order}]


def _extra(report: Report) -> dict[str, Json]:
    made = report.provenance
    return {
        "schema": report.schema_version,
        "assignment": report.assignment,
        "status": report.status,
        "rubric": made.rubric,
        "grader": made.grader,
        "submission": made.submission,
    }
