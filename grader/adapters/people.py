"""Who is behind each report: `students.json` beside the grades, members of groups, and identities from a platform's own sheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from grader.errors import UsageError
from grader.intake.roster import index_of, people_of, person_of
from grader.model import Json, Source
from grader.report.summary import ClassRow

NAME = "students.json"
_FIELDS = {f.name for f in fields(Source)}


def students_json(sources: Iterable[Source], unmatched: Sequence[str], missing: Sequence[str]) -> bytes:
    """The file: identities for the way back, and what was found beside the hand-ins."""
    everyone = {
        s.student: {k: v for k, v in asdict(s).items() if k not in ("student", "paths") and v}
        for s in sources
    }
    data = {
        "schema": 1,
        "students": dict(sorted(everyone.items())),
        "unmatched": list(unmatched),
        "missing": list(missing),
    }
    return json.dumps(data, indent=1, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def read_students(path: Path) -> dict[str, Source]:
    """
    The sources of a `students.json`, by student.

    Raises:
        UsageError: it is missing or damaged.
    """
    try:
        data = json.loads(path.read_bytes())
        return {name: _source(name, known) for name, known in data["students"].items()}
    except OSError as e:
        raise UsageError(
            f"{path}: {e.strerror}. Grade the assignment again: the same command writes it."
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(
            f"{path}: is damaged. Grade the assignment again: the same command writes it."
        ) from None


def _source(name: str, known: Mapping[str, Any]) -> Source:
    kept = {k: v for k, v in known.items() if k in _FIELDS}
    for key in ("members", "member_ids"):
        if key in kept:
            kept[key] = tuple(kept[key])
    return Source(student=name, paths=(), **kept)


@dataclass(frozen=True)
class Class:
    """The rows that go out and where each came from; every member of a group has a row."""

    rows: list[ClassRow]
    sources: dict[str, Source]


def one_row_each(rows: Iterable[ClassRow], sources: Mapping[str, Source]) -> Class:
    """The class with a row for every member of a group: the same grade, the member's own name and identities."""
    out = Class([], {})
    for row in rows:
        source = sources.get(row.student)
        if source is None:
            out.rows.append(row)
            continue
        for number, member in enumerate(_members(source)):
            key = row.student if number == 0 else f"{row.student} + {member.name}"
            out.rows.append(replace(row, student=key, name=member.name or row.name))
            out.sources[key] = replace(member, student=key)
    return out


def _members(source: Source) -> list[Source]:
    """The person who handed in, then the others."""
    ids = [*source.member_ids, *[{}] * len(source.members)]
    others = [
        replace(source, name=name, ids=own, members=(), member_ids=())
        for name, own in zip(source.members, ids, strict=False)
    ]
    return [replace(source, members=(), member_ids=()), *others]


# --- identities from the platform's own sheet ----------------------------------------------------------------------

_CANVAS = {"canvas_id": "id", "sid": "sis user id", "login": "sis login id", "section": "section"}


def rows_of(text: str) -> list[dict[str, str]]:
    """The rows of a sheet by folded column name; `,` or `;` between the cells."""
    text = text.removeprefix("\ufeff")
    first = text.split("\n", 1)[0]
    table = list(csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count)))
    header = [cell.strip().casefold() for cell in table[0]] if table else []
    return [dict(zip(header, row, strict=False)) for row in table[1:] if any(row)]


def canvas_people(text: str) -> list[dict[str, str]]:
    """
    The students of a gradebook that Canvas exported, as `name` and identities.

    Raises:
        UsageError: it is no such file.
    """
    rows = rows_of(text)
    if not rows or "student" not in rows[0] or "id" not in rows[0]:
        raise UsageError(
            "Canvas gradebook: expected the columns `Student` and `ID` of an exported gradebook."
        )
    people = [
        {"name": r["student"]} | {key: r.get(column, "").strip() for key, column in _CANVAS.items()}
        for r in rows
    ]
    return [p for p in people if p["canvas_id"] and "points possible" not in p["name"].casefold()]


def moodle_people(text: str, identifier: str = "Identifier") -> list[dict[str, str]]:
    """The participants of a worksheet that Moodle gave, as `name`, `email` and `moodle_id` (the number)."""
    rows = rows_of(text)
    found = []
    for row in rows:
        number = row.get(identifier.casefold(), "").rsplit(" ", 1)[-1]
        if number.isdigit():
            found.append(
                {"name": row.get("full name", ""), "email": row.get("email address", ""), "moodle_id": number}
            )
    return found


def completed(sources: Mapping[str, Source], people: Sequence[Mapping[str, str]]) -> dict[str, Source]:
    """
    Sources with the identities of the people that they are; ids count before names, a name only when one person has it.

    Hand-ins that came over another platform get their grades home this way.
    """
    roster = [person_of(p["name"], [v for k, v in p.items() if k not in ("name", "section")]) for p in people]
    index = index_of(roster)
    found = {}
    for key, source in sources.items():
        matches = people_of(replace(source, members=()), index)
        if len(matches) == 1:
            person = people[min(matches)]
            ids = {**source.ids, **{k: v for k, v in person.items() if k != "name" and v}}
            source = replace(source, ids=ids, name=person["name"] or source.name)
        found[key] = source
    return found


def identity_cells(source: Source | None) -> dict[str, Json]:
    """The identities that a plain table has columns for."""
    ids = source.ids if source is not None else {}
    return {
        key: ids.get(key, "") for key in ("email", "sid", "login", "canvas_id", "moodle_id", "submission_id")
    }
