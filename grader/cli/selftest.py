"""`grade selftest RUBRIC`: the table at its end."""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from grader.cli.grading import PLAIN_SECONDS
from grader.errors import UsageError
from grader.selftest.findings import Findings
from grader.selftest.selftest import Options, selftest

MOST_SHOWN = 40


def run_selftest(
    rubric: Path, budget: float, seeds: int, workers: int, json: Path | None, unsafe: bool
) -> int:
    """The command; returns the exit status."""
    path = rubric / "rubric.yaml" if rubric.is_dir() else rubric
    if not path.exists():
        raise UsageError(f"{path}: there is no such rubric.")
    console = Console()
    findings = selftest(
        path, Options(budget=budget, seeds=seeds, workers=workers, unsafe=unsafe), Steps(console).step
    )
    if json is not None:
        json.write_text(findings.model_dump_json(indent=1) + "\n", encoding="utf-8")
    show(console, findings)
    return 0 if findings.ok else 1


class Steps:
    """A line now and then while it runs."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.last = time.monotonic()

    def step(self, what: str, done: int, total: int) -> None:
        """One more is done."""
        if time.monotonic() - self.last > PLAIN_SECONDS:
            self.last = time.monotonic()
            self.console.print(f"{what}: {done} of {total}", highlight=False)


def show(console: Console, findings: Findings) -> None:
    """Alarms and survivors first, then the checks, then the numbers."""
    _alarms(console, findings)
    _survivors(console, findings)
    console.print(_checks(findings))
    for ids in findings.redundant:
        _say(console, f"always fail together: {', '.join(ids)}")
    if findings.useless:
        _say(console, f"lost by no mutant: {', '.join(findings.useless)}")
    for mutant in findings.mutants.marked_but_killed:
        _say(console, f"marked as equivalent, but lost {mutant.killed_by[0]}: {mutant.key}")
    for key in findings.stale_marks:
        _say(console, f"marked as equivalent, but no mutant has this key: {key}")
    for line in _numbers(findings):
        _say(console, line)


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _alarms(console: Console, findings: Findings) -> None:
    for alarm in findings.alarms[:MOST_SHOWN]:
        where = f"seed {alarm.seed}" + (f", {alarm.threads} threads" if alarm.threads > 1 else "")
        _say(console, f"FALSE ALARM {alarm.check} on {alarm.what} ({where}): {alarm.message}")
    if len(findings.alarms) > MOST_SHOWN:
        _say(console, f"... and {len(findings.alarms) - MOST_SHOWN} more; --json FILE has all.")


def _survivors(console: Console, findings: Findings) -> None:
    for mutant in findings.mutants.survived[:MOST_SHOWN]:
        _say(console, f"SURVIVED {mutant.key}\n{mutant.diff}\n")
    if len(findings.mutants.survived) > MOST_SHOWN:
        _say(console, f"... and {len(findings.mutants.survived) - MOST_SHOWN} more; --json FILE has all.")


def _checks(findings: Findings) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("check", "kills", "alone", "tolerance used", "seconds"):
        table.add_column(name, justify="left" if name == "check" else "right")
    for name, check in findings.checks.items():
        used = "-" if check.strain is None else f"{check.strain:.2g}"
        late = " (late)" if check.late else ""
        table.add_row(name + late, str(check.kills), str(check.alone), used, f"{check.seconds:.2f}")
    return table


def _numbers(findings: Findings) -> list[str]:
    m = findings.mutants
    lines = [
        f"reference solution: {findings.points:g} of {findings.max_points:g}; blank: {findings.blank_points:g}",
        f"right hand-ins: {findings.right_tried} tried ({findings.variants} variants, {len(findings.seeds)} further seeds, "
        f"1 and 2 threads), {len(findings.alarms)} false alarms"
        + (f", {findings.right_left_out} left out by the budget" if findings.right_left_out else ""),
        f"mutants: {m.made} made, {m.killed} killed ({m.named} with a diagnosis), {m.equivalent} equivalent, "
        f"{len(m.survived)} survived" + (f", {m.left_out} left out by the budget" if m.left_out else ""),
    ]
    return [
        *lines,
        f"{findings.rubric}: {'in order' if findings.ok else 'NOT in order'}, {findings.seconds:.1f} s",
    ]
