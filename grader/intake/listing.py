"""The top level of a folder, or of a zip, without opening what is in it."""

from __future__ import annotations

import os
from dataclasses import dataclass

from grader.intake.names import is_junk
from grader.intake.places import MARK, index


@dataclass(frozen=True)
class Entry:
    """One file or folder at the top level."""

    name: str
    path: str
    """A path of the file system, or a place inside a zip (`places`)."""
    is_folder: bool
    is_link: bool = False


def list_folder(folder: str) -> list[Entry]:
    """The entries of a folder in the order of their names, junk left out."""
    with os.scandir(folder) as found:
        entries = [
            Entry(e.name, e.path, e.is_dir(follow_symlinks=False), e.is_symlink())
            for e in found
            if not is_junk(e.name)
        ]
    return sorted(entries, key=lambda e: e.name)


def list_zip(archive: str, prefix: str = "") -> list[Entry]:
    """The entries at the top level of a zip (or below a prefix of it), junk left out."""
    found: dict[str, bool] = {}
    for name in index(archive).names:
        if name.startswith(prefix) and name != prefix:
            top, slash, _ = name[len(prefix) :].partition("/")
            found[top] = found.get(top, False) or bool(slash)
    return [
        Entry(top, f"{archive}{MARK}{prefix}{top}{'/' if is_folder else ''}", is_folder)
        for top, is_folder in sorted(found.items())
        if not is_junk(top)
    ]


def list_entry(entry: Entry) -> list[Entry]:
    """What lies in a folder, be it of the disk or of a zip."""
    archive, mark, prefix = entry.path.partition(MARK)
    if mark and not os.path.lexists(entry.path):
        return list_zip(archive, prefix)
    return list_folder(entry.path)
