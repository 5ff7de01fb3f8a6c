"""Late hand-ins: the rubric's policy, the extensions of single students, and what lateness costs. Pure but for the CSV."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from grader.model import Late, Report, Source

_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)\s*$")
_DAY = 86400.0
_DUE = ("until", "due", "extended_due")
_DAYS = ("days", "extra_days")
_WHO = ("student", "name", "email", "sid", "id", "login", "canvas_id", "moodle_id", "submission_id")


def seconds(value: Any) -> float:
    """
    `10min`, `2 h`, `1 day` or a number of seconds, as seconds.

    Raises:
        ValueError: it is none of these.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    found = _DURATION.match(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"expected a duration such as 10min, 2h or 3d, got {value!r}")
    unit = "min" if found[2].startswith("m") else found[2][0]
    return float(found[1]) * _UNITS[unit]


def share(value: Any) -> float:
    """
    `10 %` or `0.1` as a fraction from 0 to 1.

    Raises:
        ValueError: it is neither.
    """
    try:
        number = (
            float(value.strip().rstrip("%")) / 100
            if isinstance(value, str) and "%" in value
            else float(value)
        )
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number <= 1:
        raise ValueError(f"expected a share such as 10 % or 0.1, got {value!r}")
    return number


def moment(value: Any, zone: tzinfo = UTC) -> datetime | None:
    """A time as platforms and people write it, with its offset (that of `zone` where none is given); None when it is no time."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    if not isinstance(value, str) or not value.strip():
        return None
    text = re.sub(r"(\.\d{6})\d+", r"\1", value.strip())
    text = re.sub(r"\s+(?=[+-]\d{2}:?\d{2}$)", "", re.sub(r" (UTC|Z)$", "+00:00", text))
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not 1970 <= found.year <= 2200:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def deadline(value: Any, zone: tzinfo = UTC) -> datetime | None:
    """A time like `moment`; a day without a time lasts to its end."""
    text = value.isoformat() if isinstance(value, date) else value
    if isinstance(text, str) and re.fullmatch(r"\s*\d{4}-?\d{2}-?\d{2}\s*", text):
        return datetime.combine(date.fromisoformat(text.strip()), time(23, 59, 59, 999999), zone)
    return moment(text, zone)


def _due(value: Any) -> str:
    try:
        found = deadline(value)
    except ValueError:
        found = None
    if found is None:
        raise ValueError(f"expected a time such as 2026-11-20T23:59:00-05:00, got {value!r}")
    return value.isoformat() if isinstance(value, date) else str(value)


def zone_of(name: str) -> tzinfo:
    """The zone of a name; UTC for none."""
    return ZoneInfo(name) if name else UTC


def _zone(name: str) -> str:
    try:
        zone_of(name)
    except (ValueError, OSError, LookupError):
        raise ValueError(f"expected the name of a time zone such as America/New_York, got {name!r}") from None
    return name


class LatePolicy(BaseModel):
    """`late:` of a rubric."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    per_day: Annotated[float, BeforeValidator(share)] = 0.1
    """Of each day that has begun."""
    grace: Annotated[float, BeforeValidator(seconds)] = 0.0
    """Not counted, in seconds."""
    cap: Annotated[float, BeforeValidator(share)] = 1.0
    """At most this share is deducted, however late."""
    of: Literal["earned", "possible"] = "earned"
    """What the share is of: the points earned, or the points that were to be had."""
    due: Annotated[str, BeforeValidator(_due)] = ""
    """Without it, what the platform says of the assignment counts. A day without a time lasts to its end."""
    zone: Annotated[str, AfterValidator(_zone)] = ""
    """Of times without an offset (UTC where none is named), here and among the extensions; days end by its clocks."""
    extensions: str = Field(
        "", description="A CSV beside the rubric: who (student, email, sid, ...) and until or days."
    )


@dataclass(frozen=True)
class Extension:
    """More time for one student: until a moment, or days more."""

    until: datetime | None = None
    days: float = 0.0
    line: int = 0
    """Of the file."""

    def after(self, due: datetime) -> datetime:
        """The time that counts instead of `due`."""
        return max(due + timedelta(days=self.days), self.until or due)


@dataclass(frozen=True)
class LateRules:
    """A policy with the extensions of its file, by folded identity."""

    policy: LatePolicy
    extensions: Mapping[str, Sequence[Extension]] = field(default_factory=dict)

    def due(self) -> datetime | None:
        """The time of the policy itself."""
        return deadline(self.policy.due, zone_of(self.policy.zone)) if self.policy.due else None

    def given(self, source: Source) -> list[Extension]:
        """The extensions of the student and of the members of the group."""
        names = [source.student, source.name, *source.members, *source.ids.values()]
        names += [name.split("@")[0] for name in names if "@" in name]
        return [e for n in dict.fromkeys(_fold(n) for n in names if n) for e in self.extensions.get(n, ())]


