"""
Code in the syntax of a newer Python than ours, written so that ours can run it.

What a student's own Python accepts is no mistake: f-strings with the same quotes inside (3.12), `type X = ...`,
`def f[T](...)` and `class C[T]:` (3.12), `except A, B:` (3.14). The line numbers stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from grader.intake.newer_strings import NotReadableError, older_strings, strings
from grader.intake.notebook import parses, static_code

_GENERIC = re.compile(r"^[ \t]*(?:async[ \t]+)?(?P<what>def|class)[ \t]+\w+[ \t]*(?=\[)", re.MULTILINE)
_ALIAS = re.compile(r"^(?P<indent>[ \t]*)type[ \t]+(?P<name>\w+)[ \t]*(?=[\[=])", re.MULTILINE)
_EXCEPT = re.compile(
    r"^([ \t]*except\*?[ \t]+)([A-Z][\w.]*(?:[ \t]*,[ \t]*[A-Z][\w.]*)+)[ \t]*:", re.MULTILINE
)
_PARAMETER = re.compile(r"\s*(?P<name>\*{0,2}\w+)")
_KEYWORD = re.compile(r"\s*(?:\w+\s*=(?!=)|\*\*)")


@dataclass(frozen=True)
class Older:
    """The rewritten text, and the names of its type parameters and aliases (`T`, `*Ts`, `**P`)."""

    text: str
    types: tuple[str, ...] = ()
    changed: bool = False


@lru_cache(maxsize=64)
def older(text: str) -> Older:
    """The code as our Python reads it; unchanged where that needs nothing, or where it helps nothing."""
    if parses(static_code(text)):
        return Older(text)
    try:
        made = _EXCEPT.sub(r"\1(\2):", older_strings(text))
        made, types = _without_types(made)
    except (NotReadableError, RecursionError, ValueError, IndexError):
        return Older(text)
    return Older(made, types, True) if parses(static_code(made)) else Older(text)


def older_notebook(text: str) -> Older:
    """A notebook with every code cell that needs it rewritten."""
    try:
        tree = json.loads(text.lstrip("\ufeff"))
        cells = [cell for cell in tree["cells"] if cell.get("cell_type") == "code"]
        sources = ["".join(cell["source"]) for cell in cells]
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return Older(text)
    made = [older(source) for source in sources]
    if not any(one.changed for one in made):
        return Older(text)
    for cell, one in zip(cells, made, strict=True):
        cell["source"] = one.text
    return Older(json.dumps(tree), tuple(dict.fromkeys(t for one in made for t in one.types)), True)


def _without_types(text: str) -> tuple[str, tuple[str, ...]]:
    """Without type parameters and `type` statements, and the names that those made."""
    inside = [(one.start, one.end) for one in strings(text)]
    edits: list[tuple[int, int, str]] = []
    types: dict[str, None] = {}
    for found in _GENERIC.finditer(text):
        if not _within(inside, found.start()):
            end = _closing(text, inside, found.end())
            names = _parameters(text[found.end() + 1 : end - 1])
            types |= dict.fromkeys(names)
            edits += _of_class(text, inside, found.end(), end, names) if found["what"] == "class" else [(found.end(), end, _lines(text[found.end() : end]))]  # fmt: skip
    for found in _ALIAS.finditer(text):
        if not _within(inside, found.start()):
            end = found.end()
            if text[end] == "[":
                end = _closing(text, inside, end)
                types |= dict.fromkeys(_parameters(text[found.end() + 1 : end - 1]))
            if re.match(r"\s*=(?!=)", text[end:]):
                types[found["name"]] = None
                edits.append((found.start(), end, f"{found['indent']}{found['name']} "))
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text, tuple(types)


def _within(inside: list[tuple[int, int]], at: int) -> bool:
    return any(start <= at < end for start, end in inside)


def _lines(text: str) -> str:
    """Nothing, in as many lines."""
    return "\\\n" * text.count("\n")


def _closing(text: str, inside: list[tuple[int, int]], start: int) -> int:
    """Behind the bracket that closes the one at `start`."""
    depth = 0
    for found in re.compile(r"[\[({]|[\])}]").finditer(text, start):
        if not _within(inside, found.start()):
            depth += 1 if found[0] in "[({" else -1
            if not depth:
                return found.end()
    raise NotReadableError


def _split(text: str) -> Iterator[tuple[int, str]]:
    """Parts between commas outside of brackets, with where they start."""
    depth = start = 0
    for found in re.finditer(r"[\[({]|[\])}]|,", text):
        if found[0] == "," and not depth:
            yield start, text[start : found.start()]
            start = found.end()
        elif found[0] != ",":
            depth += 1 if found[0] in "[({" else -1
    yield start, text[start:]


def _parameters(text: str) -> list[str]:
    found = (_PARAMETER.match(part) for _, part in _split(text))
    return [one["name"] for one in found if one]


def _of_class(
    text: str, inside: list[tuple[int, int]], start: int, end: int, names: list[str]
) -> Iterator[tuple[int, int, str]]:
    """`class C[T](A, k=1):` is `class C(A, Generic[T], k=1):`."""
    generic = f'__import__("typing").Generic[{", ".join(name.replace("**", "") for name in names)}]'
    room = _lines(text[start:end])
    bases = re.compile(r"\s*\(").match(text, end)
    if bases is None:
        yield start, end, f"({generic}){room}"
        return
    yield start, end, room
    close = _closing(text, inside, bases.end() - 1) - 1
    parts = list(_split(text[bases.end() : close]))
    keywords = next((at for at, part in parts if _KEYWORD.match(part)), None)
    filled = any(part.strip() for _, part in parts)
    if keywords is not None:
        yield bases.end() + keywords, bases.end() + keywords, f"{generic}, "
    else:
        comma = ", " if filled and parts[-1][1].strip() else ""
        yield close, close, f"{comma}{generic}"
