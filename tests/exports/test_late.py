"""What lateness costs: days that have begun, grace, cap, extensions; and the complaints about a policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.errors import RubricError
from grader.late import LatePolicy, LateRules, apply_late, moment, read_extensions, seconds, share, strangers
from grader.model import Provenance, Report, Source
from grader.rubric import load

from .conftest import RUBRIC

DUE = "2026-11-20T12:00:00+00:00"


def report(points: float | None = 8.0, extra: float = 0.0) -> Report:
    made = Provenance(rubric="", grader="")
    return Report(
        assignment="a",
        student="s",
        status="graded" if points is not None else "not_graded",
        points=points,
        max_points=10.0,
        extra_points=extra,
        questions=[],
        provenance=made,
    )


def rules(extensions: str = "", **policy: Any) -> LateRules:
    made = LatePolicy.model_validate({"per_day": "10 %", "due": DUE} | policy)
    return LateRules(made, read_extensions(extensions, made.zone) if extensions else {})


def source(at: str, **other: Any) -> Source:
    return Source("ada", (), submitted_at=at, **other)


@pytest.mark.parametrize(
    ("at", "policy", "points"),
    [
        ("2026-11-20T11:59:59+00:00", {}, 8.0),
        ("2026-11-20T12:00:00+00:00", {}, 8.0),
        ("2026-11-20T12:00:01+00:00", {}, 7.2),
        ("2026-11-20T12:09:00+00:00", {"grace": "10min"}, 8.0),
        ("2026-11-20T12:11:00+00:00", {"grace": "10min"}, 7.2),
        ("2026-11-21T12:05:00+00:00", {"grace": "10min"}, 7.2),
        ("2026-11-21T12:00:01+00:00", {}, 6.4),
        ("2026-12-20T12:00:00+00:00", {"cap": "50 %"}, 4.0),
        ("2026-12-20T12:00:00+00:00", {}, 0.0),
        ("2026-11-20T13:00:00+00:00", {"of": "possible"}, 7.0),
        ("2026-12-20T12:00:00+00:00", {"of": "possible"}, 0.0),
        ("2026-11-20 07:30:00 -0500", {}, 7.2),
        ("2026-11-20 12:00:01.861687000 Z", {}, 7.2),
        ("", {}, 8.0),
        ("some day", {}, 8.0),
    ],
)
def test_points(at: str, policy: dict[str, Any], points: float) -> None:
    """A day counts when it has begun, after the grace; never more than the cap, never below zero; offsets are heeded."""
    assert apply_late(report(), rules(**policy), source(at)).points == pytest.approx(points)


ZONE = {"zone": "America/New_York", "due": "2026-10-31 23:59"}


@pytest.mark.parametrize(
    ("at", "policy", "extensions", "points"),
    [
        ("2026-11-20T23:30:00+00:00", {"due": "2026-11-20"}, "", 8.0),
        ("2026-11-21T00:00:00+00:00", {"due": "2026-11-20"}, "", 7.2),
        ("2026-11-22T23:59:00+00:00", {}, "email,until\nada@x.edu,2026-11-22\n", 8.0),
        ("2026-11-01T03:58:00+00:00", ZONE, "", 8.0),
        ("2026-11-01T04:00:00+00:00", ZONE, "", 7.2),
        ("2026-11-02T04:58:00+00:00", ZONE, "", 7.2),  # 23:58 of the next day, which had 25 hours
        ("2026-11-02T05:00:00+00:00", ZONE, "", 6.4),
        ("2026-11-03T04:58:00+00:00", ZONE, "email,until\nada@x.edu,2026-11-02\n", 8.0),
        ("2026-11-02T04:58:00+00:00", ZONE, "email,days\nada@x.edu,1\n", 8.0),
        ("2026-11-23T11:00:00+00:00", {}, "email;days;until\nada@x.edu;0,5;\nada@x.edu;3;\nada@x.edu;;2026-11-21\n", 8.0),
        ("2026-11-25T11:00:00+00:00", {}, "name,until,days\nAda L,2026-11-21,\nBob,,5\n", 8.0),
        ("2026-11-20T13:00:00+01:00", {}, "", 8.0),
        ("2026-11-20 13:00:00 UTC", {}, "", 7.2),
        ("2026-12-20T12:00:00+00:00", {"per_day": "2.5 %", "cap": "7 %"}, "", 7.44),
        ("2026-11-22T12:00:01+00:00", {"per_day": 0.025}, "", 7.4),
    ],
)  # fmt: skip
def test_zones_days_and_the_longest_extension(
    at: str, policy: dict[str, Any], extensions: str, points: float
) -> None:
    """A day without a time lasts to its end, clocks are those of the zone, and of several extensions the longest counts."""
    who = source(at, name="Ada L", members=("Bob",), ids={"email": "ada@x.edu"})
    assert apply_late(report(), rules(extensions, **policy), who).points == pytest.approx(points)


@pytest.mark.parametrize("days", ["nan", "inf", "-1", "two", "99999"])
def test_no_number_of_days(days: str) -> None:
    """What is no number of days is refused when the rubric is read, not when somebody is graded."""
    with pytest.raises(ValueError, match=r"line 2: .* is no number of days"):
        read_extensions(f"email,days\nada@x.edu,{days}\n")


def test_extra_credit_is_late_too() -> None:
    """The share is of all points earned, extra credit included."""
    late = apply_late(report(8.0, 2.0), rules(), source("2026-11-20T13:00:00+00:00"))
    assert (late.points, late.extra_points) == (7.2, 1.8)
    assert late.late is not None and late.late.deduction == 1.0


def test_not_graded_stays_without_points() -> None:
    """A hand-in that could not be graded has no points and no deduction, but the lateness is kept."""
    late = apply_late(report(None), rules(), source("2026-11-20T13:00:00+00:00"))
    assert (
        late.points is None and late.late is not None and late.late.deduction is None and late.late.days == 1
    )


@pytest.mark.parametrize(
    "table",
    [
        "email,until\nada@x.edu,2026-11-22T12:00:00+00:00\n",
        "Student,Days\nADA,2\n",
        "name,days\nBob,2\n",
        "login,days\nada,2\n",
    ],
)
def test_extensions(table: str) -> None:
    """An extension is found by any identity, by a group's member too, and the longer time counts."""
    who = source("2026-11-22T11:00:00+00:00", ids={"email": "ada@x.edu"}, members=("Bob",))
    assert apply_late(report(), rules(table), who).late is None
    assert apply_late(
        report(), rules(table), Source("eve", (), submitted_at=who.submitted_at)
    ).points == pytest.approx(6.4)


