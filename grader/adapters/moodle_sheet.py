"""
The worksheet that Moodle gave: which of its columns are which, in whatever language, and whose its rows are.

Layout [source: Moodle's mod/assign/gradingtable.php]: the identifier first, then names and other fields of the person, the status, the
team where there are teams, the grade, right beside it the maximum (the same in all rows), ..., the time of the grade, feedback.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader.errors import UsageError
from grader.intake.roster import called, letters
from grader.intake.sheets import delimiter_of, table_of
from grader.model import Source

_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_LONGEST = 300
"""Characters of a cell that may be a name."""


@dataclass(frozen=True)
class Columns:
    """The names of the worksheet's columns; a site in another language has its own."""

    identifier: str = "Identifier"
    grade: str = "Grade"
    modified: str = "Last modified (grade)"
    feedback: str = "Feedback comments"
    maximum: str = "Maximum Grade"


ENGLISH = Columns()


@dataclass(frozen=True)
class Sheet:
    """A worksheet: its rows as they are, and the places of the columns that matter."""

    header: list[str]
    rows: list[list[str]]
    identifier: int
    grade: int
    feedback: int | None = None
    maximum: int | None = None
    delimiter: str = ","
    commas: bool = False
    """The numbers of the sheet have decimal commas."""
    found: bool = False
    """The columns were found by what is in them, not by their names."""

    def most(self, row: Sequence[str]) -> float | None:
        """The largest grade that Moodle takes for this row, where the sheet says it."""
        return None if self.maximum is None else _value(row[self.maximum])

    def numbers(self) -> dict[str, list[str]]:
        """Participant's number to row."""
        return {number: row for row in self.rows if (number := participant(row[self.identifier]))}


def participant(text: str) -> str:
    """The number in `Participant 1234567`, whatever the site's language calls a participant; empty where there is none."""
    found = re.search(r"(\d+)\s*$", text)
    return found[1] if found else ""


def read_sheet(text: str, columns: Columns = ENGLISH) -> Sheet:
    """
    A worksheet that Moodle gave.

    Args:
        text: of the file.
        columns: the names of its columns. Where they are the English ones and are not there, the columns are found by what
            is in them.

    Raises:
        UsageError: there are no such columns, or more than one could be meant.
    """
    table = table_of(text)
    header = [cell.strip() for cell in table[0]] if table else []
    body = [line + [""] * (len(header) - len(line)) for line in table[1:]]
    commas = any(re.fullmatch(r"\d+,\d+", cell.strip()) for line in body for cell in line)
    mark = delimiter_of(text)
    missing = [n for n in (columns.identifier, columns.grade, columns.modified) if n not in header]
    if missing:
        places = _by_content(body) if columns == ENGLISH else None
        if places is None:
            raise UsageError(
                f"Moodle worksheet: no column {missing[0]!r}; it has {', '.join(header) or 'no header'}. Name those of your site's "
                "language: --columns 'identifier,grade,last modified (grade),feedback comments'."
            )
        return Sheet(header, body, 0, places, None, places + 1, mark, commas, found=True)
    feedback, maximum = (
        header.index(n) if n in header else None for n in (columns.feedback, columns.maximum)
    )
    grade = header.index(columns.grade)
    if maximum is None and _is_maximum(body, grade):
        maximum = grade + 1
    return Sheet(header, body, header.index(columns.identifier), grade, feedback, maximum, mark, commas)


def _by_content(body: Sequence[Sequence[str]]) -> int | None:
    """The place of the grades in a sheet of another language; None where that is not sure."""
    if not body:
        return None
    words = {re.sub(r"\d+\s*$", "", row[0]) for row in body}
    numbers = {participant(row[0]) for row in body}
    named = len(words) == 1 and words.pop().strip() and "" not in numbers and len(numbers) == len(body)
    places = [i for i in range(1, len(body[0]) - 1) if _is_maximum(body, i)] if named else []
    return places[0] if len(places) == 1 else None


