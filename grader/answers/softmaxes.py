"""Softmax as answers write it: of a vector of scores, of a data vector, of one score."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grader.answers.axes import axis_of
from grader.answers.faults import Misfit, Unreadable
from grader.answers.functions import UNARY
from grader.answers.syntax import Apply, Index, Node, walk
from grader.answers.world import Array, World

Evaluate = Callable[[Node, World], Array]


def softmax(node: Apply, name: str, world: World, evaluate: Evaluate) -> Array:
    """Softmax of a vector of scores, of a data vector (by its scores), or of one score by its index."""
    if len(node.arguments) != 1:
        raise Unreadable("softmax takes one argument")
    value = evaluate(node.arguments[0], world)
    if value.ndim == 0:
        return _softmax_of_one(node, name, world, evaluate)
    declaration = world.symbols.get(name)
    if declaration and declaration.shape and value.size != len(world.axis(declaration.shape[0])):
        if not declaration.parameters:
            raise Misfit("the softmax is of a vector of the wrong length")
        value = evaluate(world.functions[name], world.with_value(declaration.parameters[0], value))
    whole = UNARY["softmax"](value)
    if node.index is None:
        return whole
    at = int(evaluate(node.index, world)) - 1
    if not 0 <= at < whole.size:
        raise Misfit("an index takes a value that the softmax does not have")
    return np.asarray(whole.reshape(-1)[at])


def _softmax_of_one(node: Apply, name: str, world: World, evaluate: Evaluate) -> Array:
    """`softmax(theta_j^T x)`: the share of score j among the scores of all j."""
    letters = [node.index.name] if isinstance(node.index, Index) else []
    for found in walk(node.arguments[0]):
        if isinstance(found, Index) and found.name not in letters:
            letters.append(found.name)
    declared = world.symbols.get(name)
    classes = declared.shape[0] if declared and declared.shape else None
    for letter in letters:
        axis = axis_of(letter, node.arguments[0], world)
        if axis is not None and (classes is None or axis == classes) and letter in world.indices:
            scores = [
                evaluate(node.arguments[0], world.with_indices({letter: at})) for at in world.axis(axis)
            ]
            here = world.axis(axis).index(world.indices[letter])
            return np.asarray(UNARY["softmax"](np.array([score.reshape(()) for score in scores]))[here])
    raise Unreadable("it is not clear over what the softmax runs")
