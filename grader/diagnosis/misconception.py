"""What is known of one misconception: the words, and how simple it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Established = Literal["numbers", "experiment", "both"]


@dataclass(frozen=True)
class Misconception:
    """
    One known mistake.

    Args:
        id: stable; rubrics give partial credit by it.
        rank: the lower, the simpler; of two that explain equally the simpler is named.
        says: for the student: what the numbers show. `{factor}` and `{detail}` are filled in.
        hint: what to look at next.
        looks: what it looks like, for the page.
        why: why it happens.
        find: how to find it in one's own code.
        applies: to which results, and under which conditions on the inputs.
        by: from the `numbers` alone, or by an `experiment` with the student's code.
        whole: it speaks of all inputs, so that it must explain every case of a check and not only those of some kinds.
    """

    id: str
    rank: int
    says: str
    hint: str
    looks: str
    why: str
    find: str
    applies: str = "any array or number"
    by: Established = "numbers"
    whole: bool = False
