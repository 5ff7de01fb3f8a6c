"""What people decided, put into a report. Applying again gives the same report; withdrawing gives back the one before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from grader.assemble import outcome_of
from grader.desk.log import Standing, stale
from grader.model import CheckReport, Diagnosis, Outcome, QuestionReport, Report, Review, Status

READ = "Read and graded by the staff."
RIGHT = "The staff looked at this and counts it as right."
LOOKED = "The staff looked at this and decided."


def basis(check: CheckReport, report: Report) -> str:
    """A digest of what a person judges: the student's words where there are some, else the whole hand-in."""
    text = check.evidence.get("text")
    judged = text if isinstance(text, str) else report.provenance.submission
    return hashlib.sha256(judged.encode("utf-8", "replace")).hexdigest()[:16]


def decided(standing: Mapping[str, Standing], submission: str) -> dict[str, Outcome]:
    """Outcomes that hold before anything has run, for what depends on them; `submission` is the digest of the hand-in."""
    mine = hashlib.sha256(submission.encode()).hexdigest()[:16]
    return {
        check: s.outcome
        for check, s in standing.items()
        if s.decision is not None and s.outcome is not None and s.decision.basis == mine
    }


def reviewed(report: Report, standing: Mapping[str, Standing], late_of: str = "earned") -> Report:
    """
    The report with what holds for its checks.

    Args:
        report: of a run, or one that this function gave before.
        standing: by check. A decision about another hand-in than this one does not count.
        late_of: what the share is of that lateness costs (`late: of:` of the rubric).
    """
    if not standing and not report.provenance.review_entry:
        return report
    questions = [_question(q, report, standing) for q in report.questions]
    count = sum(c.review is not None for q in questions for c in q.checks)
    last = max((s.last.number for s in standing.values()), default=0)
    made = report.provenance.model_copy(update={"reviewed": count, "review_entry": last})
    status = _status(report, [c.outcome for q in questions for c in q.checks])
    earned = round(sum(q.points for q in questions if not q.extra), 6)
    extra = round(sum(q.points for q in questions if q.extra), 6)
    whole = {"questions": questions, "provenance": made, "status": status, "extra_points": extra}
    points = None if status == "not_graded" else earned
    return _after_late(report.model_copy(update=whole | {"points": points}), late_of)


def _status(report: Report, outcomes: Sequence[Outcome]) -> Status:
    """The status; what intake could not read on our side stays `not_graded` whatever people decide about checks."""
    before = [unreviewed(c).outcome for q in report.questions for c in q.checks]
    unread = report.status == "not_graded" and Outcome.ERROR not in before
    if unread or Outcome.ERROR in outcomes:
        return "not_graded"
    return "needs_review" if Outcome.MANUAL in outcomes else "graded"


def _after_late(report: Report, of: str) -> Report:
    """The points with what lateness costs taken from them, as `late.apply_late` does."""
    if report.late is None or report.points is None:
        return report
    whole = report.points + report.extra_points
    fraction = report.late.fraction
    taken = round(min(whole, fraction * (report.max_points if of == "possible" else whole)), 6)
    from_points = min(taken, report.points) if of == "possible" else fraction * report.points
    late = report.late.model_copy(update={"deduction": taken})
    left = {
        "points": round(report.points - from_points, 6),
        "extra_points": round(report.extra_points - (taken - from_points), 6),
    }
    return report.model_copy(update=left | {"late": late})


def _question(question: QuestionReport, report: Report, standing: Mapping[str, Standing]) -> QuestionReport:
    checks = [_check(unreviewed(c), report, standing.get(c.id)) for c in question.checks]
    points = round(sum(c.points or 0.0 for c in checks), 6)
    outcome = outcome_of(checks)
    return question.model_copy(update={"checks": checks, "points": points, "outcome": outcome})


def unreviewed(check: CheckReport) -> CheckReport:
    """The check as the grader left it."""
    if check.review is None:
        return check
    was = dict(check.review.was)
    if was:
        was["outcome"] = Outcome(was["outcome"])
        was["diagnosis"] = Diagnosis(**was["diagnosis"]) if was["diagnosis"] else None
    return check.model_copy(update={**was, "review": None})


def _check(check: CheckReport, report: Report, standing: Standing | None) -> CheckReport:
    if standing is None or stale(standing, basis(check, report)):
        return check
    review = Review(
        entry=standing.last.number,
        when=standing.last.when,
        decided=standing.decision is not None,
        comment=standing.comment,
    )
    if standing.decision is None:
        return check.model_copy(update={"review": review}) if standing.comment else check
    was = check.model_dump(mode="json", include={"outcome", "points", "message", "help", "diagnosis"})
    outcome = standing.decision.outcome or check.outcome
    right = outcome is Outcome.EARNED
    return check.model_copy(
        update={
            "outcome": outcome,
            "points": standing.decision.points or 0.0,
            "message": _message(check, outcome),
            "help": "" if right else check.help,
            "diagnosis": None if right else check.diagnosis,
            "review": review.model_copy(update={"was": was}),
        }
    )


def _message(check: CheckReport, outcome: Outcome) -> str:
    if check.outcome is Outcome.MANUAL:
        return READ
    if outcome is Outcome.EARNED:
        return RIGHT
    return check.message if check.outcome in (Outcome.LOST, Outcome.PARTIAL) else LOOKED


def outcome_for(points: float, most: float, fallback: Outcome = Outcome.EARNED) -> Outcome:
    """The outcome that so many points of so many are; without points, the one that was chosen."""
    if most <= 0:
        return fallback
    if points >= most:
        return Outcome.EARNED
    return Outcome.PARTIAL if points > 0 else Outcome.LOST
