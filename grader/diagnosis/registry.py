"""The known misconceptions by id, and the sentences that a student reads."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.diagnosis.catalogue_code import CODE
from grader.diagnosis.catalogue_graphs import GRAPHS
from grader.diagnosis.catalogue_losses import LOSSES
from grader.diagnosis.catalogue_networks import NETWORKS
from grader.diagnosis.catalogue_numbers import NUMBERS
from grader.diagnosis.misconception import Misconception
from grader.model import Diagnosis

MISCONCEPTIONS: dict[str, Misconception] = {m.id: m for m in (*NUMBERS, *NETWORKS, *LOSSES, *GRAPHS, *CODE)}
_UNKNOWN_RANK = 50


def rank(id: str) -> int:
    """How simple a misconception is: of two that explain equally, the lower is named."""
    known = MISCONCEPTIONS.get(id)
    return known.rank if known else _UNKNOWN_RANK


def sentence(ids: Sequence[str], factor: str = "", detail: str = "") -> str:
    """What the numbers show, for the student."""
    parts = [_says(i, factor, detail) for i in ids]
    if len(parts) == 1:
        return parts[0]
    listed = " ".join(f"({k}) {part}" for k, part in enumerate(parts, 1))
    return (
        f"{_COUNTS.get(len(parts), str(len(parts)))} mistakes together explain the numbers exactly. {listed}"
    )


def hint_of(diagnosis: Diagnosis | None) -> str:
    """What to look at next, for a diagnosis; empty for none."""
    if diagnosis is None:
        return ""
    return " ".join(MISCONCEPTIONS[i].hint for i in diagnosis.id.split("+") if i in MISCONCEPTIONS)


_DETAIL = re.compile(r"[:,]? \{detail\}")
_COUNTS = {2: "Two", 3: "Three", 4: "Four"}


def _says(id: str, factor: str, detail: str) -> str:
    known = MISCONCEPTIONS.get(id)
    if known is None:
        return f"The numbers are exactly those of a known mistake: {id.replace('-', ' ')}."
    says = known.says if detail else _DETAIL.sub("", known.says)
    return " ".join(says.replace("{factor}", factor).replace("{detail}", detail).split())
