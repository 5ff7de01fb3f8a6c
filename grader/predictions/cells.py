"""From the bytes of a file to its cells: encodings, line ends, separators and quotes as spreadsheets write them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_BYTES = 5_000_000
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_MAGIC = {
    b"PK\x03\x04": "an Excel or zip file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"%PDF": "a PDF",
    b"\x93NUMPY": "a numpy file",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
}


_INVISIBLE = " \t\v\f\x1a\u00a0\u200b\u200e\u200f\u2060\ufeff"
"""Around a line: spaces, the end-of-file mark of DOS, and what copying from a web page brings along."""


@dataclass(frozen=True)
class Row:
    """One line that is not blank."""

    line: int
    """From 1, as an editor counts."""
    cells: list[str]


@dataclass(frozen=True)
class Cells:
    """What a file has, or why it cannot be read."""

    rows: list[Row] = field(default_factory=list)
    problem: str = ""
    notes: list[str] = field(default_factory=list)


def read_cells(data: bytes, *, most_rows: int = 1_000_000) -> Cells:
    """The cells of a file; stops after `most_rows` lines."""
    problem = _unreadable(data)
    if problem:
        return Cells(problem=problem)
    text, notes = _text(data)
    if text is None:
        return Cells(problem="is not text. Save it as CSV (comma-separated values).")
    lines = [(i, line.strip(_INVISIBLE)) for i, line in enumerate(re.split(r"\r\n|\n|\r", text), 1)]
    full = [(i, line) for i, line in lines if line]
    if not full:
        return Cells(problem="is empty.")
    if full[-1][0] - full[0][0] >= len(full):
        notes.append("blank lines are passed over")
    return _split(full[:most_rows], notes)


def _unreadable(data: bytes) -> str:
    if not data:
        return "is empty."
    if len(data) > MAX_BYTES:
        return f"is too large ({len(data) / 1e6:.1f} MB; at most {MAX_BYTES // 1_000_000} MB): one line per id is enough."
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            return f"is {what}, not text. Save it as CSV (comma-separated values)."
    return ""


def _text(data: bytes) -> tuple[str | None, list[str]]:
    """The text, with a note when the encoding is unusual; None when it is none."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace"), ["read as UTF-16"]
    zeros = data.count(b"\0")
    if zeros * 3 > len(data):
        order = "utf-16-le" if data[1:2] == b"\0" else "utf-16-be"
        return data.decode(order, "replace"), ["read as UTF-16"]
    text = data.decode("utf-8-sig", "replace")
    odd = sum(text.count(c) for c in "\0\ufffd\x01\x02\x03\x04\x05\x06\x07\x08")
    if zeros or odd * 50 > len(text):
        return None, []
    return text, []


def _split(lines: list[tuple[int, str]], notes: list[str]) -> Cells:
    if re.fullmatch(r"(?i)\"?sep=.\"?", lines[0][1]) and len(lines) > 1:
        lines = lines[1:]
    head = lines[0][1]
    separator = next((s for s in _SEPARATORS if s in head), None)
    if separator is None and re.search(r"\S\s+\S", head):
        notes.append("columns are separated by spaces; commas were expected")
        return Cells([Row(i, line.split()) for i, line in lines], notes=notes)
    if separator not in (",", None):
        notes.append(f"columns are separated by {_SEPARATORS[separator]}; commas were expected")
    rows = [Row(i, [c.strip(_INVISIBLE) for c in line.split(separator or ",")]) for i, line in lines]
    if any(cell[:1] in "\"'" and cell[:1] for row in rows[:50] for cell in row.cells):
        notes.append("quotes around cells are passed over")
        rows = [Row(r.line, [c.strip("\"' ") for c in r.cells]) for r in rows]
    return Cells(_without_empty_columns(rows, notes), notes=notes)


def _without_empty_columns(rows: list[Row], notes: list[str]) -> list[Row]:
    """Without columns at the end that have neither a name nor a value (`id,digit,`)."""
    width = len(rows[0].cells)
    while width > 2 and all(not any(row.cells[width - 1 :]) for row in rows):
        width -= 1
    if width == len(rows[0].cells):
        return rows
    notes.append("empty columns are passed over")
    return [Row(row.line, row.cells[:width]) for row in rows]
