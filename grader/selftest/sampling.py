"""The order in which mutants are tried: whatever the budget allows is spread over functions and operators."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable, Iterator
from typing import TypeVar

from grader.record import digest
from grader.selftest.mutants import Mutant

T = TypeVar("T")


def spread(mutants: Iterable[Mutant]) -> list[Mutant]:
    """One of each function and operator, then a second of each, ...: always the same order."""
    groups: dict[Hashable, list[Mutant]] = {}
    for mutant in mutants:
        groups.setdefault((mutant.file, mutant.function, mutant.operator), []).append(mutant)
    ranked = [
        (rank, digest(str(group)), mutant)
        for group, members in groups.items()
        for rank, mutant in enumerate(sorted(members, key=lambda m: digest(m.key)))
    ]
    return [mutant for _, _, mutant in sorted(ranked, key=lambda r: r[:2])]


class Deadline:
    """Hands out tasks until the time is up, and knows how many it kept back."""

    def __init__(self, until: float) -> None:
        self.until = until
        self.kept_back = 0

    def of(self, tasks: Iterable[T]) -> Iterator[T]:
        """The tasks that are still in time."""
        for task in tasks:
            if time.monotonic() < self.until:
                yield task
            else:
                self.kept_back += 1