def test_a_mark_without_a_time() -> None:
    """Canvas's LATE is one day; with an extension nobody can say, so it counts as in time, and the report says so."""
    marked = apply_late(report(), rules(), source("", late=True))
    assert (
        marked.points == pytest.approx(7.2)
        and marked.late is not None
        and "counts as one day late" in marked.late.says
    )
    spared = apply_late(report(), rules("student,days\nada,1\n"), source("", late=True))
    assert spared.points == 8.0 and spared.late is not None and "counts as in time" in spared.late.says


def test_the_platform_knows_better() -> None:
    """The platform's due time for this student counts before the rubric's."""
    assert (
        apply_late(
            report(), rules(), source("2026-11-21T11:00:00+00:00", due="2026-11-21T12:00:00+00:00")
        ).late
        is None
    )


def test_no_policy() -> None:
    """Without a policy nothing is deducted, whatever the platform says."""
    assert apply_late(report(), None, source("2030-01-01T00:00:00+00:00", late=True)) == report()


def test_extensions_of_nobody() -> None:
    """A line of the extensions file that matches no hand-in is named."""
    made = rules("student,email,days\nada,zz@x.edu,1\nghost,g@x.edu,1\n")
    assert strangers(made, [source("")]) == ["line 3: ghost, g@x.edu"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("10min", 600), ("2 h", 7200), ("1 day", 86400), ("3d", 259200), ("30 s", 30), (5, 5), ("1.5h", 5400)],
)
def test_durations(text: Any, value: float) -> None:
    """Durations as people write them."""
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["110 %", -0.1, "much", True, None, "10 % %"])
def test_no_share(text: Any) -> None:
    """What is no share from 0 to 100 % is refused."""
    if text is True:
        assert share(text) == 1.0
    else:
        with pytest.raises(ValueError, match="expected a share"):
            share(text)


@pytest.mark.parametrize("text", ["", "never", "2026-13-01", None, 5, []])
def test_no_moment(text: Any) -> None:
    """What is no time is none."""
    assert moment(text) is None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("grace: 10 min", "zone: Mars", r"rubric.yaml:5: late.zone: expected the name of a time zone"),
        ("2026-04-26T12:00:00-05:00", "2026-04-31", r"rubric.yaml:5: late.due: expected a time such as"),
        (
            "per_day: 10 %",
            "per_day: 200 %",
            r"rubric.yaml:5: late.per_day: expected a share such as 10 % or 0.1, got '200 %'",
        ),
        ("grace: 10 min", "grace: soon", r"rubric.yaml:5: late.grace: expected a duration such as 10min"),
        ("per_day", "perday", r"rubric.yaml:5: unknown key 'perday'. Did you mean 'per_day'\?"),
        ("extensions.csv", "none.csv", r"rubric.yaml:5: late: none.csv: No such file"),
        ("extensions.csv", "bad.csv", r"rubric.yaml:5: late: bad.csv: line 2: 'soon' is no time"),
    ],
)
def test_complaints(tmp_path: Path, old: str, new: str, says: str) -> None:
    """A mistake in the policy is named with its line and what was expected."""
    (tmp_path / "bad.csv").write_text("email,until\nada@x.edu,soon\n")
    (tmp_path / "extensions.csv").write_text("email,days\n")
    (tmp_path / "rubric.yaml").write_text(RUBRIC.replace(old, new))
    with pytest.raises(RubricError, match=says):
        load(tmp_path / "rubric.yaml")
