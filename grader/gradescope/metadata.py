"""`submission_metadata.json`, read as if every part of it could be missing: its page says that it may change."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from grader.intake.names import safe_student
from grader.late import moment
from grader.model import Source

MOST_BYTES = 50_000_000
"""Results of earlier submissions are in it too."""


_READ = frozenset(
    "id created_at assignment due_date due users name email sid previous_submissions submission_time score "
    "autograder_error results extra_data status".split()
)


def _pruned(data: dict[str, Any]) -> dict[str, Any]:
    """Without what is not read, while it is parsed: the tests of earlier submissions would fill the container's memory."""
    return {k: v for k, v in data.items() if k in _READ}


@dataclass(frozen=True)
class User:
    """One person of a submission."""

    name: str = ""
    email: str = ""
    id: str = ""
    sid: str = ""
    due: datetime | None = None
    """The platform's own extension, where it tells it."""


@dataclass(frozen=True)
class Earlier:
    """A submission before this one."""

    at: datetime | None
    score: float | None
    failed: bool
    """The autograder failed on it."""
    limited: bool
    """It was not graded because of the rate limit; only known of the latest."""


@dataclass(frozen=True)
class Metadata:
    """What the platform says of a submission."""

    id: str = ""
    created_at: datetime | None = None
    due: datetime | None = None
    users: tuple[User, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    problem: str = ""
    """For the staff: why nothing, or not all, of it could be read."""

    def source(self, folder: Path) -> Source:
        """The submission as intake takes it."""
        first = self.users[0] if self.users else User()
        identity = first.sid or first.email or first.id or self.id
        ids = {"submission_id": self.id, "sid": first.sid, "email": first.email}
        due = max([u.due for u in self.users if u.due], default=self.due)
        return Source(
            student=safe_student(f"{first.name}_{identity}" if first.name else identity or "submission"),
            paths=(str(folder),),
            name=first.name,
            members=tuple(u.name or u.email for u in self.users[1:]),
            member_ids=tuple(
                {k: v for k, v in (("sid", u.sid), ("email", u.email)) if v} for u in self.users[1:]
            ),
            submitted_at=self.created_at.isoformat() if self.created_at else "",
            due=due.isoformat() if due else "",
            platform="gradescope",
            ids={key: value for key, value in ids.items() if value},
        )


def read_metadata(path: Path) -> Metadata:
    """The metadata; never raises: what is missing or of another kind is left out."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return Metadata(problem=f"{path.name}: larger than {MOST_BYTES // 1_000_000} MB, not read")
        data = json.loads(path.read_bytes(), object_hook=_pruned)
    except FileNotFoundError:
        return Metadata(problem=f"{path.name}: there is none")
    except (OSError, ValueError, RecursionError, MemoryError) as e:
        return Metadata(problem=f"{path.name}: cannot be read: {type(e).__name__}: {e}"[:300])
    return _metadata(_mapping(data))


def _metadata(data: Mapping[str, Any]) -> Metadata:
    assignment = _mapping(data.get("assignment"))
    return Metadata(
        id=_text(data.get("id")),
        created_at=moment(data.get("created_at")),
        due=moment(assignment.get("due_date")),
        users=tuple(_user(_mapping(user)) for user in _list(data.get("users")) if isinstance(user, dict)),
        earlier=tuple(
            _earlier(_mapping(e)) for e in _list(data.get("previous_submissions")) if isinstance(e, dict)
        ),
        problem="" if data else "the metadata is empty or no mapping",
    )


def _user(data: Mapping[str, Any]) -> User:
    own = _mapping(data.get("assignment"))
    return User(
        name=_text(data.get("name")),
        email=_text(data.get("email")),
        id=_text(data.get("id")),
        sid=_text(data.get("sid")),
        due=moment(own.get("due_date")) or moment(own.get("due")),
    )


def _earlier(data: Mapping[str, Any]) -> Earlier:
    results = _mapping(data.get("results"))
    extra = _mapping(results.get("extra_data"))
    return Earlier(
        at=moment(data.get("submission_time")),
        score=_number(data.get("score")),
        failed=bool(data.get("autograder_error")) or extra.get("status") == "not_graded",
        limited=extra.get("status") == "rate_limited",
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value[:10_000] if isinstance(value, list) else []


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip()[:300].encode("utf-8", "replace").decode()


def _number(value: Any) -> float | None:
    try:
        number = (
            float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
        )
    except ValueError:
        return None
    return number if math.isfinite(number) else None
