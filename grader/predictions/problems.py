"""Reading predictions: ids 0 to n - 1 once each and a class for each, with every complaint in words."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from grader.predictions.cells import Row, read_cells
from grader.predictions.header import Columns, columns

_SHOWN = 5
_WHOLE = re.compile(r"[+-]?\d{1,15}")
_FLOAT = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,2})?")
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Predictions:
    """What a file predicts, or what is wrong with it."""

    classes: IntArray | None
    """The class of each id, shape (n,); None when there is a problem."""
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The same for equal predictions, however their files were written; empty for a bad file."""
        if self.classes is None:
            return ""
        return hashlib.sha256(self.classes.astype("<i8").tobytes()).hexdigest()[:16]


@dataclass
class _Reading:
    """The rows of a file as they are read."""

    n: int
    classes: int
    name: str
    values: dict[int, int] = field(default_factory=dict)
    ids: Counter[int] = field(default_factory=Counter)
    bad: dict[str, list[str]] = field(default_factory=dict)
    floats: int = 0

    def complain(self, kind: str, text: str) -> None:
        """Remember a complaint about one line; a few of each kind are told."""
        self.bad.setdefault(kind, []).append(text)


def read_predictions(
    data: bytes, n: int, *, header: Sequence[str] = ("id", "digit"), classes: int = 10
) -> Predictions:
    """
    Read a file of predictions.

    Args:
        data: the file.
        n: how many ids there are.
        header: the names of the two columns.
        classes: they go from 0 to classes - 1.
    """
    cells = read_cells(data, most_rows=4 * n + 1000)
    if cells.problem:
        return Predictions(None, (cells.problem,))
    place = columns(cells.rows, header)
    notes = [*cells.notes, *([place.note] if place.note else [])]
    problems = [place.problem] if place.problem else []
    if not place.stop:
        reading = _rows(cells.rows[place.first_row :], place, _Reading(n, classes, header[1]))
        problems += _complaints(reading, len(cells.rows) - place.first_row)
        if reading.floats:
            notes.append(f"{_count(reading.floats, 'number')} written like `3.0`")
        if not problems:
            found = np.fromiter((reading.values[i] for i in range(n)), np.int64, n)
            return Predictions(found, (), tuple(notes))
    return Predictions(None, tuple(problems), tuple(notes))


def _rows(rows: Iterable[Row], place: Columns, reading: _Reading) -> _Reading:
    for row in rows:
        if len(row.cells) != place.width:
            reading.complain(
                "width", f"line {row.line} has {_count(len(row.cells), 'cell')}, expected {place.width}"
            )
        elif (row_id := _whole(row.cells[place.id], "id", row.line, reading)) is not None:
            reading.ids[row_id] += 1
            value = _whole(row.cells[place.value], reading.name, row.line, reading)
            if value is not None and not 0 <= value < reading.classes:
                last = reading.classes - 1
                reading.complain(
                    "range", f"line {row.line}: {reading.name} {value} is not one of 0 to {last}"
                )
            elif value is not None:
                reading.values[row_id] = value
    return reading


def _whole(cell: str, name: str, line: int, reading: _Reading) -> int | None:
    """A whole number; `3.0` is one too."""
    if cell.isascii() and _WHOLE.fullmatch(cell):
        return int(cell)
    if not cell or cell.casefold() in ("nan", "na", "none", "null"):
        reading.complain(f"{name} empty", f"line {line}: {name} is {f'`{cell}`' if cell else 'empty'}")
    elif not (cell.isascii() and _FLOAT.fullmatch(cell)):
        reading.complain(f"{name} word", f"line {line}: {name} `{_clipped(cell)}` is not a number")
    elif abs(value := float(cell)) >= 1e15:
        reading.complain(f"{name} large", f"line {line}: {name} {_clipped(cell)} is too large")
    elif value == int(value):
        reading.floats += 1
        return int(value)
    else:
        reading.complain(f"{name} float", f"line {line}: {name} {_clipped(cell)} is not a whole number")
    return None


def _clipped(cell: str) -> str:
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cell)
    return text if len(text) <= 30 else f"{text[:30]}..."


# --- complaints -----------------------------------------------------------------------------------------------------


def _complaints(reading: _Reading, rows: int) -> list[str]:
    n, told = reading.n, []
    for texts in reading.bad.values():
        more = f"; {len(texts)} such lines in all" if len(texts) > _SHOWN else ""
        told.append("; ".join(texts[:_SHOWN]) + more + ".")
    twice = sorted(i for i, count in reading.ids.items() if count > 1)
    unknown = sorted(i for i in reading.ids if not 0 <= i < n)
    missing = [i for i in range(n) if i not in reading.ids]
    if unknown == [n] and missing == [0]:
        told.append(f"the ids go from 1 to {n}; they must go from 0 to {n - 1}.")
        unknown = missing = []
    if missing:
        told.append(_listed(missing, "is missing", "are missing"))
    if twice:
        told.append(_listed(twice, "occurs more than once", "occur more than once"))
    if unknown:
        told.append(f"{_listed(unknown, 'is unknown', 'are unknown')[:-1]}; ids go from 0 to {n - 1}.")
    if rows != n:
        told.append(f"has {_count(rows, 'row')} of predictions, expected {n}.")
    return told


def _listed(ids: Sequence[int], one: str, several: str) -> str:
    if len(ids) == 1:
        return f"id {ids[0]} {one}."
    shown = ", ".join(map(str, ids[:_SHOWN]))
    return f"{len(ids)} ids {several}: {shown}{' and more' if len(ids) > _SHOWN else ''}."


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"
