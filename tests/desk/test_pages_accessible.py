"""The pages that `grade` writes, audited in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_written_pages_are_accessible(
    graded: Path, browse: Callable[..., Any], axe: Callable[[Any], list[str]], scheme: str, width: int
) -> None:
    """axe-core finds nothing on the student's page, the class page and the index, unfolded, on a phone and a desktop; nothing is wider than the screen."""
    page = browse(color_scheme=scheme, viewport={"width": width, "height": 900})
    for path in ("essay/ben/report.html", "essay/index.html", "index.html"):
        page.goto((graded / "grades" / path).as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
