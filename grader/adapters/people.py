"""Who is behind each report: `students.json` beside the grades, members of groups, and identities from a platform's own sheet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from grader.errors import UsageError
from grader.intake.roster import index_of, people_of, person_of
from grader.intake.sheets import rows_of
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
    taken: set[str] = set()
    for row in rows:
        source = sources.get(row.student)
        if source is None:
            out.rows.append(row)
            continue
        for number, member in enumerate(_members(source)):
            key = row.student if number == 0 else f"{row.student} + {member.name}"
            key = key if key not in taken else f"{key} ({number + 1})"
            taken.add(key)
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


def canvas_people(text: str) -> list[dict[str, str]]:
    """
    The students of a gradebook that Canvas exported, as `name` and identities.

    Raises:
        UsageError: it is no such file.
    """
    rows = rows_of(text)
    named = bool(rows) and ("student" in rows[0] or {"lastname", "firstname"} <= set(rows[0]))
    if not named or "id" not in rows[0]:
        raise UsageError(
            "Canvas gradebook: expected the columns `Student` and `ID` of an exported gradebook."
        )
    people = [
        {"name": _canvas_name(r)} | {key: r.get(column, "").strip() for key, column in _CANVAS.items()}
        for r in rows
    ]
    return [p for p in people if p["canvas_id"] and "points possible" not in p["name"].casefold()]


def _canvas_name(row: Mapping[str, str]) -> str:
    return row.get("student") or ", ".join(filter(None, (row.get("lastname"), row.get("firstname"))))


def completed(sources: Mapping[str, Source], people: Sequence[Mapping[str, str]]) -> dict[str, Source]:
    """
    Sources with the identities of the people that they are; hand-ins that came over another platform get their grades home
    this way.

    An identity counts only against one of its own kind (a student number is no Canvas number), and before the name; a name
    counts when one person has it and no identity of theirs says otherwise.
    """
    by_name = index_of([person_of(p["name"], []) for p in people])
    by_id: dict[tuple[str, str], list[int]] = {}
    for number, person in enumerate(people):
        for key in set(_typed(person)):
            by_id.setdefault(key, []).append(number)
    found = {}
    for student, source in sources.items():
        if (known := _person(source, people, by_id, by_name)) is not None:
            ids = {**source.ids, **{k: v for k, v in known.items() if k != "name" and v}}
            source = replace(source, ids=ids, name=known["name"] or source.name)
        found[student] = source
    return found


def _person(
    source: Source,
    people: Sequence[Mapping[str, str]],
    by_id: Mapping[tuple[str, str], list[int]],
    by_name: Mapping[str, list[int]],
) -> Mapping[str, str] | None:
    for key in _typed(source.ids):
        if key in by_id:
            return people[by_id[key][0]] if len(by_id[key]) == 1 else None
    matches = people_of(replace(source, members=(), ids={}), by_name)
    person = people[min(matches)] if len(matches) == 1 else {}
    own, theirs = dict(_typed(source.ids)), dict(_typed(person))
    return person if person and all(theirs.get(k, v) == v for k, v in own.items() if k != "login") else None


def _typed(ids: Mapping[str, str]) -> list[tuple[str, str]]:
    """Kind and value of what can be compared; an address and a login are of one kind, whole or before the `@`."""
    found = [(k, ids[k].casefold()) for k in ("canvas_id", "moodle_id", "sid") if ids.get(k)]
    for text in (ids.get("email", ""), ids.get("login", "")):
        if text:
            found += [("login", text.casefold()), ("login", text.casefold().split("@")[0])]
    return found


def contradicting(rows: Iterable[ClassRow], who: Mapping[str, str]) -> dict[str, str]:
    """
    Rows that are left out because their person has another one: student to the reason.

    Args:
        rows: with final grades.
        who: student to the identity that the platform would find.
    """
    same: dict[str, list[ClassRow]] = {}
    for row in rows:
        same.setdefault(who[row.student], []).append(row)
    out = {}
    for several in same.values():
        names = ", ".join(sorted(row.student for row in several))
        alike = len({row.total for row in several}) == 1
        for row in several[1:] if alike else several if len(several) > 1 else []:
            out[row.student] = f"the same person handed in more than once ({names})" + (
                ": the grade is written once"
                if alike
                else ": grade the one that counts, with --only or alone"
            )
    return out


def identity_cells(source: Source | None) -> dict[str, Json]:
    """The identities that a plain table has columns for."""
    ids = source.ids if source is not None else {}
    return {
        key: ids.get(key, "") for key in ("email", "sid", "login", "canvas_id", "moodle_id", "submission_id")
    }
