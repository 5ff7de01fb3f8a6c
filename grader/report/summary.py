"""One student's report as a row of the class: small, so that a class of any size fits in memory."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from grader.model import CheckReport, Json, Outcome, Report, Status
from grader.report.text import clip

_LETTER = {
    Outcome.EARNED: "e",
    Outcome.PARTIAL: "p",
    Outcome.LOST: "l",
    Outcome.NOT_RUN: "n",
    Outcome.MANUAL: "m",
    Outcome.ERROR: "x",
}
OUTCOMES = {letter: outcome for outcome, letter in _LETTER.items()}
LONGEST_STAFF = 2000


@dataclass(frozen=True)
class Item:
    """
    A question or check as the whole class shares it.

    Args:
        question: of a check: the number of its question in the layout.
    """

    id: str
    title: str
    max_points: float
    extra: bool = False
    question: int = -1


@dataclass(frozen=True)
class Layout:
    """
    The questions and checks of an assignment; equal layouts are one object in memory, across processes too.
    """

    questions: tuple[Item, ...]
    checks: tuple[Item, ...]

    @classmethod
    def of(cls, report: Report) -> Layout:
        """The layout of a report."""
        return _shared(
            tuple(Item(q.id, q.title, q.max_points, q.extra) for q in report.questions),
            tuple(
                Item(c.id, c.title, c.max_points, question=n)
                for n, q in enumerate(report.questions)
                for c in q.checks
            ),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _shared, (self.questions, self.checks)


@lru_cache(maxsize=64)
def _shared(questions: tuple[Item, ...], checks: tuple[Item, ...]) -> Layout:
    return Layout(questions, checks)


@dataclass(frozen=True, slots=True)
class Found:
    """A misconception found in a check."""

    check: str
    id: str
    says: str


@dataclass(frozen=True, slots=True)
class Output:
    """A wrong result that nothing explained, as a digest of its numbers."""

    check: str
    digest: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A place on the leaderboard; `rank_by` is the private value where there is one."""

    metric: str
    pseudonym: str
    rank_by: float
    low: float | None
    high: float | None
    public: float | None
    ascending: bool


@dataclass(frozen=True, slots=True)
class ClassRow:
    """
    What the class pages keep of one report.

    Args:
        student: identifier, the folder of the report.
        name: the person's name, for the staff; may be empty.
        status, points, max_points, extra_points: as in the report.
        layout: the questions and checks, shared.
        question_points: per question of the layout.
        outcomes: one letter per check of the layout (`OUTCOMES`).
        found: the misconceptions.
        seconds: wall-clock of the whole submission.
        survey: scalars only, texts clipped.
        board: its place on the leaderboard.
        staff: operator's details by check id, only of what could not be graded.
        outputs: wrong results without a diagnosis.
        late: points that lateness took, None when in time.
    """

    student: str
    name: str
    status: Status
    points: float | None
    max_points: float
    extra_points: float
    layout: Layout
    question_points: tuple[float, ...]
    outcomes: str
    found: tuple[Found, ...] = ()
    seconds: float = 0.0
    survey: Mapping[str, Json] | None = None
    board: Entry | None = None
    staff: Mapping[str, str] | None = None
    outputs: tuple[Output, ...] = ()
    late: float | None = None

    @classmethod
    def of(cls, report: Report, *, name: str = "", staff: Mapping[str, str] | None = None) -> ClassRow:
        """The row of a report; `staff` maps check ids to the details of `Verdict.staff`."""
        checks = [check for question in report.questions for check in question.checks]
        return cls(
            student=report.student,
            name=name,
            status=report.status,
            points=report.points,
            max_points=report.max_points,
            extra_points=report.extra_points,
            layout=Layout.of(report),
            question_points=tuple(question.points for question in report.questions),
            outcomes=sys.intern("".join(_LETTER[check.outcome] for check in checks)),
            found=tuple(
                _found(c.id, c.diagnosis.id, c.diagnosis.says) for c in checks if c.diagnosis is not None
            ),
            seconds=report.provenance.seconds,
            survey=_survey(report.survey),
            board=next(
                (entry for check in checks if (entry := _entry(check.evidence.get("leaderboard")))), None
            ),
            staff={k: _end(v) for k, v in staff.items()} if staff else None,
            outputs=tuple(Output(c.id, d) for c in checks if c.diagnosis is None and (d := _digest(c))),
            late=report.late.deduction if report.late is not None else None,
        )

    @property
    def total(self) -> float | None:
        """Points with extra credit; None when not graded."""
        return None if self.points is None else self.points + self.extra_points

    def checks_with(self, outcome: Outcome) -> list[str]:
        """The ids of the checks with that outcome."""
        letter = _LETTER[outcome]
        return [
            item.id for item, found in zip(self.layout.checks, self.outcomes, strict=True) if found == letter
        ]


def _end(text: str) -> str:
    """The last part: a traceback says at its end what happened."""
    left = len(text) - LONGEST_STAFF
    return text if left <= 0 else f"({left:,} characters before)\u2026 {text[-LONGEST_STAFF:]}"


def _digest(check: CheckReport) -> str:
    """Of a wrong result; the same wrong file of predictions is a matter of `grade similarity`."""
    found = check.evidence.get("output_digest")
    return sys.intern(found) if isinstance(found, str) and check.outcome is not Outcome.EARNED else ""


@lru_cache(maxsize=4096)
def _found(check: str, id: str, says: str) -> Found:
    return Found(check, id, clip(says, 400))


def _survey(survey: Mapping[str, Json]) -> dict[str, Json] | None:
    said = {k: v.get("value") if isinstance(v, Mapping) else v for k, v in survey.items()}
    kept = {
        sys.intern(str(k)): clip(v, 200) if isinstance(v, str) else v
        for k, v in said.items()
        if isinstance(v, str | int | float)
    }
    return kept or None


def _entry(evidence: Json) -> Entry | None:
    if not isinstance(evidence, Mapping):
        return None
    public, private = _score(evidence.get("public")), _score(evidence.get("private"))
    score = private or public
    if score is None:
        return None
    return Entry(
        metric=sys.intern(clip(str(evidence.get("metric", "score")), 40)),
        pseudonym=clip(str(evidence.get("pseudonym", "")), 60),
        rank_by=score["value"],
        low=score.get("low"),
        high=score.get("high"),
        public=public["value"] if public else None,
        ascending=evidence.get("order") == "asc",
    )


def _score(value: Json) -> dict[str, float] | None:
    if not isinstance(value, Mapping):
        return None
    kept = {k: float(v) for k, v in value.items() if isinstance(v, int | float) and math.isfinite(v)}
    return kept if "value" in kept else None
