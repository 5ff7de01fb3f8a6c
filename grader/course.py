"""A course: which folders are graded by which rubrics, the class run over the pool, and everything that is written."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from grader.adapters import people
from grader.adapters.grades_csv import grades_csv
from grader.ahead import HeadStart
from grader.cluster import Cluster
from grader.desk.apply import reviewed
from grader.desk.classfile import ClassFile, read_class, rows
from grader.desk.log import NAME as AUDIT
from grader.desk.log import Log
from grader.errors import UsageError
from grader.far import FarWorker, bundle, delivered, work_far
from grader.intake import Discovery, discover
from grader.late import strangers
from grader.model import Report, Source
from grader.plan import Assignment
from grader.pool import Done, Pool
from grader.record import Record
from grader.report.classes import AssignmentRow, assignment_row, render_class, render_index
from grader.report.summary import ClassRow
from grader.report.write import write_whole
from grader.rubric import Rubric, load
from grader.sandbox.minimum import require_minimum
from grader.worker import Result, Task, Worker, bounded, given, late_of, work, write_student


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    out: Path
    workers: int
    only: tuple[str, ...] = ()
    fresh: bool = False
    unsafe: bool = False
    roster: Path | None = None
    cluster: str = ""
    """Address of a Dask scheduler; empty: processes of this machine."""


@dataclass
class ClassResult:
    """The outcome of one assignment."""

    rubric: Rubric
    rows: list[ClassRow] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    made: int = 0
    replayed: int = 0
    seconds: float = 0.0

    @property
    def not_graded(self) -> list[ClassRow]:
        """Those that we could not grade."""
        return [r for r in self.rows if r.status == "not_graded"]


Progress = Callable[[str, int, int, str], None]
"""Called with assignment, number done, number in all, and the student that is done."""


def executor(
    options: Options, rubrics: Mapping[Path, Rubric], most: int, ahead: HeadStart | None = None
) -> Pool | Cluster:
    """Where submissions are graded: processes of this machine, or a cluster."""
    if not options.cluster:
        setup = partial(_worker, options.unsafe, rubrics, ahead)
        return Pool(max(1, min(options.workers, most)), setup, work)
    home = Worker(0, options.unsafe, rubrics)  # reads here, grades there
    return Cluster(
        options.cluster,
        partial(FarWorker, options.unsafe, {path: bundle(path) for path in rubrics}),
        work_far,
        pack=lambda task: (task.rubric, bounded(home, lambda: given(home, task))),
        unpack=lambda task, delivery: delivered(task, rubrics[task.rubric], delivery),
    )


def _worker(unsafe: bool, rubrics: Mapping[Path, Rubric], ahead: HeadStart | None, number: int) -> Worker:
    """Called in the worker's own process."""
    return Worker(number, unsafe, rubrics, ahead.taken(number) if ahead else None)


def grade_course(
    assignments: list[Assignment], options: Options, progress: Progress, ahead: HeadStart | None = None
) -> list[ClassResult]:
    """
    Grade assignments one after the other over one pool of workers.

    Args:
        ahead: zygotes for the first assignment.

    Raises:
        UsageError, RubricError, GraderError, IsolationError: before anything has run.
    """
    if not options.unsafe and not options.cluster:
        require_minimum()
    rubrics = [load(a.rubric) for a in assignments]
    found = [_discovered(a, r, options.roster) for a, r in zip(assignments, rubrics, strict=True)]
    chosen = [_chosen(d, options.only) for d in found]
    if options.only and not any(chosen):
        raise UsageError(
            f"--only {' '.join(options.only)}: no such student in {', '.join(str(a.folder) for a in assignments)}."
        )
    most = max((len(c) for c in chosen), default=0)
    with alone(options.out):
        record = Record(options.out / "record.sqlite")
        read_once = {a.rubric: r for a, r in zip(assignments, rubrics, strict=True)}
        pool = executor(options, read_once, most, ahead)
        try:
            if ahead is not None:
                ahead.let_go()
            results = [
                _grade_class(a, r, d, c, options, record, pool, progress)
                for a, r, d, c in zip(assignments, rubrics, found, chosen, strict=True)
            ]
        finally:
            pool.close()
            record.close()
        _write_index(options.out, results)
    return results


def _discovered(assignment: Assignment, rubric: Rubric, roster: Path | None) -> Discovery:
    usual = [name for group in rubric.file.code for name in group.usual]
    return discover(assignment.folder, roster=roster, usual=usual)


def discovered(assignment: Assignment, rubric: Rubric, options: Options) -> list[Source]:
    """The hand-ins of an assignment that the options choose."""
    return _chosen(_discovered(assignment, rubric, options.roster), options.only)


def _chosen(found: Discovery, only: tuple[str, ...]) -> list[Source]:
    return [s for s in found.sources if not only or s.student in only or s.name in only]


