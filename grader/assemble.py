"""Verdicts to a report: points, outcomes of questions, notes, the code that was graded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from grader import __version__
from grader.checks.registry import Kind
from grader.intake.notebook import NotANotebookError, looks_like_notebook, read_notebook
from grader.model import (
    CheckReport,
    CodeFile,
    HandedFile,
    Json,
    Outcome,
    Provenance,
    QuestionReport,
    Report,
    Status,
    Submission,
    Verdict,
)
from grader.rubric import Check, Rubric
from grader.student import Student
from grader.usage.removed import removed_notes

MAX_CODE = 60_000
MAX_CELLS = 80
OURS = "This check could not be graded: the fault is not yours, and the staff has been told."


def outcome_of(checks: Sequence[CheckReport]) -> Outcome:
    """The outcome of a question: checks without points decide nothing, unless none has points or one is our error."""
    counting = [c for c in checks if c.max_points > 0 or c.outcome is Outcome.ERROR]
    return overall([c.outcome for c in counting or checks])


def overall(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome of a question from those of its checks."""
    found = set(outcomes)
    for first in (Outcome.ERROR, Outcome.MANUAL):
        if first in found:
            return first
    if len(found) == 1:
        return outcomes[0]
    return Outcome.LOST if found <= {Outcome.LOST, Outcome.NOT_RUN} else Outcome.PARTIAL


def check_report(check: Check, verdict: Verdict, seconds: float) -> CheckReport:
    """One check as the report has it."""
    ours = verdict.outcome is Outcome.ERROR
    return CheckReport(
        id=check.id,
        kind=check.kind.name,
        title=check.entry.title or title_of(check.kind),
        outcome=verdict.outcome,
        points=None if ours else round(check.entry.points * verdict.fraction, 6),
        max_points=check.entry.points,
        message=verdict.message,
        help=verdict.help or (check.entry.help if verdict.outcome in (Outcome.LOST, Outcome.PARTIAL) else ""),
        diagnosis=verdict.diagnosis,
        evidence=dict(verdict.evidence),
        seconds=seconds,
        visibility=check.entry.visibility,
        tags=check.entry.tags,
    )


def title_of(kind: Kind) -> str:
    """The title that a check has when the rubric gives none."""
    return kind.title


def report_of(
    rubric: Rubric, student: Student, questions: list[QuestionReport], started: str, seconds: float
) -> Report:
    """The report of a submission; `started` as ISO 8601, `seconds` of wall clock."""
    status = _status(questions, student.submission)
    points = sum(q.points for q in questions if not q.extra)
    problems = [*student.submission.problems, *student.answers.problems]
    return Report(
        assignment=rubric.assignment,
        title=rubric.file.title,
        student=student.submission.student,
        status=status,
        points=None if status == "not_graded" else round(points, 6),
        max_points=rubric.max_points,
        extra_points=round(sum(q.points for q in questions if q.extra), 6),
        questions=questions,
        notes=_notes(student),
        problems=[{"path": p.path, "message": p.message, "help": p.help} for p in problems],
        survey={name: _survey(answer) for name, answer in student.answers.survey.items()},
        code=_code(student, questions),
        provenance=Provenance(
            rubric=rubric.content,
            grader=__version__,
            packages=student.live.packages(student.specs),
            seed=rubric.file.seed,
            isolation=student.isolation(),
            started=started,
            seconds=round(seconds, 3),
            submission=student.submission.digest,
        ),
    )


def empty_report(rubric: Rubric, student: str) -> Report:
    """The report of a submission that we could not grade at all."""
    questions = [
        QuestionReport(id=q.id, title=q.title, points=0.0, max_points=q.points, extra=q.extra, outcome=Outcome.ERROR, checks=[
            check_report(c, Verdict(Outcome.ERROR, 0.0, OURS), 0.0) for c in checks
        ])
        for q, checks in rubric.questions
    ]  # fmt: skip
    provenance = Provenance(rubric=rubric.content, grader=__version__, seed=rubric.file.seed)
    return Report(
        assignment=rubric.assignment, title=rubric.file.title, student=student, status="not_graded", points=None,
        max_points=rubric.max_points, questions=questions, provenance=provenance,
    )  # fmt: skip


def _status(questions: Sequence[QuestionReport], submission: Submission) -> Status:
    outcomes = {c.outcome for q in questions for c in q.checks}
    if Outcome.ERROR in outcomes or any(p.ours for p in submission.problems):
        return "not_graded"
    return "needs_review" if Outcome.MANUAL in outcomes else "graded"


def _survey(answer: Any) -> Json:
    fields = getattr(answer, "__dataclass_fields__", {})
    return {name: getattr(answer, name) for name in fields} if fields else answer


def _notes(student: Student) -> list[str]:
    notes = [*student.answers.notes]
    for choice in student.choices:
        notes += [*choice.notes, *removed_notes(student.submission.files, choice.files)]
    return list(dict.fromkeys(notes + student.code_notes()))


def _code(student: Student, questions: Sequence[QuestionReport]) -> list[CodeFile]:
    """The files that were graded, with the lines that the checks pointed at."""
    marks: dict[str, dict[int, str]] = {}
    for check in (c for q in questions for c in q.checks):
        for line in check.evidence.get("lines", []):
            marks.setdefault(line["file"], {}).setdefault(line["line"], _mark(check, line["note"]))
    files = []
    for path in dict.fromkeys(p for c in student.choices for p in c.files):
        handed = student.submission.file(path)
        if handed is not None:
            files += (
                _cells(path, handed, marks)
                if looks_like_notebook(handed.data)
                else [_shown(path, handed.text(), marks)]
            )
    return files


def _shown(path: str, text: str, marks: Mapping[str, dict[int, str]]) -> CodeFile:
    return CodeFile(
        path=path, text=text[:MAX_CODE], marks=marks.get(path, {}), truncated=len(text) > MAX_CODE
    )


def _cells(path: str, handed: HandedFile, marks: Mapping[str, dict[int, str]]) -> list[CodeFile]:
    """The code cells of a notebook, numbered as `In [n]` after running all."""
    try:
        cells = [c.source for c in read_notebook(handed.text()).code if c.source.strip()]
    except NotANotebookError:
        return []
    return [_shown(f"{path} cell {n}", source, marks) for n, source in enumerate(cells[:MAX_CELLS], 1)]


def _mark(check: CheckReport, note: str) -> str:
    """What stands beside a line: its note, or of a crash what happened there."""
    return f"{check.id}: {check.message if note == 'here' else note}"
