"""Moodle's grading worksheet and the zip of feedback files that goes with it."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.adapters.canvas import Export, LeftOut
from grader.adapters.grades_csv import number, safe_cell
from grader.adapters.people import contradicting, delimiter_of, table_of
from grader.errors import UsageError
from grader.model import Source
from grader.report.summary import ClassRow

_UNSAFE = re.compile("[\x00-\x1f\x7f&<>\"`|':\\\\/*?]")


@dataclass(frozen=True)
class Columns:
    """The names of the worksheet's columns; a site in another language has its own."""

    identifier: str = "Identifier"
    grade: str = "Grade"
    modified: str = "Last modified (grade)"
    feedback: str = "Feedback comments"


ENGLISH = Columns()


def worksheet(
    rows: Iterable[ClassRow],
    sources: Mapping[str, Source],
    *,
    downloaded: str = "",
    columns: Columns = ENGLISH,
    feedback: Mapping[str, str] | None = None,
    comma: bool = False,
) -> Export:
    """
    The grading worksheet with the final grades filled in.

    Args:
        rows: the class.
        sources: student to where the hand-in came from (`ids["moodle_id"]`: the participant's number).
        downloaded: the text of the sheet that Moodle gave; its header, its other cells and its times are kept
            (Moodle takes the time to see whether somebody graded in between). Without it, a minimal sheet in
            English is made.
        columns: the names of the columns in `downloaded`.
        feedback: student to a comment.
        comma: write 17,5 as a site with decimal commas does.

    Returns:
        The sheet, and who has no grade in it.

    Raises:
        UsageError: `downloaded` has no column of one of these names.
    """
    known = sorted(rows, key=lambda row: row.student)
    reasons = {row.student: _why_not(row, sources.get(row.student)) for row in known}
    numbers = {s: sources[s].ids["moodle_id"] for s, why in reasons.items() if not why}
    reasons |= contradicting([row for row in known if row.student in numbers], numbers)
    final = {numbers[row.student]: row for row in known if not reasons[row.student]}
    sheet = _read(downloaded, columns) if downloaded else _minimal(final, columns)
    point = "," if comma or sheet.commas else "."
    missing = set(final)
    for line in sheet.rows:
        own = participant(line[sheet.identifier])
        row = final.get(own)
        if row is None:
            continue
        missing.discard(own)
        line[sheet.grade] = number(row.total).replace(".", point)
        if feedback and row.student in feedback and sheet.feedback is not None:
            line[sheet.feedback] = safe_cell(feedback[row.student])
    reasons |= {final[name].student: "not in the worksheet" for name in missing}
    return Export(_text(sheet), tuple(LeftOut(who, why) for who, why in reasons.items() if why))


def participant(text: str) -> str:
    """The number in `Participant 1234567`, whatever the site's language calls a participant; empty where there is none."""
    found = re.search(r"(\d+)\s*$", text)
    return found[1] if found else ""


@dataclass(frozen=True)
class _Sheet:
    header: list[str]
    rows: list[list[str]]
    identifier: int
    grade: int
    feedback: int | None
    delimiter: str = ","
    commas: bool = False
    """The numbers of the sheet have decimal commas."""


def _read(text: str, columns: Columns) -> _Sheet:
    table = table_of(text)
    header = [cell.strip() for cell in table[0]] if table else []
    for name in (columns.identifier, columns.grade, columns.modified):
        if name not in header:
            raise UsageError(
                f"Moodle worksheet: no column {name!r}; it has {', '.join(header) or 'no header'}. Name those of your site's "
                "language: --columns 'identifier,grade,last modified (grade),feedback comments'."
            )
    feedback = header.index(columns.feedback) if columns.feedback in header else None
    body = [line + [""] * (len(header) - len(line)) for line in table[1:]]
    commas = any(re.fullmatch(r"\d+,\d+", cell.strip()) for line in body for cell in line)
    places = header.index(columns.identifier), header.index(columns.grade)
    return _Sheet(header, body, *places, feedback, delimiter_of(text), commas)


def _minimal(final: Mapping[str, ClassRow], columns: Columns) -> _Sheet:
    header = [columns.identifier, columns.grade, columns.modified, columns.feedback]
    return _Sheet(header, [[f"Participant {name}", "", "-", ""] for name in final], 0, 1, 3)


def _text(sheet: _Sheet) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=sheet.delimiter).writerows([sheet.header, *sheet.rows])
    return out.getvalue()


def _why_not(row: ClassRow, source: Source | None) -> str:
    if row.status == "not_graded" or row.total is None:
        return "not graded"
    if row.status == "needs_review":
        return "waits for a person"
    return (
        ""
        if source is not None and source.ids.get("moodle_id", "").isdecimal()
        else "no participant number is known"
    )


def feedback_folder(source: Source) -> str:
    """The folder of a student's feedback files: the same name as in the zip that Moodle gave."""
    name = (source.name or "Participant").replace("_", " ")
    number = source.ids["moodle_id"]
    return f"{clean_filename(f'{name}_{number}')}_assignsubmission_file_"


def clean_filename(name: str) -> str:
    """The name as Moodle's own `clean_filename` leaves it."""
    return re.sub(r"\.\.+", "", _UNSAFE.sub("", name)).strip() or "_"


def write_feedback_zip(
    path: Path, pages: Iterable[tuple[Source, Path]], names: Sequence[str] = ("report.html",)
) -> int:
    """
    Zip each student's files for "Upload multiple feedback files in a zip".

    Args:
        path: of the zip; equal files give equal bytes.
        pages: where a hand-in came from and the folder of its report; those without a participant number are
            skipped.
        names: the files of that folder to send.

    Returns:
        How many students are in it.
    """
    count = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for source, folder in sorted(pages, key=lambda page: page[0].student):
            if not source.ids.get("moodle_id", "").isdecimal():
                continue
            count += 1
            for name in names:
                entry = zipfile.ZipInfo(f"{feedback_folder(source)}/{name}", (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, (folder / name).read_bytes())
    return count
