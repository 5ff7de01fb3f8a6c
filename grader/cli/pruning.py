"""`grade prune`: the record without what no current submission and rubric use."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from grader.course import Options, alone, discovered
from grader.desk.apply import decided
from grader.errors import GraderError, UsageError
from grader.intake import read
from grader.live import Sandboxes
from grader.model import Json, Report
from grader.plan import plan
from grader.pool import Pool
from grader.record import Dropped, Record, Tape
from grader.rubric import load
from grader.run import grade_one
from grader.student import CodeSpec, Student
from grader.talk import Talk
from grader.worker import Task, Worker


class Shut(Sandboxes):
    """Sandboxes that never open: what is not recorded is not looked for any further."""

    def load(self, student: Student, spec: CodeSpec) -> dict[str, Json]:
        raise GraderError("not recorded")

    def converse(self, student: Student, spec: CodeSpec) -> Talk:
        raise GraderError("not recorded")


@dataclass
class Sieve(Tape):
    """A tape that notes what is asked of it, and gives no verdict so that every call behind it is asked for too."""

    asked: set[bytes] = field(default_factory=set)
    judged: set[bytes] = field(default_factory=set)

    def find(self, key: bytes) -> bytes | None:
        self.asked.add(key)
        return super().find(key)

    def find_verdict(self, key: bytes) -> None:
        self.judged.add(key)


@dataclass(frozen=True)
class Used:
    """What one hand-in uses of the record."""

    submission: str
    calls: Collection[bytes]
    verdicts: Collection[bytes]


def sift(worker: Worker, task: Task) -> Used:
    """Replay one submission without its verdicts; runs in a worker and writes nothing."""
    rubric, submission = worker.rubric(task.rubric), read(task.source)
    tape = worker.tape(task.out, submission.digest, False)
    sieve, standing = Sieve(tape.calls), worker.log(task.out / rubric.assignment).of(task.source.student)
    grade_one(submission, rubric, sieve, Shut(rubric.limits), decided=decided(standing, submission.digest))
    return Used(submission.digest, sieve.asked, sieve.judged)


def prune(submissions: Path, rubric: Path | None, out: Path, workers: int, dry_run: bool) -> int:
    """The command; returns the exit status."""
    path = out / "record.sqlite"
    if not path.exists():
        raise UsageError(f"{path}: there is no record.")
    assignments = plan(submissions, rubric)
    rubrics = {a.rubric: load(a.rubric) for a in assignments}
    options = Options(out, workers)
    with alone(out):
        record, before = Record(path), path.stat().st_size
        pool = Pool(workers, lambda n: Worker(n, False, rubrics), sift)
        keep: dict[str, tuple[set[bytes], set[bytes]]] = {}
        try:
            for a in assignments:
                tasks = (Task(s, a.rubric, out, False) for s in discovered(a, rubrics[a.rubric], options))
                for done in pool.map(tasks):
                    if done.failure:
                        raise GraderError(
                            f"{done.task.source.student}: {done.failure.strip().splitlines()[-1]} Nothing was dropped."
                        )
                    calls, verdicts = keep.setdefault(done.result.submission, (set(), set()))
                    calls |= done.result.calls
                    verdicts |= done.result.verdicts
        finally:
            pool.close()
        others = _others(out, {r.assignment for r in rubrics.values()})
        dropped, gone = _drop(record, keep, others, dry_run)
        record.close()
    _say(dropped, gone, before, path.stat().st_size, dry_run)
    return 0


def _others(out: Path, known: Collection[str]) -> set[str]:
    """Submissions of assignments that this command does not know: all of theirs stays."""
    found = set()
    for path in out.glob("*/*/report.json"):
        if path.parent.parent.name not in known:
            found.add(Report.model_validate_json(path.read_bytes()).provenance.submission)
    return found


def _drop(
    record: Record, keep: dict[str, tuple[set[bytes], set[bytes]]], others: Collection[str], dry_run: bool
) -> tuple[Dropped, int]:
    dropped, gone = Dropped(), 0
    for submission in record.submissions():
        if submission in others:
            continue
        gone += submission not in keep
        calls, verdicts = keep.get(submission, (set(), set()))
        if dry_run:
            tape = record.tape(submission)
            dropped += Dropped(len(tape.calls.keys() - calls), len(tape.verdicts.keys() - verdicts))
        else:
            dropped += record.keep(submission, calls, verdicts)
    if not dry_run:
        record.shrink()
    return dropped, gone


def _say(dropped: Dropped, gone: int, before: int, after: int, dry_run: bool) -> None:
    verb = "would be dropped" if dry_run else "dropped"
    print(
        f"{dropped.calls} calls and {dropped.verdicts} verdicts {verb}, all that was recorded of {gone} submissions among them."
    )
    if not dry_run:
        print(f"The record has {after / 1e6:.1f} MB; before, {before / 1e6:.1f} MB.")
