"""
The record: every call to student code and its answer, and every verdict, in one SQLite file.

One process writes (the one that runs `grade`), in one transaction per submission, in write-ahead mode: it can be killed at
any moment and loses at most the submissions that were under way. Workers read through connections of their own.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.errors import GraderError
from grader.sandbox.box.protocol import HEAD

SCHEMA = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS calls (
    submission TEXT NOT NULL, key BLOB NOT NULL, reply BLOB NOT NULL, PRIMARY KEY (submission, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bodies (digest BLOB PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS verdicts (
    submission TEXT NOT NULL, key BLOB NOT NULL, verdict TEXT NOT NULL, PRIMARY KEY (submission, key)
) WITHOUT ROWID;
"""
_BUSY_SECONDS = 30.0
LARGE = 2048
"""Arrays of a reply from this many bytes on are stored once, whoever's code they came from."""
_PARTED, _ELSEWHERE = b"S", b"@"
"""How a packed reply begins when its arrays are a part of their own: in it, or in the table of bodies."""
_HEAD = 21
"""Bytes before the parts: the mark, the digest of the arrays, the length of the first part."""


def digest(*parts: bytes | str) -> bytes:
    """A 16-byte key of parts, each delimited by its length."""
    h = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        h.update(len(data).to_bytes(8, "big") + data)
    return h.digest()


def squeeze(reply: bytes) -> bytes:
    """A reply (a frame of the protocol) packed for the record, its arrays apart when they are large."""
    end = HEAD.size + HEAD.unpack_from(reply)[1]
    if len(reply) - end < LARGE:
        return zlib.compress(reply, 1)
    head, body = zlib.compress(reply[:end], 1), reply[end:]
    return _PARTED + digest(body) + len(head).to_bytes(4, "big") + head + zlib.compress(body, 1)


def unsqueeze(packed: bytes) -> bytes:
    """The reply."""
    if packed[:1] != _PARTED:
        return zlib.decompress(packed)
    end = _HEAD + int.from_bytes(packed[17:_HEAD], "big")
    return zlib.decompress(packed[_HEAD:end]) + zlib.decompress(packed[end:])


@dataclass
class Tape:
    """
    What is recorded of one submission, and what this run adds.

    Args:
        calls: key to reply, from the record.
        verdicts: key to verdict, from the record.
    """

    calls: Mapping[bytes, bytes] = field(default_factory=dict)
    verdicts: Mapping[bytes, str] = field(default_factory=dict)
    new_calls: dict[bytes, bytes] = field(default_factory=dict)
    new_verdicts: dict[bytes, str] = field(default_factory=dict)
    replayed: int = 0

    def find(self, key: bytes) -> bytes | None:
        """The reply of a call, counted as replayed if it comes from the record."""
        if (fresh := self.new_calls.get(key)) is not None:
            return fresh
        if (packed := self.calls.get(key)) is None:
            return None
        self.replayed += 1
        return unsqueeze(packed)

    def add(self, key: bytes, reply: bytes) -> None:
        """Keep a new reply."""
        self.new_calls[key] = reply

    def find_verdict(self, key: bytes) -> dict[str, Any] | None:
        """The verdict that this key had before."""
        text = self.verdicts.get(key)
        return json.loads(text) if text is not None else None

    def add_verdict(self, key: bytes, verdict: Mapping[str, Any]) -> None:
        """Keep a verdict."""
        self.new_verdicts[key] = json.dumps(verdict, separators=(",", ":"), sort_keys=True)

    def additions(self) -> Additions:
        """What the writer is to store, compressed."""
        calls = {key: squeeze(reply) for key, reply in self.new_calls.items()}
        return Additions(calls, dict(self.new_verdicts))


@dataclass(frozen=True)
class Additions:
    """New entries of one submission, on their way from a worker to the writer."""

    calls: Mapping[bytes, bytes]
    verdicts: Mapping[bytes, str]


@dataclass(frozen=True)
class Dropped:
    """How many entries went."""

    calls: int = 0
    verdicts: int = 0

    def __add__(self, other: Dropped) -> Dropped:
        return Dropped(self.calls + other.calls, self.verdicts + other.verdicts)


