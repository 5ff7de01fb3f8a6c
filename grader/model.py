"""The words of the project as types: submission, verdict, report. Only data; nothing here reads a file or runs code."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Json = Any


class Outcome(StrEnum):
    """The outcome of a check or question (DESIGN.md section 2)."""

    EARNED = "earned"
    PARTIAL = "partial"
    LOST = "lost"
    NOT_RUN = "not_run"
    MANUAL = "manual"
    ERROR = "error"


# --- what a student handed in ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """Where one student's hand-in lies, found without opening it; `intake.read` opens it."""

    student: str
    """A safe identifier, unique in the class: the folder name of the report."""
    paths: tuple[str, ...]
    """One folder, one archive, one bare file, or the several files of a flat export."""
    name: str = ""
    """The person's name as the platform gives it, for the staff."""
    members: tuple[str, ...] = ()
    """The other members of a group."""
    member_ids: tuple[Mapping[str, str], ...] = ()
    """Their identities, in the same order."""
    submitted_at: str = ""
    late: bool = False
    due: str = ""
    """When it was due for this student, as the platform says."""
    platform: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    """Identities for the way back: `canvas_id`, `moodle_id`, `email`, `sid`, `submission_id`."""


@dataclass(frozen=True)
class HandedFile:
    """One file of a submission."""

    path: str
    """Relative POSIX path, as the student named it (made safe)."""
    data: bytes

    @cached_property
    def digest(self) -> str:
        """The hexadecimal SHA-256 of the content."""
        return hashlib.sha256(self.data).hexdigest()

    def text(self) -> str:
        """The content as text: UTF-8 (a byte-order mark dropped), UTF-16 with its mark, else Latin-1; never raises."""
        if self.data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return self.data.decode("utf-16", errors="replace")
        try:
            return self.data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return self.data.decode("latin-1")


@dataclass(frozen=True)
class Problem:
    """Something of a hand-in that could not be used, in words for the student."""

    path: str
    message: str
    help: str = ""
    fatal: bool = False
    """True when nothing of the submission could be read."""
    ours: bool = False
    """True when it is our side that failed (a permission, a disk): the submission is `not graded`, never a 0."""


