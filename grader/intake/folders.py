"""The files of a folder on disk as members, without following a link and without waiting on a pipe."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from grader.intake.members import DamagedError, Member, nothing
from grader.intake.names import is_junk


def folder_members(root: str, depth: int) -> Iterator[Member]:
    """Every entry below a folder, files of a folder before its sub-folders, in the order of their names."""
    yield from _walk(root, "", depth)


def _walk(folder: str, prefix: str, depth: int) -> Iterator[Member]:
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda e: e.name)
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            yield file_member(entry.path, prefix + entry.name)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and not is_junk(entry.name):
            if depth > 0:
                yield from _guarded(entry.path, f"{prefix}{entry.name}/", depth - 1)
            else:
                yield Member(f"{prefix}{entry.name}/...", 0, nothing)


def _guarded(folder: str, prefix: str, depth: int) -> Iterator[Member]:
    """A sub-folder; one that cannot be opened becomes a member that cannot be read."""
    try:
        yield from _walk(folder, prefix, depth)
    except OSError as error:
        yield Member(prefix.rstrip("/"), 0, Reader("", error))


class Reader:
    """Reads a file of the disk when asked, refusing what is not an ordinary file by then."""

    def __init__(self, path: str, error: OSError | None = None) -> None:
        self.path, self.error = path, error

    def __call__(self, most: int) -> bytes:
        if self.error is not None:
            raise self.error
        handle = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise DamagedError("is not an ordinary file")
            return file.read(most)


def file_member(path: str, name: str) -> Member:
    """One entry of a folder."""
    try:
        status = os.lstat(path)
    except OSError as error:
        return Member(name, 0, Reader(path, error))
    if stat.S_ISLNK(status.st_mode):
        return Member(name, 0, nothing, "link")
    if not stat.S_ISREG(status.st_mode):
        return Member(name, 0, nothing, "device")
    return Member(name, status.st_size, Reader(path))
