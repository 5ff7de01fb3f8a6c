"""The class page and the course's index, for the staff; small enough to open for 10,000 students."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup

from grader.model import Outcome, Status
from grader.report import drawings, stats
from grader.report.page import head, template
from grader.report.summary import ClassRow, Entry, Layout
from grader.report.text import clip, points, visible

MOST_LINKS = 60
MOST_DETAILS = 50
MOST_RANKED = 20
_WORDS: dict[Status, str] = {"graded": "graded", "needs_review": "waiting", "not_graded": "not graded"}


@dataclass(frozen=True)
class AssignmentRow:
    """One assignment on the index; made by `assignment_row`."""

    assignment: str
    title: str
    students: int
    graded: int
    needs_review: int
    not_graded: int
    mean: float | None
    max_points: float
    seconds: float
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Links:
    """Students to link to, the first ones, and how many more there are."""

    students: list[str]
    more: int


@dataclass(frozen=True)
class Trouble:
    """A submission that could not be graded, with the operator's details."""

    student: str
    checks: str
    details: str


def render_class(assignment: str, rows: Iterable[ClassRow], *, title: str = "", generated: str = "") -> str:
    """
    The class page of one assignment.

    Args:
        assignment: its id.
        rows: one per student, any order; the table has the order of the identifiers.
        title: its title, if it has one.
        generated: when, as text; left out when empty (so that equal grades give equal bytes).

    Returns:
        A complete document. Lists of students are cut after `MOST_LINKS`; only the table at the end is
        complete.
    """
    everyone = sorted(rows, key=lambda row: row.student)
    layout = stats.layout_of(everyone)
    known = [row.total for row in everyone if row.total is not None]
    top = max((row.max_points for row in everyone), default=0.0)
    ranked = stats.ranking(everyone)[:MOST_RANKED]
    return template("class.html.j2").render(
        head=head(("base.css", "class.css"), "class.js"),
        title=clip(title or assignment, 160),
        generated=generated,
        overview=assignment_row(assignment, title, everyone),
        known=len(known),
        median=stats.quantile(known, 0.5),
        spread=(stats.quantile(known, 0.25), stats.quantile(known, 0.75)),
        distribution=drawings.histogram(known, top, "points", "students", 760.0, _open(everyone)),
        strangers=sum(not stats.belongs(row, layout) for row in everyone),
        items=stats.items(everyone, layout),
        checks=stats.checks(everyone, layout),
        misconceptions=[(found, links(found.students)) for found in stats.misconceptions(everyone)[:60]],
        same=[(check, links(names)) for check, names in stats.same_outputs(everyone)[:40]],
        waiting=[(check, links(names)) for check, names in stats.by_check(everyone, Outcome.MANUAL).items()],
        troubles=_troubles(everyone),
        times=_times(everyone),
        survey=_survey(everyone),
        ranking=[(row.student, row.board) for row in ranked],
        interval=_intervals([row.board for row in ranked if row.board is not None]),
        layout=layout,
        table=Markup("").join(_line(row, layout) for row in everyone),
        href=href,
    )


def _open(rows: Sequence[ClassRow]) -> list[float]:
    """The points of those whose grade is not final."""
    return [row.total for row in rows if row.total is not None and row.status == "needs_review"]


def _intervals(entries: Sequence[Entry]) -> Callable[[Entry], Markup]:
    """Draws the interval of an entry, all on one scale."""
    ends = [v for e in entries for v in (e.low, e.high, e.rank_by) if v is not None]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    return lambda entry: drawings.interval(entry.low, entry.rank_by, entry.high, (low, high))


def render_index(course: str, assignments: Iterable[AssignmentRow]) -> str:
    """The course's index: one row per assignment, linking to its class page."""
    rows = [(row, drawings.spark(row.counts)) for row in assignments]
    return template("index.html.j2").render(
        head=head(("base.css", "class.css")), course=clip(course, 160), rows=rows, folder=folder
    )


