"""Judging one answer: read it, compare what it means with what is accepted, and say what happened."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from grader.alarm import TookTooLong, at_most
from grader.answers.choices import choose, is_choice, normal, plainly
from grader.answers.conclusion import Conclusion, by_noun, conclusions, of_distribution, scattered
from grader.answers.distributions import parameter
from grader.answers.faults import SpecError, TooCostly, UnknownSymbol, Unreadable
from grader.answers.finding import Finding, compare
from grader.answers.judgement import Judgement, Outcome
from grader.answers.mistakes import recognise
from grader.answers.reader import trees
from grader.answers.render import render
from grader.answers.spec import AnswerSpec, Truth
from grader.answers.tables import build_table
from grader.answers.text import as_text, is_stub
from grader.answers.world import Budget
from grader.answers.wrapping import unwrapped
from grader.model import Diagnosis

Given = Mapping[str, object]
SECONDS = 2.0
"""Of processor time for everything about one answer, for what the budget of its evaluation does not see: how it is read."""
ANSWER_TYPES = str | int | float | bool | list[Any] | None


def judge(
    text: ANSWER_TYPES, spec: AnswerSpec, *, label: str, seed: int = 0, given: Given | None = None
) -> Judgement:
    """
    Judge one answer. Never raises for anything that a student wrote, and takes at most about a second.

    Args:
        text: as the hand-in has it: LaTeX, plain text, or a value that YAML has typed already.
        spec: what is asked.
        label: of the answer, for messages.
        seed: of the random points.
        given: values for follow-through: a symbol's value, `truth` (replaces the spec's truth), `also` (a list of
            further accepted truths).
    """
    try:
        return at_most(SECONDS, lambda: _judge(text, spec, label, seed, dict(given or {})))
    except TookTooLong:
        return _unreadable(label, TooCostly("it takes too long to read"), spec, text)
    except SpecError:
        raise
    except Unreadable as error:
        return _unreadable(label, error, spec, text)
    except RecursionError:
        return _unreadable(label, TooCostly("the answer is nested too deep to be read"), spec, text)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        # Ours, whatever it was: it never costs a point, and the record says where to look.
        found = _unreadable(label, Unreadable("the grader could not make sense of it"), spec, text)
        return replace(found, evidence={**found.evidence, "fault": f"{type(error).__name__}: {error}"[:300]})


def _judge(text: ANSWER_TYPES, spec: AnswerSpec, label: str, seed: int, given: dict[str, Any]) -> Judgement:
    read = as_text(text)
    if read is None:
        return Judgement("missing", 0.0, f"{label}: there is no answer.")
    read = unwrapped(read, formula=spec.form != "choice") or read
    if is_stub(read) and not (spec.form == "choice" and is_choice(read, spec)):
        says = f"{label}: the answer is empty or a placeholder."
        return Judgement("stub", 0.0, says, evidence={"came": read[:200]})
    if spec.form == "choice":
        return _judge_choice(read, spec, label)
    with np.errstate(all="ignore"):
        return _judge_formula(read, spec, label, seed, given)


def _unreadable(label: str, error: Unreadable, spec: AnswerSpec, text: object) -> Judgement:
    help_text = (
        "Write it in LaTeX or plain text, in the symbols of the problem; a person will look at this answer."
    )
    if isinstance(error, UnknownSymbol):
        names = build_table(spec.symbols, spec.free, spec.uses).names()
        help_text = f"Symbols that this question uses: {', '.join(names)}. A person will look at this answer."
    return Judgement(
        "unreadable",
        0.0,
        f"{label}: the answer could not be read: {error}.",
        help_text,
        evidence={"came": _came(text)},
    )


def _came(text: object) -> str:
    return (
        f"a number of {text.bit_length()} bits"
        if isinstance(text, int) and abs(text) > 10**300
        else str(text)[:200]
    )


def _judge_choice(text: str, spec: AnswerSpec, label: str) -> Judgement:
    truth = ("yes" if spec.truth else "no") if isinstance(spec.truth, bool) else spec.truth
    try:
        chosen = choose(text, spec)
    except Unreadable:
        # A number that is none of the choices is another answer, not one that cannot be read.
        if not re.fullmatch(r"\$?\s*[+-]?\d{1,9}(\.\d{1,9})?\s*\$?\.?", text.strip()):
            raise
        chosen = text.strip()
    evidence = {"chosen": chosen}
    if chosen == truth:
        return Judgement("right", 1.0, f"{label}: right.", read_as=rf"\text{{{chosen}}}", evidence=evidence)
    known = next((item for item in spec.misconceptions if item.truth == chosen), None)
    message = f"{label}: {known.says if known else f'`{chosen}` is not the right choice.'}"
    diagnosis = Diagnosis(id=known.id, says=known.says) if known else None
    fraction = known.fraction if known else 0.0
    outcome: Outcome = "partial" if fraction else "wrong"
    shown = rf"\text{{{chosen}}}"
    return Judgement(outcome, fraction, message, known.help if known else "", diagnosis, shown, evidence)


def _judge_formula(text: str, spec: AnswerSpec, label: str, seed: int, given: dict[str, Any]) -> Judgement:
    """The answer as a whole, or else what its derivation comes to."""
    complaint: Unreadable | None = None
    whole: Judgement | None = None
    try:
        whole = _judge_text(text, spec, label, seed, given)
        # Names that the answer defines on the way mean in its last statement what they were defined to be.
        if whole.outcome == "right" or r"\boxed" in text or "defined" in whole.evidence:
            return whole
    except Unreadable as error:
        complaint = error
    unread = False
    noun = by_noun(text, spec.normal) if spec.normal else ""
    for conclusion in [Conclusion(noun)] if noun else conclusions(text, spec.lhs):
        try:
            found = _judge_statement(conclusion.text, spec, label, seed, given)
        except Unreadable:
            unread = True
            continue
        if not found.fraction and _any_right(conclusion.others, spec, label, seed, given):
            raise Unreadable("it is not clear which part of it is the answer")
        return replace(found, evidence={**found.evidence, "conclusion": conclusion.text[:300]})
    if complaint is not None or whole is None:
        raise complaint or Unreadable("there is no formula in it")
    if whole.outcome == "wrong" and whole.diagnosis is None and (unread or scattered(text)):
        raise Unreadable("it is not clear which part of it is the answer")
    return whole


def _judge_statement(text: str, spec: AnswerSpec, label: str, seed: int, given: dict[str, Any]) -> Judgement:
    return _judge_text(of_distribution(text, spec.normal) if spec.normal else text, spec, label, seed, given)


def _any_right(texts: Iterable[str], spec: AnswerSpec, label: str, seed: int, given: dict[str, Any]) -> bool:
    for text in texts:
        with contextlib.suppress(Unreadable):
            if _judge_statement(text, spec, label, seed, given).outcome == "right":
                return True
    return False


def _judge_text(text: str, spec: AnswerSpec, label: str, seed: int, given: dict[str, Any]) -> Judgement:
    if spec.phrases and plainly(text) in {plainly(phrase) for phrase in spec.phrases}:
        return Judgement("right", 1.0, f"{label}: right.", evidence={"words": normal(text)})
    text = parameter(text, spec.normal) if spec.normal else text
    budget = Budget()
    truths = _accepted(spec, given)
    complaint: Unreadable | None = None
    best: Finding | None = None
    unread = False
    for truth in truths:
        try:
            finding = compare(text, spec, truth, given, seed, budget)
        except Unreadable as error:
            complaint = _clearer(complaint, error)
            unread = unread or not truth.symbols
            continue
        if (
            unread
            and not finding.right
            and not truth.symbols
            and finding.wrong_side is not finding.written.last
        ):
            # Read far enough for another form of the truth only: what was not read may be the answer.
            continue
        if best is None or finding.rank(truth) > best.rank(best.truth):
            best = finding
        if finding.right and truth.fraction == 1.0:
            break
    if best is None:
        raise complaint or SpecError(f"{label}: there is no truth to compare with")
    return _verdict(best, spec, label, given, seed, budget)


def _clearer(before: Unreadable | None, now: Unreadable) -> Unreadable:
    return before or now


def _accepted(spec: AnswerSpec, given: Mapping[str, Any]) -> list[Truth]:
    """The truths of the spec, or those that follow from the student's own earlier answers."""
    main = given.get("truth")
    truths = spec.truths() if main is None else [Truth(truth=_plain_value(main)), *spec.accepts]
    also = given.get("also") or []
    return [*truths, *(Truth(truth=_plain_value(value)) for value in also)]


