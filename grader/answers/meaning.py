"""What a truth means, prepared for comparison: its tree, its worlds, and its values in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np

from grader.answers.draws import definitions, draw
from grader.answers.evaluate import evaluate
from grader.answers.faults import SpecError, Unreadable
from grader.answers.lexer import tokenize
from grader.answers.reader import trees
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
TRUTH_NODES = 2_000_000


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
        budget: what the answer that it is compared with may still cost; the truth's own values cost it nothing.
        values: the truth's values so far, by world.
        order: index letters of the answer's left-hand side, the rows' first, where it says a matrix by its components.
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
    budget: Budget = field(default_factory=Budget)
    values: dict[object, Array | None] = field(default_factory=dict)
    order: tuple[str, ...] = ()

    def readings(self) -> list[Reading]:
        """The ways to read vectors, the usual one first."""
        if self.strict:
            return [Reading(strict=True), Reading(rows=True, strict=True)]
        return [
            Reading(rows=rows, entrywise=entrywise) for entrywise, rows in product((False, True), repeat=2)
        ]


class _Asked:
    """A spec and one of its truths, the same only as themselves: comparing every declaration would cost more than the reading."""

    def __init__(self, spec: AnswerSpec, truth: Truth | Misconception) -> None:
        self.spec, self.truth = spec, truth

    def __hash__(self) -> int:
        return hash((id(self.spec), id(self.truth)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and self.spec is other.spec and self.truth is other.truth


def prepare(
    spec: AnswerSpec,
    truth: Truth | Misconception,
    given: Mapping[str, Any],
    seed: int,
    budget: Budget,
    points: int = POINTS,
    *,
    kept: bool = True,
) -> Meaning:
    """
    The meaning of a truth, for an answer that may cost `budget`.

    Without given values it is the same for every student, and its tree, worlds and values are kept; not of one made for the occasion.

    Raises:
        SpecError: when the truth cannot be read.
    """
    found = (
        _prepare(spec, truth, given, seed, points)
        if given or not kept
        else _prepared(_Asked(spec, truth), seed, points)
    )
    return replace(found, budget=budget)


@lru_cache(maxsize=1024)
def _prepared(asked: _Asked, seed: int, points: int) -> Meaning:
    return _prepare(asked.spec, asked.truth, {}, seed, points)


def _prepare(
    spec: AnswerSpec, truth: Truth | Misconception, given: Mapping[str, Any], seed: int, points: int
) -> Meaning:
    symbols = {**spec.symbols, **truth.symbols}
    free = truth.free if isinstance(truth, Truth) and truth.free is not None else spec.free
    table = build_table(symbols, free, spec.uses)
    value = _given_value(truth.truth)
    node = None if value is not None else read_truth(truth.truth, build_table(symbols, free))
    constant = value is not None or not depends(node)
    up_to = truth.up_to or spec.up_to
    varies = truth.varies if isinstance(truth, Truth) and truth.varies is not None else spec.varies
    together = POINTS_TOGETHER if varies and up_to != "none" else 1
    count = 1 if constant and not symbols else min(points, GROUPS_TOGETHER) if together > 1 else points
    groups = _worlds(symbols, given, seed, count, together, varies)
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
        for place in list(product(*(asked_range(letter, world) for letter in letters)))[:MAX_PLACES]
    ]
    return spread + groups[EVERYWHERE:]


def asked_range(letter: str, world: World) -> range:
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


def depends(node: Node | None) -> bool:
    """Whether a tree has symbols or index letters in it."""
    return node is not None and any(isinstance(found, Symbol | Index) for found in walk(node))


def truth_value(meaning: Meaning, world: World) -> Array:
    """The truth's value in one of its worlds."""
    if meaning.given is not None:
        return meaning.given
    if id(world) not in meaning.values:
        meaning.values[id(world)] = _evaluated(meaning, world)
    value = meaning.values[id(world)]
    assert value is not None
    return value


def stacked(meaning: Meaning, letters: tuple[str, ...], world: World) -> Array | None:
    """The truth's values in one of its worlds for all values of asked letters; None when they make no matrix."""
    key = (letters, id(world))
    if key not in meaning.values:
        meaning.values[key] = _stacked(meaning, letters, world)
    return meaning.values[key]


def _stacked(meaning: Meaning, letters: tuple[str, ...], world: World) -> Array | None:
    ranges = [asked_range(letter, world) for letter in letters]
    places = [world.with_indices(dict(zip(letters, place, strict=True))) for place in product(*ranges)]
    values = np.array([_evaluated(meaning, place).reshape(-1) for place in places])
    shape = [len(values_of) for values_of in ranges] + [size for size in [values.shape[1]] if size > 1]
    if len(shape) > 2:
        return None
    return values.reshape(shape if len(shape) == 2 else (-1, 1))


def _evaluated(meaning: Meaning, world: World) -> Array:
    assert meaning.node is not None
    budget = Budget(nodes=TRUTH_NODES, until=float("inf"))
    return evaluate(meaning.node, world.read_as(Reading(strict=meaning.strict), budget))
