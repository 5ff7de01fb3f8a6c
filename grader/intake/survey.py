"""The closing part of a hand-in: hours, difficulty, collaboration, understanding, comments. Never graded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from grader.intake.pieces import SurveyLine

_FIELDS = {
    "hours": r"hours?|time|time spent|hours spent|how (?:many hours|long).*|.*\bhours\b.*|.*how long.*",
    "difficulty": r"difficulty|difficult|how (?:difficult|hard).*|level of difficulty|.*\bdifficulty\b.*",
    "together": r"alone.*|discussed.*|collaborat\w*|collaboration.*|discussion|worked with|partners?|.*collaborators?.*",
    "understanding": r"understanding|understood|how (?:much|well).*underst.*|.*understand.*",
    "comments": r"comments?|feedback|other comments|anything else.*|other",
}
_ROOTS = re.compile(r"debrief(?:ing)?|survey|calibration|closing|feedback", re.IGNORECASE)
_HEAD = re.compile(
    r"^\s*+(?:#{1,6}+|\*\*|__|\\(?:sub)*+section\*?\{)\W*+(?:\d++\W++)?(?P<title>debrief\w*|survey|calibration|closing|name, collab\w*)",
    re.IGNORECASE,
)
_LINE = re.compile(
    r"^\s*(?:[-*+]\s+|\d+[.)]\s+|>\s*)?(?:\*\*|__)?(?:(?:debrief|survey)[. ])?(?P<key>[A-Za-z][^:?*_\n]{0,120}?)\s*+(?:\*\*|__)?\s*+[:?]\s*(?:\*\*|__)?\s*(?P<text>\S.*)$",
    re.IGNORECASE,
)
_NUMBER_WORDS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]


@dataclass(frozen=True)
class SurveyAnswer:
    """One field: as written, and what it says where that is clear."""

    text: str
    value: float | str | None
    where: str

    def as_json(self) -> dict[str, Any]:
        """For `Report.survey`."""
        return {"text": self.text, "value": self.value}


def read_survey(lines: Iterable[SurveyLine]) -> dict[str, SurveyAnswer]:
    """The fields that were answered: `hours`, `difficulty`, `together`, `understanding`, `comments`; the first of each counts."""
    survey: dict[str, SurveyAnswer] = {}
    for line in lines:
        field = _field(line.key)
        if field and field not in survey and line.text.strip():
            text = line.text.strip()[:2000]
            survey[field] = SurveyAnswer(text, _value(field, line.key, text), line.where)
    return survey


def _value(field: str, key: str, text: str) -> float | str | None:
    if field != "together":
        return _READERS[field](text)
    no = bool(re.match(r"(no|none|nobody|false|n/a|-|0)\b", text.casefold()))
    if "alone" in key.casefold() and re.match(r"(yes|true|no|false)\b", text.casefold()):
        return "discussed" if no else "alone"
    return "alone" if no else _together(text)


def is_survey_root(key: str) -> bool:
    """Is it a key such as `debrief`, under which the fields stand?"""
    return bool(_ROOTS.fullmatch(key.strip()))


def _field(key: str) -> str:
    bare = re.sub(r"[_\-]+", " ", key).strip(" .*").casefold()
    for pass_exact in (True, False):
        for field, pattern in _FIELDS.items():
            if field == bare if pass_exact else re.fullmatch(pattern, bare):
                return field
    return ""


def survey_lines(texts: Sequence[tuple[str, str]]) -> Iterator[SurveyLine]:
    """
    The `key: text` lines of a write-up that are under a heading such as `Debrief`, or begin with `debrief.`, or say hours.

    Args:
        texts: pairs of place and line.
    """
    inside = False
    for where, line in texts:
        text = line[:2_000]
        if head := _HEAD.match(text):
            inside = bool(head)
        elif re.match(r"^\s*#{1,6}\s|\\section", text):
            inside = False
        if (found := _LINE.match(text)) and (
            inside
            or re.match(r"^\W*(?:debrief|survey)[. ]", text, re.IGNORECASE)
            or re.fullmatch(r"hours(?: spent)?", found["key"].strip(), re.IGNORECASE)
        ):
            yield SurveyLine(found["key"].strip(), found["text"].strip(" *_"), where)


# --- values ---------------------------------------------------------------------------------------------------------


def hours(text: str) -> float | None:
    """`5`, `2-3 hours` (the middle), `more than 15` (15), `1h 30`, `90 minutes`, `ten`, `two and a half`; None when it says no number."""
    low = text.casefold().replace(",", ".")
    for number, word in enumerate(_NUMBER_WORDS):
        low = re.sub(rf"\b{word}\b", str(number), low)
    low = re.sub(r"(\d+)(?: and a half| 1/2|\u00bd)", r"\1.5", low)
    low = re.sub(r"\b(?:an? )?half(?: an?)?(?= h)|(?<!\d)1/2|\u00bd", "0.5", low)
    if mixed := re.search(r"(\d+(?:\.\d+)?)\s*(?:h|hours?|hrs?)\s*(?:and\s*)?(\d+)\s*(?:m|min\w*)?\b", low):
        return float(mixed[1]) + float(mixed[2]) / 60
    span = re.search(r"(\d+(?:\.\d+)?)\s*(?:-|–|—|to|or)\s*(\d+(?:\.\d+)?)", low)
    single = re.search(r"\d+(?:\.\d+)?", low)
    if span:
        value = (float(span[1]) + float(span[2])) / 2
    elif single:
        value = float(single[0])
    else:
        return None
    minutes = re.search(r"\bmin", low) and not re.search(r"\bh(?:ours?|rs?)?\b", low)
    value = value / 60 if minutes else value
    return round(value, 2) if value <= 1000 else None


def _percent(text: str) -> float | None:
    found = re.search(r"(\d+(?:[.,]\d+)?)\s*(%?)", text)
    if found is None:
        return None
    value = float(found[1].replace(",", "."))
    if 0 < value <= 1 and not found[2] and "." in found[1]:
        value *= 100
    return value if value <= 100 else None


def _difficulty(text: str) -> str | None:
    low = text.casefold()
    for word, stems in (
        ("difficult", ("difficult", "hard", "challeng")),
        ("moderate", ("moderate", "medium", "ok")),
        ("easy", ("easy", "simple")),
    ):
        if any(s in low for s in stems):
            return word
    return None


def _together(text: str) -> str | None:
    low = text.casefold()
    if re.search(r"\b(alone|none|nobody|no one|no|n/a|myself|individually)\b", low):
        return "alone"
    return "discussed"


def _comments(text: str) -> str | None:
    return text


_READERS = {
    "hours": hours,
    "difficulty": _difficulty,
    "together": _together,
    "understanding": _percent,
    "comments": _comments,
}
