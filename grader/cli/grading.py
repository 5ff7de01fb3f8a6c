"""`grade SUBMISSIONS`: progress while it runs, a summary at its end."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from grader.ahead import HeadStart
from grader.cli.listing import shortened
from grader.course import ClassResult, Options, grade_course
from grader.plan import Assignment

PLAIN_SECONDS = 5.0
WIDE = 120
"""Columns of a table that goes to a file or a pipe."""


def grade(assignments: list[Assignment], options: Options, ahead: HeadStart) -> int:
    """The command; returns the exit status."""
    console = Console(width=None if sys.stdout.isatty() else WIDE)
    if console.is_terminal:
        names = ", ".join(a.rubric.parent.name for a in assignments)
        console.print(f"Grading {names}", markup=False, highlight=False, soft_wrap=True)
    with Meter(console) as meter:
        results = grade_course(assignments, options, meter.step, ahead)
    summarise(console, results, options.out)
    return 1 if any(r.not_graded for r in results) else 0


class Meter:
    """Progress: a bar with rate and time left on a terminal, a line now and then elsewhere."""

    def __init__(self, console: Console) -> None:
        self.console = console
        columns = [
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TextColumn("{task.fields[left]}"),
        ]
        self.bar = Progress(*columns, console=console, transient=True) if console.is_terminal else None
        self.tasks: dict[str, Any] = {}
        self.began = self.last = time.monotonic()

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.bar is not None and self.bar.live.is_started:
            self.bar.stop()

    def step(self, assignment: str, done: int, total: int, student: str) -> None:
        """One more is done."""
        rate = done / max(time.monotonic() - self.began, 1e-3)
        left = f"{_span((total - done) / rate)} left"
        if self.bar is not None:
            # Started only now: the workers are forked before any thread of ours exists.
            if not self.bar.live.is_started:
                self.bar.start()
            if assignment not in self.tasks:
                self.tasks[assignment] = self.bar.add_task(assignment, total=total, rate="", left="")
            self.bar.update(self.tasks[assignment], completed=done, rate=_rate(rate), left=left)
        elif done == total or time.monotonic() - self.last > PLAIN_SECONDS:
            self.last = time.monotonic()
            rest = f", {_rate(rate)}, {left}" if done < total else f" in {_span(done / rate)}"
            print(f"{assignment}: {done} of {total} graded{rest}", flush=True)
        if done == total:
            self.began = time.monotonic()


def _rate(rate: float) -> str:
    """Hand-ins per second, or per minute where that says more."""
    return f"{rate:.1f}/s" if rate >= 1 else f"{rate * 60:.0f}/min"


def _span(seconds: float) -> str:
    """`40 s`, `3 min`, `2.5 h`."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def summarise(console: Console, results: list[ClassResult], out: Path) -> None:
    """The table at the end, and what a person has to look at."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in (
        "assignment",
        "students",
        "graded",
        "waiting",
        "failed",
        "mean",
        "calls",
        "replayed",
        "time",
    ):
        table.add_column(
            name,
            justify="left" if name == "assignment" else "right",
            no_wrap=name != "assignment",
            overflow="fold",
        )
    for result in results:
        known = [r.points for r in result.rows if r.points is not None]
        counts = [
            str(sum(r.status == s for r in result.rows)) for s in ("graded", "needs_review", "not_graded")
        ]
        mean = f"{sum(known) / len(known):.2f}/{result.rubric.max_points:g}" if known else "-"
        table.add_row(
            result.rubric.assignment, str(len(result.rows)), *counts, mean,
            str(result.made), str(result.replayed), f"{result.seconds:.1f} s",
        )  # fmt: skip
    console.print(table)
    for result in results:
        folder = out / result.rubric.assignment
        lines = [f"not matched: {line}" for line in result.unmatched]
        failed = [
            f"not graded: {result.rubric.assignment}/{row.student} {check}: {text.strip().splitlines()[-1]}"
            for row in result.not_graded
            for check, text in (row.staff or {"grader": "no details"}).items()
        ]
        for line in [
            *shortened(lines, folder / "not-matched.txt"),
            *shortened(failed, folder / "not-graded.txt"),
        ]:
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(f"Pages: {out / 'index.html'}", markup=False, highlight=False, soft_wrap=True)
