"""What the desk knows of one assignment: every check of every student as the grader left it, and what holds by the audit file."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.desk.apply import basis, unreviewed
from grader.desk.log import NAME, Draft, Log, Standing, stale
from grader.model import CheckReport, Outcome, Report
from grader.predictions import pseudonym
from grader.rubric import Check, Rubric

SECRET = ".desk-secret"
FEWEST = 2
"""As many students make a cluster."""


@dataclass(frozen=True)
class Item:
    """One check of one student, without its evidence."""

    student: str
    key: str
    """Stands for the student in addresses; tells nobody who it is."""
    who: str
    """How the desk calls the student."""
    check: str
    title: str
    question: str
    outcome: Outcome
    points: float
    max_points: float
    message: str
    diagnosis: str
    says: str
    basis: str

    @property
    def manual(self) -> bool:
        """Whether it waited for a person."""
        return self.outcome is Outcome.MANUAL


@dataclass(frozen=True)
class Cluster:
    """Students who lost the same check in the same way."""

    key: str
    check: str
    title: str
    what: str
    diagnosis: str
    items: tuple[Item, ...]


@dataclass
class Book:
    """
    One assignment on the desk.

    Args:
        folder: `grades/<assignment>`.
        rubric: for what the staff should look for.
        names: student to the person's name.
        anonymous: students are called by pseudonyms.
    """

    folder: Path
    rubric: Rubric
    names: Mapping[str, str] = field(default_factory=dict)
    anonymous: bool = False
    _items: dict[str, tuple[int, list[Item]]] = field(default_factory=dict)
    _entries: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.log = Log(self.folder / NAME)
        self.secret = _secret(self.folder.parent)
        self.checks: dict[str, Check] = {c.id: c for _, checks in self.rubric.questions for c in checks}

    @property
    def assignment(self) -> str:
        """The name of the assignment."""
        return self.rubric.assignment

    def items(self) -> list[Item]:
        """Every check of every student; reports that a run has written anew are read again."""
        found = {p.parent.name: p for p in self.folder.glob("*/report.json")}
        for name in self._items.keys() - found.keys():
            del self._items[name]
        for name, path in found.items():
            stamp = path.stat().st_mtime_ns
            if self._items.get(name, (0, []))[0] != stamp:
                report = self.report(name)
                self._items[name] = (stamp, list(self._read(report)))
                self._entries[name] = report.provenance.review_entry
        return [item for name in sorted(found, key=self.order) for item in self._items[name][1]]

    def published(self) -> dict[str, int]:
        """Student to the last entry of the audit file that a report holds."""
        self.items()
        return {s: self._entries.get(s, 0) for s in self._items}

    def order(self, student: str) -> str:
        """Students stand in this order."""
        return self.key(student) if self.anonymous else student

    def report(self, student: str) -> Report:
        """The report of a student, read from the disk."""
        return Report.model_validate_json((self.folder / student / "report.json").read_bytes())

    def student(self, key: str) -> str | None:
        """The student whom a key stands for."""
        return next(
            (p.parent.name for p in self.folder.glob("*/report.json") if self.key(p.parent.name) == key), None
        )

    def key(self, student: str) -> str:
        """What stands for a student in addresses."""
        return hmac.new(self.secret, student.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[
            :16
        ]

    def who(self, student: str) -> str:
        """How the desk calls a student."""
        return pseudonym(student, self.secret) if self.anonymous else self.names.get(student) or student

    def _read(self, report: Report) -> Iterator[Item]:
        for question in report.questions:
            for check in question.checks:
                yield self._item(report, question.id, unreviewed(check))

    def _item(self, report: Report, question: str, check: CheckReport) -> Item:
        cause = check.diagnosis
        return Item(
            report.student, self.key(report.student), self.who(report.student), check.id, check.title, question,
            check.outcome, check.points or 0.0, check.max_points, check.message[:600],
            cause.id if cause else "", cause.says if cause else "", basis(check, report),
        )  # fmt: skip

    def item(self, student: str, check: str) -> Item | None:
        """One check of one student."""
        return next((i for i in self.items() if i.student == student and i.check == check), None)

    def check_report(self, student: str, check: str) -> tuple[Report, CheckReport]:
        """The report, and the check as the grader left it with its evidence."""
        report = self.report(student)
        found = next(c for q in report.questions for c in q.checks if c.id == check)
        return report, unreviewed(found)

    def clusters(self) -> list[Cluster]:
        """The same diagnosis, or the same message, in at least `FEWEST` students; most students first."""
        groups: dict[tuple[str, str], list[Item]] = {}
        for item in self.items():
            if item.outcome in (Outcome.LOST, Outcome.PARTIAL, Outcome.ERROR):
                groups.setdefault((item.check, item.diagnosis or item.message), []).append(item)
        return sorted(
            (_cluster(items) for items in groups.values() if len(items) >= FEWEST),
            key=lambda c: (-len(c.items), c.check, c.what),
        )

    def look_for(self, check: str) -> str:
        """What the rubric says that the staff should look for."""
        known = self.checks.get(check)
        return str(getattr(known.options, "look_for", "")) if known else ""


def _cluster(items: list[Item]) -> Cluster:
    first = items[0]
    key = hashlib.sha256(
        f"{first.check}\0{first.diagnosis or first.message}".encode("utf-8", "replace")
    ).hexdigest()[:16]
    return Cluster(key, first.check, first.title, first.says or first.message, first.diagnosis, tuple(items))


def _secret(out: Path) -> bytes:
    """Random bytes of this folder of grades: the same pseudonyms for all reviewers, and on every day."""
    path = out / SECRET
    try:
        with path.open("xb") as file:
            path.chmod(0o600)
            file.write(secrets.token_bytes(32))
    except FileExistsError:
        pass
    return path.read_bytes()


def holds(item: Item, standing: Standing | None) -> Standing | None:
    """What holds for an item, unless it was said about another hand-in."""
    return None if standing is None or stale(standing, item.basis) else standing


def open_item(item: Item, standing: Standing | None) -> bool:
    """Whether an item still waits for a person."""
    valid = holds(item, standing)
    return item.outcome in (Outcome.MANUAL, Outcome.ERROR) and (valid is None or valid.decision is None)


def draft(item: Item, action: str, **said: object) -> Draft:
    """A draft about an item, with what the grader had said."""
    was = f"{item.outcome.value} {item.points:g}/{item.max_points:g}" + (
        f" {item.diagnosis}" if item.diagnosis else ""
    )
    return Draft.model_validate(
        {
            "student": item.student,
            "check": item.check,
            "action": action,
            "basis": item.basis,
            "was": was,
            **said,
        }
    )
