"""Numbers with what they measure, in a line of text: `val acc 0.91, loss 0.12`, `75,0 % (Validierung)`, `$1.55 \\pm 0.1$`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
Name = Callable[[str], str]
"""What some words measure (`val_accuracy`), or nothing."""
_MOST = 2_000
_LATEX = [
    (re.compile(r"\\(?:text|textbf|textit|texttt|emph|mathrm|mathbf|mathit)\s{0,9}\{([^{}]*)\}"), r"\1"),
    (re.compile(r"\\d?frac\s{0,9}\{(\d{1,9})\}\s{0,9}\{(\d{1,9})\}"), r"\1/\2"),
    (re.compile(r"\\(?:approx|sim|to|rightarrow)\b"), "="),
    (re.compile(r"\\pm\b"), "\u00b1"),
    (re.compile(r"\\([%_#&])"), r"\1"),
    (re.compile(r"\\[,;:! ]|[$`*{}]|~"), " "),
    (re.compile(r"<br\s{0,9}/?>", re.IGNORECASE), "\n"),
    (re.compile(r"[-=]{1,2}>|\u2192"), "="),
]
_SIDES = r"(train(?:ing)?|val(?:idation|id)?|test|dev)"
_BOTH = re.compile(
    rf"{_SIDES}\s{{0,3}}[/,&]\s{{0,3}}{_SIDES}[\s_]{{1,3}}(loss|acc[a-z]{{0,7}})\s{{0,3}}[:=]?\s{{0,3}}"
    rf"({NUMBER.pattern})(\s{{0,3}}%)?\s{{0,3}}[/,;]\s{{0,3}}({NUMBER.pattern})",
    re.IGNORECASE,
)
"""`train/val accuracy: 80 % / 75 %`."""
_SPREAD = re.compile(r"(?:\u00b1|\+/?-)\s{0,9}[\d.,]+")
_SHARE = re.compile(r"(?<![\w.])(\d{1,9}(?:\.\d{1,9})?)\s{0,9}(?:/|out of)\s{0,9}(\d{1,9})(?![\w.])")
_OTHER = re.compile(
    r"(?:seed|run|trial|epoch|no\.?|#|step[ _]?size|learning[ _]rate|lr|batch(?:[ _]size)?|width"
    r"|mean|average|avg|median|min|max|std|stdev|sd|standard deviation|spread|range)"
    r"[ _#]{0,3}(?:is|was|of)?\s{0,3}[:=(]?\s{0,3}[-+]?\d+(?:\.\d+)?\s{0,3}%?\s{0,3}[:=)]?"
    r"|(?<![\w.])\d+\s{0,3}(?:epochs?|steps|iterations?|seeds?|runs?|batches|layers?)(?![a-z])",
    re.IGNORECASE,
)
"""Numbers that count or sum up: `seed 102:`, `(mean 88.1, std 0.6)`, `after 200 epochs`."""
_NAMED = re.compile(r"([A-Za-z][A-Za-z _.()%]{0,200}?)[\s:=~\u2248]*+(" + NUMBER.pattern + ")")
_METRIC = re.compile(
    r"(?:(?:train|training|val|valid|validation|test|dev|final|avg|average|mean)[\s_-]{0,3}){0,3}"
    r"(?:loss(?:es)?|acc(?:urac(?:y|ies)|s)?)(?![a-z])(?:\s{0,3}\((?:train|training|val|validation)\))?",
    re.IGNORECASE,
)


def numbers_in(text: str) -> list[float]:
    """The numbers of a text: `88.7 %`, `~0.9`, `0,75`, `225/300`, `91.0 +- 0.5` (its first), `88.7, 87.2, 87.6`."""
    return _found(_plain(text))


def named_in(text: str, name: Name, several: bool) -> Iterator[tuple[str, list[float]]]:
    """
    The numbers of a text with what they measure.

    Args:
        text: as the student wrote it.
        name: what words measure.
        several: all numbers behind a name count, not only the nearest.
    """
    plain = _BOTH.sub(r"\1 \3 \4, \2 \3 \6", _plain(text[:_MOST]))
    yield from _lists(plain, name) if several else _single(plain, name)


def _single(text: str, name: Name) -> Iterator[tuple[str, list[float]]]:
    """A part of a sentence has a number and its name in either order; else the words before a number are its name."""
    for part in re.split(r"[;\n|]|,(?!\d)|\band\b", text):
        numbers = NUMBER.findall(part)
        words = " ".join(re.findall(r"[A-Za-z_()]+", part))
        if len(numbers) == 1 and (known := name(words)):
            yield known, [float(numbers[0])]
            continue
        for found in _NAMED.finditer(part):
            if known := name(found[1]):
                yield known, [float(found[2])]


def _lists(text: str, name: Name) -> Iterator[tuple[str, list[float]]]:
    places = list(_METRIC.finditer(text))
    for k, place in enumerate(places):
        until = places[k + 1].start() if k + 1 < len(places) else len(text)
        numbers = _found(text[place.end() : until])
        if numbers and (known := name(place[0])):
            yield known, numbers


def _found(text: str) -> list[float]:
    rest = _OTHER.sub(" ", text)
    return [float(n) for n in NUMBER.findall(rest if NUMBER.search(rest) else text)]


def _plain(text: str) -> str:
    """Without LaTeX, spreads and decimal commas; shares of a whole as one number."""
    for pattern, plain in _LATEX:
        text = pattern.sub(plain, text)
    return _SHARE.sub(_quotient, _SPREAD.sub("", _with_points(text)))


def _with_points(text: str) -> str:
    """Commas inside numbers are decimal ones where no number has a point and they do not separate a list (`88,87,91`)."""
    if re.search(r"\d\.\d", text) or re.search(r"\d,\d+,\d", text):
        return text
    return re.sub(r"(?<=\d),(?=\d)", ".", text)


def _quotient(found: re.Match[str]) -> str:
    part, whole = float(found[1]), float(found[2])
    return f"{part / whole:.6g}" if whole > 1 and part <= whole else found[0]
