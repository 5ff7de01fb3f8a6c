"""Places inside an export that is one zip: `/path/export.zip!/submission_12/` (a folder) or `.../hw.py` (a file)."""

from __future__ import annotations

import bisect
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from grader.intake.members import Member
from grader.intake.zips import member_name, zip_member

MARK = "!/"


@dataclass(frozen=True)
class Place:
    """A folder or a file inside a zip on disk."""

    archive: str
    member: str

    @property
    def is_folder(self) -> bool:
        """Does it stand for everything below a folder?"""
        return self.member.endswith("/") or not self.member


@dataclass(frozen=True)
class Index:
    """An open zip and its members in the order of their names."""

    archive: zipfile.ZipFile
    names: list[str]
    infos: list[zipfile.ZipInfo]


def inside(path: str) -> Place | None:
    """The place that a path names, or None for a path of the file system."""
    if MARK not in path or os.path.lexists(path):
        return None
    archive, member = path.split(MARK, 1)
    return Place(archive, member)


def index(archive: str) -> Index:
    """The directory of a zip, kept for the next student of the same export (by process: handles do not survive a fork)."""
    status = os.stat(archive)
    return _index(archive, status.st_mtime_ns, status.st_size, os.getpid())


@lru_cache(maxsize=2)
def _index(archive: str, _mtime: int, _size: int, _pid: int) -> Index:
    opened = zipfile.ZipFile(archive)
    pairs = sorted(((member_name(info), info) for info in opened.infolist()), key=lambda pair: pair[0])
    return Index(opened, [name for name, _ in pairs], [info for _, info in pairs])


def members_inside(place: Place) -> Iterator[Member]:
    """The members at a place; names are relative to a folder, and a file is named by its last part."""
    found = index(place.archive)
    at = bisect.bisect_left(found.names, place.member)
    cut = len(place.member) if place.is_folder else place.member.rfind("/") + 1
    while at < len(found.names) and found.names[at].startswith(place.member):
        info = found.infos[at]
        if not info.is_dir() and (place.is_folder or found.names[at] == place.member):
            yield zip_member(found.archive, info, found.names[at][cut:])
        at += 1
