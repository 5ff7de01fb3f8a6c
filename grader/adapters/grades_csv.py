"""grades.csv: one line per student, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable

from grader.report.stats import layout_of
from grader.report.summary import ClassRow
from grader.report.text import visible

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def safe_cell(text: str) -> str:
    """
    The text so that no spreadsheet takes it for a formula: an apostrophe before the first character where
        needed.

    Hidden characters become visible; line breaks become spaces. Full-width signs, which some spreadsheets
    fold, count as the plain ones.
    """
    shown = visible(text).replace("\n", " ").replace("\t", " ")
    first = text.lstrip(" \u3000\xa0")[:1] or ""
    folded = {"\uff1d": "=", "\uff0b": "+", "\uff0d": "-", "\uff20": "@"}.get(first, first)
    return f"'{shown}" if text[:1] in _DANGEROUS or folded in _DANGEROUS else shown


def number(value: float | None) -> str:
    """Points with up to four decimals, empty when unknown."""
    if value is None or not math.isfinite(value):
        return ""
    return f"{value + 0.0:.4f}".rstrip("0").rstrip(".")


def grades_csv(rows: Iterable[ClassRow]) -> str:
    """
    The table as text: student, status, points, max_points, then one column per question; where somebody was late a last
    column with the points that it took (`points` is after them, the questions are before).

    `points` counts extra credit (it may be more than max_points) and is empty when the submission is not
    graded. Lines end with CR LF, as RFC 4180 has it.
    """
    everyone = sorted(rows, key=lambda row: row.student)
    ids = [item.id for item in layout_of(everyone).questions]
    out = io.StringIO()
    table = csv.writer(out)
    late = any(row.late is not None for row in everyone)
    table.writerow(
        [
            "student",
            "status",
            "points",
            "max_points",
            *map(safe_cell, ids),
            *(["late_deduction"] if late else []),
        ]
    )
    for row in everyone:
        own = dict(zip((item.id for item in row.layout.questions), row.question_points, strict=True))
        head = [safe_cell(row.student), row.status, number(row.total), number(row.max_points)]
        table.writerow(
            head + [number(own.get(question)) for question in ids] + ([number(row.late)] if late else [])
        )
    return out.getvalue()
