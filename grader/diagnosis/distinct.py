"""Inputs of a recipe that cannot tell misconceptions apart: a warning for whoever writes the rubric."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Protocol

import numpy as np

from grader.diagnosis.compared import BATCH_NAMES, UPSTREAM_NAMES, Array


class Drawn(Protocol):
    """What is looked at: the part of a recipe that makes its inputs."""

    @property
    def sizes(self) -> Sequence[Mapping[str, Any]]: ...

    @property
    def draw(self) -> Mapping[str, str]: ...


def weaknesses(recipe: Drawn, inputs: Sequence[Mapping[str, Any]] = ()) -> list[str]:
    """
    What the inputs of a recipe cannot show, in sentences for the teacher; empty when they are good.

    Args:
        recipe: its sizes and draws.
        inputs: the names of every case with their values, where they have been drawn.
    """
    if not recipe.draw:
        return []
    used = {
        n.id for text in recipe.draw.values() for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)
    }
    sizes = [{k: v for k, v in s.items() if k in used and type(v) is int} for s in recipe.sizes]
    found = [*_of_count(sizes), *_of_batch(sizes), *_of_widths(sizes)]
    for number, names in enumerate(inputs):
        found += [f"case {number}: {text}" for text in _of_values(names)]
    return found


def _of_count(sizes: Sequence[Mapping[str, int]]) -> Iterator[str]:
    if len(sizes) == 1:
        yield "there is one case only: a factor of a size cannot be told from a constant"


def _of_batch(sizes: Sequence[Mapping[str, int]]) -> Iterator[str]:
    batch = next((k for k in BATCH_NAMES if any(k in s for s in sizes)), None)
    if batch is None:
        return
    values = [s[batch] for s in sizes if batch in s]
    if len(values) > 1 and len(set(values)) == 1:
        yield f"{batch} is {values[0]} in every case: a mean over the batch cannot be told from a constant factor"
    if max(values) < 3:
        yield f"no case has {batch} above 2: a sum over the batch, its mean and a factor of 2 cannot be told apart"
    if 2 in values:
        yield f"{batch} is 2 in a case: its factor cannot be told from that of a square's derivative there"
    if len(values) > 1 and 1 not in values:
        yield f"no case has {batch} = 1: code that fails on a single row is not found"


def _of_widths(sizes: Sequence[Mapping[str, int]]) -> Iterator[str]:
    for number, size in enumerate(sizes):
        for a, b in combinations(size, 2):
            if size[a] == size[b] and size[a] > 1:
                yield f"case {number}: {a} and {b} are both {size[a]}: transposed and swapped arrays fit by accident"


def _of_values(names: Mapping[str, Any]) -> Iterator[str]:
    for name, value in names.items():
        array = np.asarray(value)
        if array.dtype.kind != "f" or array.size < 2:
            continue
        if not array.any() and array.ndim:
            yield f"{name} is all zeros: leaving it out changes nothing"
        elif (array == array.flat[0]).all():
            what = (
                "an incoming gradient that is left out is not found"
                if name in UPSTREAM_NAMES
                else "wrong axes and indices fit by accident"
            )
            yield f"all entries of {name} are equal: {what}"
        elif _symmetric(array):
            yield f"{name} is symmetric: its transpose is the same"


def _symmetric(array: Array) -> bool:
    return array.ndim == 2 and array.shape[0] == array.shape[1] and bool((array == array.T).all())
