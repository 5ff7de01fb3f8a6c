"""A distribution where one of its parameters is asked: `x | D ~ N(m, s^2)`."""

from __future__ import annotations

import re
from typing import Literal

_NORMAL = re.compile(
    r"(?:.*?(?:\\sim|~))?\s*+\$?\s*+(?:\\(?:mathcal|text|mathrm|mathbf|operatorname)\s*+)?\{?\s*+(?:N|Normal|Gaussian)\s*+\}?\s*+"
    r"(?:\\left|\\[bB]igg?l?)?\s*\((.*)\)\s*[$.\s]*",
    re.DOTALL,
)


def parameter(text: str, part: Literal["mean", "variance"]) -> str:
    """The mean or the variance of a text that is one normal distribution; another text as it is."""
    found = _NORMAL.fullmatch(text.strip().replace("∼", r"\sim ").replace(r"\right)", ")").replace("𝒩", "N"))
    if found is None:
        return text
    parts, level, start = [], 0, 0
    inside = found[1]
    for sign in re.finditer(r"[({\[]|[)}\]]|[,;|]|\\mid", inside):
        if sign[0] in "({[":
            level += 1
        elif sign[0] in ")}]":
            level -= 1
        elif level == 0:
            parts.append(inside[start : sign.start()])
            start = sign.end()
        if level < 0:
            return text
    parts.append(inside[start:])
    if len(parts) not in (2, 3):
        return text
    return parts[-2 if part == "mean" else -1].removesuffix("\\right").strip()
