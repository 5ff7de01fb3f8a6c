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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.errors import GraderError

SCHEMA = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS calls (
    submission TEXT NOT NULL, key BLOB NOT NULL, reply BLOB NOT NULL, PRIMARY KEY (submission, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS verdicts (
    submission TEXT NOT NULL, key BLOB NOT NULL, verdict TEXT NOT NULL, PRIMARY KEY (submission, key)
) WITHOUT ROWID;
"""
_BUSY_SECONDS = 30.0


def digest(*parts: bytes | str) -> bytes:
    """A 16-byte key of parts, each delimited by its length."""
    h = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        h.update(len(data).to_bytes(8, "big") + data)
    return h.digest()


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
        return zlib.decompress(packed)

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
        calls = {key: zlib.compress(reply, 1) for key, reply in self.new_calls.items()}
        return Additions(calls, dict(self.new_verdicts))


@dataclass(frozen=True)
class Additions:
    """New entries of one submission, on their way from a worker to the writer."""

    calls: Mapping[bytes, bytes]
    verdicts: Mapping[bytes, str]


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
            verdicts = dict(
                self.db.execute("SELECT key, verdict FROM verdicts WHERE submission = ?", (submission,))
            )
        return Tape(calls, verdicts)

    def store(self, submission: str, additions: Additions) -> None:
        """Write the new entries of one submission, all or nothing."""
        if not additions.calls and not additions.verdicts:
            return
        with self._explained(), self.db:
            self.db.executemany(
                "INSERT OR REPLACE INTO calls VALUES (?, ?, ?)",
                [(submission, k, v) for k, v in additions.calls.items()],
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
