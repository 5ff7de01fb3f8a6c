"""How an answer compares with one truth: its sides, the first of them that does not agree, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from grader.answers.conclusion import Claim
from grader.answers.faults import Misfit, StrayIndex, TooCostly, UnknownSymbol, Unreadable
from grader.answers.lexer import tokenize
from grader.answers.matching import matches, summed_over_stray
from grader.answers.meaning import Meaning, depends, prepare
from grader.answers.reader import Written, trees, written
from grader.answers.shapes import as_listing
from grader.answers.sides import Side, plain
from grader.answers.spec import AnswerSpec, Truth
from grader.answers.tables import build_table
from grader.answers.text import clean
from grader.answers.vectors import bracketed, for_form
from grader.answers.world import Budget


@dataclass(frozen=True)
class Finding:
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
        """Better findings are larger. Where sizes fit only by another truth's symbols, that is what the answer is written in."""
        return (1 + truth.fraction) if self.right else 0.5 * (not self.misfit)


def compare(
    claim: Claim, spec: AnswerSpec, truth: Truth, given: Mapping[str, Any], seed: int, budget: Budget
) -> Finding:
    """Compare what may be the answer with one truth. Raises `Unreadable`."""
    symbols = {**spec.symbols, **truth.symbols}
    free = truth.free if truth.free is not None else spec.free
    table = build_table(symbols, free, spec.uses)
    text = for_form(claim.text, spec.form)
    answer = written(text, table, spec.lhs, domains=spec.form != "shape", defined=claim.definitions)
    if spec.form == "shape":
        answer = as_listing(answer)
    elif spec.form in ("vector", "matrix"):
        answer = bracketed(answer)
    if not answer.kept and not answer.dropped:
        raise Unreadable("there is no formula in it")
    if not answer.kept:
        return Finding(truth, prepare(spec, truth, given, seed, budget), answer, None, tautology=True)
    meaning = prepare(spec, truth, given, seed, budget)
    if len(set(answer.order)) == 2 and not meaning.free:
        # Components of a matrix: the first letter counts its rows.
        meaning = replace(meaning, order=answer.order)
    if _excluded(truth, answer, spec):
        return Finding(truth, meaning, answer, answer.kept[-1])
    return _first_wrong(truth, meaning, answer, spec)


def _first_wrong(truth: Truth, meaning: Meaning, answer: Written, spec: AnswerSpec) -> Finding:
    """Every side has to agree; the first that does not is remembered."""
    agreed = False
    for side in answer.kept:
        try:
            nodes = _readable(side, meaning, spec)
            if meaning.digits and side is not answer.last and all(depends(node) for node in nodes):
                continue  # the general form, before numbers are put in
            try:
                agrees = matches(nodes, meaning) or (agreed and _rounded(side, nodes, meaning))
            except StrayIndex:
                if not _only_not_summed(nodes, meaning):
                    raise
                agrees = False
        except Misfit as error:
            return Finding(truth, meaning, answer, side, misfit=str(error))
        except TooCostly:
            raise
        except Unreadable:
            # A form on the way to the last one may use what only its writer knows; the last one has to be read.
            if side is answer.kept[-1]:
                raise
            continue
        if not agrees:
            return Finding(truth, meaning, answer, side)
        agreed = True
    return Finding(truth, meaning, answer, None)


def _rounded(side: Side, nodes: list[Any], meaning: Meaning) -> bool:
    """Whether a number behind `\\approx` is a right form rounded to the digits that are written, at least two."""
    if side.relation != "approx" or not meaning.digits:
        return False
    written = [
        len(token.text.replace(".", "").lstrip("0")) for token in side.tokens if token.kind == "number"
    ]
    digits = min(written, default=0)
    return 2 <= digits < meaning.digits and matches(nodes, replace(meaning, digits=digits))


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
