"""Tables that a platform or a spreadsheet wrote: their letters, their separator, their rows."""

from __future__ import annotations

import csv
import io
import re

csv.field_size_limit(1 << 24)  # a worksheet has whole texts of students in its cells
_SEPARATOR_LINE = re.compile(r'\A\s*"?sep=(.)"?[ \t;,]*\r?\n', re.IGNORECASE)
"""The line by which a spreadsheet tells itself the separator."""


def decoded(data: bytes) -> str:
    """The text of a sheet: UTF-8 or UTF-16 as platforms write it, else what a spreadsheet of Western Europe saved."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def delimiter_of(text: str) -> str:
    """`,`, `;` or a tab: the one that the file names, or that the first line with anything has most of outside of quotes."""
    if found := _SEPARATOR_LINE.match(text.removeprefix("\ufeff")):
        return found[1]
    lines = text.removeprefix("\ufeff").splitlines()
    first = re.sub(r'"[^"]*"', "", next((line for line in lines if line.strip(" \t;,")), ""))
    return max(",;\t", key=first.count)


def table_of(text: str) -> list[list[str]]:
    """The rows of a sheet, the header first, without empty ones."""
    delimiter = delimiter_of(text)
    text = _SEPARATOR_LINE.sub("", text.removeprefix("\ufeff")).replace("\0", "")
    text = re.sub(r"\r(?!\n)", "\n", text)  # line ends of old spreadsheets, at which csv stops
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [row for row in rows if any(cell.strip() for cell in row)]


def rows_of(text: str) -> list[dict[str, str]]:
    """The rows of a sheet by folded column name."""
    table = table_of(text)
    header = [cell.strip().casefold() for cell in table[0]] if table else []
    return [dict(zip(header, row, strict=False)) for row in table[1:]]
