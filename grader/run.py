"""
The straight line: a submission and a rubric become a report.

    submission + rubric -> Student -> per check: kind(student, options) -> Verdict -> points -> Report
"""

from __future__ import annotations

import hashlib
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from grader.assemble import OURS, check_report, outcome_of, report_of
from grader.checks._try import lines_for
from grader.diagnosis.registry import sentence
from grader.errors import KilledError, StudentFault
from grader.groups import choose, united
from grader.intake.answers import HandedAnswers, collect_answers
from grader.late import apply_late
from grader.model import (
    CheckReport,
    Diagnosis,
    Json,
    Outcome,
    QuestionReport,
    Report,
    Submission,
    Verdict,
    lost,
)
from grader.record import Additions, Tape, digest
from grader.rubric import Check, Question, Rubric
from grader.student import Live, Student


@dataclass(frozen=True)
class Graded:
    """A report and what goes with it to the writer."""

    report: Report
    additions: Additions
    made: int
    """Calls to student code made in this run."""
    replayed: int
    """Calls answered from the record."""
    staff: Mapping[str, str]
    """Details of our own errors by check, for the operator only."""
    executed: dict[str, bytes]
    """Notebooks as they ran, by file name."""


BOX_SECONDS = 10.0
"""Of processor time for telling which labels boxes without one belong to; those that are left then belong to none."""
Listener = Callable[[Question, CheckReport], None]
"""Told of every check when it is done."""


def grade_one(
    submission: Submission,
    rubric: Rubric,
    tape: Tape,
    live: Live,
    tell: Listener = lambda question, check: None,
    decided: Mapping[str, Outcome] | None = None,
) -> Graded:
    """
    Grade one submission.

    Args:
        submission: from intake.
        rubric: checked.
        tape: what is recorded of this submission; new calls are added to it.
        live: where calls that are not recorded are made.
        tell: is told of every check when it is done.
        decided: outcomes that a person decided, by check; what depends on these checks goes by them.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    student = meet(submission, rubric, tape, live)
    staff: dict[str, str] = {}
    outcomes = _Outcomes(decided or {})
    questions = [
        _question(q, checks, student, rubric, outcomes, staff, tell) for q, checks in rubric.questions
    ]
    seconds = time.perf_counter() - clock
    whole = report_of(rubric, student, questions, started.isoformat(timespec="seconds"), seconds)
    report = apply_late(whole, rubric.late, submission.source)
    return Graded(report, tape.additions(), len(tape.new_calls), tape.replayed, staff, student.executed())


class _Outcomes(dict[str, Outcome]):
    """Outcomes by check as they come; what a person decided before stays."""

    def __init__(self, decided: Mapping[str, Outcome]) -> None:
        super().__init__(decided)
        self.decided = decided

    def __setitem__(self, check: str, outcome: Outcome) -> None:
        super().__setitem__(check, self.decided.get(check, outcome))


def meet(submission: Submission, rubric: Rubric, tape: Tape, live: Live) -> Student:
    """The submission as the checks see it: its code found, its answers collected, nothing run yet."""
    specs = united(submission, rubric.specs)
    return Student(
        submission,
        specs=specs,
        choices=choose(submission, specs),
        answers=collect(submission, rubric),
        tape=tape,
        live=live,
        seed=rubric.file.seed,
    )


def collect(submission: Submission, rubric: Rubric) -> HandedAnswers:
    """The written answers by label."""
    specs = {c.id: c for _, checks in rubric.questions for c in checks if c.kind.name == "answer"}

    until = time.process_time() + BOX_SECONDS

    def matches(label: str, latex: str) -> bool:
        from grader.answers import left_hand_side_matches

        if label not in specs or time.process_time() > until:
            return False
        return left_hand_side_matches(latex, specs[label].options.spec)  # type: ignore[attr-defined]

    return collect_answers(submission, rubric.labels, rubric.file.answers.get("sections", {}), matches)


def _question(
    question: Question,
    checks: Sequence[Check],
    student: Student,
    rubric: Rubric,
    outcomes: dict[str, Outcome],
    staff: dict[str, str],
    tell: Listener,
) -> QuestionReport:
    reports = []
    for check in (c for c in checks if _handed_in(c, student)):
        verdict, seconds = _verdict(check, student, rubric, outcomes)
        outcomes[check.id] = verdict.outcome
        student.memory["message", check.id] = verdict.message
        if verdict.staff:
            staff[check.id] = verdict.staff
        reports.append(check_report(check, _published(verdict, check, rubric), seconds))
        tell(question, reports[-1])
    return QuestionReport(
        id=question.id,
        title=question.title,
        points=round(sum(r.points or 0.0 for r in reports), 6),
        max_points=question.points,
        extra=question.extra,
        outcome=outcome_of(reports),
        checks=reports,
    )


def _published(verdict: Verdict, check: Check, rubric: Rubric) -> Verdict:
    """The verdict with the accepted formula, once the rubric says that the answers are out (`answers: {published: true}`)."""
    spec = getattr(check.options, "spec", None)
    truth = getattr(spec, "truth", None)
    if not rubric.published or truth is None or isinstance(truth, bool | list):
        return verdict
    accepted = f"\\text{{{truth}}}" if getattr(spec, "form", "") == "choice" else str(truth)
    formula = {"got": "", **verdict.evidence.get("formula", {}), "accepted": accepted}
    return replace(verdict, evidence={**verdict.evidence, "formula": formula})


def _handed_in(check: Check, student: Student) -> bool:
    """Whether a check of something optional has anything to look at."""
    return all(name in student.choice(name).found for name in check.entry.only_if)


def _verdict(
    check: Check, student: Student, rubric: Rubric, outcomes: Mapping[str, Outcome]
) -> tuple[Verdict, float]:
    """The verdict of one check, from the record if nothing that it depends on has changed."""
    # What still waits for a person blocks nothing.
    free = (Outcome.EARNED, Outcome.PARTIAL, Outcome.MANUAL)
    blocking = [n for n in check.entry.needs if outcomes.get(n, Outcome.EARNED) not in free]
    if blocking:
        root = _root(blocking[0], rubric, outcomes)
        return _not_run(root, student.memory.get(("message", root), "")), 0.0
    key = digest(check.fingerprint, engine(), rubric.content_for_verdicts, *_bases(student))
    known = student.tape.find_verdict(key)
    if known is not None:
        return _from_json(known["verdict"]), known["seconds"]
    before = student.seconds
    student.time.check = 0.0
    verdict = attempt(check, student)
    seconds = round(student.seconds - before, 1)
    if verdict.outcome is not Outcome.ERROR:
        student.tape.add_verdict(key, {"verdict": _to_json(verdict), "seconds": seconds})
    return verdict, seconds


def _root(need: str, rubric: Rubric, outcomes: Mapping[str, Outcome]) -> str:
    """The check that failed first of those that a check needs."""
    needs = {c.id: c.entry.needs for _, checks in rubric.questions for c in checks}
    while outcomes[need] is Outcome.NOT_RUN:
        need = next(
            n for n in needs[need] if outcomes.get(n) in (Outcome.LOST, Outcome.NOT_RUN, Outcome.ERROR)
        )
    return need


def attempt(check: Check, student: Student) -> Verdict:
    """Run the check; a fault of the student's is lost, anything else that is raised is ours."""
    options = {name: getattr(check.options, name) for name in type(check.options).model_fields}
    if options.get("label") == "":
        options["label"] = check.id
    try:
        try:
            verdict = check.kind.function(student, **options)
        except StudentFault as fault:
            verdict = _lost_by_fault(fault)
        return _with_try_it(verdict, check, student)
    except KilledError as e:
        return Verdict(Outcome.ERROR, 0.0, OURS, staff=f"{e}")
    except Exception:
        return Verdict(Outcome.ERROR, 0.0, OURS, staff=traceback.format_exc()[-4000:])


