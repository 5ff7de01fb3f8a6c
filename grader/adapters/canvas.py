"""Canvas's gradebook CSV, in the shape that its importer reads: places and names of columns matter to it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from grader.adapters.grades_csv import number, safe_cell
from grader.model import Source
from grader.report.summary import ClassRow

HEADER = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


@dataclass(frozen=True)
class LeftOut:
    """A student whose grade is not in the file, and why."""

    student: str
    reason: str


@dataclass(frozen=True)
class Export:
    """The text of a file for a platform, and who is not in it."""

    text: str
    left_out: tuple[LeftOut, ...]


def canvas_csv(
    rows: Iterable[ClassRow],
    sources: Mapping[str, Source],
    *,
    title: str,
    assignment_id: str = "",
    section: str = "",
) -> Export:
    """
    A gradebook file with one assignment's column.

    Only final grades are written. Canvas finds the student by its own id, then the SIS id, then the login; a
    student with none of them is left out, because a name alone may be somebody else's.

    Args:
        rows: the class.
        sources: student to where the hand-in came from (`ids`: `canvas_id`, `sid`, `login` or `email`).
        title: the assignment's title in Canvas, exactly.
        assignment_id: its number there; without it Canvas matches by title and, where none matches, makes a
            new assignment.
        section: of all students; may be empty.
    """
    everyone = sorted(rows, key=lambda row: row.student)
    column = f"{title} ({assignment_id})" if assignment_id else title
    most = max((row.max_points for row in everyone), default=0.0)
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow([*HEADER, safe_cell(column)])
    table.writerow(["    Points Possible", "", "", "", "", number(most)])
    left_out = []
    for row in everyone:
        source = sources.get(row.student)
        reason = _why_not(row, source)
        if source is None or reason:
            left_out.append(LeftOut(row.student, reason))
            continue
        table.writerow([*_identity(row, source), safe_cell(section), f"{row.total:.2f}"])
    return Export(out.getvalue(), tuple(left_out))


def _identity(row: ClassRow, source: Source) -> list[str]:
    ids = source.ids
    name = source.name or row.name or row.student
    return [safe_cell(v) for v in (name, ids.get("canvas_id", ""), ids.get("sid", ""), _login(ids))]


def _login(ids: Mapping[str, str]) -> str:
    return ids.get("login") or ids.get("email", "")


def _why_not(row: ClassRow, source: Source | None) -> str:
    if row.status == "not_graded" or row.total is None:
        return "not graded"
    if row.status == "needs_review":
        return "waits for a person"
    ids = source.ids if source is not None else {}
    canvas = ids.get("canvas_id", "")
    if canvas.startswith("anon_"):
        return "the hand-in is anonymous"
    if not (canvas or ids.get("sid") or _login(ids)):
        return "no identity in Canvas is known"
    return ""
