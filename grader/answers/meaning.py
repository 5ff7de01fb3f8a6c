"""What a truth means, prepared for comparison: its tree, its worlds, and its values in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np

from grader.answers.axes import axis_of
from grader.answers.compare import related, same_shape
from grader.answers.draws import definitions, draw
from grader.answers.evaluate import evaluate
from grader.answers.faults import Misfit, SpecError, Unreadable
from grader.answers.lexer import tokenize
from grader.answers.products import Sizeless
from grader.answers.reader import rename_indices, trees
from grader.answers.spec import AnswerSpec, Misconception, Truth, UpTo
from grader.answers.symbols import Declaration, Table
from grader.answers.syntax import Index, Node, Symbol, free_indices, walk
from grader.answers.tables import build_table
from grader.answers.text import as_text, clean
from grader.answers.world import Array, Budget, Reading, Real, World

POINTS = 6
POINTS_TOGETHER = 5
GROUPS_TOGETHER = 2
EVERYWHERE = 3
MAX_PLACES = 64


@dataclass(frozen=True)
class Meaning:
    """
    A truth with everything that its comparison needs.

    Args:
        node: its tree (None when its value is given).
        table: the spellings that a student may use with it.
        symbols: the declarations.
        free: the asked index letters.
        groups: worlds; within a group only what `varies` names changes.
        up_to: what may differ.
        digits: compare numbers to that many digits; None for formulas.
        layout: of the spec.
        strict: whether sizes of products must fit.
        given: the value instead of a tree.
    """

    node: Node | None
    table: Table
    symbols: Mapping[str, Declaration]
    free: tuple[str, ...]
    groups: list[list[World]]
    up_to: UpTo
    digits: int | None
    layout: str
    strict: bool
    given: Array | None = None

    def readings(self) -> list[Reading]:
        """The ways to read vectors, the usual one first."""
        if self.strict:
            return [Reading(strict=True), Reading(rows=True, strict=True)]
        return [
            Reading(rows=rows, entrywise=entrywise) for entrywise, rows in product((False, True), repeat=2)
        ]


def prepare(
    spec: AnswerSpec,
    truth: Truth | Misconception,
    given: Mapping[str, Any],
    seed: int,
    budget: Budget,
    points: int = POINTS,
) -> Meaning:
    """The meaning of a truth. Raises `SpecError` when it cannot be read."""
    symbols = {**spec.symbols, **truth.symbols}
    free = truth.free if isinstance(truth, Truth) and truth.free is not None else spec.free
    table = build_table(symbols, free, spec.uses)
    value = _given_value(truth.truth)
    node = None if value is not None else read_truth(truth.truth, build_table(symbols, free))
    constant = value is not None or not _depends(node)
    up_to = truth.up_to or spec.up_to
    varies = truth.varies if isinstance(truth, Truth) and truth.varies is not None else spec.varies
    together = POINTS_TOGETHER if varies and up_to != "none" else 1
    count = 1 if constant and not symbols else min(points, GROUPS_TOGETHER) if together > 1 else points
    key = (id(truth.symbols) if truth.symbols else 0, count, varies if together > 1 else ())
    if key not in budget.worlds:
        budget.worlds[key] = _worlds(symbols, given, seed, count, together, varies)
    groups: list[list[World]] = [
        [replace(world, budget=budget) for world in group] for group in budget.worlds[key]
    ]
    if free and node is not None and together == 1:
        groups = _every_place(groups, sorted(free_indices(node) & set(free)))
    if up_to != "none" and not varies and spec.form in ("formula", "number"):
        groups = [[world for group in groups for world in group]]
    digits = spec.digits if constant else None
    return Meaning(
        node, table, symbols, free, groups, up_to, digits, spec.layout, spec.products == "strict", value
    )


def _worlds(
    symbols: Mapping[str, Declaration],
    given: Mapping[str, Any],
    seed: int,
    count: int,
    together: int,
    varies: tuple[str, ...],
) -> list[list[World]]:
    if not given:
        return _drawn(tuple(symbols.items()), seed, count, together, varies)
    return _draw_all(symbols, given, seed, count, together, varies)


@lru_cache(maxsize=256)
def _drawn(
    declared: tuple[tuple[str, Declaration], ...],
    seed: int,
    count: int,
    together: int,
    varies: tuple[str, ...],
) -> list[list[World]]:
    """Worlds without given values are the same for every student."""
    return _draw_all(dict(declared), {}, seed, count, together, varies)


def _draw_all(
    symbols: Mapping[str, Declaration],
    given: Mapping[str, Any],
    seed: int,
    count: int,
    together: int,
    varies: tuple[str, ...],
) -> list[list[World]]:
    known = definitions(symbols)
    return [
        [
            draw(symbols, known, seed=seed, number=number, fixed=given, redrawn=varies, again=again)
            for again in range(together)
        ]
        for number in range(count)
    ]


def _every_place(groups: list[list[World]], letters: list[str]) -> list[list[World]]:
    """
    The first worlds once for every value of the asked index letters, the others as they were drawn.

    Random places alone would miss a diagonal (delta_ij) or a branch (z_i > 0) in one run of a hundred.
    """
    spread = [
        [world.with_indices(dict(zip(letters, place, strict=True)))]
        for group in groups[:EVERYWHERE]
        for world in group
        for place in list(product(*(_range(letter, world) for letter in letters)))[:MAX_PLACES]
    ]
    return spread + groups[EVERYWHERE:]


def _range(letter: str, world: World) -> range:
    """The values that an asked index letter takes."""
    declaration = world.symbols[letter]
    axis = world.axis(declaration.index or 1)
    return range(axis.start if declaration.start is None else declaration.start, axis.stop)


def _given_value(truth: object) -> Array | None:
    """A truth that is numbers already."""
    if isinstance(truth, str):
        return None
    try:
        value = np.asarray(truth, dtype=Real)
    except (TypeError, ValueError):
        return None
    return value.reshape(-1, 1) if value.ndim == 1 else value


def read_truth(truth: object, table: Table) -> Node:
    """A truth's tree. Raises `SpecError`."""
    text = as_text(truth) or ""
    try:
        return trees(tokenize(clean(text)), table)[0]
    except Unreadable as error:
        raise SpecError(f"the truth {text!r} cannot be read: {error}") from None


