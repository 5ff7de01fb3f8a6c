"""Which problem a heading opens: `## Problem 3: gradients`, `\\section*{Question 3}`, `**Problem 3** (...)`, `P3`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_WORDS = {
    **dict.fromkeys(
        ("problem", "question", "exercise", "task", "ex", "prob", "q", "p", "problema", "aufgabe"), "problem"
    ),
    **dict.fromkeys(("part", "section", "sec"), "part"),
    **dict.fromkeys(("theory", "t"), "theory"),
}
_NAMED = re.compile(
    r"^\W*+(?:(?P<word>[A-Za-z]+)\s*+[#.:~]?\s*)?(?P<number>\d+|[A-Z](?![A-Za-z]))(?P<rest>[.\d]*\w?\b)?"
)
BOLD = 7


@dataclass(frozen=True)
class Opened:
    """The problem that is open while a write-up is read from top to bottom."""

    section: str = ""
    level: int = 0
    word: str = ""
    """`problem` or `question`: what the open section is called in this write-up."""
    headings: tuple[tuple[int, str], ...] = ()

    def after(self, level: int, title: str, sections: Sequence[str]) -> Opened:
        """What is open after a heading (level 1 is the highest; a bold line is `BOLD`)."""
        headings = (*(h for h in self.headings if h[0] < level), (level, title))
        word = _word(title)
        below = bool(self.section) and level > self.level and word != self.word
        section = None if below else section_of(title, sections, level)
        if section is not None:
            return Opened(section, level, word, headings)
        another = bool(word) and word == self.word and _identity(title) is not None
        if another or (level <= self.level and level != BOLD):
            return Opened(headings=headings)
        return Opened(self.section, self.level, self.word, headings)

    @property
    def titles(self) -> tuple[str, ...]:
        """The headings, outermost first."""
        return tuple(title for _, title in self.headings)


def section_of(title: str, sections: Sequence[str], level: int = 1) -> str | None:
    """The section that a heading names, or None; a bare number counts only as a true heading of the two top levels."""
    for section in sections:
        if (
            title.strip().casefold().startswith(section.casefold())
            and not title.strip()[len(section) :][:1].isalnum()
        ):
            return section
    identity = _identity(title)
    if identity is None:
        return None
    for section in sections:
        wanted = _identity(section)
        if wanted is None or wanted[1] != identity[1]:
            continue
        if wanted[0] in (identity[0], "") or (identity[0] == "" and level <= 2):
            return section
    return None


def _word(title: str) -> str:
    found = _NAMED.match(title)
    return (found["word"] or "").lower() if found else ""


def _identity(title: str) -> tuple[str, str] | None:
    """`("problem", "3")` of `Problem 3: ...`, `("", "3")` of `3. ...`; None for a part such as `2a` or a plain title."""
    found = _NAMED.match(title)
    if found is None or (found["rest"] or "").strip("."):
        return None
    word = (found["word"] or "").lower()
    if word and word not in _WORDS:
        return None
    return _WORDS.get(word, ""), found["number"].upper()
