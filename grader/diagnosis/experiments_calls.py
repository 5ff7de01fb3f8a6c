"""Experiments on how the student's code is called: beside another object of its class, with its arguments in another order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from grader.diagnosis.compared import Compared
from grader.diagnosis.lab import Lab
from grader.diagnosis.trials import gives, named, without, wrong_first
from grader.model import Diagnosis


def shared_state(lab: Lab, cases: Sequence[Compared]) -> Diagnosis | None:
    """`shared-state`: every case is right when no other object of the same class is used beside the one that is judged."""
    beside = lab.beside()
    if not beside:
        return None
    alone = without(lab, beside)
    right = all(gives(lab.run(c.names, steps=alone), c.want_array, c) for c in wrong_first(cases))
    return named("shared-state") if right else None


def exchanged(lab: Lab, cases: Sequence[Compared]) -> Diagnosis | None:
    """`arguments-exchanged`: every case is right when the arguments come in another order."""
    for names in lab.side_by_side():
        for other in _orders(names):
            given = [{**c.names, **{k: c.names[o] for k, o in zip(names, other, strict=True)}} for c in cases]
            runs = sorted(zip(cases, given, strict=True), key=lambda pair: pair[0].right)
            if all(gives(lab.run(new), c.want_array, c) for c, new in runs):
                return named("arguments-exchanged", ", ".join(f"`{name}`" for name in other))
    return None


def _orders(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Other orders, those that move few first."""
    found = sorted(
        permutations(names), key=lambda order: sum(a != b for a, b in zip(order, names, strict=True))
    )
    return found[1 : 1 + _MOST_ORDERS]


_MOST_ORDERS = 12
