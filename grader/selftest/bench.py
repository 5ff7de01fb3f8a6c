"""Trying one hand-in: every check with its outcome, its time and how much of its tolerance was used."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from threadpoolctl import threadpool_limits

from grader.live import Sandboxes
from grader.model import Outcome
from grader.record import Tape
from grader.rubric import Check, Rubric, load
from grader.run import attempt, meet
from grader.selftest.handin import submission
from grader.selftest.strain import strain_of
from grader.student import Student

RIGHT = (Outcome.EARNED, Outcome.MANUAL)
OPEN = (Outcome.EARNED, Outcome.PARTIAL)


@dataclass(frozen=True)
class Task:
    """
    One hand-in to be tried.

    Args:
        key: what it is.
        files: name to content.
        seed: of the rubric; None for its own.
        only: ids of checks to try; empty for all.
        late: ids of checks that are tried only if no other one was lost (they take long), and whether at all.
        strain: measure how much of the tolerances is used.
        call_seconds: at most for one call; 0 for what the rubric says.
        threads: of the numerics on the grader's side.
    """

    key: str
    files: Mapping[str, bytes]
    seed: int | None = None
    only: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()
    skip_late: bool = False
    strain: bool = False
    call_seconds: float = 0.0
    threads: int = 1


@dataclass(frozen=True)
class Tried:
    """What became of a hand-in: by id of the check."""

    key: str
    seed: int | None
    threads: int
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    points: dict[str, float] = field(default_factory=dict)
    diagnoses: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    strain: dict[str, float] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def lost(self) -> list[str]:
        """Checks that found something."""
        return [i for i, outcome in self.outcomes.items() if outcome in (Outcome.LOST, Outcome.PARTIAL)]

    @property
    def right(self) -> bool:
        """Everything is earned, or waits for a person."""
        return all(outcome in RIGHT for outcome in self.outcomes.values())


class Bench:
    """The state of one worker: the rubric by seed, and a sandbox."""

    def __init__(self, path: Path, number: int, unsafe: bool) -> None:
        self.path = path
        self.number = number
        self.unsafe = unsafe
        self.rubrics: dict[int | None, Rubric] = {}
        self.live: Sandboxes | None = None

    def rubric(self, seed: int | None) -> Rubric:
        """The rubric with another seed; inputs belong to a rubric, so each seed has one of its own."""
        if seed not in self.rubrics:
            if len(self.rubrics) > 3:
                self.rubrics = {None: self.rubrics[None]} if None in self.rubrics else {}
            loaded = load(self.path)
            file = loaded.file if seed is None else loaded.file.model_copy(update={"seed": seed})
            self.rubrics[seed] = replace(loaded, file=file)
        return self.rubrics[seed]

    def sandboxes(self, rubric: Rubric) -> Sandboxes:
        """The sandboxes of this worker."""
        if self.live is None:
            self.live = Sandboxes(rubric.limits, slot=self.number, unsafe=self.unsafe)
        return self.live

    def close(self) -> None:
        """End the sandboxes."""
        if self.live is not None:
            self.live.close()


def work(bench: Bench, task: Task) -> Tried:
    """Try one hand-in; runs in a worker."""
    rubric = bench.rubric(task.seed)
    if task.call_seconds:
        specs = tuple(replace(s, call_seconds=min(s.call_seconds, task.call_seconds)) for s in rubric.specs)
        rubric = replace(rubric, specs=specs)
    live = bench.sandboxes(rubric)
    student = meet(submission(task.files), rubric, Tape(), live)
    tried = Tried(task.key, task.seed, task.threads)
    checks = [c for _, cs in rubric.questions for c in cs if _asked(c, task, student)]
    try:
        with threadpool_limits(task.threads):
            for check in (c for c in checks if c.id not in task.late):
                _try(check, student, tried, task.strain)
            for check in (c for c in checks if c.id in task.late and not task.skip_late):
                if not tried.lost:
                    _try(check, student, tried, task.strain)
    finally:
        live.end()
    return tried


def _asked(check: Check, task: Task, student: Student) -> bool:
    if task.only and check.id not in task.only:
        return False
    return all(name in student.choice(name).found for name in check.entry.only_if)


def _try(check: Check, student: Student, tried: Tried, measure: bool) -> None:
    if any(tried.outcomes.get(need, Outcome.EARNED) not in OPEN for need in check.entry.needs):
        tried.outcomes[check.id] = Outcome.NOT_RUN
        return
    clock = time.perf_counter()
    verdict = attempt(check, student)
    tried.seconds[check.id] = time.perf_counter() - clock
    tried.outcomes[check.id] = verdict.outcome
    tried.points[check.id] = check.entry.points * verdict.fraction
    tried.messages[check.id] = verdict.message
    if verdict.diagnosis:
        tried.diagnoses[check.id] = verdict.diagnosis.id
    if verdict.outcome is Outcome.ERROR:
        tried.errors[check.id] = verdict.staff
    if measure and verdict.outcome is Outcome.EARNED:
        used = strain_of(check, student)
        if used is not None:
            tried.strain[check.id] = used
