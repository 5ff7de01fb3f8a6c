"""Who handed in: the hand-ins of a class in a folder or a platform's export, found without opening them."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from grader.errors import UsageError
from grader.intake.exports import ExportedName, parse_name
from grader.intake.gradescope import METADATA, Submitted, read_metadata
from grader.intake.listing import Entry, list_entry, list_folder, list_zip
from grader.intake.members import BAD_DATA
from grader.intake.names import ARCHIVE_ENDINGS, ending, is_junk, make_unique, safe_student, shown, stem
from grader.intake.places import inside, members_inside
from grader.intake.roster import check_roster, load_roster, twice
from grader.intake.shapes import plain_students, shape_of
from grader.model import Source

Shape = Literal["auto", "class", "student"]
_MOST_WITHIN = 1 << 30
_EXPORT_NAME = re.compile(r"submissions|export|assignment[_-]\d+", re.IGNORECASE)


@dataclass(frozen=True)
class Discovery:
    """The hand-ins that were found, and everything beside them, with the reason; nothing is dropped in silence."""

    sources: list[Source]
    unmatched: list[str]
    """`name: why it belongs to nobody`."""
    shape: Literal["class", "student"] = "class"
    missing: tuple[str, ...] = ()
    """Who is in the roster and handed in nothing."""


def discover(
    folder: Path, *, roster: Path | None = None, shape: Shape = "auto", usual: Sequence[str] = ()
) -> Discovery:
    """
    The hand-ins of a class, or of one student.

    Args:
        folder: a class folder, an export of Gradescope, Canvas or Moodle (unpacked or as its one zip), or the folder,
            archive or file of one student.
        roster: a CSV of the class (`roster.load_roster`), to name people and to find who handed in nothing.
        shape: `class` or `student` to overrule the guess of `shapes.shape_of`.
        usual: file names that the rubric says students use; one of them directly in the folder means one student.

    Raises:
        UsageError: the path does not exist or cannot be read.
    """
    path = str(folder)
    if not os.path.exists(path):
        raise UsageError(f"{path}: there is no such file or folder. Give the folder with the hand-ins.")
    try:
        found = _discover(path, shape, usual)
        return _with_roster(replace(found, unmatched=found.unmatched + twice(found.sources)), roster)
    except PermissionError as error:
        raise UsageError(f"{error.filename or path}: may not be read. Check the permissions.") from None


def discover_one(path: Path) -> Source:
    """One student's folder, archive or file as a source."""
    name = Path(os.path.abspath(path)).name
    return Source(safe_student(name if os.path.isdir(path) else stem(name)), (str(path),), shown(name))


def _discover(path: str, shape: Shape, usual: Sequence[str]) -> Discovery:
    unmatched: list[str] = []
    if not os.path.isdir(path):
        export = None if shape == "student" else _zipped_export(path)
        if export is None and shape != "student":
            _refuse_nested(path)
        if export is None:
            return Discovery([discover_one(Path(path))], [], "student")
        return Discovery(_unique(_students(export, unmatched)), unmatched)
    entries = list_folder(path)
    if shape == "student":
        return Discovery([discover_one(Path(path))], [], "student")
    exported = _exported(entries)
    boxes = [e.path for e in entries if e.is_folder or ending(e.name) in ARCHIVE_ENDINGS]
    if exported is None and len(boxes) == 1:
        _refuse_nested(boxes[0])
    if exported is None and shape == "auto" and shape_of(entries, usual) == "student":
        return Discovery([discover_one(Path(path))], [], "student")
    return Discovery(_unique(_students(entries if exported is None else exported, unmatched)), unmatched)


def _exported(entries: Sequence[Entry]) -> Sequence[Entry] | None:
    """The entries of the export that these are, or that the only one of them is; None when there is none."""
    if _platform(entries):
        return entries
    return _export_in(entries[0]) if len(entries) == 1 else None


