"""Random worlds: sizes, values in the declared domains, and the symbols that are defined by others."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from grader.answers.cursor import Cursor
from grader.answers.evaluate import evaluate
from grader.answers.faults import Misfit, SpecError, Unreadable
from grader.answers.glyphs import to_latex
from grader.answers.lexer import tokenize
from grader.answers.parser import parse
from grader.answers.symbols import Declaration
from grader.answers.syntax import Node
from grader.answers.tables import build_table
from grader.answers.world import Array, Real, World


@dataclass(frozen=True)
class Definitions:
    """The trees of every symbol that is defined by others, and of every declared function's body."""

    values: Mapping[str, Node]
    functions: Mapping[str, Node]


def definitions(symbols: Mapping[str, Declaration]) -> Definitions:
    """Read the `value` of every declaration. Raises `SpecError` where one cannot be read."""
    return _definitions(tuple(symbols.items()))


@lru_cache(maxsize=256)
def _definitions(declared: tuple[tuple[str, Declaration], ...]) -> Definitions:
    symbols = dict(declared)
    values: dict[str, Node] = {}
    functions: dict[str, Node] = {}
    for name, declaration in symbols.items():
        if declaration.value is None:
            continue
        known = {other: symbol for other, symbol in symbols.items() if other != name}
        known.update({parameter: Declaration() for parameter in declaration.parameters})
        table = build_table(known, declaration.over)
        try:
            node = parse(Cursor(tokenize(to_latex(declaration.value)), table))
        except Unreadable as error:
            raise SpecError(
                f"symbol {name}: its value {declaration.value!r} cannot be read: {error}"
            ) from None
        (functions if declaration.is_function else values)[name] = node
    return Definitions(values, functions)


def draw(
    symbols: Mapping[str, Declaration],
    known: Definitions,
    *,
    seed: int,
    number: int,
    fixed: Mapping[str, Any],
    redrawn: tuple[str, ...] = (),
    again: int = 0,
) -> World:
    """
    One random world.

    Args:
        symbols: the declarations.
        known: their definitions.
        seed: of the grading run.
        number: which draw; sizes grow with it, so that no formula is right for one size only.
        fixed: values that are given instead of drawn.
        redrawn: the symbols that change with `again` while everything else stays as it is.
        again: which of the draws that differ only in `redrawn`.
    """
    world = World(symbols=symbols, values={}, functions=known.functions)
    for name, declaration in symbols.items():
        if declaration.size is not None:
            world.values[name] = np.asarray(Real(declaration.size + (0 if declaration.fixed else number % 3)))
    for name, declaration in symbols.items():
        if declaration.size is None and declaration.value is None and _has_value(declaration):
            stream = [seed, number, again if name in redrawn else 0, zlib.crc32(name.encode())]
            world.values[name] = _random(declaration, world, np.random.default_rng(stream))
    for name, value in fixed.items():
        if name in symbols:
            world.values[name] = np.asarray(value, dtype=Real)
    _derive(known, world, set(fixed))
    for name, declaration in symbols.items():
        if declaration.index is not None:
            axis = world.axis(declaration.index)
            first = axis.start if declaration.start is None else declaration.start
            chosen = np.random.default_rng([seed, number, 7, zlib.crc32(name.encode())])
            world.indices[name] = int(chosen.integers(first, axis.stop))
    return world


def _has_value(declaration: Declaration) -> bool:
    return declaration.index is None and not declaration.name_only and not declaration.is_function


def _random(declaration: Declaration, world: World, rng: np.random.Generator) -> Array:
    shape = tuple(len(world.axis(axis)) for axis in declaration.shape)
    domain = declaration.domain
    if isinstance(domain, tuple):
        drawn = rng.uniform(domain[0], domain[1], shape) if len(domain) == 2 else rng.choice(domain, shape)
    elif domain == "positive":
        drawn = rng.uniform(0.5, 2.0, shape)
    elif domain == "unit":
        drawn = rng.uniform(0.1, 0.9, shape)
    elif domain == "sign":
        drawn = rng.choice([-1.0, 1.0], shape)
    elif domain == "label":
        axis = world.axis(declaration.of or 2)
        drawn = rng.integers(axis.start, axis.stop, shape).astype(float)
    else:
        drawn = rng.uniform(0.2, 2.0, shape) * rng.choice([-1.0, 1.0], shape)
    return np.asarray(drawn, dtype=Real)


def _derive(known: Definitions, world: World, skip: set[str]) -> None:
    """Values of defined symbols, as soon as what they are defined by has one."""
    waiting = [name for name in known.values if name not in skip]
    while waiting:
        later: list[str] = []
        for name in waiting:
            try:
                world.values[name] = _defined(known.values[name], world.symbols[name], world)
            except KeyError:
                later.append(name)
            except (Misfit, Unreadable) as error:
                raise SpecError(f"symbol {name}: its value cannot be computed: {error}") from None
        if len(later) == len(waiting):
            raise SpecError(
                f"symbols {', '.join(later)}: defined by each other or by a symbol that is not declared"
            )
        waiting = later


def _defined(node: Node, declaration: Declaration, world: World) -> Array:
    shape = tuple(len(world.axis(axis)) for axis in declaration.shape)
    if not declaration.over:
        return evaluate(node, world).reshape(shape)
    axes = [world.axis(axis) for axis in declaration.shape]
    out = np.empty(shape, dtype=Real)
    for place in np.ndindex(*shape):
        letters = {letter: axis[at] for letter, axis, at in zip(declaration.over, axes, place, strict=True)}
        out[place] = evaluate(node, world.with_indices(letters)).reshape(())
    return out
