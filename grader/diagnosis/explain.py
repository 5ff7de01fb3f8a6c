"""
Which known misconception explains what came, exactly and on all inputs; or none.

A misconception is a function from a `Compared` to the wrong result that it makes (see `registry`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.model import Diagnosis


@dataclass(frozen=True)
class Compared:
    """
    One case of a comparison.

    Args:
        got: what the student's code gave, as an array (or None).
        want: what the reference gives.
        names: the inputs of the case: sizes (`n`, `i`, `o`, ...) and arrays, as the recipe names them.
        wrongs: rubric's own wrong results by diagnosis id.
    """

    got: Any
    want: Any
    names: Mapping[str, Any] = field(default_factory=dict)
    wrongs: Mapping[str, Any] = field(default_factory=dict)


def explain(kind: str, cases: Sequence[Compared]) -> Diagnosis | None:
    """The misconception that reproduces `got` on every case to rounding, the simplest if several do; None if none does."""
    return None
