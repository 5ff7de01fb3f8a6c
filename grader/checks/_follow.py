"""Follow-through: what a later answer has to be when it is worked out, rightly, from the student's own earlier ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from grader.answers import AnswerSpec, Judgement, Unreadable, judge, value_of
from grader.checks._expressions import Expression, evaluate
from grader.diagnosis.registry import hint_of
from grader.intake.pieces import HandedAnswer
from grader.model import Diagnosis
from grader.student import Student


class Named(BaseModel):
    """A known mistake on top of what follows: its diagnosis id, the wrong number over `value`, and what it says."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    value: Expression
    says: str


class Follow(BaseModel):
    """
    How a later answer follows from earlier ones.

    Args:
        from: name to the label of an earlier answer.
        compute: an expression over these names for the list of values that follow; a name is None where the student gave
            no number, or a trivial one (all zeros, one constant), from which nothing can follow.
        named: known mistakes on top of it, looked for when the answer itself shows none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    from_: dict[str, str] = Field(alias="from")
    compute: Expression
    named: tuple[Named, ...] = ()


def followed(
    student: Student, follow: Follow, value: Any, spec: AnswerSpec, label: str, before: Judgement
) -> Judgement:
    """The judgement by what follows from earlier answers, or the one `before` where that changes nothing."""
    given = {name: own_numbers(student, earlier) for name, earlier in follow.from_.items()}
    if all(number is None for number in given.values()):
        return before
    values = list(_nontrivial(evaluate(follow.compute, given)))
    if not values:
        return before
    found = _among(values, value, spec, label, student.seed)
    if found.outcome == "right":
        labels = " and ".join(follow.from_[name] for name, number in given.items() if number is not None)
        says = f"{label}: right, as it follows from your own {labels}."
        return Judgement(
            "right", 1.0, says, read_as=found.read_as, evidence={**found.evidence, "follows": True}
        )
    if before.diagnosis is not None:
        return before
    return _known(follow, values, value, spec, label, student.seed) or before


def _among(values: list[Any], answer: Any, spec: AnswerSpec, label: str, seed: int) -> Judgement:
    return judge(answer, spec, label=label, seed=seed, given={"truth": values[0], "also": values[1:]})


def _known(
    follow: Follow, values: list[Any], answer: Any, spec: AnswerSpec, label: str, seed: int
) -> Judgement | None:
    """A known mistake on top of what follows."""
    for known in follow.named:
        found = _among([evaluate(known.value, {"value": v}) for v in values], answer, spec, label, seed)
        if found.outcome == "right":
            diagnosis = Diagnosis(id=known.id, says=known.says)
            says = f"{label}: judged by your own earlier numbers, {known.says}"
            return Judgement(
                "wrong", 0.0, says, hint_of(diagnosis), diagnosis, found.read_as, dict(found.evidence)
            )
    return None


def own_numbers(student: Student, label: str) -> Any | None:
    """The numbers of an earlier answer; None when there are none, or trivial ones."""
    handed = student.answers.answers.get(label)
    if handed is None:
        return None
    try:
        numbers = value_of(as_handed(handed))
    except Unreadable:
        return None
    return None if _trivial(numbers) else numbers


def as_handed(handed: HandedAnswer) -> Any:
    """The typed value of an answer, or its text."""
    return handed.text if handed.value is None else handed.value


def _nontrivial(values: Any) -> Iterator[Any]:
    for value in values:
        numbers = np.asarray(value, dtype=np.float64)
        if not _trivial(numbers):
            yield numbers


def _trivial(numbers: Any) -> bool:
    finite = np.isfinite(numbers).all()
    return not finite or not np.any(numbers) or (numbers.size > 1 and float(np.ptp(numbers)) == 0.0)
