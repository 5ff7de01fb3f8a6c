"""The numbers that fill the network for one look at it: the same outside as inside (`routines/notebook.py`)."""

from __future__ import annotations

from typing import Any

import numpy as np


def numbers(count: int, start: int) -> Any:
    """Numbers in [-1, 1) that look random and are the same everywhere."""
    k = np.arange(start, start + count, dtype=np.float64)
    return 2.0 * np.modf(np.abs(np.sin(k * 12.9898 + 4.1414) * 43758.5453))[0] - 1.0


def test_values(inputs: int, hidden: int, outputs: int) -> tuple[Any, Any, Any, Any]:
    """Parameters for one look at `net`, in the page's layout."""
    return (
        0.12 * numbers(inputs * hidden, 1).reshape(inputs, hidden),
        0.7 * numbers(hidden, 1_000_003),
        3.0 * numbers(hidden * outputs, 2_000_003).reshape(hidden, outputs) / np.sqrt(hidden),
        0.7 * numbers(outputs, 3_000_017),
    )
