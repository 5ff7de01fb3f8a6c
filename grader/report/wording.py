"""What outcomes and statuses are called, for every reader of a report."""

from __future__ import annotations

from grader.model import CheckReport, Outcome, QuestionReport, Report
from grader.report.text import points

OUTCOMES: dict[Outcome, str] = {
    Outcome.EARNED: "Earned",
    Outcome.PARTIAL: "Partly earned",
    Outcome.LOST: "Not earned",
    Outcome.NOT_RUN: "Not checked",
    Outcome.MANUAL: "Waits for a person",
    Outcome.ERROR: "Not graded yet",
}
STATUSES = {
    "graded": "Graded",
    "needs_review": "Not final: a person still grades a part",
    "not_graded": "Not graded yet",
}

OUR_FAULT = (
    "The grader could not check this part. This is not your fault and costs you nothing; "
    "the staff has been informed."
)
NOT_GRADED = (
    "The grader could not finish this hand-in. This is not your fault and costs you nothing; "
    "the staff has been informed and you need not do anything."
)


def message(check: CheckReport) -> str:
    """The check's message; for an error of ours always the same sentence, without any detail."""
    return OUR_FAULT if check.outcome is Outcome.ERROR else check.message


def waiting(report: Report) -> list[CheckReport]:
    """The checks that wait for a person."""
    return [c for question in report.questions for c in question.checks if c.outcome is Outcome.MANUAL]


def total(report: Report) -> float | None:
    """The points of the submission with its extra credit; None when not graded."""
    return None if report.points is None else report.points + report.extra_points


def late(report: Report) -> str:
    """The deduction for lateness in one line; empty when there is none."""
    if report.late is None:
        return ""
    cost = report.late.deduction
    return f"Late: {report.late.says}" + (f" (-{points(cost)} points)" if cost else "")


def title(check: CheckReport) -> str:
    """What the check is about, in words where the rubric gives some."""
    return check.title or check.id


def known(question: QuestionReport) -> bool:
    """True when no check of the question waits for a person or ended in an error of ours."""
    return not any(c.outcome in (Outcome.MANUAL, Outcome.ERROR) for c in question.checks)
