"""The attack suite, in the situation that the tests run in. `everywhere.sh` runs it in the others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .harness import ATTACKS, Arena, arena
from .suite import Attack


@pytest.fixture(scope="module")
def place() -> Iterator[Arena]:
    with arena() as made:
        yield made


def test_there_are_many_and_each_has_its_name() -> None:
    """At least 80 attacks, told apart by their names."""
    assert len({a.name for a in ATTACKS}) == len(ATTACKS) >= 80


@pytest.mark.parametrize("attack", [a for a in ATTACKS if not a.long], ids=lambda a: a.name)
def test_an_attack_gains_nothing_and_harms_nobody(place: Arena, attack: Attack) -> None:
    """An attack earns nothing, touches no canary, leaves no process, costs the next student nothing, and its own report says why."""
    if not place.allows(attack):
        pytest.skip("signals are tried only where a layer is known to hold them")
    assert place.run(attack) == []
