"""The kind `answer`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo

from grader.answers import AnswerSpec, Judgement, judge
from grader.checks._follow import Follow, as_handed, followed
from grader.checks.registry import check
from grader.model import Diagnosis, Outcome, Verdict, lost, manual, partial
from grader.student import Student


def _spec(value: Any, info: ValidationInfo) -> Any:
    """The spec of this check's label from the file that the rubric names under `answers: specs`, unless it is inline."""
    if value is not None:
        return value
    context = info.context or {}
    if context.get("id") not in context.get("answer_specs", {}):
        raise ValueError(
            "no answer is specified: give `spec:`, or the label in the file under `answers: specs:`"
        )
    return context["answer_specs"][context["id"]]


@check
def answer(
    student: Student,
    *,
    spec: Annotated[AnswerSpec, BeforeValidator(_spec), Field(validate_default=True)] = None,  # type: ignore[assignment]
    label: str = "",
    follow: Follow | None = None,
) -> Verdict:
    """
    The written answer is right, in whatever form.

    Args:
        spec: what is asked (`grader.answers.AnswerSpec`); default: that of the check's id in the rubric's file of answers.
        label: the label in the hand-in, when it is not the check's id.
        follow: how the answer follows from earlier ones: it is also right when it follows from the student's own.
    """
    handed = student.answers.answers.get(label)
    value = None if handed is None else as_handed(handed)
    found = judge(value, spec, label=label, seed=student.seed)
    if follow is not None and found.outcome in ("wrong", "partial"):
        found = followed(student, follow, value, spec, label, found)
    evidence = dict(found.evidence)
    if handed is not None and found.outcome not in ("missing", "stub"):
        evidence |= {"formula": {"got": found.read_as or handed.text[:600]}, "from": handed.where}
    return _verdict(found, evidence)


def _verdict(found: Judgement, evidence: dict[str, Any]) -> Verdict:
    diagnosis = Diagnosis(id=found.diagnosis.id, says=found.diagnosis.says) if found.diagnosis else None
    if found.outcome == "unreadable":
        return manual(found.message, found.help, **evidence)
    if found.outcome in ("missing", "stub"):
        return lost(found.message, "Write the answer under its label, as the handout shows.", **evidence)
    if found.outcome == "right":
        return Verdict(Outcome.EARNED, 1.0, found.message or f"{found.read_as}: right.", evidence=evidence)
    return partial(found.fraction, found.message, found.help, diagnosis, **evidence)
