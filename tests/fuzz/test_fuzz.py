"""Every reader of things that others write keeps its word on mutations of good inputs, and on what broke one before."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .targets import TARGETS, seeds, zipped

SEEDS = seeds()
EXAMPLES = {"rubric": 60, "archive": 100, "answer": 25}
FOUND: list[tuple[str, bytes]] = [
    (
        "archive",
        b"\0" + zipped().replace(b"PK\x03\x04", b"K\x03\x04", 1),
    ),  # sent to a place before its beginning
]
"""Inputs that broke a reader once."""


@st.composite
def mutated(draw: st.DrawFn, good: list[bytes]) -> bytes:
    """A good input with bytes flipped, cut, doubled or put in."""
    data = bytearray(draw(st.sampled_from(good)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        size = draw(st.integers(0, 12))
        piece = draw(st.binary(max_size=8) | st.just(bytes(data[at : at + size])))
        data[at : at + draw(st.sampled_from([0, 1, size]))] = piece
    return bytes(data)


@pytest.mark.parametrize("target", TARGETS)
def test_a_reader_keeps_its_word(target: str) -> None:
    """No mutation of a good input makes a reader raise what it does not announce."""

    @settings(
        max_examples=EXAMPLES.get(target, 100),
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(mutated(SEEDS[target]))
    def run(data: bytes) -> None:
        TARGETS[target](data)

    run()


@pytest.mark.parametrize("good", [(t, s) for t in TARGETS for s in SEEDS[t]], ids=lambda pair: pair[0])
def test_the_seeds_are_good(good: tuple[str, bytes]) -> None:
    """What the mutations start from is read."""
    target, data = good
    TARGETS[target](data)


@pytest.mark.parametrize("found", FOUND, ids=lambda pair: pair[0])
def test_what_was_found_before(found: tuple[str, bytes]) -> None:
    """An input that broke a reader once does not break it again."""
    target, data = found
    TARGETS[target](data)