def _plain_value(value: Any) -> Any:
    value = value() if callable(value) else value
    return value.tolist() if hasattr(value, "tolist") else list(value) if isinstance(value, tuple) else value


def _verdict(
    finding: Finding, spec: AnswerSpec, label: str, given: Mapping[str, Any], seed: int, budget: Budget
) -> Judgement:
    truth = finding.truth
    evidence: dict[str, Any] = {"dropped": list(finding.written.dropped), "sides": len(finding.written.kept)}
    if finding.written.defined:
        evidence["defined"] = True
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
    return _wrong(finding, spec, label, shown, evidence, given, seed, budget)


def _shown(finding: Finding) -> str:
    side = finding.wrong_side or (finding.written.kept[-1] if finding.written.kept else None)
    if side is None:
        return ""
    found = trees(side.tokens, finding.meaning.table, quiet=True)
    return render(found[0], finding.meaning.symbols) if found else ""


def _wrong(
    finding: Finding,
    spec: AnswerSpec,
    label: str,
    shown: str,
    evidence: dict[str, Any],
    given: Mapping[str, Any],
    seed: int,
    budget: Budget,
) -> Judgement:
    assert finding.wrong_side is not None
    nodes = trees(finding.wrong_side.tokens, finding.meaning.table, quiet=True)
    known = recognise(nodes, spec, finding.meaning, given, seed, budget, whole=not finding.written.aside)
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
    return Judgement(
        "wrong",
        0.0,
        f"{label}: {where}{differs}",
        "",
        None,
        shown,
        evidence,
    )
