"""What a form says, read and checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from grader.desk.apply import outcome_for
from grader.desk.log import Action
from grader.model import Outcome

LONGEST = 4000


class SaidWrong(Exception):
    """Something is missing or out of range; the message is for the reviewer."""


@dataclass(frozen=True)
class Said:
    """A decision, a comment or a withdrawal."""

    action: Action
    points: float | None
    right: bool
    reason: str
    comment: str

    @classmethod
    def read(cls, given: Mapping[str, str], most: float, *, manual: bool) -> Said:
        """
        Read a form.

        Args:
            given: its fields.
            most: points of the check.
            manual: the check waits for a person: no reason is needed.

        Raises:
            SaidWrong: see there.
        """
        action = given.get("action", "decide")
        reason, comment = _text(given, "reason"), _text(given, "comment")
        if action == "comment":
            if not comment:
                raise SaidWrong("Write the comment, or choose points.")
            return cls("comment", None, False, reason, comment)
        if action not in ("decide", "withdraw"):
            raise SaidWrong("Choose what to do.")
        if not manual and not reason:
            raise SaidWrong(
                "Give a reason: a decision against the grader's needs one, for whoever reads the audit file."
            )
        if action == "withdraw":
            return cls("withdraw", None, False, reason, "")
        return cls("decide", _points(given, most), given.get("verdict", "right") != "wrong", reason, comment)

    def fields(self, most: float) -> dict[str, object]:
        """The fields of a draft."""
        fields: dict[str, object] = {"reason": self.reason, "comment": self.comment}
        if self.action == "decide" and self.points is not None:
            chosen = Outcome.EARNED if self.right else Outcome.LOST
            fields |= {"points": self.points, "outcome": outcome_for(self.points, most, chosen)}
        return fields


def _text(given: Mapping[str, str], name: str) -> str:
    text = given.get(name, "").replace("\r\n", "\n").strip()
    if len(text) > LONGEST:
        raise SaidWrong(f"The {name} has {len(text):,} characters; {LONGEST:,} fit.")
    return text


def _points(given: Mapping[str, str], most: float) -> float:
    text = given.get("points", "").strip().replace(",", ".")
    if most <= 0 and not text:
        return 0.0
    try:
        points = float(text)
    except ValueError:
        raise SaidWrong(
            f"Points: expected a number from 0 to {most:g}, got '{text[:40]}'."
            if text
            else f"Choose points, 0 to {most:g}."
        ) from None
    if not math.isfinite(points) or not 0 <= points <= most:
        raise SaidWrong(f"Points: expected a number from 0 to {most:g}, got {points:g}.")
    return round(points, 4)
