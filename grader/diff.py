"""
Whose grade would change, and why, before anything is published.

The submissions are graded as `grade` would, mostly from the record, and the reports are compared with those in `grades/`; no report is
written. Calls that the record does not have yet are made and kept, so that the `grade` that follows does not make them again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from grader.course import Options, Progress, alone, discovered
from grader.errors import UsageError
from grader.model import CheckReport, Report, Source
from grader.plan import Assignment
from grader.pool import Done, Pool
from grader.record import Additions, Record
from grader.rubric import Rubric, load
from grader.worker import Task, Worker, given, judge


class CheckChange(BaseModel):
    """A check before and after; None where one of the two reports does not have it."""

    id: str
    outcome: tuple[str | None, str | None]
    points: tuple[float | None, float | None]
    max_points: tuple[float | None, float | None]
    message: tuple[str | None, str | None]
    diagnosis: tuple[str | None, str | None]


class Change(BaseModel):
    """A student whose report would be another one; `points` and `status` are None where there was no report before."""

    assignment: str
    student: str
    status: tuple[str | None, str]
    points: tuple[float | None, float | None]
    max_points: tuple[float | None, float]
    checks: list[CheckChange]

    @property
    def regraded(self) -> bool:
        """Whether the grade itself changes, and not only words."""
        return self.points[0] != self.points[1] or self.status[0] != self.status[1]


class Diff(BaseModel):
    """The outcome for one assignment."""

    assignment: str
    students: int = 0
    changes: list[Change] = []
    failed: dict[str, str] = {}
    made: int = 0
    replayed: int = 0


def compare(old: Report | None, new: Report) -> Change | None:
    """What is different for the student, or None."""
    before, after = _checks(old), _checks(new)
    ids = dict.fromkeys([*after, *before])
    checks = [c for i in ids if (c := _check(i, before.get(i), after.get(i))) is not None]
    change = Change(
        assignment=new.assignment,
        student=new.student,
        status=(old.status if old else None, new.status),
        points=(old.points if old else None, new.points),
        max_points=(old.max_points if old else None, new.max_points),
        checks=checks,
    )
    same = old is not None and old.max_points == new.max_points and not checks and not change.regraded
    return None if same else change


def _checks(report: Report | None) -> dict[str, CheckReport]:
    return {c.id: c for q in report.questions for c in q.checks} if report else {}


def _check(id: str, old: CheckReport | None, new: CheckReport | None) -> CheckChange | None:
    change = CheckChange(
        id=id,
        outcome=(old.outcome if old else None, new.outcome if new else None),
        points=(old.points if old else None, new.points if new else None),
        max_points=(old.max_points if old else None, new.max_points if new else None),
        message=(old.message if old else None, new.message if new else None),
        diagnosis=(_cause(old), _cause(new)),
    )
    pairs = (change.outcome, change.points, change.max_points, change.message, change.diagnosis)
    return change if any(a != b for a, b in pairs) else None


def _cause(check: CheckReport | None) -> str | None:
    return check.diagnosis.id if check and check.diagnosis else None


# --- the class -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Compared:
    """What a worker sends back."""

    change: Change | None
    submission: str
    additions: Additions
    made: int
    replayed: int


def diff_course(assignments: list[Assignment], options: Options, progress: Progress) -> list[Diff]:
    """
    Compare what `grade` would give with what is in `options.out`.

    Raises:
        UsageError, RubricError, GraderError: before anything has run.
    """
    rubrics = {a.rubric: load(a.rubric) for a in assignments}
    if not (options.out / "record.sqlite").exists():
        raise UsageError(f"{options.out}: nothing is graded there yet: there is nothing to compare with.")
    with alone(options.out):
        record = Record(options.out / "record.sqlite")
        pool = Pool(options.workers, lambda n: Worker(n, options.unsafe, rubrics), compare_one)
        try:
            return [_diff(a, rubrics[a.rubric], options, record, pool, progress) for a in assignments]
        finally:
            pool.close()
            record.close()


def compare_one(worker: Worker, task: Task) -> Compared:
    """Grade one submission and compare; runs in a worker and writes nothing."""
    reports: list[Report] = []
    result = judge(worker, task.rubric, *given(worker, task), lambda report, executed: reports.append(report))
    path = task.out / worker.rubric(task.rubric).assignment / task.source.student / "report.json"
    change = compare(_read(path), reports[0])
    return Compared(change, result.submission, result.additions, result.made, result.replayed)


def _read(path: Path) -> Report | None:
    try:
        return Report.model_validate_json(path.read_bytes())
    except (OSError, ValueError):
        return None


def _diff(
    assignment: Assignment, rubric: Rubric, options: Options, record: Record, pool: Pool, progress: Progress
) -> Diff:
    sources: list[Source] = discovered(assignment, rubric, options)
    found = Diff(assignment=rubric.assignment, students=len(sources))
    tasks = (Task(s, assignment.rubric, options.out, options.fresh) for s in sources)
    for number, done in enumerate(pool.map(tasks), 1):
        _take(done, found, record)
        progress(rubric.assignment, number, len(sources), done.task.source.student)
    found.changes.sort(key=lambda c: c.student)
    return found


def _take(done: Done, found: Diff, record: Record) -> None:
    if done.failure:
        found.failed[done.task.source.student] = done.failure.strip().splitlines()[-1]
        return
    answer: Compared = done.result
    record.store(answer.submission, answer.additions)
    found.made += answer.made
    found.replayed += answer.replayed
    if answer.change is not None:
        found.changes.append(answer.change)
