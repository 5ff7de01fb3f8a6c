"""What `cases` and `ordered` have in common: groups of cases, each of which costs its own part of the points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from grader.errors import StudentFault
from grader.model import Diagnosis, Verdict, earned, partial


@dataclass(frozen=True)
class Tried:
    """
    One case, judged.

    Args:
        group: the group that it belongs to.
        complaint: what is wrong, a sentence without its end; empty for nothing.
        fault: of the student's code, when nothing came.
        evidence: for the report.
        beside: another group that the inputs belong to as well; see `attributed`.
    """

    group: str
    complaint: str = ""
    fault: StudentFault | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    beside: str = ""

    @property
    def right(self) -> bool:
        """Nothing to complain about."""
        return not self.complaint and self.fault is None


def attributed(tried: Sequence[Tried], cost: float, costs: Mapping[str, float]) -> list[Tried]:
    """
    The cases, each in the group that it counts to.

    A case that is wrong says nothing about its own group while the group beside it is wrong too: one mistake is one loss. But
    where the groups share out the points among them, each has to be seen right once to be earned.
    """
    wrong = {t.group for t in tried if not t.right and not t.beside}
    groups = {t.group for t in tried}
    shared_out = sum(costs.get(group, cost) for group in groups) <= 1.0 + 1e-9
    unseen = groups - {t.group for t in tried if t.right} if shared_out else set()
    return [
        replace(t, group=t.beside) if not t.right and t.beside in wrong and t.group not in unseen else t
        for t in tried
    ]


def wrong_groups(tried: Sequence[Tried]) -> list[str]:
    """The groups with a case that is wrong, in order."""
    return list(dict.fromkeys(t.group for t in tried if not t.right))


def settle(
    called: str,
    tried: Sequence[Tried],
    *,
    cost: float,
    costs: Mapping[str, float],
    keeps: float = 0.0,
    diagnosis: Diagnosis | None = None,
    explained: bool = False,
    hint: str = "",
) -> Verdict:
    """
    The verdict over all groups.

    Args:
        cost: fraction of the points that a wrong group costs.
        costs: the same for groups by name.
        keeps: fraction that is kept at least, because of the diagnosis.
        explained: the diagnosis says why the code failed.

    Raises:
        StudentFault: nothing is left of the points, and that is because the code failed.
    """
    groups, wrong = list(dict.fromkeys(t.group for t in tried)), wrong_groups(tried)
    if not wrong:
        return earned(f"{called}: right on {len(tried)} sets of inputs.")
    left = max(0.0, keeps, 1.0 - sum(costs.get(group, cost) for group in wrong))
    left = round(left, 6) if left > 1e-6 else 0.0
    # The most expensive group speaks, the first of equals.
    worst = max(wrong, key=lambda group: costs.get(group, cost))
    first = next(t for t in tried if t.group == worst and not t.right)
    rest = _which(groups, wrong, worst)
    if first.fault is not None:
        if left == 0.0 and len(groups) == len(wrong) and not explained:
            raise first.fault
        evidence = {"fault": first.fault.kind, "wrong": wrong} | _lines(first.fault)
        return partial(
            left,
            _join(first.fault.message, rest),
            hint if explained else first.fault.help or hint,
            diagnosis,
            **evidence,
        )
    message = _join(f"{called}: {first.complaint}.", rest)
    return partial(left, message, hint, diagnosis, **{**first.evidence, "wrong": wrong})


def _which(groups: Sequence[str], wrong: Sequence[str], worst: str) -> str:
    if len(groups) == 1:
        return ""
    if len(wrong) == len(groups):
        return "This holds for all kinds of inputs that were tried."
    named = ", ".join(wrong[:4]) + (f" and {len(wrong) - 4} more" if len(wrong) > 4 else "")
    right = len(groups) - len(wrong)
    if right == 1:
        return f"Wrong for {named}; the other kind of inputs is right."
    return f"Wrong for {named}; the other {right} of {len(groups)} kinds of inputs are right."


def _join(message: str, rest: str) -> str:
    return f"{message} {rest}".strip()


def _lines(fault: StudentFault) -> dict[str, Any]:
    return {"lines": fault.lines} if fault.lines else {}