def _with_try_it(verdict: Verdict, check: Check, student: Student) -> Verdict:
    """The verdict with lines that reproduce it on the student's own machine: the rubric's, or those of the check's recipe."""
    if verdict.outcome not in (Outcome.LOST, Outcome.PARTIAL) or "try_it" in verdict.evidence:
        return verdict
    lines = lines_for(verdict, check.options, student, check.entry.try_it)
    return replace(verdict, evidence={**verdict.evidence, "try_it": lines}) if lines else verdict


def _lost_by_fault(fault: StudentFault) -> Verdict:
    evidence: dict[str, Any] = {"fault": fault.kind} | ({"lines": fault.lines} if fault.lines else {})
    blank = fault.kind == "crashed" and "NotImplementedError" in fault.message
    cause = Diagnosis(id="blank-template", says=sentence(["blank-template"])) if blank else None
    return lost(fault.message, fault.help, cause, **evidence)


def _not_run(need: str, reason: str) -> Verdict:
    because = f" ({reason.rstrip('.')})" if reason else ""
    message = f"Not tried: it needs {need} to be right first{because}."
    return Verdict(Outcome.NOT_RUN, 0.0, message, evidence={"because": need})


def _bases(student: Student) -> list[bytes]:
    return [student.base(i) for i in range(len(student.specs))] or [student.submission.digest.encode()]


def _to_json(verdict: Verdict) -> dict[str, Json]:
    diagnosis = verdict.diagnosis.model_dump() if verdict.diagnosis else None
    return {
        "outcome": verdict.outcome.value, "fraction": verdict.fraction, "message": verdict.message, "help": verdict.help,
        "diagnosis": diagnosis, "evidence": dict(verdict.evidence),
    }  # fmt: skip


def _from_json(known: Mapping[str, Any]) -> Verdict:
    diagnosis = Diagnosis(**known["diagnosis"]) if known["diagnosis"] else None
    return Verdict(
        Outcome(known["outcome"]),
        known["fraction"],
        known["message"],
        known["help"],
        diagnosis,
        known["evidence"],
    )


@cache
def engine() -> bytes:
    """Changes when the code that makes verdicts does: ours (but not what only renders) and the references."""
    root = Path(__file__).parent
    rooms = [root, root.parent / "reference"]
    skip = {
        root / "report",
        root / "adapters",
        root / "cli",
        root / "gradescope",
        root / "late.py",
        root / "desk",
        root / "scaffold",
        root / "explain",
        root / "similarity.py",
    }
    files = [f for room in rooms for f in sorted(room.rglob("*.py")) if not skip & {f, *f.parents}]
    h = hashlib.sha256()
    for file in files:
        h.update(file.read_bytes())
    return h.digest()
