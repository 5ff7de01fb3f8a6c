"""From a measured value to a share of the points."""

from __future__ import annotations

import itertools
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Band(BaseModel):
    """From this value upwards, this fraction of the points."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    at_least: float
    fraction: float = Field(ge=0, le=1)


def _ordered(bands: list[Band]) -> list[Band]:
    pairs = itertools.pairwise(bands)
    if any(b.at_least <= a.at_least or b.fraction <= a.fraction for a, b in pairs):
        raise ValueError("bands must rise, in `at_least` and in `fraction`")
    return bands


Bands = Annotated[list[Band], Field(min_length=1), AfterValidator(_ordered)]
"""Rising bands; below the first there is nothing."""


def fraction_for(value: float, bands: list[Band]) -> float:
    """The fraction that a value earns: that of the highest band that it reaches, 0 below all (and for nan)."""
    return max((b.fraction for b in bands if value >= b.at_least), default=0.0)
