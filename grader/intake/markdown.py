"""Answers in Markdown (a file, or the Markdown cells of a notebook) and in plain text: lines that begin with a label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.intake.headings import BOLD, Opened
from grader.intake.labels import Labels
from grader.intake.pieces import Box, Form, Gathered, HandedAnswer, boxes_in, line_of

_MARKS = re.compile(
    r"^\s*(?:>\s*)*(?:(?:[-*+]|\d{1,2}[.)])\s+)?(?:(?P<hashes>#{1,6})\s*)?"
    r"(?P<open>\*{1,3}|_{1,3}|`|<b>|<strong>)?\s*(?:(?:answer|solution)\s+(?:(?:to|for|of)\s+)?)?\(?",
    re.IGNORECASE,
)
_CLOSE = re.compile(
    r"(?P<round>\))?(?:\s*\([^()\n]{0,60}\)(?=\s*(?:\*\*|__)?\s*[:.]))?\s*(?P<in>[:.)–—]|=(?!=))?\s*"
    r"(?P<close>\*{1,3}|_{1,3}|`|</b>|</strong>)?\s*(?P<out>[:.)–—]|=(?!=))?\s*"
)
_HEADING = re.compile(r"^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_BOLD_LINE = re.compile(r"^\s*(?:\*\*|__)\s*(.+?)\s*(?:\*\*|__)")
_FOREIGN = re.compile(
    r"^\s*(?:[-*+]\s+)?(?:\*\*|__)\s*[A-Za-z]{1,3}\.?\d*(?:\.\w+)*\d\w*(?:\.\w+)*\s*[:.)]?\s*(?:\*\*|__)"
)
_RULE = re.compile(r"^\s*(?:-{3,}|\*{3,}|_{3,})\s*$")
_HEAD = 300
_FENCE = re.compile(r"^\s*(```|~~~)")


@dataclass(frozen=True)
class Line:
    """One line of text and where it is from."""

    text: str
    number: int
    cell: int = 0
    breaks: bool = False
    """True: the first line after something (a code cell) that ends an answer."""


@dataclass
class _Open:
    """The answer that is being collected."""

    label: str
    line: Line
    level: int
    first: str
    lines: list[str]
    blank: int = 0

    def text(self) -> str:
        """What was collected; the title behind a label in a heading is not part of it."""
        body = "\n".join(self.lines).strip()
        if self.level and body and not re.search(r"[$\\=\d]", self.first):
            return body
        return "\n".join([self.first, *self.lines]).strip()


def lines_of(text: str, cell: int = 0, breaks: bool = False) -> Iterator[Line]:
    """The lines of a text."""
    for number, line in enumerate(text.split("\n"), 1):
        yield Line(line, number, cell, breaks and number == 1)


def read_markdown(
    file: str, lines: Sequence[Line], labels: Labels, sections: Sequence[str], form: Form
) -> Gathered:
    """
    The answers and boxes of one file.

    An answer goes from its label to the next label, a heading, a rule or the end.
    """
    gathered = Gathered()
    current: _Open | None = None
    for line, fenced in _unfenced(lines):
        opening = None if fenced else _opening(line, labels)
        if current and (opening or line.breaks or (not fenced and _ends(line.text, current))):
            gathered.answers.append(_closed(file, current, form))
            current = None
        if opening:
            current = opening
        elif current:
            current.lines.append(line.text)
    if current:
        gathered.answers.append(_closed(file, current, form))
    gathered.boxes.extend(_boxes(file, lines, sections))
    return gathered


def _unfenced(lines: Sequence[Line]) -> Iterator[tuple[Line, bool]]:
    """Each line, and whether it is in a block of code."""
    fence = ""
    for line in lines:
        if line.breaks:
            fence = ""
        found = _FENCE.match(line.text)
        if found and not fence:
            fence = found[1]
            yield line, True
        elif found and found[1] == fence:
            fence = ""
            yield line, True
        else:
            yield line, bool(fence)


def _opening(line: Line, labels: Labels) -> _Open | None:
    marks = _MARKS.match(line.text)
    start = marks.end() if marks else 0
    found = labels.at_start(line.text[start:])
    if found is None or marks is None:
        return None
    label, length = found
    rest = line.text[start + length :]
    close = _CLOSE.match(rest)
    assert close is not None
    bold, delimited = bool(marks["open"]), bool(close["in"] or close["out"] or close["round"])
    if not (delimited or marks["hashes"] or (bold and (close["close"] or not rest.strip()))):
        return None
    return _Open(
        label, line, len(marks["hashes"] or ""), _tail(rest[close.end() :], bold and not close["close"]), []
    )


def _tail(text: str, unclosed: bool) -> str:
    """The rest of the first line; bold that began before the label may end behind the answer."""
    text = text.strip()
    return re.sub(r"(\*\*|__)$", "", text).strip() if unclosed else text


def _ends(text: str, current: _Open) -> bool:
    if heading := _HEADING.match(text[:_HEAD]):
        return not current.level or len(heading[1]) <= current.level
    return bool(_RULE.match(text) or _FOREIGN.match(text[:_HEAD]) or _problem_line(text))


def _problem_line(text: str) -> bool:
    bold = _BOLD_LINE.match(text[:_HEAD])
    return bool(
        bold and re.match(r"(?:Problem|Question|Exercise|Part|Theory)\s*\w{1,2}\b", bold[1], re.IGNORECASE)
    )


def _closed(file: str, current: _Open, form: Form) -> HandedAnswer:
    return HandedAnswer(current.label, current.text(), file, current.line.number, current.line.cell, form)


def _boxes(file: str, lines: Sequence[Line], sections: Sequence[str]) -> Iterator[Box]:
    """The boxes with the problem that they stand under."""
    opened = Opened()
    held: list[Line] = []
    for line, fenced in [*_unfenced(lines), (Line("# end", 0), False)]:
        heading = None if fenced else _HEADING.match(line.text[:_HEAD])
        bold = None if fenced or heading else _BOLD_LINE.match(line.text[:_HEAD])
        if heading or bold:
            yield from _boxes_of(file, held, opened)
            held = []
            if heading:
                opened = opened.after(len(heading[1]), heading[2].strip("*_ "), sections)
            elif bold:
                opened = opened.after(BOLD, bold[1], sections)
        if not fenced:
            held.append(line)


def _boxes_of(file: str, lines: Sequence[Line], opened: Opened) -> Iterator[Box]:
    text = "\n".join(line.text for line in lines)
    if "\\boxed" not in text:
        return
    for at, box in boxes_in(text):
        line = lines[line_of(text, at) - 1]
        yield Box(opened.section, box, file, line.number, line.cell, opened.titles)
