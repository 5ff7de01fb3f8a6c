"""The desk's pages as HTML. Student text passes through the same autoescaping and hidden-character rules as everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlencode

from jinja2 import ChoiceLoader, Environment, FileSystemLoader

from grader.desk.book import Book, Cluster, Item, holds, open_item
from grader.desk.gate import Session
from grader.desk.log import Appended, Entry, Standing
from grader.model import CheckReport, Outcome
from grader.report import page as report_page
from grader.report import wording
from grader.report.blocks import Block, Limits, blocks
from grader.report.code import highlight
from grader.report.text import unwrapped
from grader.report.view import Listings

_HERE = Path(__file__).parent / "templates"
_REPORT = Path(report_page.__file__).parent / "templates"


@dataclass(frozen=True)
class Static:
    """A file that the desk serves beside its pages."""

    parts: tuple[Path, ...]
    type: str

    def text(self) -> str:
        """Its content."""
        return "\n".join(part.read_text("utf-8") for part in self.parts)


STATIC = {
    "desk.css": Static((_REPORT / "base.css", _REPORT / "student.css", _HERE / "desk.css"), "text/css"),
    "desk.js": Static((_HERE / "desk.js",), "text/javascript"),
}


@cache
def _environment() -> Environment:
    loader = ChoiceLoader([FileSystemLoader(_HERE), FileSystemLoader(_REPORT)])
    env = report_page.environment().overlay(loader=loader)
    env.globals |= {"address": address, "item_address": item_address, "words": wording.OUTCOMES}
    return env


def _render(file: str, session: Session | None, **context: object) -> str:
    who, form_token = (session.who, session.form_token) if session else ("", "")
    return _environment().get_template(file).render(who=who, form_token=form_token, **context)


def address(assignment: str, page: str = "", **query: str) -> str:
    """The address of a page of an assignment."""
    path = f"/{quote(assignment, safe='')}/{page}"
    return f"{path}?{urlencode(query)}" if query else path


def item_address(book: Book, item: Item) -> str:
    """The address of one check of one student."""
    return address(book.assignment, "item", check=item.check, student=item.key)


def problem(text: str, status: int) -> str:
    """A page that says what is wrong."""
    return _render("problem.html.j2", None, text=text, status=status)


def name(session: Session, wrong: str = "") -> str:
    """Asks who is reviewing."""
    return _render("name.html.j2", session, wrong=wrong)


# --- overviews ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Queue:
    """The items of one check that wait, or waited, for a person."""

    check: str
    title: str
    max_points: float
    waiting: int
    of: int
    first: Item


def queues(book: Book) -> list[Queue]:
    """One per check that needs a person, in the order of the rubric."""
    standing = book.log.standing()
    found: dict[str, list[Item]] = {}
    for item in book.items():
        if item.outcome in (Outcome.MANUAL, Outcome.ERROR):
            found.setdefault(item.check, []).append(item)
    return [_queue(check, found[check], standing) for check in book.checks if check in found]


def _queue(check: str, items: list[Item], standing: Mapping[tuple[str, str], Standing]) -> Queue:
    waiting = [i for i in items if open_item(i, standing.get((i.student, i.check)))]
    first = (waiting or items)[0]
    return Queue(check, first.title, first.max_points, len(waiting), len(items), first)


def overview(books: Mapping[str, Book], session: Session) -> str:
    """All assignments."""
    rows = [
        (book, sum(q.waiting for q in queues(book)), sum(q.of for q in queues(book)))
        for book in books.values()
    ]
    return _render("overview.html.j2", session, rows=rows)


@dataclass(frozen=True)
class StudentRow:
    """A student in the list."""

    key: str
    who: str
    waiting: int
    decided: int


def assignment(book: Book, session: Session, query: Mapping[str, str]) -> str:
    """What is open, what goes together, who is there."""
    standing = book.log.standing()
    people: dict[str, StudentRow] = {}
    for item in book.items():
        row = people.get(item.student, StudentRow(item.key, item.who, 0, 0))
        valid = holds(item, standing.get((item.student, item.check)))
        waits = row.waiting + open_item(item, valid)
        people[item.student] = StudentRow(
            item.key, item.who, waits, row.decided + (valid is not None and valid.decision is not None)
        )
    found = queues(book)
    return _render(
        "assignment.html.j2", session, book=book, queues=found, clusters=book.clusters()[:200], people=list(people.values()),
        waiting=sum(q.waiting for q in found), of=sum(q.of for q in found), entries=len(book.log.entries()),
        unpublished=unpublished(book), done=query.get("done", ""), published=query.get("published"),
    )  # fmt: skip


def unpublished(book: Book) -> int:
    """Students with an entry in the audit file that is newer than their report."""
    last: dict[str, int] = {}
    for entry in book.log.entries():
        last[entry.student] = entry.number
    seen = book.published()
    return sum(1 for student, number in last.items() if seen.get(student, 0) < number)


def student(book: Book, session: Session, who: str) -> str:
    """All checks of one student, each with a way to decide it."""
    standing = book.log.of(who)
    rows = [(i, holds(i, standing.get(i.check))) for i in book.items() if i.student == who]
    return _render(
        "student_desk.html.j2", session, book=book, rows=rows, name=book.who(who), key=book.key(who)
    )


def audit(book: Book, session: Session) -> str:
    """The audit file, newest first."""
    entries = [(e, book.who(e.student), book.key(e.student)) for e in reversed(book.log.entries())]
    return _render("audit.html.j2", session, book=book, entries=entries[:5000], count=len(entries))


# --- deciding -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where an item stands among those of its check."""

    number: int
    of: int
    waiting: int
    before: Item | None
    after: Item | None


