"""Trying one hand-in: every check with its outcome, its time and how much of its tolerance was used."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from grader.checks.recipe import Recipe
from grader.errors import StudentFault
from grader.live import Sandboxes
from grader.model import Outcome
from grader.record import Tape
from grader.rubric import Check, Rubric, load
from grader.run import attempt, meet
from grader.selftest.handin import submission
from grader.selftest.strain import strain_of
from grader.student import Student

RIGHT = (Outcome.EARNED, Outcome.MANUAL)
LOADING = "(loading)"
EVERYTHING = "*"
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
        load: the code file to load first, so that its time is nobody's.
        quick: try a few of each recipe's inputs first, and all of them only if nothing is lost.
        fail_fast: stop at the first check that is lost.
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
    load: str = ""
    quick: bool = False
    fail_fast: bool = False
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
        self.quicks: dict[int | None, Rubric] = {}
        self.kills: Counter[str] = Counter()
        """Mutants that each check killed here: what kills much is tried first."""
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

    def quick(self, seed: int | None) -> Rubric:
        """The rubric with the first few inputs of each recipe."""
        if seed not in self.quicks:
            self.quicks = {seed: shortened(self.rubric(seed))}
        return self.quicks[seed]

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
    live = bench.sandboxes(rubric)
    tried = Tried(task.key, task.seed, task.threads)
    try:
        with threadpool_limits(task.threads):
            if task.quick:
                _round(bench.quick(task.seed), bench, replace(task, skip_late=True), tried, live)
            if not tried.lost:
                _round(rubric, bench, task, tried, live)
    finally:
        live.end()
    return tried


def _round(rubric: Rubric, bench: Bench, task: Task, tried: Tried, live: Sandboxes) -> None:
    """All checks of a rubric, those that take long last and only if the others found nothing."""
    if task.call_seconds:
        specs = tuple(replace(s, call_seconds=min(s.call_seconds, task.call_seconds)) for s in rubric.specs)
        rubric = replace(rubric, specs=specs)
    student = meet(submission(task.files), rubric, Tape(), live)
    if task.load:
        _load(student, tried, task.load)
    asked = [c for _, cs in rubric.questions for c in cs if _asked(c, task, student)]
    early = [c for c in asked if c.id not in task.late]
    if task.fail_fast:
        early.sort(key=lambda c: -bench.kills[c.id])
    for check in early:
        _try(check, student, tried, task.strain)
        if task.fail_fast and tried.lost:
            break
    if not (tried.lost or task.skip_late):
        for check in (c for c in asked if c.id in task.late):
            _try(check, student, tried, task.strain)
            if tried.lost:
                break
    bench.kills.update(tried.lost[:1])


def shortened(rubric: Rubric) -> Rubric:
    """A rubric whose recipes have a third of their inputs, at least one; checks that share a recipe go on sharing it."""
    known: dict[int, Recipe] = {}

    def short(recipe: Recipe) -> Recipe:
        if id(recipe) not in known:
            fewer = recipe.model_copy(update={"sizes": recipe.sizes[: -(-len(recipe.sizes) // 3)]})
            fewer._cases, fewer._wants = [], {}
            known[id(recipe)] = fewer
        return known[id(recipe)]

    def changed(check: Check) -> Check:
        options = check.options
        update: dict[str, Any] = {}
        for name in type(options).model_fields:
            value = getattr(options, name)
            if isinstance(value, Recipe):
                update[name] = short(value)
            elif isinstance(value, list) and value and isinstance(value[0], Recipe):
                update[name] = [short(r) for r in value]
        return replace(check, options=options.model_copy(update=update)) if update else check

    questions = tuple((q, tuple(changed(c) for c in checks)) for q, checks in rubric.questions)
    return replace(rubric, questions=questions)


def _load(student: Student, tried: Tried, file: str) -> None:
    """Load the groups of code that a file belongs to."""
    clock = time.perf_counter()
    for group, choice in enumerate(student.choices):
        if file in choice.files or (file == EVERYTHING and choice.files):
            with contextlib.suppress(StudentFault):
                student.loaded(group)
    tried.seconds[LOADING] = time.perf_counter() - clock


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
