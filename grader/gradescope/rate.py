"""Rate limits: how many submissions of the last hours count, and what one too many is told."""

from __future__ import annotations

from datetime import datetime, timedelta

from grader.gradescope.metadata import Metadata
from grader.model import Json
from grader.rubric import Rate


def too_many(metadata: Metadata, rate: Rate | None) -> datetime | None:
    """
    When the next submission will be graded, if this one is one too many; else None.

    Times are those of the platform, never now: a submission that is graded again is judged as it was. Submissions on
    which the grader failed do not count. A submission that was turned away itself counts, as long as nobody knows
    it was: the platform tells the results of the latest one only.
    """
    if rate is None or metadata.created_at is None:
        return None
    since = metadata.created_at - timedelta(seconds=rate.per)
    times = sorted(
        e.at
        for e in metadata.earlier
        if e.at and since < e.at < metadata.created_at and not (e.failed or e.limited)
    )
    return None if len(times) < rate.submissions else times[-rate.submissions] + timedelta(seconds=rate.per)


def turned_away(metadata: Metadata, rate: Rate, again: datetime) -> dict[str, Json]:
    """
    The results of a submission that is one too many: the score of the latest graded one stays, nothing is run.

    Without a score of an earlier one there is none here either.
    """
    scores = [e.score for e in metadata.earlier if e.score is not None and not e.failed]
    kept = (
        f"The score of your latest graded submission, {scores[-1]:g}, stays."
        if scores
        else "It has no score."
    )
    hours = f"{rate.per / 3600:g} h"
    output = (
        f"This submission was not graded: at most {rate.submissions} are graded in {hours}. {kept} "
        f"The next one will be graded if you hand it in after {again:%Y-%m-%d %H:%M} ({again:%z})."
    )
    results: dict[str, Json] = {
        "output": output,
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "execution_time": 0.0,
        "tests": [],
        "leaderboard": [],
        "extra_data": {"status": "rate_limited"},
    }
    return {"score": scores[-1], **results} if scores else results
