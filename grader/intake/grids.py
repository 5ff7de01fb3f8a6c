"""Tables inside of write-ups: Markdown rows between bars and the `tabular` of LaTeX, as headers and rows of plain cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

_MOST_TABLES = 100
_MOST_ROWS = 500
_MOST_CELLS = 60
_MOST_CHARS = 200_000
_LONGEST_CELL = 300
_BEGIN = re.compile(r"\\begin\{(tabular[xy*]?|array|longtable)\}")
_RULE = re.compile(
    r"\\(?:hline|toprule|midrule|bottomrule|endhead|endfirsthead)\b|\\(?:cline|cmidrule)(?:\([a-z]*\))?\{[^{}]*\}"
)
_WRAPPED = re.compile(
    r"\\(?:text|textbf|textit|texttt|emph|mathrm|mathbf|multicolumn\{\d+\}\{[^{}]*\})\s{0,9}\{([^{}]*)\}"
)
_DASHES = re.compile(r"\s*:?-+:?\s*")


@dataclass(frozen=True)
class Grid:
    """A table with its first line."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    line: int


def markdown_grids(lines: Sequence[str]) -> Iterator[Grid]:
    """Consecutive lines with bars, the second of which is made of dashes."""
    return islice(_markdown_grids(lines), _MOST_TABLES)


def _markdown_grids(lines: Sequence[str]) -> Iterator[Grid]:
    at = 0
    while at + 1 < len(lines):
        head, dashes = lines[at], lines[at + 1]
        if "|" not in head or "-" not in dashes or not all(map(_DASHES.fullmatch, _barred(dashes))):
            at += 1
            continue
        end = at + 2
        while end < len(lines) and "|" in lines[end]:
            end += 1
        rows = [_barred(line) for line in lines[at + 2 : min(end, at + 2 + _MOST_ROWS)]]
        yield Grid(_barred(head), rows, at + 1)
        at = end


def _barred(line: str) -> list[str]:
    return [plain(cell) for cell in line.strip().strip("|").split("|")[:_MOST_CELLS]]


def latex_grids(text: str) -> Iterator[Grid]:
    """Every `tabular` of a LaTeX file."""
    text = text[:_MOST_CHARS]
    for found in islice(_BEGIN.finditer(text), _MOST_TABLES):
        end = text.find(f"\\end{{{found[1]}}}", found.end())
        if end < 0:
            return
        body = re.sub(r"^\s*(?:\[[^\]]*\])?(?:\{[^{}]*\}){1,2}", "", text[found.end() : end])
        lines = re.split(r"\\\\(?:\[[^\]\n]{0,40}\])?|\\tabularnewline", body)
        rows = [_celled(line) for line in (_RULE.sub("", line).strip() for line in lines) if line]
        if len(rows) > 1:
            yield Grid(rows[0], rows[1 : _MOST_ROWS + 1], text.count("\n", 0, found.start()) + 1)


def _celled(line: str) -> list[str]:
    return [plain(cell) for cell in re.split(r"(?<!\\)&", line)[:_MOST_CELLS]]


def plain(cell: str) -> str:
    """A cell without what makes it bold or mathematics."""
    cell = cell[:_LONGEST_CELL]
    for _ in range(2):
        cell = _WRAPPED.sub(r"\1", cell)
    return re.sub(r"\\([%_#&])", r"\1", re.sub(r"\\[,;:! ]|[*$`]", "", cell)).strip()
