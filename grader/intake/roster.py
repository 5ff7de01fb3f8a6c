"""The roster of a class: a CSV from Canvas, Gradescope or Moodle, or any with a header of names and ids."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.errors import UsageError
from grader.intake.sheets import decoded, table_of
from grader.model import Source

_NAME = ("name", "student", "full name", "student name", "lastname,firstname")
_FIRST = ("first name", "firstname", "first")
_LAST = ("last name", "lastname", "surname", "last")
_IDS = (
    *("id", "sid", "student id", "user id", "sis user id", "sis login id", "identifier", "username", "login"),
    *("email", "email address", "e-mail", "folder", "participant"),
)


@dataclass(frozen=True)
class Person:
    """One row of the roster."""

    name: str
    keys: frozenset[str]
    """Everything that this person may be called in an export, folded."""


def load_roster(path: Path) -> list[Person]:
    """
    The people of a roster.

    Raises:
        UsageError: the file cannot be read or has no column with names or ids.
    """
    try:
        rows = table_of(decoded(path.read_bytes()))
    except OSError as error:
        raise UsageError(f"{path}: the roster cannot be read ({error.strerror}).") from None
    header = [cell.strip().casefold() for cell in rows[0]] if rows else []
    if not any(column in (*_NAME, *_FIRST, *_LAST, *_IDS) for column in header):
        raise UsageError(
            f"{path}:1: no column with names or ids. Expected a header such as `Name,SID,Email`."
        )
    people = [_person(dict(zip(header, row, strict=False))) for row in rows[1:]]
    return [person for person in people if person.keys and "points possible" not in person.name.casefold()]


def _person(row: Mapping[str, str]) -> Person:
    first = next((row[c] for c in _FIRST if row.get(c)), "")
    last = next((row[c] for c in _LAST if row.get(c)), "")
    name = next((row[c] for c in _NAME if row.get(c)), f"{first} {last}").strip()
    ids = [row[c].strip() for c in _IDS if row.get(c, "").strip()]
    return Person(name, frozenset((*_keys(ids), *name_keys(name))))


def _keys(ids: Sequence[str]) -> Iterator[str]:
    for text in ids:
        yield text.casefold()
        yield from re.findall(r"^participant (\d+)$", text.casefold())
        if "@" in text:
            yield text.casefold().split("@")[0]


def person_of(name: str, ids: Sequence[str]) -> Person:
    """A person of a platform's own sheet."""
    return Person(name, frozenset((*_keys([i for i in ids if i]), *name_keys(name))))


def name_keys(name: str) -> Iterator[str]:
    """`Last, First` and `First Last` in one word, as Canvas writes names, in both orders."""
    parts = [letters(part) for part in (name.split(",", 1) if "," in name else name.rsplit(" ", 1))]
    for order in (parts, parts[::-1]):
        if joined := "".join(order):
            yield f"name:{joined}"


def letters(text: str) -> str:
    """The letters and digits of a name, folded: what every platform keeps of it."""
    return "".join(c for c in unicodedata.normalize("NFC", text.casefold()) if c.isalnum())


def check_roster(
    sources: Sequence[Source], people: Sequence[Person]
) -> tuple[list[Source], list[str], list[str]]:
    """
    The sources with the names of the roster, then who is not in it, then who handed in nothing.

    Ids are trusted before names; a name counts only when one person of the roster has it.
    """
    by_key = index_of(people)
    present: set[int] = set()
    named, strangers = [], []
    for source in sources:
        found = people_of(source, by_key)
        present |= found
        if not found:
            strangers.append(f"{source.student}: is not in the roster (it is graded all the same)")
        known = people[min(found)].name if len(found) == 1 and not source.members else ""
        names = {key for name in called(source) for key in name_keys(name)}
        if known and names and not names & {*name_keys(known)}:
            strangers.append(
                f"{source.student}: has an id of {known} in the roster but another name (the name stays)"
            )
            known = ""
        named.append(replace(source, name=known) if known and source.platform != "gradescope" else source)
    missing = [person.name for number, person in enumerate(people) if number not in present]
    return named, strangers, missing


def twice(sources: Sequence[Source]) -> list[str]:
    """Who handed in more than once (in two exports, or alone and in a group), by the platform's own identities."""
    seen: dict[tuple[str, str], str] = {}
    told: dict[tuple[str, str], str] = {}
    for source in sources:
        for who in person_ids(source):
            first = seen.setdefault(who, source.student)
            if first != source.student:
                line = f"{source.student}: {who[1]} handed in {first} too (both are graded: decide which one counts)"
                told.setdefault((first, source.student), line)
    return list(told.values())


def person_ids(source: Source) -> Iterator[tuple[str, str]]:
    """Kind and value of each identity that stands for one person, of all members."""
    for ids in (source.ids, *source.member_ids):
        yield from ((k, v.casefold()) for k, v in ids.items() if k != "submission_id" and v)


def index_of(people: Sequence[Person]) -> dict[str, list[int]]:
    """Key to the persons who have it."""
    by_key: dict[str, list[int]] = {}
    for number, person in enumerate(people):
        for key in person.keys:
            by_key.setdefault(key, []).append(number)
    return by_key


def people_of(source: Source, by_key: Mapping[str, list[int]]) -> set[int]:
    """The persons of a hand-in: one, or those of a group."""
    ids = [value.casefold() for key, value in source.ids.items() if key != "submission_id"]
    for key in (*ids, source.student.casefold()):
        if key in by_key:
            return {*by_key[key]} | _by_name(source.members, by_key)
    own: set[int] = next(filter(None, (_by_name((name,), by_key) for name in called(source))), set())
    return own | _by_name((source.student, *source.members), by_key)


def called(source: Source) -> list[str]:
    """What the name may be; Moodle puts the group before it (`Group A-Jean-Luc Picard`)."""
    parts = source.name.split("-") if source.platform == "moodle" else [source.name]
    return ["-".join(parts[i:]) for i in range(len(parts)) if source.name]


def _by_name(names: Sequence[str], by_key: Mapping[str, list[int]]) -> set[int]:
    found: set[int] = set()
    for name in names:
        matches = {n for key in name_keys(name) for n in by_key.get(key, [])}
        found |= matches if len(matches) == 1 else set()
    return found