class Record:
    """
    The record's file.

    Args:
        path: `grades/record.sqlite`, made if it is not there.
        read_only: a worker's connection.

    Raises:
        GraderError: the file is not a record, is damaged, cannot be written, or is of a newer schema.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        with self._explained():
            if read_only:
                self.db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=_BUSY_SECONDS)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                self.db = sqlite3.connect(path, timeout=_BUSY_SECONDS)
                self._prepare()

    def _prepare(self) -> None:
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=NORMAL")
        self.db.executescript(_TABLES)
        with self.db:
            self.db.execute("INSERT OR IGNORE INTO meta VALUES ('schema', ?)", (str(SCHEMA),))
        found = self.db.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()[0]
        if found != str(SCHEMA):
            raise GraderError(
                f"{self.path}: a record of schema {found}, this grader writes {SCHEMA}. Move it away to begin anew."
            )

    def tape(self, submission: str) -> Tape:
        """Everything recorded of one submission (by its digest)."""
        with self._explained():
            calls = dict(self.db.execute("SELECT key, reply FROM calls WHERE submission = ?", (submission,)))
            calls = {key: self._whole(reply) for key, reply in calls.items()}
            verdicts = dict(
                self.db.execute("SELECT key, verdict FROM verdicts WHERE submission = ?", (submission,))
            )
        return Tape(calls, verdicts)

    def _whole(self, reply: bytes) -> bytes:
        if reply[:1] != _ELSEWHERE:
            return reply
        found = self.db.execute("SELECT body FROM bodies WHERE digest = ?", (reply[1:17],)).fetchone()
        if found is None:
            raise sqlite3.DatabaseError("malformed: arrays of a reply are not there")
        return bytes(_PARTED + reply[1:] + found[0])

    def _parted(self, reply: bytes) -> bytes:
        """What is stored of a reply; its arrays go to their table, unless they are there."""
        if reply[:1] != _PARTED:
            return reply
        end = _HEAD + int.from_bytes(reply[17:_HEAD], "big")
        self.db.execute("INSERT OR IGNORE INTO bodies VALUES (?, ?)", (reply[1:17], reply[end:]))
        return _ELSEWHERE + reply[1:end]

    def store(self, submission: str, additions: Additions) -> None:
        """Write the new entries of one submission, all or nothing."""
        if not additions.calls and not additions.verdicts:
            return
        with self._explained(), self.db:
            self.db.executemany(
                "INSERT OR REPLACE INTO calls VALUES (?, ?, ?)",
                [(submission, k, self._parted(v)) for k, v in additions.calls.items()],
            )
            self.db.executemany(
                "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?)",
                [(submission, k, v) for k, v in additions.verdicts.items()],
            )

    def forget(self, submission: str) -> None:
        """Drop all that is recorded of one submission (`--fresh`)."""
        with self._explained(), self.db:
            self.db.execute("DELETE FROM calls WHERE submission = ?", (submission,))
            self.db.execute("DELETE FROM verdicts WHERE submission = ?", (submission,))

    def submissions(self) -> list[str]:
        """Digests of the submissions that something is recorded of."""
        query = "SELECT submission FROM calls UNION SELECT submission FROM verdicts"
        with self._explained():
            return [row[0] for row in self.db.execute(query)]

    def keep(self, submission: str, calls: Collection[bytes], verdicts: Collection[bytes]) -> Dropped:
        """Drop what is recorded of a submission but these keys."""
        dropped = []
        with self._explained(), self.db:
            for table, wanted in (("calls", calls), ("verdicts", verdicts)):
                rows = self.db.execute(f"SELECT key FROM {table} WHERE submission = ?", (submission,))
                gone = [(submission, key) for (key,) in rows if key not in wanted]
                self.db.executemany(f"DELETE FROM {table} WHERE submission = ? AND key = ?", gone)
                dropped.append(len(gone))
        return Dropped(*dropped)

    def shrink(self) -> None:
        """Drop arrays that no reply names any more and give the room back to the disk."""
        used = "SELECT substr(reply, 2, 16) FROM calls WHERE substr(reply, 1, 1) = X'40'"
        with self._explained():
            with self.db:
                self.db.execute(f"DELETE FROM bodies WHERE digest NOT IN ({used})")
            self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.db.execute("VACUUM")

    def close(self) -> None:
        """Fold the write-ahead log into the file and close it."""
        with contextlib.suppress(sqlite3.Error):
            self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.db.close()

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as e:
            text = str(e)
            what = (
                "is damaged or not a record"
                if "malformed" in text or "not a database" in text
                else f"cannot be used: {text}"
            )
            todo = (
                "Move it away to grade anew; the reports beside it stay."
                if "damaged" in what
                else "Check the disk and the permissions."
            )
            raise GraderError(f"{self.path}: {what}. {todo}") from e
        except OSError as e:
            raise GraderError(f"{self.path}: {e.strerror}. Check the disk and the permissions.") from e
