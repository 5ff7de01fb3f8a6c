"""Answers in several equations: which of them is the answer, and which are steps on the way or definitions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from grader.answers.lexer import Token
from grader.answers.sides import Side, Sides
from grader.answers.tables import spelling_of

Readable = Callable[[tuple[Token, ...]], bool]


def without_steps(sides: Sides, asked: set[str], readable: Readable) -> Sides:
    """
    The sides without the equations that say something of another quantity, which become definitions.

    `\\delta = \\hat y - y \\implies dL/db = \\delta` says of dL/db that it is yhat - y, and nothing wrong of delta.

    Args:
        sides: all of the answer's.
        asked: the spellings of what is asked.
        readable: whether tokens are an expression in the question's symbols.
    """
    equations = _equations(sides.sides)
    if len(equations) < 2:
        return sides
    main = _main(equations, asked)
    kept: list[Side] = []
    definitions = list(sides.definitions)
    for place, equation in enumerate(equations):
        if place == main or not _of_another(equation, equations[main], asked, readable):
            kept += equation
        elif not readable(equation[0].tokens):
            definitions.append((equation[0].tokens, equation[-1].tokens))
    return replace(sides, sides=tuple(kept), definitions=tuple(definitions))


def _equations(sides: tuple[Side, ...]) -> list[list[Side]]:
    found: list[list[Side]] = []
    for side in sides:
        if side.relation == "implies" or not found:
            found.append([])
        found[-1].append(side)
    return found


def _main(equations: list[list[Side]], asked: set[str]) -> int:
    """The last equation of what is asked; the last one of all when none names it."""
    named = [place for place, sides in enumerate(equations) if len(sides) > 1 and sides[0].plain in asked]
    if named:
        return named[-1]
    last = len(equations) - 1
    while last and len(equations[last]) > 1 and _is_used(equations[last][0], equations[:last]):
        last -= 1
    return last


def _is_used(head: Side, before: list[list[Side]]) -> bool:
    """Whether a bare name stands in the equations before it: they are explained behind."""
    return spelling_of(list(head.tokens)) is not None and any(
        f" {head.plain} " in f" {sides[-1].plain} " for sides in before
    )


def _of_another(equation: list[Side], main: list[Side], asked: set[str], readable: Readable) -> bool:
    """Whether an equation's first side names something else than what is asked."""
    head = equation[0]
    if len(equation) < 2 or head.plain in asked or head.plain == main[0].plain:
        return False
    return spelling_of(list(head.tokens)) is not None or not readable(head.tokens)