def _export_in(entry: Entry) -> Sequence[Entry] | None:
    """The entries of the export that one entry is: an unpacked folder, or a zip."""
    if entry.is_link:
        return None
    if entry.is_folder:
        below = list_entry(entry)
        return below if _platform(below) else _export_in(below[0]) if len(below) == 1 else None
    return None if inside(entry.path) else _zipped_export(entry.path)


def _zipped_export(path: str) -> Sequence[Entry] | None:
    if ending(path) != ".zip":
        return None
    try:
        entries = list_zip(path)
        while len(entries) == 1 and entries[0].is_folder and not _platform(entries):
            entries = list_entry(entries[0])
    except BAD_DATA:
        return None
    return entries if _platform(entries) else None


def _refuse_nested(path: str) -> None:
    """
    Not to take a class for one student where the only thing is a zip that holds a platform's download as a zip of its own.

    Raises:
        UsageError: it is.
    """
    try:
        entries = list_zip(path) if ending(path) == ".zip" else []
        within = _export_within(entries[0]) if len(entries) == 1 else ""
    except BAD_DATA:
        return
    if within:
        raise UsageError(
            f"{path}: holds a download of {within.capitalize()} in a zip of its own. Unpack the outer one."
        )


def _export_within(entry: Entry) -> str:
    """The platform whose download the zip in a zip is: nearly all its names say so, and of more than one person."""
    place = inside(entry.path)
    if place is None or entry.is_folder or ending(entry.name) != ".zip":
        return ""
    data = io.BytesIO(b"".join(m.read(m.size) for m in members_inside(place) if m.size < _MOST_WITHIN))
    names = [name.replace("\\", "/") for name in zipfile.ZipFile(data).namelist()]
    tops = {top for name in names if not is_junk(top := name.split("/", 1)[0])}
    if len(tops) == 1:
        tops |= {name.split("/")[1] for name in names if name.count("/") and name.split("/")[1]}
    platform = _platform([Entry(top, "", False) for top in sorted(tops)])
    parsed = [parse_name(top, platform) for top in tops]
    people = {name.key for name in parsed if name is not None}
    sure = platform == "gradescope" or (5 * parsed.count(None) <= len(parsed) and len(people) > 1)
    return platform if sure else ""


def _platform(entries: Sequence[Entry]) -> str:
    """`gradescope`, `moodle`, `canvas` (at least half of the entries have its names) or the empty string."""
    if any(e.name == METADATA for e in entries):
        return "gradescope"
    names = [e.name for e in entries]
    found = {p: sum(parse_name(n, p) is not None for n in names) for p in ("moodle", "canvas")}
    likely = max(found, key=lambda platform: found[platform])
    return likely if found[likely] and 2 * found[likely] >= len(entries) else ""


def _students(entries: Sequence[Entry], unmatched: list[str]) -> list[Source]:
    match _platform(entries):
        case "gradescope":
            return _gradescope(entries, unmatched)
        case "":
            exports = _exports_among(entries)
            others = [e for e in entries if e.path not in exports]
            inner = [source for found in exports.values() for source in _students(found, unmatched)]
            groups = plain_students(others, unmatched, beside=bool(exports))
            return [_plain(group) for group in groups] + inner
        case platform:
            return _flat(entries, platform, unmatched)


def _exports_among(entries: Sequence[Entry]) -> dict[str, Sequence[Entry]]:
    """
    The exports in a class folder, by path: folders and archives that are called so; any name will do where all are exports.

    Among hand-ins of students a name is asked for, so that none of them can pass off files as somebody else's.
    """
    boxes = [e for e in entries if e.is_folder or ending(e.name) in ARCHIVE_ENDINGS]
    named = {e.path: found for e in boxes if _EXPORT_NAME.search(e.name) and (found := _export_in(e))}
    others: dict[str, Sequence[Entry]] = {}
    for entry in (e for e in boxes if e.path not in named):
        found = _export_in(entry)
        if found is None:
            return named
        others[entry.path] = found
    return named | others


