"""What the reference's learning curves look like, measured beforehand and kept in a file beside the rubric; only ever shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError


class Range(BaseModel):
    """Lowest and highest value over the seeds, one per epoch that was kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    low: list[float]
    high: list[float]


class Curves(BaseModel):
    """The reference's validation curves of one training over `seeds` seeds."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    seeds: int
    epochs: list[float]
    val_loss: Range
    val_accuracy: Range

    def band(self, name: str, x: Sequence[float | None]) -> dict[str, Any]:
        """The range of `val_loss` or `val_accuracy` at these epochs, as the report draws it; nothing beyond the last one."""
        found: Range = getattr(self, name)
        at = np.array(x, dtype=float)
        sides = [
            np.interp(at, self.epochs, side, left=np.nan, right=np.nan) for side in (found.low, found.high)
        ]
        low, high = ([None if np.isnan(v) else round(float(v), 5) for v in side] for side in sides)
        return {"name": f"a right network, validation, {self.seeds} seeds", "low": low, "high": high}


def _same_length(found: Curves) -> Curves:
    sides = [s for r in (found.val_loss, found.val_accuracy) for s in (r.low, r.high)]
    if not found.epochs or any(len(side) != len(found.epochs) for side in sides):
        raise ValueError("every list has one number for each of its epochs")
    if any(b <= a for a, b in zip(found.epochs, found.epochs[1:], strict=False)):
        raise ValueError("epochs grow")
    return found


def _read(value: Any, info: ValidationInfo) -> Any:
    """The content of the file that the rubric names."""
    folder = (info.context or {}).get("folder")
    if folder is None or not isinstance(value, str):
        return value
    try:
        return YAML(typ="safe").load((folder / value).read_text(encoding="utf-8"))
    except (OSError, YAMLError) as e:
        reason = e.strerror if isinstance(e, OSError) else "not YAML"
        raise ValueError(f"{value} beside the rubric: {reason}") from None


CurvesFile = Annotated[dict[str, Annotated[Curves, AfterValidator(_same_length)]], BeforeValidator(_read)]
"""Curves by label, from a file beside the rubric."""


def over_reference(
    panel: dict[str, Any], name: str, known: Mapping[str, Curves], label: str
) -> dict[str, Any]:
    """The panel, with the reference's range behind it where that was measured."""
    if label not in known:
        return panel
    return {**panel, "bands": [known[label].band(name, panel["x"])]}
