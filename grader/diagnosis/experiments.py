"""
Misconceptions that only an experiment establishes: the student's code runs again, altered in one respect.

Each function returns the diagnosis if the experiment proves it on the numbers, else None. They are asked only for a lost
check that `explain` says nothing about; every run is a recorded call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from grader.diagnosis.compared import ROUNDING_SINGLE, Array, Compared, equal
from grader.diagnosis.experiments_calls import exchanged, shared_state
from grader.diagnosis.lab import Lab, Trial
from grader.diagnosis.trials import first_wrong, gives, named, same, without, wrong_first
from grader.errors import StudentFault
from grader.model import Diagnosis

_NOT_DONE = re.compile(
    r"NotImplementedError|\bnot (?:yet )?implemented\b|n't implemented|\bTODO\b|your code here", re.IGNORECASE
)
Experiment = Callable[[Lab, Sequence[Compared]], Diagnosis | None]


def investigate(lab: Lab, cases: Sequence[Compared]) -> Diagnosis | None:
    """
    The misconception that an experiment proves, or None.

    Args:
        lab: the student's code and the steps of the check.
        cases: what came, in the order of `lab.sizes`; `got` may be the `StudentFault` that came instead.
    """
    if diagnosis := of_fault(cases):
        return diagnosis
    faults = {c.got.kind for c in cases if isinstance(c.got, StudentFault)}
    if not lab.possible or faults - {"crashed"}:
        return None
    for experiment in _ON_FAULTS if faults else _ON_NUMBERS:
        if diagnosis := experiment(lab, cases):
            return diagnosis
    return None


def of_fault(cases: Sequence[Compared]) -> Diagnosis | None:
    """A template that says itself that it is not done."""
    faults = [c.got for c in cases if isinstance(c.got, StudentFault)]
    blank = [f for f in faults if f.kind == "crashed" and _NOT_DONE.search(f.message)]
    return named("blank-template") if blank and len(blank) == len(cases) else None


# --- numbers that change --------------------------------------------------------------------------------------------


def nondeterministic(lab: Lab, cases: Sequence[Compared]) -> Diagnosis | None:
    """The same steps on the same inputs, in two forks and with other random numbers, differ."""
    case = first_wrong(cases)
    runs = [
        lab.run(case.names, number=1),
        lab.run(case.names, number=2),
        lab.run(case.names, number=3, seed=12345),
    ]
    values = [r.value for r in runs if r is not None and r.value is not None]
    if len(values) == len(runs) and not all(same(values[0], v, case) for v in values[1:]):
        return named("nondeterministic")
    return None


# --- inputs that change nothing --------------------------------------------------------------------------------------


def unused_input(lab: Lab, cases: Sequence[Compared]) -> Diagnosis | None:
    """Inputs that the right result depends on, and that can be replaced without any change of what comes."""
    found: set[str] | None = None
    for case in [c for c in cases if not c.right][:2]:
        wanted = {k: other for k, other in _replaced(case) if _matters(case, k, other)}
        base = lab.run(case.names, seed=_SEED)
        if base is None or base.value is None:
            return None
        runs = {k: lab.run({**case.names, k: other}, seed=_SEED) for k, other in wanted.items()}
        unused = {k for k, run in runs.items() if run is not None and _unchanged(run.value, base.value)}
        found = unused if found is None else found & unused
        if not found or len(unused) == len(wanted):
            return None  # what depends on nothing at all has another cause
    return named("unused-input", " and ".join(f"`{k}`" for k in sorted(found))) if found else None


_SEED = 20240
"""Of the runs that are compared with one another: random numbers of the student's must not tell them apart."""


def _replaced(case: Compared) -> Iterator[tuple[str, Array]]:
    """Every input that is an array, with another one of its kind."""
    for k, value in case.names.items():
        if isinstance(value, np.ndarray) and value.size and value.dtype.kind == "f":
            yield k, _another(value)


def _another(value: Array) -> Array:
    if np.isin(value, (0.0, 1.0)).all():
        hot = value.ndim == 2 and value.shape[1] > 1 and (value.sum(axis=1) == 1).all()
        return np.roll(value, 1, axis=1) if hot else 1.0 - value
    shift = np.cos(np.arange(1.0, value.size + 1)).reshape(value.shape)
    inside = bool((value >= 0).all() and (value <= 1).all())
    return (np.clip(value + 0.09 * shift, 0.05, 0.95) if inside else value + shift).astype(value.dtype)


def _matters(case: Compared, name: str, other: Array) -> bool:
    want = case.again(**{name: other})
    return (
        want is not None
        and want.shape == case.want_array.shape
        and not equal(want, case.want_array, case.tolerance)
    )


def _unchanged(a: Array | None, b: Array) -> bool:
    return a is not None and a.shape == b.shape and bool(np.array_equal(a, b, equal_nan=True))


# --- what an earlier call left behind -------------------------------------------------------------------------------


def other_inputs(lab: Lab, cases: Sequence[Compared]) -> Diagnosis | None:
    """`stale-state`: every case is right when nothing was called before it; the cases ran one after the other."""
    if lab.repeated() or not all(gives(lab.run(c.names), c.want_array, c) for c in wrong_first(cases)):
        return None
    return named("stale-state", "each call is right by itself, and wrong after one with other inputs")


