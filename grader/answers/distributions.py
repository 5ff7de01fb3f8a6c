"""A distribution where one of its parameters is asked: `x | D ~ N(m, s^2)`."""

from __future__ import annotations

import re
from typing import Literal

_NORMAL = re.compile(
    r"(?<![A-Za-z\\_])(?:\\(?:mathcal|mathscr|text|mathrm|mathbf|operatorname)\s*+)?\{?\s*+(?:N|Normal|Gaussian)\s*+\}?"
    r"(?:\\[!,;: ]|\s)*+(?:\\left|\\[bB]igg?l?)?\s*+(?=\()"
)
_BEFORE = re.compile(r"(?:.*(?:\\sim(?![A-Za-z])|~|=|:|\bis\b)|[^\d+*/^=]*?)\s*[$({]*\s*", re.DOTALL)
_AFTER = re.compile(r"[\s$.)}\\\],]*")


def parameter(text: str, part: Literal["mean", "variance"]) -> str:
    """The mean or the variance of a text that is one normal distribution; another text as it is."""
    text = text.strip()
    plain = text.replace("∼", r"\sim ").replace("𝒩", "N").replace(r"\right)", " )").replace(r"\right ", " ")
    found = list(_NORMAL.finditer(plain))
    if not found or not _BEFORE.fullmatch(plain[: found[-1].start()]):
        return text
    parts, end = _arguments(plain, found[-1].end())
    if len(parts) not in (2, 3) or not _AFTER.fullmatch(plain[end:]):
        return text
    return parts[-2 if part == "mean" else -1].strip().removeprefix(r"\,").removeprefix(r"\ ").strip()


def _arguments(text: str, start: int) -> tuple[list[str], int]:
    """What stands between the commas, semicolons and bars of the bracket that opens at a place, and where it ends."""
    parts: list[str] = []
    level, begin = 0, start + 1
    for sign in re.compile(r"[({\[]|[)}\]]|[,;|]|\\mid(?![A-Za-z])|\\[;,]").finditer(text, start):
        if sign[0].startswith("\\") and sign[0] != r"\mid":
            continue
        if sign[0] in "({[":
            level += 1
        elif sign[0] in ")}]":
            level -= 1
            if level == 0:
                return [*parts, text[begin : sign.start()]], sign.end()
        elif level == 1:
            parts.append(text[begin : sign.start()])
            begin = sign.end()
    return [], len(text)