def place(book: Book, item: Item) -> Place:
    """The neighbours: of a check that needs a person only those who wait or waited, else everybody."""
    standing = book.log.standing()
    row = [
        i
        for i in book.items()
        if i.check == item.check and (i.outcome in (Outcome.MANUAL, Outcome.ERROR)) == _person(item)
    ]
    at = next(n for n, i in enumerate(row) if i.student == item.student)
    waiting = sum(open_item(i, standing.get((i.student, i.check))) for i in row)
    return Place(
        at + 1, len(row), waiting, row[at - 1] if at else None, row[at + 1] if at + 1 < len(row) else None
    )


def _person(item: Item) -> bool:
    return item.outcome in (Outcome.MANUAL, Outcome.ERROR)


def following(book: Book, item: Item) -> Item | None:
    """The next item of this check that still waits, after this one and then from the beginning."""
    standing = book.log.standing()
    row = [i for i in book.items() if i.check == item.check]
    at = next(n for n, i in enumerate(row) if i.student == item.student)
    order = row[at + 1 :] + row[:at]
    return next((i for i in order if open_item(i, standing.get((i.student, i.check)))), None)


def item(
    book: Book,
    session: Session,
    shown: Item,
    *,
    given: Mapping[str, str] | None = None,
    wrong: str = "",
    conflict: Standing | None = None,
    saved: str = "",
) -> str:
    """One check of one student beside the points and what to look for."""
    report, check = book.check_report(shown.student, shown.check)
    standing = book.log.of(shown.student).get(shown.check)
    history = [e for e in book.log.entries() if (e.student, e.check) == (shown.student, shown.check)]
    listings = Listings(report.code, highlight)
    person = saved and book.student(saved)
    return _render(
        "item.html.j2", session, book=book, item=shown, check=check, text=_text(check), blocks=_blocks(check),
        excerpt=listings.excerpt, place=place(book, shown), choices=choices(shown.max_points), look_for=book.look_for(shown.check),
        valid=holds(shown, standing), stale=standing is not None and holds(shown, standing) is None, history=history[::-1],
        seen=standing.last.number if standing else 0, given=_typed(given, shown, standing), wrong=wrong, conflict=conflict,
        saved=book.who(person) if person else "",
    )  # fmt: skip


def _typed(given: Mapping[str, str] | None, item: Item, standing: Standing | None) -> dict[str, str]:
    """What stands in the fields: what was typed, else what holds."""
    if given is not None:
        return {k: given.get(k, "") for k in ("points", "reason", "comment", "verdict")}
    valid = holds(item, standing)
    decision: Entry | None = valid.decision if valid else None
    points = f"{decision.points:g}" if decision is not None and decision.points is not None else ""
    verdict = "wrong" if decision is not None and decision.outcome is Outcome.LOST else "right"
    return {"points": points, "reason": "", "comment": valid.comment if valid else "", "verdict": verdict}


def _text(check: CheckReport) -> str:
    text = check.evidence.get("text")
    return unwrapped(text) if isinstance(text, str) else ""


def _blocks(check: CheckReport) -> list[Block]:
    return blocks(
        {k: v for k, v in check.evidence.items() if k != "text"},
        Limits(image=600_000, images=1_200_000),
        check.kind,
    )


def choices(most: float) -> list[float]:
    """The points that have a button: halves up to 5, whole points up to 12, else quarters of the whole."""
    step = 0.5 if most <= 5 else 1.0 if most <= 12 else most / 4
    count = int(most / step + 1e-9)
    found = [round(i * step, 4) for i in range(count + 1)]
    return found if not most or abs(found[-1] - most) < 1e-9 else [*found, most]


def cluster(
    book: Book,
    session: Session,
    found: Cluster,
    *,
    given: Mapping[str, str] | None = None,
    ticked: set[str] | None = None,
    wrong: str = "",
    done: Appended | None = None,
) -> str:
    """Everybody with the same mistake."""
    standing = book.log.standing()
    rows = [
        (i, holds(i, standing.get((i.student, i.check))), _number(standing.get((i.student, i.check))))
        for i in found.items
    ]
    _, check = book.check_report(found.items[0].student, found.check)
    blank = {"points": "", "reason": "", "comment": "", "verdict": "right"}
    return _render(
        "cluster.html.j2", session, book=book, cluster=found, rows=rows, ticked=ticked, wrong=wrong, done=done,
        max_points=found.items[0].max_points, choices=choices(found.items[0].max_points), check=check,
        given=blank if given is None or (done and not done.conflicts) else blank | {k: given.get(k, "") for k in blank},
        conflicts=[(book.who(s.last.student), s) for s in done.conflicts] if done else [],
    )  # fmt: skip


def _number(standing: Standing | None) -> int:
    return standing.last.number if standing else 0
