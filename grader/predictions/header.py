"""Which columns of a file hold ids and predictions, from its first line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from grader.predictions.cells import Row

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class Columns:
    """The places of the two columns."""

    id: int = 0
    value: int = 1
    width: int = 2
    first_row: int = 1
    """The first row of data."""
    problem: str = ""
    note: str = ""
    stop: bool = False
    """True: the rows cannot be understood."""


def columns(rows: Sequence[Row], expected: Sequence[str]) -> Columns:
    """The columns, with a complaint about the header or a note."""
    cells, wanted = rows[0].cells, ",".join(expected)
    low = [c.casefold() for c in cells]
    if _one_hot(rows):
        text = f"has one column per class (one-hot rows). Write one line `{wanted}` per id with the class itself."
        return Columns(problem=text, stop=True)
    if all(_NUMBER.fullmatch(c) for c in cells):
        text = f"the header `{wanted}` is missing: the first line is `{_shown(cells)}`."
        return Columns(width=len(cells), first_row=0, problem=text, stop=len(cells) < 2)
    if set(expected) <= set(low):
        return _by_name(cells, low, expected)
    shown = _shown(cells)
    if len(cells) < 2:
        return Columns(
            problem=f"the header is `{shown}`, expected `{wanted}`: a column is missing.", stop=True
        )
    problem = f"the header is `{shown}`, expected `{wanted}`."
    if cells[0].startswith("#"):
        problem += " numpy's `savetxt` puts `# ` in front of it: give it `comments=''`."
    return Columns(width=len(cells), problem=problem, stop=len(cells) != 2)


def _by_name(cells: Sequence[str], low: list[str], expected: Sequence[str]) -> Columns:
    places = [low.index(name) for name in expected]
    wanted, shown = ",".join(expected), _shown(cells)
    extra = [i for i in range(len(cells)) if i not in places]
    problem = note = ""
    if extra:
        index = low[0] in ("", "unnamed: 0", "index") and 0 in extra
        names = ", ".join(f"`{cells[i]}`" if cells[i] else "one without a name" for i in extra[:5])
        why = " The first is the row index of pandas: write the file with `index=False`." if index else ""
        problem = f"has {_count(len(extra), 'extra column')} ({names}), expected only `{wanted}`.{why}"
    elif places != [0, 1]:
        note = f"the columns are in the order `{shown}`; `{wanted}` was expected"
    elif list(cells) != list(expected):
        note = f"the header is `{shown}`; `{wanted}` was expected"
    return Columns(places[0], places[1], len(cells), problem=problem, note=note)


def _one_hot(rows: Sequence[Row]) -> bool:
    """Do the first rows of data have a 1 among zeros?"""
    data = rows[1:6] or rows
    return all(
        len(r.cells) >= 10 and sorted(c.partition(".")[0] for c in r.cells[-10:]) == ["0"] * 9 + ["1"]
        for r in data
    )


def _shown(cells: Sequence[str]) -> str:
    text = ",".join(cells)
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"