def _grade_class(
    assignment: Assignment,
    rubric: Rubric,
    found: Discovery,
    sources: list[Source],
    options: Options,
    record: Record,
    pool: Pool | Cluster,
    progress: Progress,
) -> ClassResult:
    result, started = ClassResult(rubric, unmatched=_beside(found, rubric)), time.monotonic()
    folder = options.out / rubric.assignment
    tasks = (Task(s, assignment.rubric, options.out, options.fresh) for s in sources)
    try:
        for number, done in enumerate(pool.map(tasks), 1):
            result.rows.append(_taken(done, rubric, folder, record, result))
            progress(rubric.assignment, number, len(sources), done.task.source.student)
    finally:
        result.seconds = time.monotonic() - started
        write_whole(folder / people.NAME, people.students_json(found.sources, found.unmatched, found.missing))
        names = {s.student: s.name for s in found.sources}
        result.rows += _rows_on_disk(folder, {r.student for r in result.rows}, names)
        _write_class(folder, rubric, result.rows)
        _class_file(assignment, rubric, options, found, result.rows).write(folder)
    return result


def _class_file(
    assignment: Assignment, rubric: Rubric, options: Options, found: Discovery, rows: list[ClassRow]
) -> ClassFile:
    return ClassFile(
        rubric=str(assignment.rubric),
        submissions=str(assignment.folder),
        roster=str(options.roster or ""),
        names={s.student: s.name for s in found.sources if s.name},
        staff={r.student: dict(r.staff) for r in rows if r.staff},
        row=assignment_row(rubric.assignment, rubric.file.title, rows),
    )


def _beside(found: Discovery, rubric: Rubric) -> list[str]:
    """What the operator hears of beside the grades: nothing is dropped in silence."""
    missing = [f"{name}: is in the roster and handed in nothing" for name in found.missing]
    extended = [
        f"extensions, {text}: nobody of that name handed in" for text in strangers(rubric.late, found.sources)
    ]
    return [*found.unmatched, *missing, *extended]


def _taken(done: Done, rubric: Rubric, folder: Path, record: Record, result: ClassResult) -> ClassRow:
    """Store what a worker sent; a task that failed on our side becomes a row that says so."""
    if done.failure:
        report = _ungraded(rubric, done.task.source.student)
        write_student(folder / done.task.source.student, report, {})
        return ClassRow.of(report, name=done.task.source.name, staff={"grader": done.failure})
    answer: Result = done.result
    record.store(answer.submission, answer.additions)
    result.made += answer.made
    result.replayed += answer.replayed
    return answer.row


def _ungraded(rubric: Rubric, student: str) -> Report:
    from grader.assemble import empty_report

    return empty_report(rubric, student)


def _rows_on_disk(folder: Path, done: set[str], names: dict[str, str]) -> list[ClassRow]:
    """Rows of students that this run did not grade (`--only`, or an interrupted run) but an earlier one did."""
    rows = []
    for student in names.keys() - done:
        path = folder / student / "report.json"
        with contextlib.suppress(OSError, ValueError):
            rows.append(ClassRow.of(Report.model_validate_json(path.read_bytes()), name=names[student]))
    return rows


def _write_class(folder: Path, rubric: Rubric, rows: list[ClassRow]) -> None:
    page = render_class(rubric.assignment, rows, title=rubric.file.title)
    write_whole(folder / "index.html", page.encode("utf-8", "replace"))
    write_whole(
        folder / "grades.csv",
        grades_csv(sorted(rows, key=lambda r: r.student)).encode("utf-8", "replace"),
    )


def _write_index(out: Path, results: list[ClassResult]) -> None:
    names = {r.rubric.assignment: r for r in results}
    fresh: dict[str, AssignmentRow] = {
        n: assignment_row(n, r.rubric.file.title, r.rows) for n, r in names.items()
    }
    write_whole(out / "index.html", render_index("Grades", rows(out, fresh)).encode("utf-8", "replace"))


def publish(out: Path, rubric: Rubric) -> list[str]:
    """
    Put what people decided into the reports and the class pages as they are, running nothing.

    Returns:
        The students whose report changed.
    Raises:
        UsageError: a run is under way.
    """
    folder = out / rubric.assignment
    with alone(out):
        book, log = read_class(folder), Log(folder / AUDIT)
        standing, of = log.standing(), late_of(rubric)
        changed: list[str] = []
        rows: list[ClassRow] = []
        for path in sorted(folder.glob("*/report.json")):
            before = Report.model_validate_json(path.read_bytes())
            mine = {check: s for (student, check), s in standing.items() if student == before.student}
            report = reviewed(before, mine, of)
            if report != before:
                write_student(path.parent, report, {})
                changed.append(report.student)
            rows.append(
                ClassRow.of(
                    report, name=book.names.get(report.student, ""), staff=book.staff.get(report.student)
                )
            )
        _write_class(folder, rubric, rows)
        book.with_row(assignment_row(rubric.assignment, rubric.file.title, rows)).write(folder)
        _write_index(out, [])
    return changed


@contextlib.contextmanager
def alone(out: Path) -> Iterator[None]:
    """
    Hold the output folder for this run.

    Raises:
        UsageError: another run holds it, or it cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        handle = open(out / ".lock", "a+")  # noqa: SIM115 - held until the run ends
    except OSError as e:
        raise UsageError(f"{out}: cannot be written: {e.strerror}. Choose another folder with --out.") from e
    with handle:
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # unlike flock, not kept by our forked workers
        except OSError:
            handle.seek(0)
            who = handle.read().strip() or "another process"
            raise UsageError(
                f"{out}: {who} is grading into this folder. Wait for it, or choose another with --out."
            ) from None
        handle.truncate(0)
        handle.write(f"process {os.getpid()}, since {time.strftime('%H:%M:%S')},")
        handle.flush()
        yield
