"""`grade export`: the grades of an assignment as a platform takes them, from what grading wrote."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from grader.adapters import people
from grader.adapters.canvas import Export, canvas_csv
from grader.adapters.grades_csv import number, safe_cell
from grader.adapters.moodle import worksheet, write_feedback_zip
from grader.adapters.moodle_sheet import Columns, at_home, moodle_people, read_sheet
from grader.cli.listing import shortened
from grader.errors import UsageError
from grader.intake.sheets import decoded, rows_of, table_of
from grader.model import Report, Source
from grader.report.summary import ClassRow
from grader.report.write import write_whole


@dataclass(frozen=True)
class Wanted:
    """What the command line says."""

    platform: str
    grades: Path
    out: Path | None = None
    title: str = ""
    assignment_id: str = ""
    sheet: Path | None = None
    comma: bool = False
    columns: str = ""
    section: str = ""


@dataclass(frozen=True)
class Graded:
    """What grading left on disk."""

    title: str
    rows: list[ClassRow]
    sources: dict[str, Source]


def export_grades(wanted: Wanted) -> int:
    """The command; returns the exit status."""
    makers = {"canvas": _canvas, "moodle": _moodle, "csv": _csv}
    if wanted.platform == "gradescope":
        raise UsageError(
            "Gradescope takes no grades from outside: its way in is the autograder (`grade gradescope build`), which writes "
            "results.json; one lies in every student's folder."
        )
    if wanted.platform not in makers:
        raise UsageError(f"export {wanted.platform}: expected canvas, moodle or csv.")
    console = Console()
    for line in makers[wanted.platform](wanted, _graded(wanted.grades)):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return 0


def _graded(folder: Path) -> Graded:
    if not folder.is_dir():
        raise UsageError(
            f"{folder}: there is no such folder. Give the one of an assignment, grades/<assignment>."
        )
    sources = people.read_students(folder / people.NAME)
    rows, title = [], folder.name
    for path in sorted(folder.glob("*/report.json")):
        try:
            report = Report.model_validate_json(path.read_bytes())
        except (OSError, ValueError):
            raise UsageError(
                f"{path}: cannot be read. Grade this student again: grade ... --only {path.parent.name}"
            ) from None
        source = sources.get(report.student)
        rows.append(ClassRow.of(report, name=source.name if source else ""))
        title = report.title or title
    if not rows:
        raise UsageError(f"{folder}: no grades here. Give the folder of an assignment, grades/<assignment>.")
    return Graded(title, rows, sources)


def _sheet(wanted: Wanted) -> str:
    if wanted.sheet is None:
        return ""
    try:
        return decoded(wanted.sheet.read_bytes())
    except OSError as e:
        raise UsageError(f"{wanted.sheet}: {e.strerror}.") from None


def _written(wanted: Wanted, usual: str, made: Export, rows: int) -> Iterator[str]:
    place = wanted.out or wanted.grades / usual
    write_whole(place, made.text.encode("utf-8", "replace"))
    yield f"{place}: {rows - len(made.left_out)} of {rows} grades."
    lines = [f"left out: {out.student}: {out.reason}" for out in made.left_out]
    yield from shortened([*made.notes, *lines], place.with_name(f"{place.stem}-left-out.txt"))


# --- platforms -----------------------------------------------------------------------------------------------------


def _canvas(wanted: Wanted, graded: Graded) -> Iterator[str]:
    book = _sheet(wanted)
    known = people.one_row_each(graded.rows, graded.sources)
    sources = people.completed(known.sources, people.canvas_people(book)) if book else known.sources
    title, number_there = wanted.title or graded.title, wanted.assignment_id
    if book and not number_there:
        title, number_there = _column(book, title)
    fixed = _fixed(book, number_there) if book else {}
    made = canvas_csv(
        known.rows, sources, title=title, assignment_id=number_there, section=wanted.section, fixed=fixed
    )
    yield from _written(wanted, "canvas.csv", made, len(known.rows))
    here, there = max(row.max_points for row in known.rows), _possible(book, number_there)
    if there and float(there.replace(",", ".")) != here:
        yield f"Canvas counts this assignment out of {there}, the rubric out of {number(here)}: points are written as they are, not scaled."
    if not number_there:
        yield (
            f"No number of the assignment is known: Canvas takes the one whose title is exactly {title!r}, or makes a new one. "
            "Give --assignment-id, or --sheet with the gradebook that Canvas exported."
        )


def _column(book: str, title: str) -> tuple[str, str]:
    """Title and number of the assignment in an exported gradebook: `Homework 3 (12345)`."""
    header = table_of(book)[0]
    found = []
    for cell in header:
        name, _, rest = cell.rpartition(" (")
        if rest.rstrip(")").isdigit() and name.strip().casefold() == title.strip().casefold():
            found.append((name, rest.rstrip(")")))
    if len(found) == 1:
        return found[0]
    if found:
        numbers = ", ".join(number for _, number in found)
        raise UsageError(
            f"Canvas gradebook: {title!r} is there more than once. Give --assignment-id ({numbers})."
        )
    named = ", ".join(cell for cell in header if cell.endswith(")")) or "none"
    raise UsageError(f"Canvas gradebook: no assignment {title!r}. It has {named}. Name one with --title.")


def _possible(book: str, assignment_id: str) -> str:
    """The points that the gradebook gives for the assignment; empty where it does not say."""
    first, column = next(iter(rows_of(book)), {}), f"({assignment_id})"
    cell = next((v.strip() for k, v in first.items() if k.endswith(column)), "") if assignment_id else ""
    named = any("points possible" in (v or "").casefold() for v in first.values())
    return cell if named and re.fullmatch(r"\d+([.,]\d+)?", cell) else ""


def _fixed(book: str, assignment_id: str) -> dict[str, str]:
    """Canvas's number of each student whom the gradebook excuses from the assignment or does not assign it to."""
    column = f"({assignment_id})"
    cells = [
        (
            row.get("id", "").strip(),
            next((v for k, v in row.items() if k.endswith(column)), "").strip().upper(),
        )
        for row in rows_of(book)
    ]
    return {who: cell for who, cell in cells if who and cell in ("EX", "N/A")}


