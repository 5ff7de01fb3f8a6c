"""How good predictions are: the public and the private part, the interval, the name on the leaderboard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.record import digest

RESAMPLES = 1000
_WORDS = """
amber azure brave bright calm clever coral crisp eager early fair gentle golden green happy ivory jolly keen kind lilac
lively lucky merry mild noble olive pearl proud quick quiet rapid rosy ruby shy silver smart snowy soft sunny swift
tidy topaz vivid warm wise witty young zesty
""".split()
_ANIMALS = """
badger beaver bison crane dolphin eagle falcon ferret finch fox gecko gibbon hare heron ibis jackal koala lark lemur
lion lynx magpie marten mole moose newt otter owl panda parrot pelican puffin quail rabbit raven robin salmon seal
shrew sparrow stork swan tapir tern tiger toad trout turtle walrus weasel whale wombat wren yak zebra
""".split()


@dataclass(frozen=True)
class Interval:
    """A share of right predictions with its bootstrap interval."""

    hits: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The accuracy."""
        return self.hits / self.of if self.of else 0.0


def public_rows(labels: NDArray[np.int64], share: float, seed: int) -> NDArray[np.bool_]:
    """
    The fixed public part of the hidden labels, every class in nearly its overall share.

    Args:
        labels: classes, shape (n,).
        share: of the rows that are public, 0 to 1.
        seed: of the rubric.

    Returns:
        True for public rows, shape (n,); round(share n) of them.

    Error:
        Each class is within one row of its exact share; numpy's frozen legacy stream: the same on every version.

    Source:
        Systematic stratified sampling.
    """
    random = np.random.RandomState(int.from_bytes(digest("public part", str(seed))[:4], "big"))
    position = np.empty(len(labels))
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        position[members] = (np.arange(len(members)) + 0.5) / len(members)
    order = np.lexsort((random.permutation(len(labels)), position))
    public = np.zeros(len(labels), dtype=bool)
    public[order[: round(share * len(labels))]] = True
    return public


def bootstrap(right: NDArray[np.bool_], rng: np.random.Generator) -> Interval:
    """
    The accuracy and its 95 % percentile bootstrap interval, 1,000 resamples.

    A resample of m rows with replacement has Binomial(m, hits / m) right ones, so that number is drawn directly.

    Args:
        right: which predictions are right, shape (m,).
        rng: of the resamples.

    Returns:
        Hits, rows and the interval; for m = 0 all zero.

    Error:
        Monte Carlo: about 0.03 of the interval's width at each end.

    Source:
        Efron and Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3.
    """
    hits, of = int(right.sum()), len(right)
    if of == 0:
        return Interval(0, 0, 0.0, 0.0)
    low, high = np.quantile(rng.binomial(of, hits / of, RESAMPLES) / of, [0.025, 0.975])
    return Interval(hits, of, float(low), float(high))


def pseudonym(student: str, secret: bytes) -> str:
    """The name on the leaderboard: `amber-heron-417`. Nobody without the secret can tell whose it is."""
    number = int.from_bytes(digest("pseudonym", secret, student)[:8], "big")
    number, first = divmod(number, len(_WORDS))
    number, second = divmod(number, len(_ANIMALS))
    return f"{_WORDS[first]}-{_ANIMALS[second]}-{number % 900 + 100}"
