"""The abbreviations that a write-up defines for itself: `\\newcommand`, `\\def`, `\\DeclareMathOperator`, put back in its answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from grader.intake.pieces import braced

_DEFINED = re.compile(
    r"\\(?P<how>newcommand|renewcommand|providecommand|DeclareMathOperator|def|gdef|let)\*?\s{0,9}\{?\s{0,9}\\(?P<name>[A-Za-z]{1,40})\s{0,9}\}?"
    r"\s{0,9}(?:\[(?P<count>[1-9])\])?(?:\[(?P<first>[^\]\n]{0,200})\])?(?:#[1-9]){0,9}\s{0,9}(?==?\s{0,9}[\\{])"
)
_USED = re.compile(r"\\([A-Za-z]+)")
_DEFINING = re.compile(r"\\(?:(?:re)?newcommand|providecommand|DeclareMathOperator|g?def|let)\*?\s*\{?\s*$")
_TAKES_ONE = re.compile(
    r"(?:[\^_]|\\(?:hat|bar|tilde|vec|mathbf|boldsymbol|bm|sqrt|frac|dfrac|tfrac|mathrm|widehat|overline))\s*$"
)
_MOST = 300
_LONGEST = 20_000
_ROUNDS = 6
_KEPT = frozenset("answer boxed begin end frac left right section subsection item".split())


@dataclass(frozen=True)
class Macro:
    """What an abbreviation stands for: its text with `#1`..`#9`, and how many of these it takes."""

    body: str
    count: int = 0
    first: str | None = None
    """The value of `#1` when it is not given in square brackets."""


def macros_of(text: str) -> dict[str, Macro]:
    """The abbreviations that a document (without comments) defines; the last definition of a name counts."""
    found: dict[str, Macro] = {}
    for match in islice(_DEFINED.finditer(text), _MOST):
        at = match.end() + len(text[match.end() :]) - len(text[match.end() :].lstrip(" ="))
        if match["name"] in _KEPT:
            continue
        if text[at : at + 1] == "{":
            end = braced(text, at)
            body = text[at + 1 : end - 1] if end > 0 else ""
        else:
            same = _USED.match(text, at)
            body = same[0] if same else ""
        if not body or len(body) > 2_000:
            continue
        if match["how"] == "DeclareMathOperator":
            body = rf"\operatorname{{{body}}}"
        count = int(match["count"] or 0) or len(set(re.findall(r"#([1-9])", body)))
        found[match["name"]] = Macro(" ".join(body.split()), count, match["first"])
    return found


def expanded(text: str, macros: Mapping[str, Macro]) -> str:
    """A text with its abbreviations written out; one that would grow without end stays as it was."""
    result = text
    for _ in range(_ROUNDS):
        once = _once(result, macros)
        if once == result:
            return result
        if len(once) > max(_LONGEST, 2 * len(text)):
            return text
        result = once
    return text


def _once(text: str, macros: Mapping[str, Macro]) -> str:
    out: list[str] = []
    at = 0
    for found in _USED.finditer(text):
        macro = macros.get(found[1])
        if found.start() < at or macro is None:
            continue
        taken = _arguments(text, found.end(), macro)
        if taken is None:
            continue
        values, end = taken
        body = _filled(macro.body, values)
        before = text[max(0, found.start() - 40) : found.start()]
        if _DEFINING.search(before):
            continue
        grouped = _TAKES_ONE.search(before) is not None and not body.startswith("{")
        out.append(text[at : found.start()] + (f"{{{body}}}" if grouped else f"{body} "))
        at = end
    return "".join(out) + text[at:]


def _filled(body: str, values: Mapping[int, str]) -> str:
    def value(hole: re.Match[str]) -> str:
        return values.get(int(hole[1]), "")

    return re.sub(r"#([1-9])", value, body)


def _arguments(text: str, at: int, macro: Macro) -> tuple[dict[int, str], int] | None:
    """The values of `#1`..., and where they end; None when one is missing."""
    values: dict[int, str] = {}
    for number in range(1, macro.count + 1):
        while at < len(text) and text[at].isspace():
            at += 1
        if number == 1 and macro.first is not None:
            close = text.find("]", at) if text[at : at + 1] == "[" else -1
            values[1] = text[at + 1 : close] if close > 0 else macro.first
            at = close + 1 if close > 0 else at
        elif text[at : at + 1] == "{":
            end = braced(text, at)
            if end < 0:
                return None
            values[number], at = text[at + 1 : end - 1], end
        elif at < len(text):
            command = _USED.match(text, at)
            values[number] = command[0] if command else text[at]
            at = command.end() if command else at + 1
        else:
            return None
    return values, at
