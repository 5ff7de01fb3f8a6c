"""What is said of an answer that was compared: right, right in part, or wrong and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grader.answers.faults import Unreadable
from grader.answers.finding import Finding
from grader.answers.judgement import Judgement, Outcome
from grader.answers.mistakes import recognise
from grader.answers.reader import trees
from grader.answers.render import render
from grader.answers.spec import AnswerSpec
from grader.answers.world import Budget


@dataclass(frozen=True)
class Case:
    """What one answer is judged by."""

    spec: AnswerSpec
    label: str
    seed: int
    given: dict[str, Any]


def verdict(finding: Finding, case: Case, budget: Budget) -> Judgement:
    truth, label = finding.truth, case.label
    evidence: dict[str, Any] = {"dropped": list(finding.written.dropped), "sides": len(finding.written.kept)}
    shown = _shown(finding)
    if finding.tautology and finding.written.aside:
        raise Unreadable("it is not clear which part of it is the answer")
    if finding.tautology:
        says = "it only repeats what is asked; an expression in the given symbols is expected."
        return Judgement("wrong", 0.0, f"{label}: {says}", evidence=evidence)
    if finding.right and truth.fraction == 1.0:
        evidence["points"] = sum(len(group) for group in finding.meaning.groups)
        return Judgement("right", 1.0, f"{label}: right.", read_as=shown, evidence=evidence)
    if finding.right:
        message = f"{label}: {truth.says or 'right in part.'}"
        return Judgement("partial", truth.fraction, message, read_as=shown, evidence=evidence)
    return _wrong(finding, case, shown, evidence, budget)


def _shown(finding: Finding) -> str:
    side = finding.wrong_side or (finding.written.kept[-1] if finding.written.kept else None)
    if side is None:
        return ""
    found = trees(side.tokens, finding.meaning.table, quiet=True)
    return render(found[0], finding.meaning.symbols) if found else ""


def _wrong(finding: Finding, case: Case, shown: str, evidence: dict[str, Any], budget: Budget) -> Judgement:
    assert finding.wrong_side is not None
    spec, label = case.spec, case.label
    nodes = trees(finding.wrong_side.tokens, finding.meaning.table, quiet=True)
    known = recognise(
        nodes,
        spec,
        finding.meaning,
        case.given,
        case.seed,
        budget,
        symbols=finding.truth.symbols,
        whole=not finding.written.aside,
    )
    where = "one of the equal forms is wrong: " if len(finding.written.kept) > 1 else ""
    if known is not None:
        outcome: Outcome = "partial" if known.fraction else "wrong"
        message = f"{label}: {where}{known.says}"
        return Judgement(outcome, known.fraction, message, known.help, known.diagnosis, shown, evidence)
    if finding.written.aside:
        raise Unreadable("it is not clear which part of it is the answer")
    if finding.misfit:
        return Judgement("wrong", 0.0, f"{label}: {where}{finding.misfit}.", "Check the order and the transposes of the factors.",
                         None, shown, evidence)  # fmt: skip
    differs = (
        "these are not the sizes that are asked."
        if spec.form == "shape"
        else "it is not the value that is asked; numbers have to be right to three digits."
        if finding.meaning.digits
        else "it is not equal to what is asked: with numbers put in for the symbols the two differ."
    )
    return Judgement("wrong", 0.0, f"{label}: {where}{differs}", "", None, shown, evidence)
