"""
The audit file `grades/<assignment>/review.jsonl`: one JSON object per line, only ever appended to.

Every line carries a digest of the line before it, so that an edit or a missing line shows. What holds for a check is what
its last `decide` or `withdraw` and its last words for the student say; nothing is ever changed in place.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from grader.errors import GraderError
from grader.model import Outcome

NAME = "review.jsonl"
Action = Literal["decide", "comment", "withdraw"]


class Draft(BaseModel):
    """What a reviewer wants to say about one check of one student."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    student: str
    check: str
    action: Action
    outcome: Outcome | None = None
    points: float | None = None
    reason: str = Field(default="", description="For the staff; stays in this file.")
    comment: str = Field(default="", description="For the student.")
    basis: str = Field(
        default="", description="Digest of what the reviewer judged; another hand-in has another one."
    )
    was: str = Field(default="", description="What the grader had said, for whoever reads this file.")


class Entry(Draft):
    """A line of the audit file."""

    number: int
    when: str
    who: str
    before: str = Field(description="Digest of the line before this one.")


@dataclass(frozen=True)
class Standing:
    """What holds for one check of one student after all entries."""

    last: Entry
    decision: Entry | None = None
    comment: str = ""

    @property
    def outcome(self) -> Outcome | None:
        """The decided outcome."""
        return self.decision.outcome if self.decision else None


@dataclass(frozen=True)
class Appended:
    """The outcome of an attempt to write: what was written, and what somebody else had decided in the meantime."""

    entries: tuple[Entry, ...] = ()
    conflicts: tuple[Standing, ...] = ()


@dataclass
class Log:
    """
    The audit file of one assignment. Any number of processes may append at the same time.

    Args:
        path: `review.jsonl`; need not exist.
    """

    path: Path
    _entries: list[Entry] = field(default_factory=list)
    _stamp: tuple[int, int] = (0, 0)

    def entries(self) -> Sequence[Entry]:
        """
        All entries, oldest first.

        Raises:
            GraderError: a line was altered or is missing.
        """
        try:
            found = self.path.stat()
        except FileNotFoundError:
            self._entries, self._stamp = [], (0, 0)
            return self._entries
        if (found.st_size, found.st_mtime_ns) != self._stamp:
            self._entries = _read(self.path, self.path.read_bytes())
            self._stamp = (found.st_size, found.st_mtime_ns)
        return self._entries

    def standing(self) -> dict[tuple[str, str], Standing]:
        """Student and check to what holds."""
        return standing_of(self.entries())

    def of(self, student: str) -> dict[str, Standing]:
        """Check to what holds, for one student."""
        return {check: s for (who, check), s in self.standing().items() if who == student}

    def append(self, who: str, drafts: Sequence[Draft], seen: Mapping[tuple[str, str], int]) -> Appended:
        """
        Write what nobody else has decided since the reviewer looked; the others are conflicts.

        Args:
            who: the reviewer.
            drafts: what to write.
            seen: number of the last entry of each item that the reviewer had before them, 0 for none.
        """
        with _locked(self.path) as handle:
            data = _without_torn_tail(handle)
            self._entries, self._stamp = _read(self.path, data), (0, 0)
            standing = standing_of(self._entries)
            conflicts = [s for d in drafts if (s := _moved_on(standing, d, seen))]
            blocked = {(s.last.student, s.last.check) for s in conflicts}
            free = [d for d in drafts if (d.student, d.check) not in blocked]
            entries, lines = _numbered(who, free, data, len(self._entries))
            _write_all(handle, b"".join(lines))
        return Appended(tuple(entries), tuple(conflicts))


def standing_of(entries: Sequence[Entry]) -> dict[tuple[str, str], Standing]:
    """What holds after these entries."""
    found: dict[tuple[str, str], Standing] = {}
    for entry in entries:
        key = (entry.student, entry.check)
        found[key] = _after(found.get(key), entry)
    return found


def _after(before: Standing | None, entry: Entry) -> Standing:
    if entry.action == "withdraw":
        return Standing(entry)
    decision = entry if entry.action == "decide" else before.decision if before else None
    return Standing(entry, decision, entry.comment)


def _moved_on(
    standing: Mapping[tuple[str, str], Standing], draft: Draft, seen: Mapping[tuple[str, str], int]
) -> Standing | None:
    key = (draft.student, draft.check)
    now = standing.get(key)
    return now if now is not None and now.last.number != seen.get(key, 0) else None


def _numbered(who: str, drafts: Sequence[Draft], data: bytes, count: int) -> tuple[list[Entry], list[bytes]]:
    before = data.splitlines()[-1] if data else b""
    when = datetime.now(UTC).isoformat(timespec="seconds")
    entries, lines = [], []
    for number, draft in enumerate(drafts, count + 1):
        entry = Entry(**draft.model_dump(), number=number, when=when, who=who, before=_digest(before))
        before = entry.model_dump_json().encode("utf-8", "replace")
        entries.append(entry)
        lines.append(before + b"\n")
    return entries, lines


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()[:16] if line else ""


def _read(path: Path, data: bytes) -> list[Entry]:
    whole = data[: data.rfind(b"\n") + 1]
    entries: list[Entry] = []
    before = b""
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            entry = Entry.model_validate_json(line)
        except ValidationError:
            raise GraderError(f"{path}:{number}: not an entry of the audit file. {_TODO}") from None
        if entry.number != number or entry.before != _digest(before):
            raise GraderError(
                f"{path}:{number}: does not follow from the line before it: a line was altered. {_TODO}"
            )
        entries.append(entry)
        before = line
    return entries


_TODO = "Put the file back from a copy, or move it away to begin a new one; nothing else is touched."


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[int]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    except OSError as e:
        raise GraderError(f"{path}: {e.strerror}. Check the disk and the permissions.") from e
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def _without_torn_tail(handle: int) -> bytes:
    """All whole lines; a last line that a crash cut short was never confirmed to anybody and goes."""
    data = os.pread(handle, os.fstat(handle).st_size, 0)
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        os.ftruncate(handle, len(whole))
    return whole


def _write_all(handle: int, data: bytes) -> None:
    """All of it, on the disk before anybody is told."""
    while data:
        data = data[os.write(handle, data) :]
    os.fsync(handle)


def stale(standing: Standing, basis: str) -> bool:
    """Whether a decision was made about another hand-in."""
    return (
        standing.decision is not None and bool(standing.decision.basis) and standing.decision.basis != basis
    )
