"""Colours that everybody can read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import grader.report

CSS = (Path(grader.report.__file__).parent / "templates" / "base.css").read_text("utf-8")
TEXT = ["ink", "soft", "accent", "ok", "part", "bad", "wait"]
CODE = ["k", "s", "c", "m", "f", "b", "ink"]


def palette(dark: bool) -> dict[str, str]:
    """The colours of one mode."""
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.S)
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", blocks[1 if dark else 0]))


def luminance(colour: str) -> float:
    """WCAG 2 relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_text_contrast(dark: bool) -> None:
    """Every text colour has a contrast of at least 4.5 (WCAG AA) with every ground it stands on."""
    colours = palette(dark)
    grounds = {name: ["page", "card", "wash"] for name in TEXT} | {
        "soft": ["page", "card", "wash", "why"],
        "ink": ["page", "card", "why", "wash"],
    }
    for name, under in grounds.items():
        for ground in under:
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    for name in CODE:
        for ground in ("wash", "mark"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)


@pytest.mark.parametrize("dark", [False, True])
def test_line_contrast(dark: bool) -> None:
    """The lines of a chart have a contrast of at least 3 with the card."""
    colours = palette(dark)
    assert all(contrast(colours[f"s{i}"], colours["card"]) >= 3 for i in range(4))
