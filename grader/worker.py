"""One worker: the state that it keeps from one submission to the next, and what it does with each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from grader.adapters.gradescope import results_json, write_results
from grader.alarm import TookTooLong, at_most
from grader.desk.apply import decided, reviewed
from grader.desk.log import NAME as AUDIT
from grader.desk.log import Log, Standing
from grader.errors import GraderError
from grader.intake import read
from grader.live import Sandboxes
from grader.model import Report, Source, Submission
from grader.record import Additions, Record, Tape
from grader.report.student import render_student
from grader.report.summary import ClassRow
from grader.report.write import write_report, write_whole
from grader.rubric import Rubric, load
from grader.run import grade_one
from grader.sandbox.host import Zygote
from grader.sandbox.limits import Preload

T = TypeVar("T")
OWN_SECONDS = 600.0
"""Of our own processor time for one submission, student code not counted: whatever a hand-in makes us do, the class goes on."""


@dataclass(frozen=True)
class Task:
    """One submission to grade."""

    source: Source
    rubric: Path
    out: Path
    fresh: bool


@dataclass(frozen=True)
class Result:
    """What a worker sends back."""

    row: ClassRow
    submission: str
    additions: Additions
    made: int
    replayed: int


class Worker:
    """The state of one worker: rubrics that it has read, its sandboxes, its view of the record."""

    def __init__(
        self,
        number: int,
        unsafe: bool,
        rubrics: Mapping[Path, Rubric] | None = None,
        started: Mapping[Preload, Zygote] | None = None,
    ) -> None:
        self.number = number
        self.unsafe = unsafe
        self.rubrics: dict[Path, Rubric] = dict(rubrics or {})
        self.started = dict(started or {})
        """Zygotes that were started ahead, for the first rubric."""
        self.sandboxes: Sandboxes | None = None
        self.current: Path | None = None
        self.record: Record | None = None
        self.logs: dict[Path, Log] = {}

    def rubric(self, path: Path) -> Rubric:
        """The rubric, read once."""
        if path not in self.rubrics:
            self.rubrics[path] = load(path)
        return self.rubrics[path]

    def live(self, path: Path) -> Sandboxes:
        """The sandboxes of this rubric; those of the one before are closed."""
        if self.sandboxes is None or self.current != path:
            self.close()
            limits, started, self.started = self.rubric(path).limits, self.started, {}
            self.sandboxes = Sandboxes(limits, slot=self.number, unsafe=self.unsafe, started=started)
            self.current = path
        return self.sandboxes

    def tape(self, out: Path, submission: str, fresh: bool) -> Tape:
        """What is recorded of a submission."""
        if fresh:
            return Tape()
        if self.record is None:
            self.record = Record(out / "record.sqlite", read_only=True)
        return self.record.tape(submission)

    def log(self, folder: Path) -> Log:
        """What people decided about an assignment, read again when it has grown."""
        return self.logs.setdefault(folder, Log(folder / AUDIT))

    def close(self) -> None:
        """End the sandboxes."""
        if self.sandboxes is not None:
            self.sandboxes.close()
            self.sandboxes = None


def work(worker: Worker, task: Task) -> Result:
    """Grade one submission and write its files; runs in a worker."""
    folder = task.out / worker.rubric(task.rubric).assignment / task.source.student

    return bounded(
        worker, lambda: judge(worker, task.rubric, *given(worker, task), partial(write_student, folder))
    )


def bounded(worker: Worker, work: Callable[[], T]) -> T:
    """
    What is done for one submission, within OWN_SECONDS.

    Raises:
        GraderError: it took longer.
    """
    try:
        return at_most(OWN_SECONDS, work, again=0.0)
    except TookTooLong as e:
        worker.close()  # stopped in the middle of whatever it was
        raise GraderError(f"this hand-in took more than {OWN_SECONDS:g} s of the grader's own work") from e


class Given(NamedTuple):
    """What grading a submission starts from, beside the rubric."""

    submission: Submission
    tape: Tape
    standing: Mapping[str, Standing]


def given(worker: Worker, task: Task) -> Given:
    """The submission read, with what is recorded and what people decided of it."""
    submission = read(task.source)
    log = worker.log(task.out / worker.rubric(task.rubric).assignment)
    return Given(
        submission, worker.tape(task.out, submission.digest, task.fresh), log.of(task.source.student)
    )


def judge(
    worker: Worker,
    path: Path,
    submission: Submission,
    tape: Tape,
    standing: Mapping[str, Standing],
    write: Callable[[Report, dict[str, bytes]], None],
) -> Result:
    """Grade one submission; `write` takes the report and the notebooks as they ran."""
    rubric, live = worker.rubric(path), worker.live(path)
    try:
        graded = grade_one(submission, rubric, tape, live, decided=decided(standing, submission.digest))
        live.begin_end()  # the last processes end while the report is written
        report = reviewed(graded.report, standing, late_of(rubric))
        write(report, graded.executed)
    finally:
        live.end()
    row = ClassRow.of(report, name=submission.source.name, staff=graded.staff)
    return Result(row, submission.digest, graded.additions, graded.made, graded.replayed)


def late_of(rubric: Rubric) -> str:
    """What the share is of that lateness costs."""
    return rubric.late.policy.of if rubric.late else "earned"


def write_student(folder: Path, report: Report, executed: dict[str, bytes]) -> None:
    """The files of one student."""
    write_report(folder / "report.json", report)
    write_whole(folder / "report.html", render_student(report).encode("utf-8", "replace"))
    write_results(folder / "results.json", results_json(report))
    for name, data in executed.items():
        write_whole(folder / "executed" / f"{Path(name).stem}.ipynb", data)
