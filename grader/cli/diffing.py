"""`grade diff`: whose grade would change, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from grader.cli.grading import Meter
from grader.course import Options
from grader.diff import Change, CheckChange, Diff, diff_course
from grader.plan import plan


def diff(submissions: Path, rubric: Path | None, options: Options, to: Path | None) -> int:
    """The command: 0 when nobody's report changes, else 1."""
    console = Console()
    with Meter(console) as meter:
        found = diff_course(plan(submissions, rubric), options, meter.step)
    if to is not None:
        text = json.dumps([d.model_dump(mode="json") for d in found], indent=1)
        to.write_text(text + "\n", encoding="utf-8")
    for one in found:
        show(console, one)
    return 1 if any(d.changes or d.failed for d in found) else 0


def show(console: Console, found: Diff) -> None:
    """A line for each check that changes, below its student, then the count."""
    if found.changes:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in ("student", "grade", "check", "points", "outcome", "message"):
            table.add_column(name, no_wrap=name in ("student", "grade", "points"), overflow="fold")
        for change in found.changes:
            _rows(table, change)
        console.print(table)
    for student, why in found.failed.items():
        console.print(f"could not be graded: {student}: {why}", markup=False, highlight=False)
    regraded = sum(c.regraded for c in found.changes)
    console.print(
        f"{found.assignment}: of {found.students} students {regraded} get another grade, "
        f"{len(found.changes) - regraded} another wording or other points for the same sum; "
        f"{found.made} calls made, {found.replayed} replayed. Nothing is published.",
        highlight=False, soft_wrap=True,
    )  # fmt: skip


def _rows(table: Table, change: Change) -> None:
    head = [change.student, _grade(change)]
    cells = [[c.id, _arrow(c.points), _arrow(c.outcome), _message(c)] for c in change.checks]
    for line in cells or [[""] * 4]:
        table.add_row(*map(_plain, [*head, *line]))
        head = ["", ""]


def _grade(change: Change) -> str:
    was = "-" if change.points[0] is None else f"{change.points[0]:g}/{change.max_points[0]:g}"
    now = "-" if change.points[1] is None else f"{change.points[1]:g}/{change.max_points[1]:g}"
    return was if was == now else f"{was} -> {now}"


def _arrow(pair: tuple[Any, Any]) -> str:
    was, now = ("-" if v is None else f"{v:g}" if isinstance(v, float) else str(v) for v in pair)
    return was if was == now else f"{was} -> {now}"


def _message(check: CheckChange) -> str:
    was, now = check.message
    return "" if was == now else f"{was or '-'} -> {now or '-'}"


def _plain(text: str) -> str:
    return text.replace("[", "\\[")
