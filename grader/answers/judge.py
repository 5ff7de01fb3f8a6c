"""Judging one answer: read it, compare what it means with what is accepted, and say what happened."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from grader.answers.choices import choose, is_choice, normal
from grader.answers.faults import Misfit, SpecError, StrayIndex, TooCostly, UnknownSymbol, Unreadable
from grader.answers.judgement import Judgement, Outcome
from grader.answers.lexer import tokenize
from grader.answers.matching import matches, summed_over_stray
from grader.answers.meaning import Meaning, prepare
from grader.answers.mistakes import recognise
from grader.answers.reader import Written, trees, written
from grader.answers.render import render
from grader.answers.shapes import as_listing
from grader.answers.sides import Side, plain
from grader.answers.spec import AnswerSpec, Truth
from grader.answers.tables import build_table
from grader.answers.text import as_text, clean, is_stub
from grader.answers.vectors import bracketed, for_form
from grader.answers.world import Budget
from grader.model import Diagnosis

Given = Mapping[str, object]
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
        read = as_text(text)
        if read is None:
            return Judgement("missing", 0.0, f"{label}: there is no answer.")
        if is_stub(read) and not (spec.form == "choice" and is_choice(read, spec)):
            return Judgement(
                "stub", 0.0, f"{label}: the answer is empty or a placeholder.", evidence={"came": read[:200]}
            )
        if spec.form == "choice":
            return _judge_choice(read, spec, label)
        with np.errstate(all="ignore"):
            return _judge_formula(read, spec, label, seed, dict(given or {}))
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
    message = f"{label}: {known.says if known else f'`{chosen}` is not what follows here.'}"
    diagnosis = Diagnosis(id=known.id, says=known.says) if known else None
    fraction = known.fraction if known else 0.0
    outcome: Outcome = "partial" if fraction else "wrong"
    shown = rf"\text{{{chosen}}}"
    return Judgement(outcome, fraction, message, known.help if known else "", diagnosis, shown, evidence)


def _judge_formula(text: str, spec: AnswerSpec, label: str, seed: int, given: dict[str, Any]) -> Judgement:
    if normal(text) in {normal(phrase) for phrase in spec.phrases}:
        return Judgement("right", 1.0, f"{label}: right.", evidence={"words": normal(text)})
    budget = Budget()
    truths = _accepted(spec, given)
    complaint: Unreadable | None = None
    best: _Finding | None = None
    for truth in truths:
        try:
            finding = _compare(text, spec, truth, given, seed, budget)
        except Unreadable as error:
            complaint = _clearer(complaint, error)
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


@dataclass(frozen=True)
class _Finding:
    """How an answer compares with one truth."""

    truth: Truth
    meaning: Meaning
    written: Written
    wrong_side: Side | None
    misfit: str = ""
    tautology: bool = False

    @property
    def right(self) -> bool:
        """Whether every side agrees."""
        return self.wrong_side is None and not self.tautology

    def rank(self, truth: Truth) -> float:
        """Better findings are larger."""
        return (1 + truth.fraction) if self.right else 0.0


def _compare(
    text: str, spec: AnswerSpec, truth: Truth, given: Mapping[str, Any], seed: int, budget: Budget
) -> _Finding:
    symbols = {**spec.symbols, **truth.symbols}
    free = truth.free if truth.free is not None else spec.free
    table = build_table(symbols, free, spec.uses)
    answer = written(for_form(text, spec.form), table, spec.lhs, domains=spec.form != "shape")
    if spec.form == "shape":
        answer = as_listing(answer)
    elif spec.form in ("vector", "matrix"):
        answer = bracketed(answer)
    if not answer.kept and not answer.dropped:
        raise Unreadable("there is no formula in it")
    if not answer.kept:
        return _Finding(truth, prepare(spec, truth, given, seed, budget), answer, None, tautology=True)
    meaning = prepare(spec, truth, given, seed, budget)
    if _excluded(truth, answer, spec):
        return _Finding(truth, meaning, answer, answer.kept[-1])
    return _first_wrong(truth, meaning, answer, spec)


def _first_wrong(truth: Truth, meaning: Meaning, answer: Written, spec: AnswerSpec) -> _Finding:
    """Every side has to agree; the first that does not is remembered."""
    for side in answer.kept:
        try:
            nodes = _readable(side, meaning, spec)
            try:
                agrees = matches(nodes, meaning)
            except StrayIndex:
                if not _only_not_summed(nodes, meaning):
                    raise
                agrees = False
        except Misfit as error:
            return _Finding(truth, meaning, answer, side, misfit=str(error))
        except TooCostly:
            raise
        except Unreadable:
            # A form on the way to the last one may use what only its writer knows; the last one has to be read.
            if side is answer.kept[-1]:
                raise
            continue
        if not agrees:
            return _Finding(truth, meaning, answer, side)
    return _Finding(truth, meaning, answer, None)


def _only_not_summed(nodes: list[Any], meaning: Meaning) -> bool:
    """Whether an answer would be right with a sum in front."""
    summed = [wrapped for node in nodes for wrapped in summed_over_stray(node, meaning)]
    try:
        return bool(summed) and matches(summed, meaning)
    except (Misfit, Unreadable):
        return False


def _readable(side: Side, meaning: Meaning, spec: AnswerSpec) -> list[Any]:
    try:
        return trees(side.tokens, meaning.table)
    except UnknownSymbol as error:
        spelled = {plain(tokenize(clean(lhs))) for lhs in spec.lhs}
        if any(name == side.plain or (len(name) > 1 and name in side.plain) for name in spelled):
            raise Circular(error.spelling) from None
        raise


class Circular(UnknownSymbol):
    """The answer uses what is asked to say what is asked."""


def _excluded(truth: Truth, answer: Written, spec: AnswerSpec) -> bool:
    """Whether the answer's left-hand side says that it is of another form (a probability, not its logarithm)."""
    heads = list(answer.dropped)
    others = [other for other in spec.truths() if other.lhs]
    claims = [other for other in others if any(_begins(head, other.lhs) for head in heads)]
    return bool(claims) and truth not in claims


def _begins(head: str, spellings: Iterable[str]) -> bool:
    return any(
        head.split(" ")[:1] == plain(tokenize(clean(spelling))).split(" ")[:1] for spelling in spellings
    )


def _verdict(
    finding: _Finding, spec: AnswerSpec, label: str, given: Mapping[str, Any], seed: int, budget: Budget
) -> Judgement:
    truth = finding.truth
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
    return _wrong(finding, spec, label, shown, evidence, given, seed, budget)


def _shown(finding: _Finding) -> str:
    side = finding.wrong_side or (finding.written.kept[-1] if finding.written.kept else None)
    if side is None:
        return ""
    found = trees(side.tokens, finding.meaning.table, quiet=True)
    return render(found[0], finding.meaning.symbols) if found else ""


def _wrong(
    finding: _Finding,
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
    known = recognise(nodes, spec, finding.meaning, given, seed, budget)
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
    expected = (
        "the number to three digits"
        if finding.meaning.digits
        else "an expression equal to the asked one at every point"
    )
    return Judgement(
        "wrong",
        0.0,
        f"{label}: {where}expected {expected}, got a different value.",
        "",
        None,
        shown,
        evidence,
    )
