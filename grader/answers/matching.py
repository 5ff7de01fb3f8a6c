"""Whether an answer's tree agrees with a truth in every world: in one reading, as a whole or component by component."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from grader.answers.axes import used_axis
from grader.answers.compare import related, same_shape
from grader.answers.evaluate import evaluate
from grader.answers.faults import Misfit, StrayIndex, Unreadable
from grader.answers.meaning import Meaning, stacked, truth_value
from grader.answers.products import Sizeless
from grader.answers.renaming import rename_indices, with_letters_for_sizes
from grader.answers.syntax import Big, Binary, Dots, Index, Node, Pick, Symbol, free_indices, walk
from grader.answers.world import Array, Reading, World

MAX_COMPONENT_LETTERS = 2
MAX_COMPONENTS = 400


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


@dataclass(frozen=True)
class _Lettered:
    """A tree whose index letters are the asked ones, and those letters over whose values it is written component by component."""

    node: Node
    components: tuple[tuple[str, range], ...] = ()


def _group_agrees(node: Node, meaning: Meaning, group: list[World], reading: Reading) -> bool:
    lettered = _all_lettered(node, meaning, group, reading)
    answers = _values(lettered, meaning, group, reading)
    truths = [truth_value(meaning, world) for world in group]
    finite = [place for place, value in enumerate(truths) if np.all(np.isfinite(value))]
    if not finite:
        return True
    answers, truths = [answers[place] for place in finite], [truths[place] for place in finite]
    worlds = [group[place] for place in finite]
    if (
        lettered[0].components
        and all(truth.ndim == 0 for truth in truths)
        and not _missing(lettered[0].node, meaning)
    ):
        raise StrayIndex(lettered[0].components[0][0])
    if meaning.order and [letter for letter, _ in lettered[0].components] == list(meaning.order):
        meaning = replace(meaning, layout="asked")
    return _agree(answers, truths, meaning) or _agree_whole(lettered[0].node, answers, worlds, meaning)


def summed_over_stray(node: Node, meaning: Meaning) -> list[Node]:
    """The tree summed over each letter that it neither sums over nor was asked for."""
    stray = sorted(free_indices(node) - set(meaning.free))
    return [summed for letter in stray for summed in _summed(node, letter)]


def _summed(node: Node, letter: str) -> list[Node]:
    """The tree summed over a letter as a whole, and only in the term that has it."""
    found: list[Node] = [Big("sum", letter, None, None, node)]
    if isinstance(node, Binary) and node.kind in "+-":
        if letter not in free_indices(node.left):
            found += [replace(node, right=summed) for summed in _summed(node.right, letter)]
        elif letter not in free_indices(node.right):
            found += [replace(node, left=summed) for summed in _summed(node.left, letter)]
    return found


def _values(lettered: list[_Lettered], meaning: Meaning, group: list[World], reading: Reading) -> list[Array]:
    """The answer's value in each world; an identity matrix without a size takes the truth's."""
    pairs = list(zip(lettered, group, strict=True))
    try:
        return [_value(one, world.read_as(reading, meaning.budget)) for one, world in pairs]
    except Sizeless:
        values: list[Array] = []
        for one, world in pairs:
            whole = stacked(meaning, meaning.free, world) if meaning.node is not None else meaning.given
            if whole is None or whole.ndim < 2:
                raise
            values.append(
                _value(one, replace(world.read_as(reading, meaning.budget), identity=whole.shape[0]))
            )
        return values


def _value(one: _Lettered, world: World) -> Array:
    """The value of an answer; one written by components is put together from them."""
    if not one.components:
        return evaluate(one.node, world)
    ranges = [values for _, values in one.components]
    places = list(product(*ranges))
    if len(places) > MAX_COMPONENTS:
        raise StrayIndex(one.components[0][0])
    letters = [letter for letter, _ in one.components]
    values = [
        evaluate(one.node, world.with_indices(dict(zip(letters, place, strict=True)))) for place in places
    ]
    if any(value.ndim for value in values):
        raise StrayIndex(letters[0])
    shape = [len(values_of) for values_of in ranges]
    return np.array(values).reshape(shape if len(shape) == 2 else (-1, 1))


def _missing(node: Node, meaning: Meaning) -> tuple[str, ...]:
    """The asked letters that the truth depends on and the answer does not use."""
    if meaning.node is None:
        return ()
    asked = free_indices(meaning.node) - free_indices(node)
    return tuple(letter for letter in meaning.free if letter in asked)


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
    missing = _missing(node, meaning)
    if not missing or answers[0].ndim == 0:
        return False
    wholes = [stacked(meaning, missing, world) for world in worlds]
    if wholes[0] is None or any(whole is None for whole in wholes):
        return False
    return _agree(answers, [whole for whole in wholes if whole is not None], meaning)


def _all_lettered(node: Node, meaning: Meaning, group: list[World], reading: Reading) -> list[_Lettered]:
    """The tree in each world with its stray index letters renamed, where it has any."""
    present = free_indices(node)
    sizes = {str(meaning.symbols[letter].index): letter for letter in meaning.free if letter not in present}
    if sizes and _picked_by_size(node, sizes):
        node = with_letters_for_sizes(node, sizes)
        present = free_indices(node)
    if present <= set(meaning.free):
        return [_Lettered(node)] * len(group)
    return [_lettered(node, meaning, world.read_as(reading, meaning.budget)) for world in group]


def _lettered(node: Node, meaning: Meaning, world: World) -> _Lettered:
    """The tree with stray index letters renamed to asked ones of the same axis; those that fit none are of components."""
    world.budget.check()
    stray = sorted(free_indices(node) - set(meaning.free))
    axes: dict[str, str | int | None] = {letter: _axis(letter, node, world) for letter in stray}
    for letter, axis in axes.items():
        declared = meaning.symbols.get(letter)
        if declared is not None and declared.own and axis is not None and axis != declared.index:
            raise Misfit(f"the index `{letter}` does not run over what it stands at")
    wanted = {letter: meaning.symbols[letter].index for letter in meaning.free if letter in meaning.symbols}
    renamed = rename_indices(node, axes, wanted)
    left = sorted(free_indices(renamed) - set(meaning.free))
    components: list[tuple[str, range]] = []
    for letter in [
        *(one for one in meaning.order if one in left),
        *(one for one in left if one not in meaning.order),
    ]:
        axis = axes.get(letter)
        if letter in meaning.symbols and meaning.symbols[letter].own:
            raise Misfit(f"the index `{letter}` is neither summed over nor asked for")
        if axis is None or len(left) > MAX_COMPONENT_LETTERS:
            raise StrayIndex(letter)
        components.append((letter, world.axis(axis)))
    return _Lettered(renamed, tuple(components))


def _picked_by_size(node: Node, sizes: Mapping[str, str]) -> bool:
    """Whether a size stands as an index, and not as the end of a list with dots."""
    found = list(walk(node))
    picks = any(
        isinstance(index, Symbol) and index.name in sizes
        for one in found
        if isinstance(one, Symbol)
        for index in one.indices
    )
    return picks and not any(isinstance(one, Dots) for one in found)


def _axis(letter: str, node: Node, world: World) -> str | int | None:
    """The axis of a letter: where it picks from a symbol, from an expression, or what is declared for it."""
    used = used_axis(letter, node, world)
    if used is not None:
        return used
    for found in walk(node):
        if isinstance(found, Pick) and Index(letter) in found.indices and not free_indices(found.of):
            value = evaluate(found.of, world)
            if len(found.indices) == 1:
                return value.size
            if value.ndim == 2:
                return int(value.shape[found.indices.index(Index(letter))])
    declared = world.symbols.get(letter)
    return declared.index if declared else None
