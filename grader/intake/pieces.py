"""What the readers of answers find: pieces of a hand-in with the place that they come from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

Form = Literal["yaml", "tex", "markdown", "notebook", "box"]
_LONGEST = 20_000
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_MOST_BOXES = 500
PRECEDENCE: tuple[Form, ...] = ("yaml", "tex", "markdown", "notebook", "box")


@dataclass(frozen=True)
class HandedAnswer:
    """One answer as the student wrote it."""

    label: str
    text: str
    """Raw: LaTeX, a number, a word, or paragraphs; not a value that YAML made of it."""
    file: str
    line: int
    cell: int = 0
    form: Form = "yaml"
    value: Any = None
    """From YAML only: a mapping or list as Python values; None for a scalar."""
    also: tuple[str, ...] = ()
    """Other places that say the same."""

    @property
    def where(self) -> str:
        """`answers.yaml:3`, or `hw.ipynb cell 4, line 2`."""
        return place(self.file, self.line, self.cell)


@dataclass(frozen=True)
class Box:
    """A `\\boxed{...}` of a write-up under the heading of a problem."""

    section: str
    """The key of `sections` that the heading means."""
    text: str
    file: str
    line: int
    cell: int = 0
    headings: tuple[str, ...] = ()
    """The headings that it stands under, outermost first."""

    @property
    def where(self) -> str:
        """`writeup.tex:40`."""
        return place(self.file, self.line, self.cell)


@dataclass
class Gathered:
    """What one file gave."""

    answers: list[HandedAnswer] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    survey: list[SurveyLine] = field(default_factory=list)
    experiments: list[Experiment] = field(default_factory=list)


@dataclass(frozen=True)
class Complaint:
    """Something in a file of answers that could not be read."""

    file: str
    line: int
    message: str
    help: str = ""


@dataclass(frozen=True)
class Experiment:
    """The numbers that a student reports for one experiment."""

    label: str
    value: Any
    """A number, a text, a list, or a mapping of names to these."""
    file: str
    line: int
    data: bool = False
    """From a file with data, not from one that was written by hand."""


def has_numbers(value: Any) -> bool:
    """Is there any digit in it? Templates have none."""
    if isinstance(value, dict):
        return any(has_numbers(v) for v in value.values())
    if isinstance(value, list | tuple):
        return any(has_numbers(v) for v in value)
    return any(c.isdigit() for c in str(value))


@dataclass(frozen=True)
class SurveyLine:
    """One `key: text` of the closing part (debrief, survey)."""

    key: str
    text: str
    where: str


def place(file: str, line: int, cell: int = 0) -> str:
    """A place for a message."""
    return f"{file} cell {cell}, line {line}" if cell else f"{file}:{line}"


def braced(text: str, at: int) -> int:
    """
    The end (exclusive) of the group that opens at `at`, or -1 when its braces are not balanced (within 20,000 characters).

    Args:
        text: LaTeX.
        at: the place of a `{`.
    """
    depth = 0
    for found in _BRACE.finditer(text, at, min(len(text), at + _LONGEST)):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    return -1


def boxes_in(text: str) -> list[tuple[int, str]]:
    """Each `\\boxed{...}` with its place; a box inside a box is part of the outer one."""
    found: list[tuple[int, str]] = []
    at, tried = 0, 0
    while tried < _MOST_BOXES and (start := text.find("\\boxed", at)) >= 0:
        tried += 1
        opening = start + len("\\boxed")
        while opening < min(len(text), start + 40) and text[opening].isspace():
            opening += 1
        end = braced(text, opening) if text[opening : opening + 1] == "{" else -1
        if end > 0:
            found.append((start, text[opening + 1 : end - 1].strip()))
        at = max(end, start + 6)
    return found


def line_of(text: str, at: int) -> int:
    """The line (from 1) of a place in a text."""
    return text.count("\n", 0, at) + 1
