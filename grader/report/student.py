"""The student's page: one file, no request to anywhere, below 500 kB whatever was handed in."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from grader.model import Outcome, Report
from grader.report import wording
from grader.report.blocks import Limits, Row
from grader.report.code import highlight
from grader.report.page import head, template
from grader.report.text import clip, points
from grader.report.view import Highlighter, Listing, Listings, mend, questions

MOST_BYTES = 490_000

_LEVELS = (
    Limits(),
    Limits(text=1500, rows=15, image=60_000, images=60_000, blocks=30, checks=200, code=60_000),
    Limits(text=300, rows=5, image=0, images=0, blocks=0, checks=100, code=0),
    Limits(text=80, rows=2, image=0, images=0, blocks=0, checks=20, code=0),
)


@dataclass(frozen=True)
class FileView:
    """One listing of the page."""

    anchor: str
    path: str
    lines: int
    marks: int
    html: Markup
    truncated: bool


def render_student(report: Report, *, highlighter: Highlighter = highlight) -> str:
    """
    The page as HTML.

    Args:
        report: what to show.
        highlighter: `grader.report.code.highlight`, or a function that remembers what it gave for the same
            `language` and `text` (most of the page's time is spent there).

    Returns:
        A complete document of at most `MOST_BYTES` bytes in UTF-8: where a report holds more, less of the
        evidence and of the code is shown, and the page says so.
    """
    html = ""
    listings = Listings(report.code, highlighter)
    for level, limits in enumerate(_LEVELS):
        html = _render(report, listings, limits, shortened=level > 0)
        if len(html) * 4 <= MOST_BYTES or len(html.encode()) <= MOST_BYTES:
            break
    return html


def _render(report: Report, listings: Listings, limits: Limits, shortened: bool) -> str:
    return template("student.html.j2").render(
        head=head(("base.css", "student.css")),
        report=report,
        title=clip(report.title or report.assignment, 160),
        student=clip(report.student, 160),
        grade=_grade(report),
        questions=questions(report, limits),
        mend=mend(report),
        files=_files(listings, limits.code),
        excerpt=listings.excerpt,
        notes=[clip(note, limits.text) for note in report.notes[:40]],
        problems=[_problem(problem, limits) for problem in report.problems[:40]],
        survey=[
            Row(clip(str(k), 80), clip(_say(v), limits.text)) for k, v in list(report.survey.items())[:30]
        ],
        provenance=_provenance(report),
        shortened=shortened,
    )


@dataclass(frozen=True)
class Grade:
    """The grade's block at the top of the page."""

    points: str
    max_points: str
    extra: str
    share: float
    waiting_share: float
    status: str
    word: str
    note: str
    late: str = ""


def _grade(report: Report) -> Grade:
    waits = wording.waiting(report)
    open_points = sum(check.max_points for check in waits)
    note = ""
    if report.status == "not_graded":
        note = wording.NOT_GRADED
    elif report.status == "needs_review":
        names = ", ".join(dict.fromkeys(clip(check.id, 40) for check in waits[:12]))
        note = (
            f"{points(open_points)} more points wait for a person ({names})."
            if waits
            else "A person looks at a part of it."
        )
    elif all(check.outcome is Outcome.EARNED for q in report.questions for check in q.checks):
        note = "Every check is earned."
    whole = report.max_points or 1.0
    return Grade(
        points=points(wording.total(report)),
        max_points=points(report.max_points),
        extra=points(report.extra_points) if report.extra_points else "",
        share=min(max((report.points or 0.0) / whole, 0.0), 1.0),
        waiting_share=min(max(open_points / whole, 0.0), 1.0) if report.points is not None else 0.0,
        status=report.status,
        word=wording.STATUSES[report.status],
        note=note,
        late=clip(wording.late(report), 400),
    )


def _files(listings: Listings, budget: int) -> list[FileView]:
    views = []
    for listing in listings.all:
        if budget <= 0:
            break
        html = listing.body(budget)
        budget -= len(html)
        views.append(_file(listing, html))
    return views


def _file(listing: Listing, html: Markup) -> FileView:
    file = listing.file
    return FileView(
        listing.anchor, clip(file.path, 160), len(listing.lines), len(file.marks), html, file.truncated
    )


def _problem(problem: dict[str, str], limits: Limits) -> Row:
    return Row(*(clip(str(problem.get(key, "")), limits.text) for key in ("path", "message", "help")))


def _say(value: object) -> str:
    if isinstance(value, dict):
        return str(value.get("text", ""))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _provenance(report: Report) -> list[Row]:
    made = report.provenance
    packages = ", ".join(f"{name} {version}" for name, version in sorted(made.packages.items())[:40])
    rows = [
        Row("Rubric", made.rubric),
        Row("Grader", made.grader),
        Row("Submission", made.submission),
        Row("Packages", packages),
        Row("Seed", str(made.seed)),
        Row("Isolation", ", ".join(made.isolation[:40])),
        Row("Started", made.started),
        Row("Time", f"{made.seconds:.1f} s"),
        Row(
            "Reviewed",
            f"{made.reviewed} {'check' if made.reviewed == 1 else 'checks'} by the staff"
            if made.reviewed
            else "",
        ),
    ]
    return [Row(row.name, clip(row.value, 600)) for row in rows if row.value]
