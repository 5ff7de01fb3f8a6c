"""For the grader around an answer: its value as numbers, and which label an unlabelled box answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.answers.draws import definitions, draw
from grader.answers.evaluate import evaluate
from grader.answers.faults import Misfit, Unreadable
from grader.answers.lexer import tokenize
from grader.answers.reader import trees, written
from grader.answers.render import render
from grader.answers.sides import plain, split_sides
from grader.answers.spec import AnswerSpec
from grader.answers.symbols import Declaration
from grader.answers.syntax import Node
from grader.answers.tables import build_table
from grader.answers.text import as_text, clean


@dataclass(frozen=True)
class Expression:
    """An answer that was read: its tree and its LaTeX."""

    node: Node
    symbols: Mapping[str, Declaration]
    latex: str


def read(text: object, symbols: Mapping[str, Declaration]) -> Expression:
    """The last side of an answer as a tree. Raises `Unreadable`."""
    table = build_table(symbols)
    spelled = as_text(text)
    if spelled is None:
        raise Unreadable("there is no answer")
    kept = written(spelled, table, ()).kept
    if not kept:
        raise Unreadable("there is no formula")
    node = trees(kept[-1].tokens, table)[0]
    return Expression(node, symbols, render(node, symbols))


def value_of(
    text: object, symbols: Mapping[str, Declaration] | None = None, given: Mapping[str, Any] | None = None
) -> NDArray[np.float64]:
    """
    The numbers of an answer, for follow-through.

    Returns:
        A scalar (), a vector (n,) or a matrix (r, c).

    Raises:
        Unreadable: when it has no value.
    """
    symbols = symbols or {}
    expression = read(text, symbols)
    world = draw(symbols, definitions(symbols), seed=0, number=0, fixed=given or {})
    try:
        value = np.asarray(evaluate(expression.node, world), dtype=np.float64)
    except Misfit as error:
        raise Unreadable(str(error)) from None
    return value.reshape(-1) if value.ndim == 2 and 1 in value.shape else value


def left_hand_side_matches(text: object, spec: AnswerSpec) -> bool:
    """Whether an answer's first side is one of the asked left-hand sides."""
    try:
        spelled = as_text(text) or ""
        tokens = tokenize(clean(spelled))
        sides = split_sides(tokens, lambda word: False).sides
        asked = {plain(tokenize(clean(lhs))) for lhs in spec.lhs}
    except Unreadable:
        return False
    return len(sides) > 1 and any(side.plain in asked for side in sides[:-1])
