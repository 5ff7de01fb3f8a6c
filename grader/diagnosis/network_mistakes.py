"""
The known mistakes of a network of linear layers and activations, as switches for `networks`.

Legend: a pre-activation, z = f(a) output of a layer, delta = dL/da.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from grader.diagnosis.compared import Array
from grader.diagnosis.functions import (
    ACTIVATIONS,
    DERIVATIVES,
    RELATIVES,
    Elementwise,
    softmax,
    wrong_derivatives,
)
from grader.diagnosis.registry import rank


@dataclass(frozen=True)
class Mistake:
    """Switches; the defaults are the right network."""

    key: str = "right"
    """Tells mistakes apart."""
    slopes: dict[str, Elementwise] = field(default_factory=dict)
    """What stands for the derivative: by activation (`relu`), layer (`hidden`, `output`), or both (`hidden relu`)."""
    values: dict[str, Elementwise] = field(default_factory=dict)
    """What stands for the activation: by the same."""
    first: Callable[[Array, Array], Array] | None = None
    """In place of prediction minus target, or of the upstream gradient (second argument: target)."""
    every: dict[str, Callable[[str, Array], Array]] = field(default_factory=dict)
    """What stands for the derivative of whatever activation there is (first argument), by layer."""
    roles: tuple[int, int] = (0, 1)
    """Whose activation the hidden layers and the output have: 0 the hidden one's, 1 the output's."""
    slope_roles: tuple[int, int] | None = None
    """The same for the derivatives alone."""
    before: bool = False
    """a in place of z in the gradient of the weights."""
    inputs: Callable[[Array], Array] | None = None
    """What stands for the input in the gradient of the weights."""
    sums_first: bool = False
    """The rows are summed before the product."""
    no_bias: bool = False
    rows: slice = field(default_factory=lambda: slice(None))
    """The rows of the batch that count."""
    weights_step: float = 0.0
    """The weights that the error passes through have already made this step."""
    no_weights: bool = False
    """The error passes through ones."""


RIGHT = Mistake()


@dataclass(frozen=True)
class Known:
    ident: str
    mistake: Mistake
    detail: str = ""


_MADE: dict[str, Callable[[str, Array], Array]] = {
    "activation-derivative-missing": lambda name, a: np.ones_like(a),
    "activation-derivative-at-output": lambda name, a: DERIVATIVES[name](ACTIVATIONS[name](a)),
    "activation-derivative-sign": lambda name, a: -DERIVATIVES[name](a),
    "activation-derivative-twice": lambda name, a: DERIVATIVES[name](a) ** 2,
    "activation-for-derivative": lambda name, a: ACTIVATIONS[name](a),
}


def _always(name: str) -> Callable[[str, Array], Array]:
    return lambda _, a: DERIVATIVES[name](a)


def _slopes() -> Iterator[Known]:
    """A wrong derivative of one activation wherever it occurs, or in the hidden or output layer only; or of all of them."""
    for name in ACTIVATIONS:
        for index, (ident, wrong, detail) in enumerate(wrong_derivatives(name)):
            for place in (name, f"hidden {name}", f"output {name}"):
                yield Known(ident, Mistake(f"slope {name} {index} {place}", slopes={place: wrong}), detail)
    for places in (("hidden",), ("output",), ("hidden", "output")):
        for ident, made in _MADE.items():
            yield Known(ident, Mistake(f"{ident} {places}", every=dict.fromkeys(places, made)))
        for name in ("sigmoid", "relu", "tanh"):
            mistake = Mistake(f"always {name} {places}", every=dict.fromkeys(places, _always(name)))
            yield Known("wrong-activation", mistake, f"the derivative of {name}, whatever the activation is")


def _values() -> Iterator[Known]:
    """One activation in place of another or with a factor, forward and backward; that of another layer."""
    for name, other in product(ACTIVATIONS, ACTIVATIONS):
        if name != other:
            ident, detail = _named(name, other)
            for place in (name, f"hidden {name}", f"output {name}"):
                value, slope = {place: ACTIVATIONS[other]}, {place: DERIVATIVES[other]}
                yield Known(ident, Mistake(f"{other} for {place}", slope, value), detail)
                yield Known(ident, Mistake(f"{other} for {place}, forward", {}, value), detail)
    for name, relatives in RELATIVES.items():
        for near, place in product(relatives, (name, f"hidden {name}", f"output {name}")):
            value, key, detail = {place: near.value}, f"{near.says} for {place}", f"{near.says} for {name}"
            yield Known("wrong-activation", Mistake(key, {place: near.slope}, value), detail)
            yield Known("wrong-activation", Mistake(f"{key}, forward", {}, value), detail)
    for place in ("hidden", "output"):
        missing = Mistake(f"{place} missing, forward", values={place: ACTIVATIONS["identity"]})
        yield Known("activation-missing", missing)
    for name in ("sigmoid", "identity"):
        swap = Mistake(f"softmax for output {name}", values={f"output {name}": _of_classes})
        yield Known("wrong-activation", swap, f"softmax for {name}")
    for name, factor in product(("relu", "sigmoid", "tanh"), (5.0, 2.0, 0.5)):
        d, f = _scaled(DERIVATIVES[name], factor), _scaled(ACTIVATIONS[name], factor)
        detail = f"{factor:g} {name} for {name}"
        yield Known("scaled-activation", Mistake(detail, {name: d}, {name: f}), detail)
    for roles, whose in _ROLES.items():
        yield Known("wrong-activation", Mistake(f"roles {roles}", roles=roles), whose)
        slopes = Mistake(f"slopes {roles}", slope_roles=roles)
        yield Known("wrong-activation", slopes, f"for the derivatives, {whose}")


_ROLES = {
    (1, 0): "those of the two layers are exchanged",
    (0, 0): "the hidden layer's stands in both layers",
    (1, 1): "the output's stands in both layers",
}


def _named(name: str, other: str) -> tuple[str, str]:
    missing = other == "identity"
    return ("activation-missing", f"({name})") if missing else ("wrong-activation", f"{other} for {name}")


def _of_classes(a: Array) -> Array:
    """A softmax; of one class alone it is 1 whatever the score, which explains nothing."""
    if a.shape[-1] < 2:
        raise ValueError("a softmax needs several classes")
    return softmax(a)


def _scaled(f: Elementwise, factor: float) -> Elementwise:
    return lambda a: factor * f(a)


STEPPED = Mistake("stepped", weights_step=1.0)
_ONES = Mistake("ones", first=lambda a, b: np.ones_like(a))
_UPSTREAM = (Known("upstream-ignored", _ONES),)
_LOSS = (
    Known("squared-residual", Mistake("squared", first=lambda a, b: (a - b) ** 2)),
    Known("label-ignored", Mistake("prediction", first=lambda a, b: a)),
    Known("loss-derivative-missing", _ONES),
    Known("output-derivative-kept", Mistake("kept", slopes={"kept": DERIVATIVES["sigmoid"]})),
)
_ANY = (
    Known("bias-ignored", Mistake("no bias", no_bias=True)),
    Known("preactivation-for-activation", Mistake("before", before=True)),
    Known("last-row-only", Mistake("last row", rows=slice(-1, None)), "last"),
    Known("last-row-only", Mistake("first row", rows=slice(0, 1)), "first"),
    Known("rows-missing", Mistake("without the last", rows=slice(None, -1)), "last"),
    Known("rows-missing", Mistake("without the first", rows=slice(1, None)), "first"),
    Known("input-ignored", Mistake("inputs", inputs=np.ones_like)),
    Known("summed-before-product", Mistake("sums first", sums_first=True)),
    Known("weights-ignored", Mistake("no weights", no_weights=True)),
    *_slopes(),
    *_values(),
)
OF_UPSTREAM = sorted((*_UPSTREAM, *_ANY), key=lambda known: rank(known.ident))
OF_LOSS = sorted((*_LOSS, *_ANY), key=lambda known: rank(known.ident))