def read_extensions(text: str, zone: str = "") -> dict[str, list[Extension]]:
    """
    The extensions of a CSV: a column that says who, and `until` (a time, or a day to its end) or `days`.

    Raises:
        ValueError: `line N: what is wrong with it`.
    """
    text = text.removeprefix("\ufeff")
    first = text.split("\n", 1)[0]
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count)))
    header = [cell.strip().casefold().replace(" ", "_") for cell in rows[0]] if rows else []
    if not set(header) & set(_WHO) or not set(header) & {*_DUE, *_DAYS}:
        raise ValueError("line 1: expected columns such as `student,until` or `email,days`")
    found: dict[str, list[Extension]] = {}
    for number, cells in enumerate(rows[1:], 2):
        row = {key: cell.strip() for key, cell in zip(header, cells, strict=False)}
        if any(row.values()):
            extension = _extension(row, number, zone_of(zone))
            for name in dict.fromkeys(_people(row, number)):
                found.setdefault(name, []).append(extension)
    return found


def _people(row: Mapping[str, str], line: int) -> list[str]:
    who = [_fold(row[key]) for key in _WHO if row.get(key)]
    if not who:
        raise ValueError(f"line {line}: says nobody")
    return who


def _extension(row: Mapping[str, str], line: int, zone: tzinfo) -> Extension:
    until = next((row[key] for key in _DUE if row.get(key)), "")
    days = next((row[key] for key in _DAYS if row.get(key)), "0")
    try:
        when = deadline(until, zone)
    except ValueError:
        when = None
    if until and when is None:
        raise ValueError(f"line {line}: {until!r} is no time such as 2026-11-20T23:59:00-05:00")
    if not re.fullmatch(r"\d{1,4}([.,]\d+)?", days):
        raise ValueError(f"line {line}: {days!r} is no number of days")
    return Extension(when, float(days.replace(",", ".")), line)


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())


# --- what it costs -------------------------------------------------------------------------------------------------


def apply_late(report: Report, rules: LateRules | None, source: Source) -> Report:
    """
    The report with the deduction taken from its points.

    Args:
        report: before; `points` of the questions stay as they are.
        rules: of the rubric; None changes nothing.
        source: who handed in and when; its `due` (which knows the platform's own extensions) counts before the rubric's.

    Returns:
        The same report where nothing is late.
    """
    if rules is None or (counted := _days(rules, source)) is None:
        return report
    days, until, says = counted
    fraction = min(days * rules.policy.per_day, rules.policy.cap)
    points, extra = report.points, report.extra_points
    taken = None
    if points is not None:
        base = report.max_points if rules.policy.of == "possible" else points + extra
        taken = round(min(max(points + extra, 0.0), fraction * max(base, 0.0)), 6)
        from_points = min(taken, points) if rules.policy.of == "possible" else fraction * points
        extra = round(extra - (taken - from_points), 6)
        points = round(points - from_points, 6)
    late = Late(
        submitted_at=source.submitted_at,
        due=until.isoformat() if until else "",
        days=days,
        fraction=round(fraction, 6),
        deduction=taken,
        says=f"{says}: {_cost(fraction, rules.policy)}.",
    )
    return report.model_copy(update={"late": late, "points": points, "extra_points": extra})


def _cost(fraction: float, policy: LatePolicy) -> str:
    what = "points earned" if policy.of == "earned" else "points to be had"
    limit = " (the most that is deducted)" if 0 < policy.cap == fraction < 1 else ""
    return f"{100 * fraction:g} % of the {what} are deducted{limit}" if fraction else "nothing is deducted"


def _days(rules: LateRules, source: Source) -> tuple[int, datetime | None, str] | None:
    """Days late, the time that counted and a sentence; None when in time."""
    extensions = rules.given(source)
    at, until = moment(source.submitted_at), moment(source.due) or rules.due()
    if until is not None:
        until = until.astimezone(zone_of(rules.policy.zone)) if rules.policy.zone else until
        until = max((e.after(until) for e in extensions), default=until)
    if at is not None and until is not None:
        free = timedelta(seconds=rules.policy.grace)
        if at <= until + free:
            return None
        # By the clock on the wall: the next day ends at the same hour when the clocks change between.
        over = at.astimezone(until.tzinfo).replace(tzinfo=None) - until.replace(tzinfo=None) - free
        days = max(math.ceil(over.total_seconds() / _DAY), 1)
        return days, until, f"Handed in {_span((at - until).total_seconds())} late"
    if not source.late:
        return None
    if extensions:
        return (
            0,
            until,
            "The platform marks it as late, without a time; there is an extension, so it counts as in time",
        )
    return 1, until, "The platform marks it as late, without a time, so it counts as one day late"


def _span(length: float) -> str:
    parts = list(_parts(round(length)))
    return " ".join(parts[:2]) or "less than a minute"


def _parts(length: int) -> Iterator[str]:
    for word, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if length >= size:
            yield f"{length // size} {word}"
            length %= size


def strangers(rules: LateRules | None, sources: Sequence[Source]) -> list[str]:
    """The lines of the extensions file that are of nobody who handed in."""
    known: set[str] = set()
    for source in sources:
        names = [source.student, source.name, *source.members, *source.ids.values()]
        known |= {_fold(n) for n in [*names, *(n.split("@")[0] for n in names if "@" in n)] if n}
    lines: dict[int, list[str]] = {}
    for name, extensions in (rules.extensions if rules else {}).items():
        for extension in extensions:
            lines.setdefault(extension.line, []).append(name)
    return [
        f"line {line}: {', '.join(names)}" for line, names in sorted(lines.items()) if not known & set(names)
    ]