def _depends(node: Node | None) -> bool:
    return node is not None and any(isinstance(found, Symbol | Index) for found in walk(node))


def truth_value(meaning: Meaning, world: World) -> Array:
    """The truth's value in a world."""
    if meaning.given is not None:
        return meaning.given
    assert meaning.node is not None
    return evaluate(meaning.node, world.read_as(Reading(strict=meaning.strict)))


def matches(nodes: list[Node], meaning: Meaning) -> bool:
    """
    Whether one way to read an answer agrees with the truth in every world.

    Raises:
        Misfit: when it can be evaluated in no reading because sizes do not fit.
        Unreadable: when it can be evaluated in no reading for another reason.
    """
    complaint: Exception | None = None
    evaluated = False
    for node in nodes:
        for reading in meaning.readings():
            try:
                if all(_group_agrees(node, meaning, group, reading) for group in meaning.groups):
                    return True
                evaluated = True
            except (Misfit, Unreadable) as error:
                complaint = complaint or error
    if not evaluated and complaint is not None:
        raise complaint
    return False


def _group_agrees(node: Node, meaning: Meaning, group: list[World], reading: Reading) -> bool:
    node = _with_asked_letters(node, meaning, group[0])
    answers = _values(node, meaning, group, reading)
    truths = [truth_value(meaning, world) for world in group]
    finite = [place for place, value in enumerate(truths) if np.all(np.isfinite(value))]
    if not finite:
        return True
    answers, truths = [answers[place] for place in finite], [truths[place] for place in finite]
    worlds = [group[place] for place in finite]
    return _agree(answers, truths, meaning) or _agree_whole(node, answers, worlds, meaning)


def _values(node: Node, meaning: Meaning, group: list[World], reading: Reading) -> list[Array]:
    """The answer's value in each world; an identity matrix without a size takes the truth's."""
    try:
        return [evaluate(node, world.read_as(reading)) for world in group]
    except Sizeless:
        values: list[Array] = []
        for world in group:
            whole = (
                _stacked(list(meaning.free), world, meaning) if meaning.node is not None else meaning.given
            )
            if whole is None or whole.ndim < 2:
                raise
            values.append(evaluate(node, replace(world.read_as(reading), identity=whole.shape[0])))
        return values


def _agree(answers: list[Array], truths: list[Array], meaning: Meaning) -> bool:
    layouts = [
        same_shape(answer, truth, meaning.layout) for answer, truth in zip(answers, truths, strict=True)
    ]
    if not all(layouts):
        return False
    return any(
        related([layout[way] for layout in layouts], truths, meaning.up_to, meaning.digits)
        for way in range(min(len(layout) for layout in layouts))
    )


def _agree_whole(node: Node, answers: list[Array], worlds: list[World], meaning: Meaning) -> bool:
    """An answer for all values of asked index letters at once, against the truths stacked over those letters."""
    if meaning.node is None:
        return False
    missing = [letter for letter in meaning.free if letter not in free_indices(node)]
    missing = [letter for letter in missing if letter in free_indices(meaning.node)]
    if not missing or answers[0].ndim == 0:
        return False
    wholes = [_stacked(missing, world, meaning) for world in worlds]
    if wholes[0] is None or any(whole is None for whole in wholes):
        return False
    return _agree(answers, [whole for whole in wholes if whole is not None], meaning)


def _stacked(missing: list[str], world: World, meaning: Meaning) -> Array | None:
    ranges = [_range(letter, world) for letter in missing]
    values = [
        truth_value(meaning, world.with_indices(dict(zip(missing, place, strict=True))))
        for place in product(*ranges)
    ]
    stacked = np.array([value.reshape(-1) for value in values])
    shape = [len(values_of) for values_of in ranges] + [size for size in [stacked.shape[1]] if size > 1]
    if len(shape) > 2:
        return None
    return stacked.reshape(shape if len(shape) == 2 else (-1, 1))


def _with_asked_letters(node: Node, meaning: Meaning, world: World) -> Node:
    """The tree with stray index letters renamed to the asked ones, where that is unambiguous."""
    stray = free_indices(node) - set(meaning.free)
    if not stray:
        return node
    axes = {letter: axis_of(letter, node, world) for letter in sorted(stray)}
    wanted = {letter: meaning.symbols[letter].index for letter in meaning.free if letter in meaning.symbols}
    return rename_indices(node, meaning.table, axes, wanted)
