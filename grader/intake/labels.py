"""The labels of answers (`P1.2b`, `C.5.add_const`), as students write them."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence


class Labels:
    """The labels of an assignment, found again in what a student typed: case, spaces and punctuation may differ."""

    def __init__(self, labels: Iterable[str]) -> None:
        self.labels = tuple(dict.fromkeys(labels))
        self._exact = {label: label for label in self.labels}
        self._folded = _unambiguous(self.labels, _fold)
        self._loose = _unambiguous(self.labels, _loosen)
        self._line = _line_pattern(self.labels)

    def match(self, text: str) -> str | None:
        """The label that a text means, or None."""
        bare = text.strip().strip("*_`:. ")
        return self._exact.get(bare) or self._folded.get(_fold(bare)) or self._loose.get(_loosen(bare))

    def near(self, text: str) -> str:
        """The label that comes nearest to a text, or the empty string."""
        close = difflib.get_close_matches(_fold(text), list(self._folded), 1, 0.7)
        return self._folded[close[0]] if close else ""

    def at_start(self, line: str) -> tuple[str, int] | None:
        """The label that a line (without its list or heading marks) begins with, and where the label's text ends."""
        if self._line is None or (found := self._line.match(line)) is None:
            return None
        label = self.match(found[0])
        return (label, found.end()) if label else None


def _fold(text: str) -> str:
    return re.sub(r"\s+", "", text).casefold()


def _loosen(text: str) -> str:
    return re.sub(r"[\s._\-()\[\]]+", "", text).casefold()


def _unambiguous(labels: Sequence[str], form: Callable[[str], str]) -> dict[str, str]:
    keys = [form(label) for label in labels]
    counts = Counter(keys)
    return {key: label for key, label in zip(keys, labels, strict=True) if counts[key] == 1}


def _line_pattern(labels: Sequence[str]) -> re.Pattern[str] | None:
    if not labels:
        return None
    forms = sorted((_spaced(label) for label in labels), key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(forms)})(?![A-Za-z0-9_]|[.][A-Za-z0-9])", re.IGNORECASE)


def _spaced(label: str) -> str:
    """A pattern for the label with spaces allowed between its parts: `P1.2 b`, `P 1.2b`."""
    parts = re.findall(r"[A-Za-z]+|\d+|.", label)
    return r"[ \t]*".join(re.escape(part) for part in parts)
