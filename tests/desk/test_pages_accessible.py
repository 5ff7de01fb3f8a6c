"""The pages that `grade` writes, audited in a real browser."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.report.classes import assignment_row, render_class, render_index
from grader.report.student import render_student
from grader.report.summary import ClassRow

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
import fake_crowds as crowds
import fake_reports as reports

MAKERS = [
    reports.full_marks,
    reports.mistakes,
    crowds.waiting,
    crowds.not_graded,
    crowds.hostile,
    crowds.enormous,
]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One page of every kind."""
    folder = tmp_path_factory.mktemp("pages")
    rows = [ClassRow.of(r, staff={"Q7.file": "x" * 400}) for r in crowds.a_class(40)]
    pages = {make.__name__: render_student(make()) for make in MAKERS} | {
        "class": render_class("cs434-hw3", rows, title="Homework 3"),
        "index": render_index("A course", [assignment_row("cs434-hw3", "Homework 3", rows)]),
    }
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(html)
    return [folder / f"{name}.html" for name in pages]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_written_pages_are_accessible(
    graded: Path,
    written: list[Path],
    browse: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    scheme: str,
    width: int,
) -> None:
    """
    axe-core finds nothing on any page, all unfolded, light on a desktop and dark on a phone; nothing is wider than the screen and
    no page asks for anything.
    """
    page = browse(color_scheme=scheme, viewport={"width": width, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    real = [graded / "grades" / name for name in ("essay/ben/report.html", "essay/index.html", "index.html")]
    for path in [*written, *real]:
        asked.clear()
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
        assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]


def test_on_paper_nothing_is_folded(browse: Callable[..., Any], written: list[Path]) -> None:
    """Printed, a page is light, shows what is folded on the screen, and cuts no line of code."""
    page = browse(color_scheme="dark", viewport={"width": 700, "height": 900})
    page.goto(written[1].as_uri())
    page.emulate_media(media="print", color_scheme="dark")
    heights = page.evaluate(
        "[...document.querySelectorAll('details:not([open]) .message')].map(e => e.getBoundingClientRect().height)"
    )
    assert heights
    assert min(heights) > 0
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.evaluate("document.documentElement.scrollWidth") == 700