def _plain(group: Sequence[Entry]) -> Source:
    first = group[0]
    name = first.name if first.is_folder else stem(first.name)
    return Source(safe_student(name), tuple(e.path for e in group), shown(name))


def _flat(entries: Sequence[Entry], platform: str, unmatched: list[str]) -> list[Source]:
    people: dict[tuple[str, str], list[tuple[Entry, ExportedName]]] = {}
    others: list[Entry] = []
    for entry in entries:
        parsed = None if entry.is_link else parse_name(entry.name, platform)
        if parsed is None:
            others.append(entry)
        else:
            people.setdefault(parsed.key, []).append((entry, parsed))
    sources = [_exported_source(found, platform) for found in people.values()]
    return sources + [_plain(group) for group in plain_students(others, unmatched, beside=True)]


def _exported_source(found: Sequence[tuple[Entry, ExportedName]], platform: str) -> Source:
    first = found[0][1]
    return Source(
        student=safe_student("_".join(filter(None, (first.name, first.id)))),
        paths=tuple(entry.path for entry, _ in found),
        name=first.name,
        late=any(parsed.late for _, parsed in found),
        platform=platform,
        ids={f"{platform}_id": first.id} if first.id else {},
    )


def _gradescope(entries: Sequence[Entry], unmatched: list[str]) -> list[Source]:
    by_name = {e.name: e for e in entries if e.name != METADATA}
    metadata = next(e for e in entries if e.name == METADATA)
    sources = []
    for submitted in _submitted(metadata):
        entry = by_name.pop(submitted.folder, None)
        if submitted.problem:
            unmatched.append(f"{submitted.folder}: {submitted.problem} from {METADATA}")
        if entry is None:
            unmatched.append(f"{submitted.folder}: is in {METADATA} but not in the export")
        else:
            sources.append(_gradescope_source(entry, submitted))
    for entry in by_name.values():
        if entry.is_folder:
            sources.append(_gradescope_source(entry, Submitted(entry.name)))
        else:
            unmatched.append(f"{entry.name}: is not in {METADATA}")
    return sources


def _submitted(metadata: Entry) -> Iterable[Submitted]:
    if place := inside(metadata.path):
        data = b"".join(m.read(m.size) for m in members_inside(place))
        yield from read_metadata(data.decode("utf-8", "replace").splitlines())
        return
    with open(metadata.path, encoding="utf-8", errors="replace") as lines:
        yield from read_metadata(lines)


def _gradescope_source(entry: Entry, submitted: Submitted) -> Source:
    people = submitted.submitters or [{}]
    first = people[0]
    number = re.sub(r"\D", "", stem(entry.name)) or entry.name
    ids = {"submission_id": number, "sid": first.get("sid", ""), "email": first.get("email", "")}
    name = first.get("name", "")
    called = [next((p[k] for k in ("name", "email", "sid") if p.get(k)), "") for p in people[1:]]
    identity = first.get("sid") or first.get("email") or number
    return Source(
        student=safe_student(f"{name}_{identity}" if name else entry.name),
        paths=(entry.path,),
        name=name,
        members=tuple(called),
        member_ids=tuple({k: p[k] for k in ("sid", "email") if p.get(k)} for p in people[1:]),
        submitted_at=submitted.created_at,
        platform="gradescope",
        ids={key: value for key, value in ids.items() if value},
    )


def _unique(sources: list[Source]) -> list[Source]:
    names = make_unique(source.student for source in sources)
    return [
        source if source.student == name else replace(source, student=name)
        for source, name in zip(sources, names, strict=True)
    ]


def _with_roster(discovery: Discovery, roster: Path | None) -> Discovery:
    if roster is None:
        return discovery
    sources, strangers, missing = check_roster(discovery.sources, load_roster(roster))
    return replace(
        discovery, sources=sources, unmatched=[*discovery.unmatched, *strangers], missing=tuple(missing)
    )