@dataclass(frozen=True)
class Submission:
    """What one student handed in, after intake."""

    source: Source
    files: tuple[HandedFile, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def student(self) -> str:
        """The identifier of the student."""
        return self.source.student

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the names and contents of all files, in the order of their names."""
        h = hashlib.sha256()
        for file in sorted(self.files, key=lambda f: f.path):
            h.update(f"{file.path}\0{file.digest}\n".encode("utf-8", "surrogatepass"))
        return h.hexdigest()

    def file(self, path: str) -> HandedFile | None:
        """The file of that path, or None."""
        return next((f for f in self.files if f.path == path), None)


# --- verdicts ----------------------------------------------------------------------------------------------------


class Diagnosis(BaseModel):
    """The known misconception that explains the student's result exactly."""

    model_config = ConfigDict(frozen=True)
    id: str
    says: str


@dataclass(frozen=True)
class Verdict:
    """
    What one check found. Made by `earned`, `lost`, `partial`, `manual` below; points come later, from the rubric.

    Args:
        outcome: see `Outcome`.
        fraction: of the check's points, 0 to 1.
        message: one sentence for the student (STYLE.md, Messages).
        help: what to look at next.
        diagnosis: the misconception that explains the numbers, if one does.
        evidence: JSON that the report shows: shapes, curves, lines of code (`lines: [{file, line, note}]`).
        staff: details that only the staff may see (a traceback of ours); never in the student's page.
    """

    outcome: Outcome
    fraction: float
    message: str
    help: str = ""
    diagnosis: Diagnosis | None = None
    evidence: Mapping[str, Json] = field(default_factory=dict)
    staff: str = ""


def earned(message: str = "Right.", **evidence: Json) -> Verdict:
    """A verdict that earns all points."""
    return Verdict(Outcome.EARNED, 1.0, message, evidence=evidence)


def lost(message: str, help: str = "", diagnosis: Diagnosis | None = None, **evidence: Json) -> Verdict:
    """A verdict that earns nothing."""
    return Verdict(Outcome.LOST, 0.0, message, help, diagnosis, evidence)


def partial(
    fraction: float, message: str, help: str = "", diagnosis: Diagnosis | None = None, **evidence: Json
) -> Verdict:
    """A verdict that earns `fraction` of the points; 0 and 1 become lost and earned."""
    if fraction <= 0.0:
        return lost(message, help, diagnosis, **evidence)
    outcome = Outcome.EARNED if fraction >= 1.0 else Outcome.PARTIAL
    return Verdict(outcome, min(fraction, 1.0), message, help, diagnosis, evidence)


def manual(message: str, help: str = "", **evidence: Json) -> Verdict:
    """A verdict that waits for a person."""
    return Verdict(Outcome.MANUAL, 0.0, message, help, evidence=evidence)


# --- the report: `report.json`, schema 1 --------------------------------------------------------------------------

Status = Literal["graded", "needs_review", "not_graded"]
Visibility = Literal["visible", "hidden", "after_due_date", "after_published"]


class Review(BaseModel):
    """What a person decided or said about a check; who and why is in the audit file, for the staff alone."""

    entry: int = Field(description="Number of the entry of `review.jsonl`.")
    when: str
    decided: bool = Field(description="False: only a comment.")
    comment: str = Field(default="", description="Words of the staff for the student.")
    was: dict[str, Json] = Field(
        default={}, description="The verdict before: outcome, points, message, help, diagnosis."
    )


class CheckReport(BaseModel):
    """One check of a report."""

    id: str
    kind: str
    title: str = ""
    outcome: Outcome
    points: float | None = Field(description="None when the check ended in an error of ours.")
    max_points: float
    message: str
    help: str = ""
    diagnosis: Diagnosis | None = None
    evidence: dict[str, Json] = {}
    seconds: float = Field(default=0.0, description="Time in the student's code, in seconds, rounded to 0.1.")
    review: Review | None = None
    visibility: Visibility = Field(default="visible", description="Who sees it on the platform, and when.")
    tags: list[str] = []


class QuestionReport(BaseModel):
    """One question of a report."""

    id: str
    title: str
    points: float
    max_points: float
    extra: bool = Field(
        default=False, description="True: extra credit, not part of max_points of the submission."
    )
    outcome: Outcome
    checks: list[CheckReport]


class Provenance(BaseModel):
    """How the grade was made: enough to make it again."""

    rubric: str
    grader: str
    packages: dict[str, str] = {}
    seed: int = 0
    isolation: list[str] = []
    started: str = ""
    seconds: float = 0.0
    submission: str = ""
    reviewed: int = Field(default=0, description="Checks that a person decided or commented.")
    review_entry: int = Field(
        default=0, description="Number of the last entry of `review.jsonl` that this report holds."
    )


class Late(BaseModel):
    """What lateness cost."""

    submitted_at: str = ""
    due: str = Field(default="", description="The time that counted, an extension included.")
    days: int = Field(description="Days that had begun, after the grace.")
    fraction: float = Field(description="The share that is deducted.")
    deduction: float | None = Field(description="In points, already taken from `points` and `extra_points`.")
    says: str


class CodeFile(BaseModel):
    """A file of the student's that the report shows, with the lines that checks pointed at."""

    path: str
    language: str = "python"
    text: str
    marks: dict[int, str] = Field(default={}, description="Line number to the note beside it.")
    truncated: bool = False


class Report(BaseModel):
    """The verdicts of one submission; the one source of every rendering."""

    model_config = ConfigDict(populate_by_name=True)
    schema_version: int = Field(default=1, alias="schema")
    assignment: str
    title: str = ""
    student: str
    status: Status
    points: float | None = Field(description="What counts: after the deduction for lateness.")
    max_points: float
    extra_points: float = 0.0
    late: Late | None = Field(default=None, description="The deduction for lateness, where there is one.")
    questions: list[QuestionReport]
    notes: list[str] = Field(
        default=[], description="What the student should know: names supplied, problems of the hand-in."
    )
    problems: list[dict[str, str]] = []
    survey: dict[str, Json] = {}
    code: list[CodeFile] = []
    provenance: Provenance
