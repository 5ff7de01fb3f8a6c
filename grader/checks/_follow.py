"""Follow-through: what a later answer has to be when it is worked out, rightly, from the student's own earlier ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from grader.answers import AnswerSpec, Judgement, Unreadable, judge, value_of
from grader.checks.recipe import Expression, evaluate
from grader.diagnosis.registry import hint_of, sentence
from grader.intake.pieces import HandedAnswer
from grader.model import Diagnosis
from grader.student import Student


class Follow(BaseModel):
    """
    How a later answer follows from earlier ones.

    Args:
        from: name to the label of an earlier answer.
        compute: an expression over these names for the list of values that follow; a name is None where the student gave
            no number, or a trivial one (all zeros, one constant), from which nothing can follow.
        named: diagnosis id to an expression over `value` (one that follows) for the wrong number that it makes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    from_: dict[str, str] = Field(alias="from")
    compute: Expression
    named: dict[str, Expression] = {}


def followed(student: Student, follow: Follow, value: Any, spec: AnswerSpec, label: str) -> Judgement | None:
    """The judgement by what follows from earlier answers; None when it changes nothing."""
    given = {name: own_numbers(student, earlier) for name, earlier in follow.from_.items()}
    if all(number is None for number in given.values()):
        return None
    values = list(_nontrivial(evaluate(follow.compute, given)))
    if not values:
        return None
    found = judge(value, spec, label=label, seed=student.seed, given={"truth": values[0], "also": values[1:]})
    if found.outcome == "right":
        labels = " and ".join(follow.from_[name] for name, number in given.items() if number is not None)
        says = f"{label}: right, as it follows from your own {labels}."
        return Judgement("right", 1.0, says, read_as=found.read_as, evidence={**found.evidence, "follows": True})
    return _known(follow, values, value, spec, label, student.seed)


def _known(
    follow: Follow, values: list[Any], answer: Any, spec: AnswerSpec, label: str, seed: int
) -> Judgement | None:
    """A known mistake in what follows."""
    for id, text in follow.named.items():
        made = [evaluate(text, {"value": v}) for v in values]
        found = judge(answer, spec, label=label, seed=seed, given={"truth": made[0], "also": made[1:]})
        if found.outcome == "right":
            diagnosis = Diagnosis(id=id, says=sentence([id]))
            says = f"{label}: it would follow from your own earlier numbers, but for one thing. {diagnosis.says}"
            return Judgement("wrong", 0.0, says, hint_of(diagnosis), diagnosis, found.read_as, dict(found.evidence))
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