def assignment_row(assignment: str, title: str, rows: Sequence[ClassRow]) -> AssignmentRow:
    """The numbers of one assignment for the index."""
    known = [row.total for row in rows if row.total is not None]
    statuses = [row.status for row in rows]
    top = max((row.max_points for row in rows), default=0.0)
    return AssignmentRow(
        assignment=assignment,
        title=clip(title or assignment, 160),
        students=len(rows),
        graded=statuses.count("graded"),
        needs_review=statuses.count("needs_review"),
        not_graded=statuses.count("not_graded"),
        mean=math.fsum(known) / len(known) if known else None,
        max_points=top,
        seconds=math.fsum(row.seconds for row in rows),
        counts=tuple(stats.histogram(known, top)),
    )


def href(student: str) -> str:
    """The link to a student's report."""
    return f"./{_escaped(student)}/report.html"


def folder(assignment: str) -> str:
    """The link to an assignment's class page."""
    return f"./{_escaped(assignment)}/index.html"


def _escaped(part: str) -> str:
    return quote(part.encode("utf-8", "replace"), safe="")


def links(students: Sequence[str]) -> Links:
    """The first students and the number of the rest."""
    return Links(list(students[:MOST_LINKS]), max(0, len(students) - MOST_LINKS))


def _troubles(rows: Sequence[ClassRow]) -> list[Trouble]:
    found: list[Trouble] = []
    for row in rows:
        if row.status != "not_graded":
            continue
        details = "\n\n".join(f"{check}: {text}" for check, text in (row.staff or {}).items())
        shown = details if len(found) < MOST_DETAILS else ""
        found.append(
            Trouble(row.student, ", ".join(row.checks_with(Outcome.ERROR)) or "\u2013", clip(shown, 4000))
        )
    return found[:1000]


@dataclass(frozen=True)
class Times:
    """Run times of the submissions."""

    median: float | None
    late: float | None
    most: float | None
    slowest: list[ClassRow]
    drawing: Markup


def _times(rows: Sequence[ClassRow]) -> Times:
    seconds = [row.seconds for row in rows]
    slowest = sorted(rows, key=lambda row: (-row.seconds, row.student))[:5]
    top = max(seconds, default=0.0)
    drawing = drawings.histogram(seconds, top or 1.0, "seconds", "students")
    return Times(stats.quantile(seconds, 0.5), stats.quantile(seconds, 0.95), top, slowest, drawing)


@dataclass(frozen=True)
class Survey:
    """The debrief of the class."""

    count: int
    hours: float | None
    correlation: float | None
    drawing: Markup
    answers: list[tuple[str, list[tuple[str, int]]]]
    """Question of the survey, then its answers in words with how many gave each."""


def _survey(rows: Sequence[ClassRow]) -> Survey | None:
    answered = [row for row in rows if row.survey]
    if not answered:
        return None
    pairs = stats.pairs(answered, "hours")
    hours = [hours for hours, _ in pairs]
    both = stats.correlation(hours, [earned for _, earned in pairs])
    drawing = drawings.dots(pairs, ("hours", "points"))
    return Survey(len(answered), stats.quantile(hours, 0.5), both, drawing, _answers(answered))


def _answers(rows: Sequence[ClassRow]) -> list[tuple[str, list[tuple[str, int]]]]:
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        for key, value in (row.survey or {}).items():
            if isinstance(value, str) and stats.number(value) is None and len(value) <= 40:
                of_key = counts.setdefault(key, {})
                of_key[value.lower()] = of_key.get(value.lower(), 0) + 1
    few = {key: found for key, found in counts.items() if len(found) <= 8}
    return [
        (key, sorted(found.items(), key=lambda kv: (-kv[1], kv[0]))) for key, found in list(few.items())[:6]
    ]


def _line(row: ClassRow, layout: Layout) -> Markup:
    """One row of the table; written here because a class has ten thousand of them."""
    cells = "".join(f"<td>{points(value)}" for value in _aligned(row, layout))
    status = "" if row.status == "graded" else f' class="{row.status}"'
    name = f" {row.name}" if row.name and row.name != row.student else ""
    return Markup('<tr><td><a href="{}">{}</a>{}').format(
        href(row.student), visible(clip(row.student, 80)), visible(clip(name, 80))
    ) + Markup(f"<td{status}>{_WORDS[row.status]}<td>{points(row.total)}{cells}\n")


def _aligned(row: ClassRow, layout: Layout) -> Sequence[float | None]:
    if stats.belongs(row, layout):
        return row.question_points
    own = {item.id: value for item, value in zip(row.layout.questions, row.question_points, strict=True)}
    return [own.get(item.id) for item in layout.questions]
