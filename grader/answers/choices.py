"""Choices in words: yes and no, greater and less, one of several names."""

from __future__ import annotations

import re
from collections.abc import Mapping

from grader.answers.faults import Unreadable
from grader.answers.glyphs import to_latex
from grader.answers.spec import AnswerSpec

MAX_LENGTH = 3000
YES_NO = {
    "yes": ("yes", "y", "true", "correct", "always", "it is", "it does", "is true", "holds"),
    "no": ("no", "n", "false", "never", "it is not", "it does not", "does not", "is not", "cannot", "not true", "there is no",
           "it doesnt", "doesnt", "isnt", "it isnt"),
}  # fmt: skip
MORE_LESS = {
    "greater": (">", "greater", "larger", "bigger", "higher", "more", "greater than", "exceeds", "increases", ">=", "increased"),
    "less": ("<", "less", "smaller", "lower", "fewer", "lower than", "decreases", "<="),
    "equal": ("=", "equal", "equals", "same", "identical", "the same", "equivalent", "no difference", "coincide", "==",
              "unchanged", "they are equal", "both"),
}  # fmt: skip
NEGATIONS = ("not", "isnt", "never", "neither", "doesnt", "no", "cannot", "arent")


def choose(text: str, spec: AnswerSpec) -> str:
    """
    The choice that a student's words mean.

    The earliest words that name a choice decide; a negation before them, or words for another choice that contradict
    them, leave the answer to a person.

    Raises:
        Unreadable: when no choice, or more than one, is named.
    """
    if len(text) > MAX_LENGTH:
        raise Unreadable("the answer is too long to be a choice")
    words = normal(text)
    options = spec.choices or YES_NO
    found = _first(words, options)
    if found is None:
        raise Unreadable(f"none of the choices ({', '.join(options)}) was found in it")
    name, place, length = found
    before = words[:place].split()
    behind = words[place + length :].split()
    if name != "no" and (any(word in NEGATIONS for word in before[-3:]) or behind[:1] == ["not"]):
        return _opposite(name, options)
    if spec.subjects and name in ("greater", "less"):
        return _oriented(words, place, name, spec.subjects)
    return name


def normal(text: str) -> str:
    """Lower-case words and relation signs with single spaces; LaTeX names without their backslashes and braces."""
    text = to_latex(text)
    text = re.sub(
        r"\\(?:text|mathrm|textbf|mathbf|boxed|textit|operatorname|emph|boldsymbol|mathit|left|right)\b",
        " ",
        text,
    )
    for command, sign in ((r"\\(?:leq?|leqslant)\b", "<="), (r"\\(?:geq?|geqslant)\b", ">="), (r"\\(?:lt)\b", "<"),
                          (r"\\(?:gt)\b", ">"), (r"\\(?:to|rightarrow)\b", " to "), (r"\\neq?\b", " not = ")):  # fmt: skip
        text = re.sub(command, sign, text)
    text = re.sub(r"\\([A-Za-z]+)", r" \1 ", text)
    text = re.sub(r"(<=|>=|==|<|>|=)", r" \1 ", text.replace("'", "").replace("’", ""))
    text = re.sub(r"[_{}^]", "", text)
    text = re.sub(r"[^\w<>=+\-. ]|(?<=\w)[.](?=\s|$)", " ", text)
    return " ".join(text.lower().split()).strip(". ")


def _first(words: str, options: Mapping[str, tuple[str, ...]]) -> tuple[str, int, int] | None:
    """The choice that is named first, where, and the length of the longest words for it there."""
    best: tuple[int, int, str] | None = None
    for name, spellings in options.items():
        for spelling in (name, *spellings):
            place = _find(words, normal(spelling))
            if place >= 0 and (best is None or (place, -len(normal(spelling))) < best[:2]):
                best = (place, -len(normal(spelling)), name)
    return (best[2], best[0], -best[1]) if best else None


def _find(words: str, spelling: str) -> int:
    """Where whole words occur, or -1."""
    if not spelling:
        return -1
    match = re.search(rf"(?<![\w<>=-]){re.escape(spelling)}(?![\w<>=])", words)
    return match.start() if match else -1


def _opposite(name: str, options: Mapping[str, tuple[str, ...]]) -> str:
    """`not yes` is no; the negation of one of several choices is not one choice."""
    if set(options) == {"yes", "no"}:
        return "no" if name == "yes" else "yes"
    raise Unreadable("a choice is named with a `not` before it")


def _oriented(words: str, place: int, name: str, subjects: tuple[tuple[str, ...], tuple[str, ...]]) -> str:
    """`a > b` said of b is `less`: what stands before the comparison, when only the other one does, turns it round."""
    this, other = (_last(words[:place], spellings) for spellings in subjects)
    if other >= 0 and this < 0:
        return {"greater": "less", "less": "greater"}[name]
    return name


def _last(words: str, spellings: tuple[str, ...]) -> int:
    return max((words.rfind(normal(spelling)) for spelling in spellings), default=-1)
