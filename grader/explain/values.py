"""A value in a line."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from grader.compare import as_array
from grader.student import Handle


def short(value: Any, most: int = 160) -> str:
    """A value in a line: shape, type and the first numbers of an array."""
    if isinstance(value, Handle):
        return f"<{value.name}>"
    array = as_array(value)
    if array is not None and array.ndim:
        with np.printoptions(precision=4, threshold=12, edgeitems=2, linewidth=10_000):
            numbers = re.sub(r"\s+", " ", str(array))
        return f"{array.dtype}{list(array.shape)} {numbers}"[: most + 40]
    text = repr(value)
    return text if len(text) <= most else f"{text[:most]}... ({len(text):,} characters)"
