"""What is found about one answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from grader.model import Diagnosis

Outcome = Literal["right", "partial", "wrong", "unreadable", "missing", "stub"]


@dataclass(frozen=True)
class Judgement:
    """
    What was found about one answer.

    Args:
        outcome: see `Outcome`; `unreadable` waits for a person.
        fraction: of the points, 0 to 1.
        message: one sentence for the student, which never says the truth.
        help: what to look at next.
        diagnosis: the known mistake that explains the answer exactly.
        read_as: LaTeX of how the answer was read.
        evidence: JSON for the record.
    """

    outcome: Outcome
    fraction: float
    message: str
    help: str = ""
    diagnosis: Diagnosis | None = None
    read_as: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)
