"""Known mistakes, recognised by meaning: those that the spec lists, then the ones that every formula can have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from grader.answers.compare import agree_to_digits, same_shape
from grader.answers.evaluate import evaluate
from grader.answers.faults import Misfit, Unreadable
from grader.answers.matching import matches, summed_over_stray
from grader.answers.meaning import Meaning, prepare, truth_value
from grader.answers.repairs import explained
from grader.answers.spec import AnswerSpec
from grader.answers.symbols import Declaration
from grader.answers.syntax import Binary, Node, Number, Unary
from grader.answers.world import Budget, Reading
from grader.model import Diagnosis


@dataclass(frozen=True)
class Recognised:
    """A mistake that explains an answer exactly."""

    diagnosis: Diagnosis
    says: str
    help: str = ""
    fraction: float = 0.0


def recognise(
    nodes: list[Node],
    spec: AnswerSpec,
    meaning: Meaning,
    given: Mapping[str, Any],
    seed: int,
    budget: Budget,
    *,
    symbols: Mapping[str, Declaration] | None = None,
    whole: bool = True,
) -> Recognised | None:
    """
    The first known mistake that an answer agrees with everywhere, or None.

    Args:
        symbols: what means something else in the form that the answer is written in.
        whole: whether all of the answer was read; otherwise no small changes are tried.
    """
    if not nodes:
        return None
    for known in spec.misconceptions:
        if symbols:
            known = known.model_copy(update={"symbols": {**symbols, **known.symbols}})
        meant = prepare(spec, known, given, seed, budget, kept=not symbols)
        if _agrees(nodes, meant):
            return Recognised(Diagnosis(id=known.id, says=known.says), known.says, known.help, known.fraction)
    found = _general(nodes, meaning)
    return found or ((_numbers(nodes, meaning) or _repaired(nodes, meaning)) if whole else None)


def _repaired(nodes: list[Node], meaning: Meaning) -> Recognised | None:
    change = explained(nodes, meaning)
    return _general_says(change.id, change.says, change.help) if change else None


def _numbers(nodes: list[Node], meaning: Meaning) -> Recognised | None:
    """Of an answer in numbers: too few digits, too few numbers, or only some that are wrong."""
    if not meaning.digits:
        return None
    world = meaning.groups[0][0]
    try:
        truth = truth_value(meaning, world)
        came = evaluate(nodes[0], world.read_as(Reading(), meaning.budget))
    except (Misfit, Unreadable):
        return None
    if meaning.digits > 2 and _agrees(nodes, replace(meaning, digits=2)):
        says = f"right to two digits; {_count(meaning.digits)} are asked."
        return _general_says("rounded", says, "Round only at the end.")
    if truth.size == 1:
        return None
    if came.size != truth.size:
        return _general_says(
            "wrong-size", f"{_count(truth.size)} numbers are asked, {_count(came.size)} came.", ""
        )
    for laid in same_shape(came, truth, meaning.layout):
        pairs = zip(laid.reshape(-1), truth.reshape(-1), strict=True)
        right = sum(agree_to_digits(a.reshape(1), b.reshape(1), meaning.digits) for a, b in pairs)
        if 2 * right >= truth.size:
            return _general_says("some-wrong", f"{_count(truth.size - right)} of the {_count(truth.size)} numbers is wrong."
                                 if truth.size - right == 1 else f"{_count(truth.size - right)} of the {_count(truth.size)} numbers are wrong.", "")  # fmt: skip
    return None


def _count(number: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return words[number] if number < len(words) else str(number)


def _agrees(nodes: list[Node], meaning: Meaning) -> bool:
    try:
        return matches(nodes, meaning)
    except (Misfit, Unreadable):
        return False


def _general(nodes: list[Node], meaning: Meaning) -> Recognised | None:
    """A flipped sign, a factor two, or another constant factor."""
    if meaning.node is None and meaning.given is None:
        return None
    summed = [wrapped for node in nodes for wrapped in summed_over_stray(node, meaning)]
    if summed and _agrees(summed, meaning):
        return _general_says(
            "not-summed", "the sum is missing.", "Over which index do the terms have to be added up?"
        )
    if meaning.up_to == "none" and _agrees([Unary("-", node) for node in nodes], meaning):
        return _general_says(
            "sign-flipped", "the sign is the other way round.", "Check which way the difference is taken."
        )
    if meaning.up_to != "none":
        return None
    for factor in ("2", "0.5"):
        if _agrees([Binary("*", Number(factor), node) for node in nodes], meaning):
            return _general_says("factor-two", "it is off by a factor of 2.", "Check the factor in front.")
    if meaning.digits is None and _constant_factor(nodes, meaning):
        return _general_says("scaled", "it is off by a constant factor.", "Check the factor in front.")
    return None


def _constant_factor(nodes: list[Node], meaning: Meaning) -> bool:
    together = [[world for group in meaning.groups for world in group]]
    return _agrees(nodes, replace(meaning, up_to="factor", groups=together))


def _general_says(name: str, says: str, help_text: str) -> Recognised:
    return Recognised(Diagnosis(id=name, says=says), says, help_text)