def _is_maximum(body: Sequence[Sequence[str]], grade: int) -> bool:
    """Is the column after that one the same positive number throughout, and that one empty or no larger?"""
    if not body or grade + 1 >= len(body[0]):
        return False
    most = {row[grade + 1].strip() for row in body}
    value = _value(most.pop()) if len(most) == 1 else None
    grades = [row[grade].strip() for row in body]
    return bool(value) and all(not g or (_value(g) is not None and _value(g) <= value) for g in grades)  # type: ignore[operator]


def _value(text: str) -> float | None:
    return float(text.strip().replace(",", ".")) if _NUMBER.fullmatch(text.strip()) else None


def moodle_people(sheet: Sheet) -> list[dict[str, str]]:
    """The participants, as `name`, `email` and `moodle_id` (the number)."""
    return [
        {
            "name": _name(row, sheet),
            "email": next((c.strip() for c in row[2 : sheet.grade] if _ADDRESS.fullmatch(c.strip())), ""),
            "moodle_id": number,
        }
        for number, row in sheet.numbers().items()
    ]


def _name(row: Sequence[str], sheet: Sheet) -> str:
    """The cell after the identifier; where nobody is named, that is the status, which is no person's name."""
    return _plain(row[1]).strip() if sheet.identifier == 0 and sheet.grade > 1 else ""


# --- whose rows they are -------------------------------------------------------------------------------------------


def at_home(sources: Mapping[str, Source], sheet: Sheet) -> tuple[dict[str, Source], dict[str, str]]:
    """
    The sources as the participants of the sheet, and why some of Moodle's own are nobody of it.

    The number in the name of a hand-in is a participant's, but a group's where teams hand in: then everybody whose row names the
    team gets the grade. A number counts only where the row of that number has the name too, if the sheet has names at all.
    """
    rows = sheet.numbers()
    moodles = {k: s for k, s in sources.items() if s.platform == "moodle"}
    own = {k for k, s in moodles.items() if _is_row(s, rows.get(s.ids.get("moodle_id", ""), []))}
    teams = _teams(rows, {letters(s.name) for k, s in moodles.items() if k not in own})
    out, doubts = dict(sources), {}
    for key, source in moodles.items():
        if key in own:
            continue
        if found := teams.get(letters(source.name)):
            out[key] = _as_team(source, found, rows, sheet)
        elif source.name and (own or teams) and source.ids.get("moodle_id") in rows:
            doubts[key] = f"participant {source.ids['moodle_id']} of the worksheet has another name"
            out[key] = replace(source, ids={**source.ids, "moodle_id": ""})
    return out, doubts


def _plain(cell: str) -> str:
    return re.sub(r"<[^>]*>", "", cell)


def _is_row(source: Source, row: Sequence[str]) -> bool:
    cells = {letters(_plain(cell)) for cell in row[1:] if len(cell) < _LONGEST}
    return any(letters(name) in cells for name in called(source))


def _teams(rows: Mapping[str, Sequence[str]], wanted: set[str]) -> dict[str, list[str]]:
    """Name to the participants whose rows have it as their team: in a cell after their own name."""
    found: dict[str, list[str]] = {}
    for number, row in rows.items() if wanted - {""} else ():
        for cell in {letters(_plain(cell)) for cell in row[2:] if len(cell) < _LONGEST} & wanted - {""}:
            found.setdefault(cell, []).append(number)
    return found


def _as_team(
    source: Source, numbers: Sequence[str], rows: Mapping[str, Sequence[str]], sheet: Sheet
) -> Source:
    ids = tuple({"moodle_id": n} for n in numbers)
    people = [_name(rows[n], sheet) or f"Participant {n}" for n in numbers]
    return replace(
        source, name=people[0], ids={**source.ids, **ids[0]}, members=tuple(people[1:]), member_ids=ids[1:]
    )
