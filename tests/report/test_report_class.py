"""The class page and what it counts."""

from __future__ import annotations

import pickle
import re
import tracemalloc

import numpy as np
import pytest
from fake_crowds import SECRET, a_class, hostile
from fake_parts import HOSTILE, check, question, report
from pages import ALLOWED, Page
from scipy import stats as scipy_stats

from grader.model import Outcome
from grader.report import stats
from grader.report.classes import assignment_row, render_class, render_index
from grader.report.summary import ClassRow


@pytest.fixture(scope="module")
def rows() -> list[ClassRow]:
    """A class of 120, one of them not graded."""
    return [
        ClassRow.of(r, staff={"Q7.file": SECRET} if r.status == "not_graded" else None) for r in a_class()
    ]


def test_page(rows: list[ClassRow]) -> None:
    """The page parses, runs only its own script, and names every part."""
    html = render_class("cs434-hw3", rows, title="Homework 3")
    page = Page(html)
    assert {tag for tag, _ in page.tags} <= ALLOWED
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/=]+'$", page.policy())
    for heading in (
        "Could not be graded",
        "Waits for a person",
        "Distribution",
        "Misconceptions",
        "Leaderboard",
        "Survey",
        "Run times",
    ):
        assert heading in page.text
    assert SECRET in page.text
    assert "./alan/report.html" in [a["href"] for a in page.all("a")]


def test_order_does_not_matter(rows: list[ClassRow]) -> None:
    """The page is the same whatever the order in which the reports came."""
    assert render_class("hw", reversed(rows)) == render_class("hw", rows)


def test_hostile_class() -> None:
    """Names of students cannot leave their place, neither in text nor in a link."""
    row = ClassRow.of(hostile(), name=HOSTILE, staff={"x": HOSTILE})
    page = Page(render_class(HOSTILE, [row] * 6, title=HOSTILE))
    assert {tag for tag, _ in page.tags} <= ALLOWED
    assert not [k for _, a in page.tags for k in a if k.startswith("on")]
    assert all(
        a["href"].startswith(("./", "../index.html", "#")) and ":" not in a["href"] for a in page.all("a")
    )


def test_empty_class() -> None:
    """A class without hand-ins has a page."""
    assert "<strong>0</strong><span>hand-ins" in render_class("hw", [])


def test_index(rows: list[ClassRow]) -> None:
    """The index has one line per assignment with its counts."""
    page = Page(render_index("Course", [assignment_row("cs434-hw3", "Homework 3", rows)]))
    assert "./cs434-hw3/index.html" in [a["href"] for a in page.all("a")]
    assert "Homework 3" in page.text


def test_items_against_numpy(rows: list[ClassRow]) -> None:
    """Means, difficulties and item-rest correlations are those of numpy and SciPy where all of a question is decided."""
    layout = stats.layout_of(rows)
    for index, item in enumerate(stats.items(rows, layout)):
        wait = [
            any(
                letter in "mx"
                for check, letter in zip(row.layout.checks, row.outcomes, strict=True)
                if check.question == index
            )
            for row in rows
        ]
        table = np.array([row.question_points for row, waits in zip(rows, wait, strict=True) if not waits])
        own, rest = table[:, index], np.delete(table, index, axis=1).sum(axis=1)
        assert item.mean == pytest.approx(own.mean())
        assert item.difficulty == pytest.approx(own.mean() / item.item.max_points)
        assert item.discrimination == pytest.approx(scipy_stats.pearsonr(own, rest).statistic)


def test_quantile_against_numpy() -> None:
    """Quantiles are numpy's linear ones."""
    values = [3.0, 1.0, 4.0, 1.0, 5.0]
    assert stats.quantile(values, 0.3) == pytest.approx(np.quantile(values, 0.3))
    assert stats.quantile([], 0.5) is None


