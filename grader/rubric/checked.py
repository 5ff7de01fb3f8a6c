"""A rubric whose parts are read and known to fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from grader.checks.registry import Kind
from grader.late import LateRules
from grader.record import digest
from grader.rubric.entries import CheckEntry, Question, RubricFile
from grader.sandbox.limits import Limits
from grader.student import CodeSpec


@dataclass(frozen=True)
class Check:
    """A check, ready to run."""

    entry: CheckEntry
    kind: Kind
    options: BaseModel
    raw: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The id, `Q3.grad_bias`."""
        return self.entry.id

    @cached_property
    def fingerprint(self) -> bytes:
        """Changes when the verdict could: id (the label of an answer), kind and options, not points, title or help."""
        return digest(self.id, self.kind.name, self.kind.fingerprint, self.options.model_dump_json())


@dataclass(frozen=True)
class Rubric:
    """A rubric that has been checked."""

    path: Path
    file: RubricFile
    specs: tuple[CodeSpec, ...]
    limits: Limits
    questions: tuple[tuple[Question, tuple[Check, ...]], ...]
    content: str
    """SHA-256 of the rubric's folder, as the provenance names it."""
    max_points: float = 0.0
    late: LateRules | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    reference: str = ""
    """A digest of the course's own `reference/`, where there is one."""

    @property
    def assignment(self) -> str:
        """The name of the assignment."""
        return self.file.assignment

    @property
    def content_for_verdicts(self) -> str:
        """What of the rubric changes verdicts beside a check's own options."""
        answers = {k: v for k, v in self.file.answers.items() if k != "published"}
        return f"{self.file.seed} {sorted(answers.items(), key=str)!r}" + self.reference

    @property
    def published(self) -> bool:
        """Whether students may see the accepted answers."""
        return self.file.answers.get("published") is True

    @property
    def labels(self) -> list[str]:
        """The labels that answers may have: ids of checks, and those that a check names itself."""
        return [label for _, checks in self.questions for c in checks for label in _labels_of(c)]


def _labels_of(check: Check) -> list[str]:
    """Where a student's hand-in answers a check."""
    trials = [str(trial.label) for trial in getattr(check.options, "trials", ())]
    return trials or [getattr(check.options, "label", "") or check.id]
