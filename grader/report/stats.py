"""The statistics of a class from its rows. Plain arithmetic; nothing here knows about pages."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from grader.model import Outcome
from grader.report.summary import OUTCOMES, ClassRow, Item, Layout

FEWEST = 5
"""Below as many students no item is called broken."""


@dataclass(frozen=True)
class ItemStats:
    """
    One question over the class, over those in whom nothing of it waits.

    Args:
        mean: points.
        difficulty: mean / max_points: 1 is easy, 0 is hard; None when the question has no points.
        discrimination: correlation of the question's points with the points of all other questions; None when
            one of the two does not vary.
    """

    item: Item
    count: int
    mean: float
    difficulty: float | None
    discrimination: float | None


@dataclass(frozen=True)
class CheckStats:
    """One check over the class: how many earned it, of those who were checked."""

    item: Item
    earned: int
    count: int
    remark: str


@dataclass
class Misconception:
    """One diagnosis in one check with the students in whom it was found."""

    check: str
    id: str
    says: str
    students: list[str] = field(default_factory=list)


def layout_of(rows: Sequence[ClassRow]) -> Layout:
    """The questions that most rows have, with all checks of those rows: optional ones are not in every report."""
    counts: dict[Layout, int] = {}
    for row in rows:
        counts[row.layout] = counts.get(row.layout, 0) + 1
    if not counts:
        return Layout((), ())
    usual = max(counts, key=lambda layout: counts[layout])
    checks = {
        check.id: check for layout in counts if layout.questions == usual.questions for check in layout.checks
    }
    return Layout(usual.questions, tuple(sorted(checks.values(), key=lambda check: check.question)))


def belongs(row: ClassRow, layout: Layout) -> bool:
    """Whether a row has the questions of a layout; otherwise it was graded by another version of the rubric."""
    return row.layout.questions == layout.questions


def histogram(values: Sequence[float], top: float, bins: int = 20) -> list[int]:
    """Counts in equal bins from 0 to top, the ends included; values outside count in the outer bins."""
    counts = [0] * bins
    for value in values:
        place = int(value / top * bins) if top > 0 else 0
        counts[min(max(place, 0), bins - 1)] += 1
    return counts


def quantile(values: Sequence[float], q: float) -> float | None:
    """The q-quantile by linear interpolation, or None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    place = q * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def correlation(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Pearson's correlation, or None when it is not defined (fewer than three, or no spread)."""
    n = len(x)
    if n < 3:
        return None
    mx, my = math.fsum(x) / n, math.fsum(y) / n
    sxx, syy = math.fsum((a - mx) ** 2 for a in x), math.fsum((b - my) ** 2 for b in y)
    if sxx <= 1e-12 or syy <= 1e-12:
        return None
    return math.fsum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / math.sqrt(sxx * syy)


def items(rows: Sequence[ClassRow], layout: Layout) -> list[ItemStats]:
    """The statistics of each question, over the rows in which all of its points are decided."""
    known = [row for row in rows if belongs(row, layout)]
    return [_item(number, item, known) for number, item in enumerate(layout.questions)]


def _item(number: int, item: Item, rows: Sequence[ClassRow]) -> ItemStats:
    decided = [row for row in rows if _decided(row, number)]
    own = [row.question_points[number] for row in decided]
    rest = [math.fsum(row.question_points) - mine for row, mine in zip(decided, own, strict=True)]
    mean = math.fsum(own) / len(own) if own else 0.0
    difficulty = mean / item.max_points if item.max_points > 0 and own else None
    return ItemStats(item, len(own), mean, difficulty, correlation(own, rest))


def _decided(row: ClassRow, number: int) -> bool:
    """Whether nothing of a question waits for a person or could not be graded."""
    letters = zip(row.layout.checks, row.outcomes, strict=True)
    return all(letter not in "mx" for check, letter in letters if check.question == number)


def checks(rows: Sequence[ClassRow], layout: Layout) -> list[CheckStats]:
    """How many earned each check; those waiting, not run or not graded do not count."""
    earned: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for row in rows:
        if belongs(row, layout):
            for check, letter in zip(row.layout.checks, row.outcomes, strict=True):
                earned[check.id] += letter == "e"
                count[check.id] += letter in "epl"
    return [
        CheckStats(check, earned[check.id], count[check.id], _remark(earned[check.id], count[check.id]))
        for check in layout.checks
    ]


def _remark(earned: int, count: int) -> str:
    if count < FEWEST:
        return ""
    if earned == 0:
        return "nobody earns it"
    if earned == count:
        return "everybody earns it"
    if earned <= 0.03 * count:
        return "hardly anybody earns it"
    return "nearly everybody earns it" if earned >= 0.97 * count else ""


def misconceptions(rows: Sequence[ClassRow]) -> list[Misconception]:
    """The diagnoses found, most students first."""
    found: dict[tuple[str, str], Misconception] = {}
    for row in rows:
        for one in row.found:
            cluster = found.setdefault((one.check, one.id), Misconception(one.check, one.id, one.says))
            cluster.students.append(row.student)
    return sorted(found.values(), key=lambda m: (-len(m.students), m.check, m.id))


def same_outputs(rows: Sequence[ClassRow]) -> list[tuple[str, list[str]]]:
    """Check and the students with the very same wrong result there that no misconception explains; most first."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for output in row.outputs:
            found.setdefault((output.check, output.digest), []).append(row.student)
    several = [(check, students) for (check, _), students in found.items() if len(students) > 1]
    return sorted(several, key=lambda group: (-len(group[1]), group))


def by_check(rows: Sequence[ClassRow], outcome: Outcome) -> dict[str, list[str]]:
    """Check id to the students in whom it has that outcome."""
    found: dict[str, list[str]] = {}
    letter = next(k for k, v in OUTCOMES.items() if v is outcome)
    for row in rows:
        if letter in row.outcomes:
            for check in row.checks_with(outcome):
                found.setdefault(check, []).append(row.student)
    return found


def ranking(rows: Sequence[ClassRow]) -> list[ClassRow]:
    """The rows on the leaderboard, best first; equal values in the order of their pseudonyms."""
    return sorted((row for row in rows if row.board is not None), key=_place)


def _place(row: ClassRow) -> tuple[float, str]:
    entry = row.board
    if entry is None:
        return (math.inf, "")
    return (entry.rank_by if entry.ascending else -entry.rank_by, entry.pseudonym)


def pairs(rows: Sequence[ClassRow], key: str) -> list[tuple[float, float]]:
    """Numeric survey answers against points of those who have both."""
    found = []
    for row in rows:
        value = number((row.survey or {}).get(key))
        if value is not None and row.total is not None:
            found.append((value, row.total))
    return found


def number(value: object) -> float | None:
    """The finite number that a survey answer holds ("9.5", 9.5, "9,5 h"), or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = (
            value.strip()
            .lower()
            .removesuffix("hours")
            .removesuffix("h")
            .removesuffix("%")
            .strip()
            .replace(",", ".")
        )
        try:
            value = float(value)
        except ValueError:
            return None
    return (
        float(value) if isinstance(value, int | float) and math.isfinite(value) and abs(value) < 1e6 else None
    )
