"""Canvas's gradebook CSV, in the shape that its importer reads: places and names of columns matter to it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from grader.adapters.grades_csv import number, safe_cell
from grader.adapters.people import contradicting
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
    """The text of a file for a platform, who is not in it, and what else the teacher has to know."""

    text: str
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...] = ()


def canvas_csv(
    rows: Iterable[ClassRow],
    sources: Mapping[str, Source],
    *,
    title: str,
    assignment_id: str = "",
    section: str = "",
    fixed: Mapping[str, str] | None = None,
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
        section: of students whose own is not known; may be empty.
        fixed: Canvas's number of a student to what stands there that no grade may replace (`EX`, `N/A`).
    """
    everyone = sorted(rows, key=lambda row: row.student)
    column = f"{title} ({assignment_id})" if assignment_id else title
    most = max((row.max_points for row in everyone), default=0.0)
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow([*HEADER, safe_cell(column)])
    table.writerow(["    Points Possible", "", "", "", "", number(most)])
    reasons = {row.student: _why_not(row, sources.get(row.student), fixed or {}) for row in everyone}
    final = [row for row in everyone if not reasons[row.student]]
    reasons |= contradicting(final, {row.student: "|".join(_found_by(sources[row.student])) for row in final})
    for row in final:
        if not reasons[row.student]:
            source = sources[row.student]
            place = source.ids.get("section") or section
            table.writerow([*_identity(row, source), safe_cell(place), f"{row.total:.2f}"])
    return Export(out.getvalue(), tuple(LeftOut(who, why) for who, why in reasons.items() if why))


def _found_by(source: Source) -> list[str]:
    """The first identity that Canvas looks at."""
    ids = source.ids
    kinds = (("id", ids.get("canvas_id", "")), ("sis", ids.get("sid", "")), ("login", _login(ids)))
    return next([kind, value.casefold()] for kind, value in kinds if value)


def _identity(row: ClassRow, source: Source) -> list[str]:
    ids = source.ids
    name = source.name or row.name or row.student
    return [safe_cell(v) for v in (name, ids.get("canvas_id", ""), ids.get("sid", ""), _login(ids))]


def _login(ids: Mapping[str, str]) -> str:
    return ids.get("login") or ids.get("email", "")


def _why_not(row: ClassRow, source: Source | None, fixed: Mapping[str, str]) -> str:
    if row.status == "not_graded" or row.total is None:
        return "not graded"
    if row.status == "needs_review":
        return "waits for a person"
    ids = source.ids if source is not None else {}
    canvas = ids.get("canvas_id", "")
    if canvas in fixed:
        return f"the gradebook says {fixed[canvas]}"
    if canvas.startswith("anon_"):
        return "the hand-in is anonymous"
    if not (canvas or ids.get("sid") or _login(ids)):
        return "no identity in Canvas is known"
    return ""
