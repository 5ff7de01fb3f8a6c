"""Judging one answer: read it, compare what it means with what is accepted, and say what happened."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from grader.alarm import TookTooLong, at_most
from grader.answers.choices import choose, in_words, is_choice, mentions, normal
from grader.answers.conclusion import Claim, claims, core, of_distribution, only_rewrites, scattered
from grader.answers.distributions import parameter
from grader.answers.faults import SpecError, TooCostly, UnknownSymbol, Unreadable
from grader.answers.finding import Finding, compare
from grader.answers.judgement import Judgement, Outcome
from grader.answers.spec import AnswerSpec, Truth
from grader.answers.statements import MATH
from grader.answers.tables import build_table
from grader.answers.text import as_text, is_stub
from grader.answers.verdicts import Case, verdict
from grader.answers.world import Budget
from grader.answers.wrapping import unwrapped, write_up
from grader.model import Diagnosis

Given = Mapping[str, object]
MOST_PIECES = 8
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
    shown = write_up(read)
    read = unwrapped(read, formula=spec.form != "choice") or read
    if is_stub(read) and not (spec.form == "choice" and is_choice(read, spec)):
        says = f"{label}: the answer is empty or a placeholder."
        return Judgement("stub", 0.0, says, evidence={"came": read[:200]})
    if spec.form == "choice":
        return _judge_choice(read, spec, label)
    with np.errstate(all="ignore"):
        return _judge_formula(read, shown, Case(spec, label, seed, given))


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


def _judge_formula(text: str, shown: str, case: Case) -> Judgement:
    """The answer as a whole, or else what its derivation comes to."""
    complaint: Unreadable | None = None
    whole: _Trial | None = None
    phrases = case.spec.phrases
    if phrases and in_words(shown, phrases):
        return Judgement("right", 1.0, f"{case.label}: right.", evidence={"words": normal(shown)[:300]})
    try:
        whole = _tried(Claim(text), case)
        if whole.right or r"\boxed" in text:
            return whole.judgement
    except Unreadable as error:
        complaint = error
        if closed := _closed(text, case):
            return closed
    unread = False
    possible = list(claims(shown, case.spec.lhs, case.spec.normal or ""))
    for place, claim in enumerate(possible):
        within = [rival for rival in possible[place + 1 :] if rival.text in claim.text]
        try:
            trial = _tried(claim, case, statement=True)
            found = None if not trial.right and _any_right(within, case) else trial.judgement
        except Unreadable:
            unread = True
            if claim.named and not only_rewrites(claim.text):
                break
            continue
        if found is not None and not found.fraction and case.spec.form in ("vector", "matrix"):
            if whole and whole.diagnosed and not _of_another_size(whole.judgement):
                return whole.judgement  # the components together are what is asked
            if _of_another_size(found):
                unread = True  # one of several statements that say the components
                continue
        if found is None or (unread and not found.fraction and found.diagnosis is None):
            continue
        rivals = [*(Claim(core(other)) for other in claim.others), *possible[place + 1 :]]
        rivals = [rival for rival in rivals if rival.text not in claim.text and claim.text not in rival.text]
        if (
            not claim.named and found.outcome == "wrong"
        ):  # what does not say that it is asked may stand beside what is
            rivals += [Claim(piece) for piece in _pieces(shown) if piece not in claim.text]
        if _contradicted(found, rivals, case):
            raise Unreadable(UNCLEAR)
        return replace(found, evidence={**found.evidence, "conclusion": claim.text[:300]})
    if complaint is not None or whole is None:
        raise complaint or Unreadable("there is no formula in it")
    return _of_whole(whole.judgement, text, shown, case, unread=unread)


def _pieces(shown: str) -> list[str]:
    """The formulas that stand in a text, the last ones."""
    return [next(filter(None, piece)) for piece in MATH.findall(shown)][-MOST_PIECES:]


UNCLEAR = "it is not clear which part of it is the answer"


def _of_whole(whole: Judgement, text: str, shown: str, case: Case, *, unread: bool) -> Judgement:
    """The judgement of a text of which no statement is the answer; it is wrong only where all was understood that could carry the answer."""
    if whole.outcome == "wrong" and (
        unread
        or (whole.diagnosis is None and scattered(text))
        or (case.spec.phrases and mentions(shown, case.spec.phrases))
    ):
        raise Unreadable(UNCLEAR)
    return whole


def _closed(text: str, case: Case) -> Judgement | None:
    """A right answer whose last bracket was forgotten."""
    missing = text.count("(") - text.count(")")
    if not 0 < missing <= 2:
        return None
    text = re.sub(r"(?:\\right\s*)?(\$*)\s*$", lambda end: ")" * missing + end[1], text.strip(), count=1)
    with contextlib.suppress(Unreadable):
        found = _tried(Claim(text), case)
        return found.judgement if found.right else None
    return None


def _of_another_size(found: Judgement) -> bool:
    return found.diagnosis is not None and found.diagnosis.id == "wrong-size"


def _any_right(possible: Sequence[Claim], case: Case) -> bool:
    for claim in possible:
        with contextlib.suppress(Unreadable):
            if _tried(claim, case, statement=True).right:
                return True
    return False


def _contradicted(found: Judgement, rivals: Sequence[Claim], case: Case) -> bool:
    """Whether another statement that could be the answer is right where this one is wrong, or has a known mistake where this one is right."""
    if not found.fraction:
        return _any_right(rivals, case)
    for rival in rivals if found.outcome == "right" else ():
        with contextlib.suppress(Unreadable):
            if _tried(rival, case, statement=True).diagnosed:
                return True
    return False


@dataclass(frozen=True)
class _Trial:
    """What may be the answer, compared with what is accepted; why it is wrong is looked for only where somebody asks."""

    right: bool
    say: Callable[[], Judgement]

    @cached_property
    def judgement(self) -> Judgement:
        """The judgement. Raises `Unreadable`."""
        return self.say()

    @property
    def diagnosed(self) -> bool:
        """Whether it is wrong for a reason that is known."""
        try:
            return (
                not self.right and self.judgement.outcome == "wrong" and self.judgement.diagnosis is not None
            )
        except Unreadable:
            return False


def _tried(claim: Claim, case: Case, *, statement: bool = False) -> _Trial:
    spec, text = case.spec, claim.text
    if statement and spec.normal:
        text = of_distribution(text, spec.normal)
    if spec.phrases and in_words(text, spec.phrases):
        words = {"words": normal(text)}
        return _Trial(True, lambda: Judgement("right", 1.0, f"{case.label}: right.", evidence=words))
    claim = replace(claim, text=parameter(text, spec.normal) if spec.normal else text)
    budget = Budget()
    complaint: Unreadable | None = None
    best: Finding | None = None
    unread = False
    for truth in _accepted(spec, case.given):
        try:
            finding = compare(claim, spec, truth, case.given, case.seed, budget)
        except Unreadable as error:
            complaint = complaint or error
            unread = unread or not truth.symbols
            continue
        of_another_form = not finding.right and finding.wrong_side is not finding.written.last
        if unread and of_another_form and not truth.symbols:
            # Read far enough for another form of the truth only: what was not read may be the answer.
            continue
        if best is None or finding.rank(truth) > best.rank(best.truth):
            best = finding
        if finding.right and truth.fraction == 1.0:
            break
    if best is None:
        raise complaint or SpecError(f"{case.label}: there is no truth to compare with")
    found = best
    return _Trial(found.right and found.truth.fraction == 1.0, lambda: verdict(found, case, budget))


def _accepted(spec: AnswerSpec, given: Mapping[str, Any]) -> list[Truth]:
    """The truths of the spec, or those that follow from the student's own earlier answers."""
    main = given.get("truth")
    truths = spec.truths() if main is None else [Truth(truth=_plain_value(main)), *spec.accepts]
    also = given.get("also") or []
    return [*truths, *(Truth(truth=_plain_value(value)) for value in also)]


def _plain_value(value: Any) -> Any:
    value = value() if callable(value) else value
    return value.tolist() if hasattr(value, "tolist") else list(value) if isinstance(value, tuple) else value
