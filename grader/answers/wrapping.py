"""What stands around an answer in a write-up: fences, environments, numbers of equations, a sentence with one formula."""

from __future__ import annotations

import html
import re

from grader.answers.spoken import in_signs
from grader.answers.statements import without_numbers
from grader.answers.words import danger

_FENCE = re.compile(r"\s*```[A-Za-z]*[ \t]*\n(?P<inside>.*?)\n?\s*```\s*", re.DOTALL)
_ENVIRONMENT = re.compile(
    r"\\(?:begin|end)\s*\{(?:equation|align|aligned|gather|gathered|split|displaymath|math|eqnarray|multline|flalign)\*?\}"
)
_NUMBERED = re.compile(r"\\(?:nonumber|notag)(?![A-Za-z])")
_ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}|#\d{1,6}|#x[0-9A-Fa-f]{1,5});")
_TAGS = re.compile(r"</?(?:p|div|span|b|i|em|strong|br|code|sub|sup)\s*/?>", re.IGNORECASE)
_TICKS = re.compile(r"\$`([^`$]*)`\$")
_LEAD = re.compile(
    r"^\s*(?:=(?![=>])|->|=>|→|⇒|∴|\\(?:therefore|implies|Rightarrow|Longrightarrow|to|rightarrow)(?![A-Za-z]))\s*"
)
_FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<!\\)\$(.+?)(?<!\\)\$|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_SENTENCE = re.compile(r"[^\d=<>+/^_\\(){}\[\]|]*")


_LABEL = re.compile(r"^\s*[*_#>\s]*[A-Z]{1,2}\d*\.[\w.]+\s*[:)]\s*\**")


def unwrapped(text: str, *, formula: bool = True) -> str:
    """The answer without its wrapping; words that may change a formula keep the whole text as it is."""
    if not formula:
        return _opened(text)
    text = without_numbers(write_up(text))
    if "\\" in text:
        text = _NUMBERED.sub(" ", _ENVIRONMENT.sub(" ", text))
    return _LEAD.sub("", _only_formula(text), count=1)


def write_up(text: str) -> str:
    """The answer as it stands in a write-up, without its label, entities and fences; matrices and sums in words in signs."""
    return in_signs(_LABEL.sub("", _TICKS.sub(r"$\1$", _opened(text))))


def _opened(text: str) -> str:
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    if "<" in text:
        text = _TAGS.sub(" ", text)
    fenced = _FENCE.fullmatch(text)
    return fenced["inside"] if fenced else text


def _only_formula(text: str) -> str:
    """The formula of a text that is one formula with words around it."""
    found = list(_FORMULA.finditer(text))
    if len(found) != 1:
        return text
    before, after = text[: found[0].start()], text[found[0].end() :]
    if not (_SENTENCE.fullmatch(before) and _SENTENCE.fullmatch(after)) or "$" in before + after:
        return text
    words = re.findall(r"[A-Za-z]+(?:['-][A-Za-z]+)*", before.lower() + " " + after.lower())
    if danger(words) or _COUNTS & set(words):
        return text
    return next(part for part in found[0].groups() if part is not None)


_COUNTS = frozenset("or where with if for when otherwise else and i.e ie namely which".split())
"""Words behind which more of the answer may stand than its one formula."""
