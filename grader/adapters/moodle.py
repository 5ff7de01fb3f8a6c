"""Moodle's grading worksheet and the zip of feedback files that goes with it."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from grader.adapters.canvas import Export, LeftOut
from grader.adapters.grades_csv import number, safe_cell
from grader.adapters.moodle_sheet import ENGLISH, Columns, Sheet, participant
from grader.adapters.people import contradicting
from grader.model import Source
from grader.report.summary import ClassRow

NO_NUMBER = "no participant number is known"
_UNSAFE = re.compile("[\x00-\x1f\x7f&<>\"`|':\\\\/*?]")


def worksheet(
    rows: Iterable[ClassRow],
    sources: Mapping[str, Source],
    *,
    downloaded: Sheet | None = None,
    columns: Columns = ENGLISH,
    doubts: Mapping[str, str] | None = None,
    feedback: Mapping[str, str] | None = None,
    comma: bool = False,
) -> Export:
    """
    The grading worksheet with the final grades filled in.

    Args:
        rows: the class.
        sources: student to where the hand-in came from (`ids["moodle_id"]`: the participant's number).
        downloaded: the sheet that Moodle gave; its header, its other cells and its times are kept (Moodle takes the
            time to see whether somebody graded in between). Without it, a minimal sheet is made.
        columns: the names of the columns of that one.
        doubts: student to why it is not known who that is in Moodle.
        feedback: student to a comment.
        comma: write 17,5 as a site with decimal commas does.

    Returns:
        The sheet, who has no grade in it, and whose grade had to be cut: Moodle leaves out a grade above its maximum
        without a word [source: `update_grade` in mod/assign/locallib.php].
    """
    known = sorted(rows, key=lambda row: row.student)
    reasons = {row.student: _why_not(row, sources.get(row.student)) for row in known}
    reasons |= {who: why for who, why in (doubts or {}).items() if reasons.get(who) == NO_NUMBER}
    numbers = {s: sources[s].ids["moodle_id"] for s, why in reasons.items() if not why}
    reasons |= contradicting([row for row in known if row.student in numbers], numbers)
    final = {numbers[row.student]: row for row in known if not reasons[row.student]}
    sheet = downloaded or _minimal(final, columns)
    point = "," if comma or sheet.commas else "."
    missing, notes = set(final), list[str]()
    for line in sheet.rows:
        own = participant(line[sheet.identifier])
        row = final.get(own)
        if row is None:
            continue
        missing.discard(own)
        total = row.total or 0.0
        most = sheet.most(line)
        if most is not None and total > most:
            notes.append(
                f"{row.student}: {number(total)} points are more than Moodle's maximum, {number(most)}: that is written, since "
                "Moodle drops a grade above it. Raise the maximum there, or put the rest into its gradebook by hand."
            )
        line[sheet.grade] = number(total if most is None else min(total, most)).replace(".", point)
        if feedback and row.student in feedback and sheet.feedback is not None:
            line[sheet.feedback] = safe_cell(feedback[row.student])
    reasons |= {final[name].student: "not in the worksheet" for name in missing}
    left_out = tuple(LeftOut(who, why) for who, why in reasons.items() if why)
    return Export(_text(sheet), left_out, (*_scale(sheet, known), *notes))


def _scale(sheet: Sheet, rows: Iterable[ClassRow]) -> Iterator[str]:
    """The sentence for a rubric and a platform that do not count alike."""
    here = max((row.max_points for row in rows), default=0.0)
    there = {most for line in sheet.rows if (most := sheet.most(line)) is not None}
    if len(there) == 1 and (most := there.pop()) != here:
        yield (
            f"Moodle's maximum is {number(most)}, the rubric's {number(here)}: points are written as they are, not scaled."
        )


def _minimal(final: Mapping[str, ClassRow], columns: Columns) -> Sheet:
    header = [columns.identifier, columns.grade, columns.modified, columns.feedback]
    return Sheet(header, [[f"Participant {name}", "", "-", ""] for name in final], 0, 1, 3)


def _text(sheet: Sheet) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=sheet.delimiter).writerows([sheet.header, *sheet.rows])
    return out.getvalue()


def _why_not(row: ClassRow, source: Source | None) -> str:
    if row.status == "not_graded" or row.total is None:
        return "not graded"
    if row.status == "needs_review":
        return "waits for a person"
    known = source is not None and source.ids.get("moodle_id", "").isdecimal()
    return "" if known else NO_NUMBER


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
