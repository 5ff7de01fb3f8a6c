"""The files of one submission while they are collected: every cap and every refusal is applied here, once."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import BinaryIO

from grader.intake.limits import MB, IntakeLimits
from grader.intake.members import BAD_DATA, DamagedError, Member, is_ours, kind_of
from grader.intake.names import (
    ARCHIVE_ENDINGS,
    RefusedError,
    clean_path,
    ending,
    folded,
    is_junk,
    shown,
    stem,
)
from grader.intake.tars import tar_members
from grader.intake.zips import zip_members
from grader.model import Problem

_TEXTS = (".py", ".ipynb", ".txt", ".md", ".tex", ".yaml", ".yml", ".csv", ".json", "")
_OPENED = (*ARCHIVE_ENDINGS, *_TEXTS)
_COMPRESSED = (*(e for e in ARCHIVE_ENDINGS if e not in (".gz", ".xz", ".bz2")), ".py", ".ipynb")
_ZIP_HELP = "Hand in a .zip with your files (code, answers.yaml, ...)."
_KINDS = {
    "link": ("is a link, and links are not followed.", "Put the file itself into the hand-in."),
    "device": ("is not an ordinary file and was left out.", "Put only ordinary files into the hand-in."),
    "encrypted": ("is protected by a password and cannot be opened.", "Make the archive without a password."),
    "method": (
        "is compressed in a way that cannot be read here.",
        "Make the .zip with your system's own tool.",
    ),
}
_UNREADABLE = {"rar": "a RAR", "7z": "a 7-Zip", "zst": "a Zstandard"}


class Basket:
    """Files and problems of one submission, filled member by member; nothing that comes from a student raises."""

    def __init__(self, limits: IntakeLimits) -> None:
        self.limits = limits
        self.files: dict[str, bytes] = {}
        self.problems: list[Problem] = []
        self._seen: dict[str, str] = {}
        self._total = 0
        self._later: list[tuple[str, bytes, str, int]] = []
        self._unlisted = 0
        self.full = False

    def problem(self, path: str, message: str, help: str = "", *, ours: bool = False) -> None:
        """Note something that could not be used; beyond the cap they are only counted."""
        if len(self.problems) < self.limits.problems or ours:
            self.problems.append(Problem(shown(path), message, help, ours=ours))
        else:
            self._unlisted += 1

    def finished_problems(self) -> list[Problem]:
        """All problems, the last one with the number of those that are not listed."""
        if not self._unlisted:
            return self.problems
        more = Problem(
            "", f"{self._unlisted} more files could not be used.", "The first ones are listed above."
        )
        return [*self.problems, more]

    def fill(self, members: Iterable[Member], where: str, prefix: str = "", level: int = 0) -> None:
        """
        Take what can be taken of an archive or a folder.

        Args:
            members: its members.
            where: its own name, for messages.
            prefix: the folder of the submission that they go to, empty or ending in `/`.
            level: how many archives they are inside of.
        """
        before = len(self.files) + len(self._later)
        try:
            for count, member in enumerate(members):
                if self.full or count >= self.limits.entries:
                    self.problem(
                        where,
                        f"has too many files: the rest of it was not looked at ({count} were).",
                        _ZIP_HELP,
                    )
                    return
                self._member(member, where, prefix, level)
        except OSError as error:
            self.failed(where, error)
        except DamagedError as error:
            kept = "what" if len(self.files) + len(self._later) > before else "nothing"
            self.problem(
                where,
                f"{error}: {kept} could be read of it{' was kept' * (kept == 'what')}.",
                "Make the archive again and hand it in again.",
            )
        except BAD_DATA:
            self.problem(
                where,
                "is damaged: what could be read of it was kept.",
                "Make the archive again and hand it in again.",
            )

    def failed(self, where: str, error: OSError) -> None:
        """Note a failure of the operating system as ours, one of the data as the student's."""
        if is_ours(error):
            self.problem(
                where,
                "could not be read on our side.",
                "You need not do anything: the staff is informed.",
                ours=True,
            )
        else:
            self.problem(
                where,
                "is damaged: what could be read of it was kept.",
                "Make the archive again and hand it in again.",
            )

    def _member(self, member: Member, where: str, prefix: str, level: int) -> None:
        if is_junk(member.name):
            return
        try:
            path = clean_path(prefix + clean_path(member.name, self.limits), self.limits)
        except RefusedError as refusal:
            self.problem(prefix + member.name, f"{refusal}; it was left out.", refusal.help)
            return
        if member.kind != "file":
            self.problem(path, *_KINDS[member.kind])
            return
        data = self._data(member, path)
        if data is not None:
            self.take(path, data, level)

    def _data(self, member: Member, path: str) -> bytes | None:
        """The content, unless a cap or damage forbids."""
        limits = self.limits
        if member.size > limits.file_bytes:
            self._too_large(path, member.size)
            return None
        if member.packed and member.size > MB and member.size > limits.ratio * member.packed:
            self.problem(
                path,
                "unpacks to far more than its packed size and was left out.",
                "Leave large data files out.",
            )
            return None
        try:
            data = member.read(limits.file_bytes + 1)
        except OSError as error:
            self.failed(path, error)
        except BAD_DATA:
            self.problem(
                path, "is damaged and could not be read.", "Make the archive again and hand it in again."
            )
        else:
            if len(data) <= limits.file_bytes:
                return data
            self._too_large(path, len(data))
        return None

    def _too_large(self, path: str, size: int) -> None:
        limit = self.limits.file_bytes // MB
        text = f"is too large ({max(size // MB, limit)} MB; at most {limit} MB are read) and was left out."
        self.problem(path, text, "Leave data sets and models out: the grader has its own.")

    def take(self, path: str, data: bytes, level: int) -> None:
        """Keep one file; an archive is opened when everything beside it has been taken."""
        kind = kind_of(path, data[:300])
        opened = _OPENED if kind in ("zip", "tar", "none") else _COMPRESSED
        if self._total + len(data) > self.limits.total_bytes:
            text = f"was left out: all files together are more than {self.limits.total_bytes // MB} MB."
            self.problem(path, text, "Leave data sets and models out: the grader has its own.")
        elif len(self.files) + len(self._later) >= self.limits.files:
            self.full = True
            self.problem(
                path,
                f"was left out: at most {self.limits.files} files are read.",
                "Hand in only your own files.",
            )
        elif kind and ending(path) in opened:
            self._total += len(data)
            self._later.append((path, data, kind, level))
        else:
            self._keep(path, data)

    def _keep(self, path: str, data: bytes) -> None:
        other = self._seen.get(folded(path))
        if other == path:
            if self.files[path] == data:
                return
            self.problem(
                path, "is in the hand-in twice; the last one was taken.", "Hand in one file of each name."
            )
            self._total -= len(self.files[path])
        elif other is not None:
            self.problem(
                path,
                f"has the same name as {other} but for upper and lower case and was left out.",
                "Rename one of them.",
            )
            return
        self._seen[folded(path)] = path
        self.files[path] = data
        self._total += len(data)

    def open_archives(self) -> None:
        """Open the archives that were met inside the hand-in, then those inside of them."""
        while self._later:
            path, data, kind, level = self._later.pop(0)
            self._total -= len(data)
            if level >= self.limits.nested:
                text = "is an archive inside an archive inside an archive and was not opened."
                self.problem(path, text, _ZIP_HELP)
                continue
            self.archive(io.BytesIO(data), kind, path, self._folder_for(path), level + 1)

    def _folder_for(self, archive: str) -> str:
        folder = (
            archive[: len(archive) - len(ending(archive))]
            if ending(archive) in ARCHIVE_ENDINGS
            else f"{archive}.d"
        )
        taken = any(folded(path).startswith(folded(f"{folder}/")) for path in self.files)
        return f"{archive}.d/" if taken else f"{folder}/"

    def archive(self, stream: BinaryIO, kind: str, path: str, prefix: str, level: int) -> None:
        """Take the members of an archive that `sniff` named."""
        if kind in _UNREADABLE:
            self.problem(path, f"is {_UNREADABLE[kind]} archive, which cannot be opened here.", _ZIP_HELP)
        elif kind == "none":
            self.problem(path, "is not the archive that its name says, or it is damaged.", _ZIP_HELP)
        elif kind == "zip":
            self.fill(zip_members(stream, self.limits), path, prefix, level)
        else:
            self.fill(tar_members(stream, kind, stem(path), self.limits), path, prefix, level)
