"""Wrong results that the reference itself makes when its inputs are altered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import permutations
from typing import Any

import numpy as np

from grader.diagnosis.compared import UPSTREAM_NAMES, Array, Compared
from grader.diagnosis.fitting import Candidate
from grader.diagnosis.functions import softmax

BIAS_NAMES = ("b", "bias", "b1", "b2")
SCORE_NAMES = ("Z", "logits", "scores", "z")
KNOWN_ACTIVATIONS = ("relu", "sigmoid", "tanh", "identity", "ReLU", "Sigmoid")
FLAT_PRIOR = 1e7


def rerun_candidates(cases: Sequence[Compared]) -> Iterator[Candidate]:
    """Every wrong result of this kind that the names of the cases allow."""
    if any(c.rerun is None for c in cases):
        return
    names = [k for k in cases[0].names if all(k in c.names for c in cases)]
    arrays = [k for k in names if isinstance(cases[0].names[k], np.ndarray)]
    for k in arrays:
        if k in UPSTREAM_NAMES:
            yield Candidate("upstream-ignored", _changed(k, np.ones_like))
        if k in BIAS_NAMES:
            yield Candidate("bias-ignored", _changed(k, np.zeros_like), f"({k})")
        if k in SCORE_NAMES:
            yield Candidate("probabilities-for-logits", _changed(k, softmax))
    for row, which in ((slice(-1, None), "last"), (slice(0, 1), "first")):
        yield Candidate("last-row-only", _one_row(row), which, False)
    if "sigma" in names and "tau" in names:
        yield from _gaussian()
    yield from _other_activations(names, cases)


def _changed(name: str, f: Any) -> Any:
    return lambda c: c.again(**{name: f(np.asarray(c.names[name]))})


def _one_row(row: slice) -> Any:
    def make(case: Compared) -> Array | None:
        n = case.sizes.get("n")
        batched = {
            k: v[row] for k, v in case.names.items() if isinstance(v, np.ndarray) and v.ndim and len(v) == n
        }
        if not batched or n is None:
            return None
        return case.again(**batched, **({"n": 1} if "n" in case.names else {}))

    return make


def _gaussian() -> Iterator[Candidate]:
    yield Candidate("prior-ignored", _flat_prior)
    for which in (("sigma", "tau"), ("sigma",), ("tau",)):
        detail = f"of the inputs: {' and '.join(which)} not squared"
        yield Candidate("std-for-variance", partial(_not_squared, which), detail)


def _flat_prior(case: Compared) -> Array | None:
    tau, sigma = float(case.names["tau"]), float(case.names["sigma"])
    return case.again(tau=FLAT_PRIOR * max(tau, sigma))


def _not_squared(which: Sequence[str], case: Compared) -> Array | None:
    return case.again(**{k: float(case.names[k]) ** 0.5 for k in which})


def _other_activations(names: Sequence[str], cases: Sequence[Compared]) -> Iterator[Candidate]:
    """One activation in place of another, wherever that one is asked."""
    keys = [
        k
        for k in names
        if all(isinstance(c.names[k], str) and c.names[k] in KNOWN_ACTIVATIONS for c in cases)
    ]
    used = dict.fromkeys(str(c.names[k]) for k in keys for c in cases)
    for asked, other in permutations(used, 2):
        yield Candidate(
            "wrong-activation", partial(_swapped, keys, {asked: other}), f"{other} for {asked}", False
        )


def _swapped(keys: Sequence[str], swap: dict[str, str], case: Compared) -> Array | None:
    return case.again(**{k: swap.get(case.names[k], case.names[k]) for k in keys})