def _moodle(wanted: Wanted, graded: Graded) -> Iterator[str]:
    text, columns = _sheet(wanted), _columns(wanted.columns)
    sheet = read_sheet(text, columns) if text else None
    sources, doubts = at_home(graded.sources, sheet) if sheet else (graded.sources, {})
    known = people.one_row_each(graded.rows, sources)
    sources = people.completed(known.sources, moodle_people(sheet)) if sheet else known.sources
    made = worksheet(
        known.rows, sources, downloaded=sheet, columns=columns, doubts=doubts, comma=wanted.comma
    )
    yield from _written(wanted, "moodle.csv", made, len(known.rows))
    if sheet is not None and sheet.found:
        yield f"The worksheet's grades were taken to be {sheet.header[sheet.grade]!r}: look at it, or name the columns with --columns."
    place = (wanted.out or wanted.grades / "moodle.csv").with_name("moodle-feedback.zip")
    folders = [
        (sources[r.student], wanted.grades / r.student.split(" + ")[0])
        for r in known.rows
        if r.student in sources
    ]
    count = write_feedback_zip(place, [f for f in folders if (f[1] / "report.html").exists()])
    yield f"{place}: the pages of {count} students."
    if sheet is None:
        yield (
            "Without --sheet (the worksheet that Moodle gives) the columns are in English, and numbers count as participants': "
            "another site language and assignments for teams need it."
        )


def _columns(text: str) -> Columns:
    if not text:
        return Columns()
    names = [name.strip() for name in next(csv.reader([text]))]
    if len(names) not in (3, 4, 5):
        raise UsageError(
            "--columns: expected identifier,grade,modified and perhaps feedback and maximum, as the worksheet calls them."
        )
    return Columns(*names)


def _csv(wanted: Wanted, graded: Graded) -> Iterator[str]:
    """One row per person (group members too), with every identity; for whatever reads a table."""
    known = people.one_row_each(graded.rows, graded.sources)
    out = io.StringIO()
    table = csv.writer(out)
    identities = list(people.identity_cells(None))
    table.writerow(
        ["student", "name", *identities, "status", "points", "max_points", "late_deduction", "submitted_at"]
    )
    for row in sorted(known.rows, key=lambda r: r.student):
        source = known.sources.get(row.student)
        cells = [
            row.student,
            source.name if source else row.name,
            *map(str, people.identity_cells(source).values()),
        ]
        numbers = [row.status, number(row.total), number(row.max_points), number(row.late)]
        table.writerow([*map(safe_cell, cells), *numbers, safe_cell(source.submitted_at if source else "")])
    yield from _written(wanted, "export.csv", Export(out.getvalue(), ()), len(known.rows))