def test_checks_of_extremes() -> None:
    """
    A check that nobody or everybody earns is remarked on, from five hand-ins on; waiting ones do not count.
    """
    low = check("Q1.a", "value", "lost", 0, 1)
    high = check("Q1.b", "value", "earned", 1, 1)
    person = check("Q1.c", "prose", "manual", 0, 1)
    made = [ClassRow.of(report(f"s{i}", [question("Q1", "t", [low, high, person])])) for i in range(5)]
    found = stats.checks(made, stats.layout_of(made))
    assert [(c.earned, c.count, c.remark) for c in found] == [
        (0, 5, "nobody earns it"),
        (5, 5, "everybody earns it"),
        (0, 0, ""),
    ]
    assert [c.remark for c in stats.checks(made[:4], stats.layout_of(made))] == ["", "", ""]


def test_an_optional_check_makes_nobody_a_stranger() -> None:
    """Whoever handed in something optional has one check more, and counts in all the others like everybody."""
    plain, more = check("Q1.a", "value", "earned", 1, 1), check("Q1.code", "value", "lost", 0, 0)
    made = [
        ClassRow.of(report(f"s{i}", [question("Q1", "t", [plain, more] if i == 0 else [plain])]))
        for i in range(6)
    ]
    layout = stats.layout_of(made)
    assert all(stats.belongs(row, layout) for row in made)
    assert [(c.item.id, c.earned, c.count) for c in stats.checks(made, layout)] == [
        ("Q1.a", 6, 6),
        ("Q1.code", 0, 1),
    ]
    assert [i.count for i in stats.items(made, layout)] == [6]


def test_misconceptions_and_waiting(rows: list[ClassRow]) -> None:
    """
    Each misconception lists exactly the students in whom it was found, and so does each check that waits.
    """
    found = {(m.check, m.id): m.students for m in stats.misconceptions(rows)}
    assert set(found) == {
        ("Q1.b", "prior-ignored"),
        ("Q3.grad_bias", "not-summed"),
        ("Q3.grad_weights", "batch-mean"),
    }
    assert found["Q1.b", "prior-ignored"] == [row.student for row in rows if row.found]
    waits = stats.by_check(rows, Outcome.MANUAL)
    assert waits["Q2.proof"] == [row.student for row in rows if row.status == "needs_review"]


def test_ranking(rows: list[ClassRow]) -> None:
    """The leaderboard is ordered by the private value, best first."""
    values = [row.board.rank_by for row in stats.ranking(rows) if row.board]
    assert values == sorted(values, reverse=True)
    assert len(values) == 119


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (9.5, 9.5),
        ("9,5 h", 9.5),
        (" 12 hours", 12.0),
        ("80 %", 80.0),
        ("many", None),
        (True, None),
        (float("nan"), None),
        (None, None),
    ],
)
def test_survey_numbers(said: object, meant: float | None) -> None:
    """Hours are read as people write them."""
    assert stats.number(said) == meant


def test_other_rubric_is_counted_apart(rows: list[ClassRow]) -> None:
    """
    Hand-ins graded by another version of the rubric stay in the table and out of the statistics, and the page
    says so.
    """
    other = ClassRow.of(report("zoe", [question("Q1", "t", [check("Q1", "value", "earned", 1, 1)])]))
    text = Page(render_class("hw", [*rows, other])).text
    assert "1 hand-ins were graded by another version of the rubric" in text
    assert "zoe" in text


def test_ten_thousand(rows: list[ClassRow]) -> None:
    """
    The rows of 10,000 students take less than 25 MB, their page less than 2.5 MB, and the table is complete.
    """
    base = a_class(50)
    tracemalloc.start()
    many = []
    for i in range(10_000):
        made = base[i % 50]
        made.student = f"student{i:05d}"
        many.append(pickle.loads(pickle.dumps(ClassRow.of(made))))  # as from a worker process
    memory = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    html = render_class("hw", many)
    assert memory < 25e6
    assert len(html.encode()) < 2.5e6
    assert html.count('<tr><td><a href="./student') == 10_000