def earlier_calls(lab: Lab, cases: Sequence[Compared]) -> Diagnosis | None:
    """`accumulates` or `stale-state`: where the steps call something twice, one of the calls is left out."""
    repeated = lab.repeated()
    if not repeated:
        return None
    firsts = {k for where in repeated.values() for k in where[:-1]}
    lasts = {where[-1] for where in repeated.values()}
    alone = without(lab, firsts | lab.between(firsts, lasts))
    if not all(gives(lab.run(c.names, steps=alone), c.want_array, c) for c in wrong_first(cases)):
        return None  # wrong by itself, not through what came before
    if all(_is_sum(lab, c, lasts) for c in wrong_first(cases)):
        return named("accumulates", f"{_quoted(repeated)} gave the sum of both calls")
    for name, where in reversed(repeated.items()):
        shorter = without(lab, {where[-1]})
        if all(gives(lab.run(c.names, steps=shorter), c.got_array, c) for c in wrong_first(cases)):
            return named("stale-state", f"the second `{name}` changes nothing, the first one still counts")
    if all(gives(lab.run(c.names, steps=without(lab, lasts)), c.got_array, c) for c in wrong_first(cases)):
        return named("stale-state", f"{_quoted(repeated)} gave what the first call gives")
    return None


def _is_sum(lab: Lab, case: Compared, lasts: set[int]) -> bool:
    first = lab.run(case.names, steps=without(lab, lasts))
    if (
        first is None
        or first.value is None
        or first.value.shape != case.want_array.shape
        or not first.value.any()
    ):
        return False
    return same(first.value + case.want_array, case.got_array, case)


def _quoted(repeated: dict[str, list[int]]) -> str:
    return f"`{next(reversed(repeated))}`"


# --- what the call does to its inputs -------------------------------------------------------------------------------


def changed_values(lab: Lab, cases: Sequence[Compared]) -> Diagnosis | None:
    """`uses-updated-weights` or `mutates-input`: the reference on the values after the call gives what came."""
    if any(c.rerun is None for c in cases):
        return None
    trials = [lab.run(c.names) for c in cases]
    if any(t is None for t in trials):
        return None
    altered = [_altered(c, t) for c, t in zip(cases, trials, strict=True) if t is not None]
    names = {name for found in altered for name in found}
    proven = all(same(c.again(**new), c.got_array, c) for c, new in zip(cases, altered, strict=True))
    if not names or not proven:
        return None
    if names & set(lab.state):
        return named("uses-updated-weights")
    return named("mutates-input", " and ".join(f"`{n}`" for n in sorted(names)))


def _altered(case: Compared, trial: Trial) -> dict[str, Array]:
    """Inputs that are others after the steps; what an attribute holds goes before what was passed."""
    after = {**trial.after, **trial.state}
    return {k: v for k, v in after.items() if k in case.names and _differs(v, np.asarray(case.names[k]))}


def _differs(after: Array, before: Array) -> bool:
    return bool(after.shape == before.shape and not equal(after, before.astype(np.float64), ROUNDING_SINGLE))


# --- what the code reads besides its arguments ----------------------------------------------------------------------


def reads_global(lab: Lab, cases: Sequence[Compared]) -> Diagnosis | None:
    """Setting a variable of the student's file, or all of an argument's name, to the arguments makes every case right."""
    arrays = [k for k, v in cases[0].names.items() if isinstance(v, np.ndarray)]
    inputs = [*arrays[:4], *(k for k, v in cases[0].names.items() if type(v) is float)]
    read = [name for name in lab.read_globals() if name not in lab.theirs]
    pairs = sorted(product(read, inputs[:_MOST_INPUTS]), key=lambda pair: pair[0] != pair[1])
    swaps = [{variable: name} for variable, name in pairs]
    if len(same := {name: name for name in read if name in inputs}) > 1:
        swaps.insert(len(same), same)
    for swap in swaps:
        if all(gives(lab.run(c.names, swap=swap), c.want_array, c) for c in wrong_first(cases)):
            return named("reads-global", " and ".join(f"`{variable}`" for variable in swap))
    return None


_MOST_INPUTS = 6


# --- sizes ----------------------------------------------------------------------------------------------------------


def hardcoded_size(lab: Lab, cases: Sequence[Compared]) -> Diagnosis | None:
    """Right for one value of a size on new numbers too, wrong or a crash for every other value that is tried."""
    right = [k for k, c in enumerate(cases) if c.right]
    if not right or len(right) == len(cases):
        return None
    for size in _suspects(lab.sizes, right, len(cases)):
        base = lab.sizes[right[0]]
        others = [{**base, size: base[size] + d} for d in (1, 2, 3)]
        # Several draws: labels that happen to be of one class are right by chance.
        works = all(_works(lab, base, number) for number in range(_DRAWS))
        if works and not any(_works(lab, s) for s in others):
            return named("hardcoded-size", f"`{size}`")
    return None


def _suspects(sizes: Sequence[Mapping[str, Any]], right: Sequence[int], count: int) -> Iterator[str]:
    """Sizes that have one value (not 1) in all right cases and another in all wrong ones."""
    base = sizes[right[0]]
    for name, value in base.items():
        same = [sizes[k].get(name) == value for k in range(count)]
        if type(value) is int and value > 1 and same == [k in right for k in range(count)]:
            yield name


_DRAWS = 6


def _works(lab: Lab, sizes: Mapping[str, Any], number: int = 0) -> bool:
    fresh = lab.fresh(sizes, number)
    trial = lab.run(fresh.names) if fresh else None
    if fresh is None or trial is None or trial.value is None or trial.value.size != fresh.want.size:
        return False
    return equal(trial.value.reshape(fresh.want.shape), fresh.want, ROUNDING_SINGLE)


# --- what they share ------------------------------------------------------------------------------------------------

_ON_NUMBERS: tuple[Experiment, ...] = (
    shared_state,
    exchanged,
    earlier_calls,
    reads_global,
    unused_input,
    nondeterministic,
    other_inputs,
    changed_values,
    hardcoded_size,
)
_ON_FAULTS: tuple[Experiment, ...] = (shared_state, exchanged, reads_global, hardcoded_size)
