"""Which axis an index letter runs over."""

from __future__ import annotations

from grader.answers.syntax import Apply, Index, Node, Symbol, walk
from grader.answers.world import World


def last_of(node: Node, world: World) -> int | None:
    """The last index value of an axis that counts from 0, where its size stands for it: `z_L` behind `z_0, z_1, ...`."""
    declared = world.symbols.get(node.name) if isinstance(node, Symbol) and not node.indices else None
    if declared is None or declared.size is None or declared.base != 0:
        return None
    assert isinstance(node, Symbol)
    return world.axis(node.name)[-1]


def axis_of(letter: str, body: Node, world: World) -> str | int | None:
    """The axis that an index letter runs over: where it is used as an index, or else what is declared for it."""
    used = used_axis(letter, body, world)
    declared = world.symbols.get(letter)
    return used if used is not None else declared.index if declared else None


def used_axis(letter: str, body: Node, world: World) -> str | int | None:
    """The axis of the first symbol that a letter picks from, or None."""
    for node in walk(body):
        if isinstance(node, Symbol) and node.name in world.symbols:
            axes = list(world.symbols[node.name].shape)
            if len(node.indices) < len(axes):
                axes = [axis for axis in axes if axis != 1]
                axes = axes[::-1] if only_axis(node, axes, world) == 1 else axes
            for index, axis in zip(in_axis_order(node, axes, world), axes, strict=False):
                if index == Index(letter):
                    return axis
        if isinstance(node, Apply) and node.index == Index(letter):
            declared = world.symbols.get(node.function)
            if declared and declared.shape:
                return declared.shape[0]
    return None


def in_axis_order(node: Symbol, axes: list[str | int], world: World) -> tuple[Node, ...]:
    """Indices of two axes, exchanged when their declared axes say that they were written the other way round."""
    if len(node.indices) != 2 or len(axes) != 2 or axes[0] == axes[1]:
        return node.indices
    kinds = [world.symbols[index.name].index if isinstance(index, Index) and index.name in world.symbols else None
             for index in node.indices]  # fmt: skip
    straight = all(kind in (None, axis) for kind, axis in zip(kinds, axes, strict=True))
    crossed = all(kind in (None, axis) for kind, axis in zip(kinds, reversed(axes), strict=True))
    return (node.indices[1], node.indices[0]) if crossed and not straight else node.indices


def only_axis(node: Symbol, axes: list[str | int], world: World) -> int:
    """Which of a matrix's two axes its only index runs over: the second (`p_j`: column j) when the letter is declared for it."""
    if len(node.indices) != 1 or len(axes) != 2 or axes[0] == axes[1]:
        return 0
    index = node.indices[0]
    declared = world.symbols.get(index.name) if isinstance(index, Index) else None
    return int(declared is not None and declared.index == axes[1])
