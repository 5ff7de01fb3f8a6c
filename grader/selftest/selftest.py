"""
The self-test of a rubric, as a straight line.

    reference solution -> earns all        blank handout -> earns nothing
    correct variants   -> earn all, also from other seeds and with more threads
    mutants            -> each loses something, unless marked as equivalent
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from grader.errors import GraderError
from grader.model import Outcome
from grader.pool import Pool
from grader.rubric import Rubric, load
from grader.selftest.bench import EVERYTHING, LOADING, RIGHT, Bench, Task, Tried, work
from grader.selftest.cells import unwrapped
from grader.selftest.findings import (
    Alarm,
    CheckFinding,
    Findings,
    MutantFinding,
    Mutants,
    kills_of,
    redundant_groups,
)
from grader.selftest.handin import Handin, handin_of
from grader.selftest.marks import read_marks, reason_for, unused
from grader.selftest.mutants import Mutant, mutants_of
from grader.selftest.sampling import Deadline, spread
from grader.selftest.variants import Variant, variants_of
from grader.selftest.written import missing_files, wrong_answers

LATE_KINDS = ("trains_to", "experiment")
LATE_SECONDS = 3.0
CALL_SECONDS = 2.0
RIGHT_SHARE, MUTANTS_SHARE = 0.2, 0.85
EACH = 4
SOLUTION, BLANK, EMPTY = "the reference solution", "the blank handout", "an empty hand-in"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Options:
    """
    What the command line says.

    Args:
        budget: seconds for all of it; 0 for no limit.
        most: mutants and right hand-ins that are tried at most, the same ones on every machine; 0 for all.
        seeds: further seeds of the rubric that right hand-ins are tried with.
        workers: processes.
        unsafe: run where student code cannot be locked in.
    """

    budget: float = 0.0
    most: int = 0
    seeds: int = 20
    workers: int = 1
    unsafe: bool = False


def selftest(path: Path, options: Options, progress: Progress = lambda what, done, total: None) -> Findings:
    """
    Try a rubric before students meet it.

    Raises:
        RubricError: the rubric, or its file of equivalent mutants, is wrong.
        UsageError: it has no reference solution.
    """
    started = time.monotonic()
    rubric = load(path)
    run = _Run(rubric, handin_of(rubric), read_marks(path.parent), options, progress, started)
    pool = Pool(options.workers, lambda n: Bench(path, n, options.unsafe), work)
    try:
        run.everything(pool)
    finally:
        pool.close()
    run.findings.seconds = round(time.monotonic() - started, 1)
    return run.findings


class _Run:
    """One self-test under way."""

    def __init__(
        self,
        rubric: Rubric,
        handin: Handin,
        marks: dict[str, str],
        options: Options,
        progress: Progress,
        started: float,
    ) -> None:
        self.rubric = rubric
        self.handin = handin
        self.marks = marks
        self.options = options
        self.progress = progress
        self.started = self.begun = started
        self.left = 0.0
        kinds = {c.id: c.kind.name for _, checks in rubric.questions for c in checks}
        self.late = frozenset(i for i, kind in kinds.items() if kind in LATE_KINDS)
        self.of_file: dict[str, frozenset[str]] = {}
        """By code file: the checks that are lost without it."""
        self.earned: frozenset[str] = frozenset()
        """Checks that the solution earns: the others say nothing of mutants."""
        self.findings = Findings(rubric=rubric.assignment, max_points=rubric.max_points)
        self.findings.checks = {c.id: CheckFinding() for _, checks in rubric.questions for c in checks}

    def everything(self, pool: Pool) -> None:
        """All parts, one after the other."""
        self.solution(pool)
        self.files(pool)
        self.nothing(pool)
        self.share_out()
        variants = self.variants()
        mutants = spread(self.mutants())
        self.right(pool, self.of_own_seed(variants), variants, RIGHT_SHARE)
        self.wrong(pool, mutants)
        self.right(pool, self.of_other_seeds(variants), variants, 1.0)
        self.conclude()

    def share_out(self) -> None:
        """Divide what the solution and the blank hand-ins left of the budget, at least a third of it."""
        budget, self.begun = self.options.budget, time.monotonic()
        self.left = max(budget - (self.begun - self.started), budget / 3) if budget else float("inf")

    def deadline(self, share: float) -> Deadline:
        """When a part has to be done that ends at this share of what is left of the budget."""
        return Deadline(self.begun + self.left * share)

    def map(self, pool: Pool, what: str, tasks: Iterable[Task], total: int) -> Iterator[Tried]:
        """Results as they come; a task that killed its worker is an error of ours."""
        for number, done in enumerate(pool.map(tasks), 1):
            self.progress(what, number, total)
            if done.failure:
                raise GraderError(
                    f"the self-test failed on {done.task.key}: {done.failure.strip().splitlines()[-1]}"
                )
            yield done.result

    # --- what must earn all, and nothing ---

    def solution(self, pool: Pool) -> None:
        """The reference solution, with everything, also what takes long."""
        [tried] = self.map(
            pool,
            "solution",
            [Task(SOLUTION, self.handin.files, strain=True, load=EVERYTHING)],
            1,
        )
        main = {c.id for q, checks in self.rubric.questions for c in checks if not q.extra}
        self.findings.points = round(sum(p for i, p in tried.points.items() if i in main), 6)
        self.alarm(tried)
        self.earned = frozenset(i for i, outcome in tried.outcomes.items() if outcome in RIGHT)
        self.late |= {i for i, seconds in tried.seconds.items() if seconds > LATE_SECONDS} - {LOADING}
        self.measure(tried)
        for check, seconds in tried.seconds.items():
            if check in self.findings.checks:
                self.findings.checks[check].seconds = round(seconds, 4)
                self.findings.checks[check].late = check in self.late

    def files(self, pool: Pool) -> None:
        """Which checks look at which code file; those that a script does not earn in place of its notebook do not count."""
        base, found = Task("", {}, late=self.late, skip_late=True), {}
        tasks = [replace(base, key=f"-{f}", files=self.handin.without(f)) for f in self.handin.targets]
        scripts = [f for f in self.handin.targets if f not in self.handin.files]
        tasks += [replace(base, key=f, files=self.handin.with_file(f, self.script(f))) for f in scripts]
        for tried in self.map(pool, "files", tasks, len(tasks)):
            found[tried.key] = frozenset(i for i, outcome in tried.outcomes.items() if outcome in RIGHT)
        for file in self.handin.targets:
            with_it = found[file] | self.late if file in found else self.earned
            self.of_file[file] = (self.earned & with_it) - (found[f"-{file}"] - self.late)

    def script(self, file: str) -> str:
        """A code file as mutants are made of it, without a change."""
        return ast.unparse(unwrapped(ast.parse(self.handin.code[file])))

    def nothing(self, pool: Pool) -> None:
        """The blank handout and an empty hand-in earn nothing, with a message each, and without a fault of ours."""
        tasks = [Task(BLANK, self.handin.blank, call_seconds=CALL_SECONDS), Task(EMPTY, {})]
        for tried in self.map(pool, "blank", tasks, 2):
            for check, outcome in tried.outcomes.items():
                message = tried.messages.get(check, "not run")
                if (
                    tried.points.get(check, 0.0) > 0
                    or outcome in (Outcome.ERROR, Outcome.MANUAL)
                    or not message
                ):
                    text = tried.errors.get(check, message).strip() or "no message"
                    alarm = Alarm(
                        what=tried.key, seed=self.seed(tried), check=check, message=f"{outcome}: {text}"
                    )
                    self.findings.alarms.append(alarm)
            self.findings.blank_points = max(self.findings.blank_points, sum(tried.points.values()))

    def variants(self) -> dict[str, Variant]:
        """All correct variants by key."""
        found = [
            v for file, names in self.handin.targets.items()
            for v in variants_of(file, self.handin.code[file], names)
        ]  # fmt: skip
        self.findings.variants = len(found)
        return {v.key: v for v in found}

    def of_own_seed(self, variants: dict[str, Variant]) -> list[Task]:
        """The variants, and the solution with two threads."""
        return [*(self.right_task(v) for v in variants.values()), replace(self.right_task(None), threads=2)]

    def of_other_seeds(self, variants: dict[str, Variant]) -> list[Task]:
        """With each seed the solution and every fourth variant, others with the next seed; threads in turn."""
        self.findings.seeds = [self.rubric.file.seed + 1 + i for i in range(self.options.seeds)]
        tasks = []
        for i, seed in enumerate(self.findings.seeds):
            chosen = [None, *list(variants.values())[i % EACH :: EACH]]
            tasks += [replace(self.right_task(v), seed=seed, threads=1 + i % 2) for v in chosen]
        return tasks

    def right_task(self, variant: Variant | None) -> Task:
        """The solution, or a variant of its code, of which only the code is tried."""
        if variant is None:
            return Task(SOLUTION, self.handin.files, late=self.late, skip_late=True, strain=True)
        files = self.handin.with_file(variant.file, variant.source)
        return Task(
            variant.key,
            files,
            late=self.late,
            skip_late=True,
            strain=True,
            only=self.of_file[variant.file],
            load=variant.file,
        )

    def right(self, pool: Pool, tasks: list[Task], variants: dict[str, Variant], share: float) -> None:
        """Right hand-ins, until the budget is used."""
        deadline = self.deadline(share)
        chosen = tasks[: self.options.most or None]
        self.findings.right_left_out += len(tasks) - len(chosen)
        for tried in self.map(pool, "right hand-ins", deadline.of(chosen), len(chosen)):
            self.alarm(tried, variants[tried.key].diff if tried.key in variants else "")
            self.measure(tried)
        self.findings.right_left_out += deadline.kept_back

    def alarm(self, tried: Tried, diff: str = "") -> None:
        """Note what a right hand-in lost; what the solution itself loses is said once."""
        self.findings.right_tried += 1
        for check, outcome in tried.outcomes.items():
            if outcome not in RIGHT and (
                check in self.earned or (tried.key == SOLUTION and tried.seed is None and tried.threads == 1)
            ):
                text = tried.errors.get(check) or tried.messages.get(check, "not run")
                self.findings.alarms.append(
                    Alarm(
                        what=tried.key,
                        seed=self.seed(tried),
                        threads=tried.threads,
                        check=check,
                        message=text,
                        diff=diff,
                    )
                )

    def measure(self, tried: Tried) -> None:
        """Keep the largest strain of each check."""
        for check, used in tried.strain.items():
            finding = self.findings.checks[check]
            if finding.strain is None or used > finding.strain:
                finding.strain = float(f"{used:.3g}")
                finding.strained_by = f"{tried.key} (seed {self.seed(tried)})"

    def seed(self, tried: Tried) -> int:
        """The seed of the rubric that was used."""
        return self.rubric.file.seed if tried.seed is None else tried.seed

    # --- what must lose something ---

    def mutants(self) -> list[Mutant]:
        """All mutants, of code and of written answers."""
        asked = {name for spec in self.rubric.specs for name in spec.all_names}
        found = [
            m for file, names in self.handin.targets.items()
            for m in mutants_of(file, self.handin.code[file], names, asked)
        ]  # fmt: skip
        missing = missing_files(self.handin.files, self.handin.blank)
        return [*found, *wrong_answers(self.rubric), *missing]

    def wrong(self, pool: Pool, mutants: list[Mutant]) -> None:
        """Mutants, until their share of the budget is used."""
        by_key = {m.key: m for m in mutants}
        found = self.findings.mutants = Mutants(made=len(mutants))
        deadline = self.deadline(MUTANTS_SHARE)
        chosen = mutants[: self.options.most or None]
        for tried in self.map(pool, "mutants", deadline.of(map(self.task, chosen)), len(chosen)):
            self.judged(by_key[tried.key], tried, found)
        found.left_out = deadline.kept_back + len(mutants) - len(chosen)
        self.findings.stale_marks = unused(self.marks, set(by_key))

    def task(self, mutant: Mutant) -> Task:
        """How a mutant is tried: a marked one without what takes long, an answer by its own check."""
        if mutant.operator == "file-missing":
            files = self.handin.without(mutant.file)
            return Task(mutant.key, files, late=self.late, only=self.earned, call_seconds=CALL_SECONDS)
        code = mutant.file in self.of_file
        return Task(
            mutant.key, self.handin.with_file(mutant.file, mutant.source), late=self.late,
            skip_late=mutant.key in self.marks, load=mutant.file if code else "", quick=code,
            only=(self.of_file[mutant.file] if code else frozenset([mutant.function])) & self.earned,
            fail_fast=bool(self.options.budget or self.options.most), call_seconds=CALL_SECONDS,
        )  # fmt: skip

    def judged(self, mutant: Mutant, tried: Tried, found: Mutants) -> None:
        """Count one mutant."""
        reason = reason_for(mutant.key, self.marks)
        finding = MutantFinding(
            key=mutant.key, file=mutant.file, function=mutant.function, operator=mutant.operator,
            killed_by=tried.lost, diagnoses=sorted(set(tried.diagnoses.values())), reason=reason, diff=mutant.diff,
        )  # fmt: skip
        found.tried += 1
        for check, text in tried.errors.items():
            alarm = Alarm(what=mutant.key, seed=self.seed(tried), check=check, message=text, diff=mutant.diff)
            self.findings.alarms.append(alarm)
        if tried.lost:
            found.killed += 1
            found.named += bool(finding.diagnoses)
            self.findings.matrix[mutant.key] = tried.lost
            if mutant.key in self.marks:
                found.marked_but_killed.append(finding)
        elif reason:
            found.equivalent += 1
        elif not tried.errors:
            found.survived.append(finding)
        for name, table in ((mutant.operator, found.by_operator), (mutant.function, found.by_function)):
            row = table.setdefault(name, [0, 0])
            row[0] += bool(tried.lost)
            row[1] += not reason

    def conclude(self) -> None:
        """What follows from the whole."""
        findings = self.findings
        every, alone = kills_of(findings.matrix)
        for check, finding in findings.checks.items():
            finding.kills, finding.alone = every[check], alone[check]
        findings.mutants.survived.sort(key=lambda m: m.key)
        findings.matrix = dict(sorted(findings.matrix.items()))
        findings.complete = not findings.mutants.left_out and not self.options.budget
        if not findings.complete:
            return
        waits = {c.id for _, checks in self.rubric.questions for c in checks if c.kind.name == "prose"}
        late = {i for i, f in findings.checks.items() if f.late}
        findings.useless = [i for i, f in findings.checks.items() if not f.kills and i not in waits | late]
        findings.redundant = redundant_groups(findings.matrix)
