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
        if place == main or not _of_another(equations, place, main, readable):
            kept += equation
        elif len(equation) > 1 and (place > main or _defines(equation[0], readable)):
            definitions.append((equation[0].tokens, equation[-1].tokens))
    return replace(sides, sides=tuple(kept), definitions=tuple(definitions))


def _equations(sides: tuple[Side, ...]) -> list[list[Side]]:
    found: list[list[Side]] = []
    for side in sides:
        if side.relation in ("implies", "so") or not found:
            found.append([])
        found[-1].append(side)
    return found


def _main(equations: list[list[Side]], asked: set[str]) -> int:
    """The last equation of what is asked; when none names it the last one that is not there to explain a name."""
    named = [place for place, sides in enumerate(equations) if len(sides) > 1 and sides[0].plain in asked]
    if named:
        return named[-1]
    last = len(equations) - 1
    while last and _explains(equations[last], equations[:last]):
        last -= 1
    return last


def _explains(equation: list[Side], before: list[list[Side]]) -> bool:
    """Whether an equation says what a bare name is that stands in those before it, or behind a formula on its own."""
    if len(equation) < 2 or equation[0].relation == "so" or spelling_of(list(equation[0].tokens)) is None:
        return False
    name = f" {equation[0].plain} "
    return any(len(sides) == 1 or name in f" {sides[-1].plain} " for sides in before)


def _of_another(equations: list[list[Side]], place: int, main: int, readable: Readable) -> bool:
    """Whether an equation's first side names something else than the main one's."""
    equation, chosen = equations[place], equations[main]
    if place < main and equations[place + 1][0].relation == "so":
        return True
    if len(equation) < 2:
        return False
    head = equation[0]
    if head.plain == chosen[0].plain:
        return False
    if spelling_of(list(head.tokens)) is not None or not readable(head.tokens):
        return True
    return len(chosen) > 1 and not readable(chosen[0].tokens)


def _defines(head: Side, readable: Readable) -> bool:
    """Whether a step's first side gets its meaning there: a name, also one that the question has; not its derivatives."""
    return spelling_of(list(head.tokens)) is not None or not readable(head.tokens)
