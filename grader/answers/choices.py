"""Choices in words: yes and no, greater and less, one of several names."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from grader.answers.faults import Unreadable
from grader.answers.glyphs import to_latex
from grader.answers.languages import foreign
from grader.answers.spec import AnswerSpec

MAX_LENGTH = 3000
YES_NO = {
    "yes": ("yes", "y", "true", "correct", "always", "it is", "it does", "is true", "holds"),
    "no": ("no", "n", "false", "never", "it is not", "it does not", "does not", "is not", "cannot", "not true", "there is no",
           "it doesnt", "doesnt", "isnt", "it isnt"),
}  # fmt: skip
COMPARATIVES = frozenset(
    "> < >= <= greater larger bigger higher more less smaller lower fewer better worse exceeds wider narrower".split()
)
NEGATIONS = frozenset(
    "not isnt never neither nor doesnt no cannot arent wasnt without rather instead unlike".split()
)
VERBS = frozenset("is does do has have are will can it".split())
OPPOSITE = {"greater": "less", "less": "greater", "yes": "no", "no": "yes"}


@dataclass(frozen=True)
class _Found:
    """Words that name a choice: which, where, and the words between the one before and this one."""

    name: str
    spelling: str
    place: int
    end: int
    before: tuple[str, ...]
    denied: bool = False

    @property
    def negated(self) -> bool:
        """Whether a `not` stands before it (among the last three words), or behind its verb."""
        return self.name != "no" and (self.denied or any(word in NEGATIONS for word in self.before[-3:]))

    @property
    def source(self) -> bool:
        """Whether it is what is moved away from."""
        return "from" in self.before[-2:]


def choose(text: str, spec: AnswerSpec) -> str:
    """
    The choice that a student's words mean.

    The first words that name a choice, and have no negation before them, decide. Of `a > b` it depends on which of
    the two is the subject; of `a has the larger error` on whether the smaller or the larger one is asked.

    Raises:
        Unreadable: when no choice is named, or only ones with a `not` before them.
    """
    if len(text) > MAX_LENGTH:
        raise Unreadable("the answer is too long to be a choice")
    behind_condition = _CONDITION.sub("", text)
    if behind_condition.strip(" $.") and behind_condition != text:
        with contextlib.suppress(Unreadable):
            return choose(behind_condition, spec)
    if (last := _SO.split(text)[-1]) != text and last.strip(" $.,"):
        with contextlib.suppress(Unreadable):
            return choose(last, spec)
    words = normal(text)
    options = spec.choices or YES_NO
    found = _all(words, options)
    if not found:
        raise Unreadable(f"none of the choices ({', '.join(options)}) was found in it")
    meant = next((match for match in found if not (match.negated or match.source)), None)
    if meant is None:
        return _only_negated(found[0], words, options, spec)
    behind = found[found.index(meant) + 1 :]
    name = meant.name
    if spec.subjects and _denied_comparison(meant, behind):
        return OPPOSITE[_oriented(words, behind[0], behind[0].name, spec.subjects)]
    if spec.subjects and _comparative(meant):
        return _oriented(words, meant, name, spec.subjects)
    if spec.turned and _turns(words[meant.end :], spec.turned):
        return next(other for other in options if other != name)
    return name


_CONDITION = re.compile(
    r"^\s*(?:if|when|whenever|since|because|as|given(?:\s+that)?|assuming(?:\s+that)?|suppose)\b[^,;]*?(?:[,;]\s*(?:then\b)?|\bthen\b)",
    re.IGNORECASE,
)
"""`If $n x > 0$, then`: what is assumed names no choice."""


_SO = re.compile(
    r"\b(?:therefore|thus|hence|consequently)\b[,:]?|(?:^|[,;.])\s*so\b(?!\s+(?:that|is|does|are|do|it\s+is)\b)[,:]?",
    re.IGNORECASE,
)
"""Behind it stands what the words before it come to."""


def is_choice(text: str, spec: AnswerSpec) -> bool:
    """Whether a text is nothing but one of the words for a choice (`none`, `>`)."""
    options = spec.choices or YES_NO
    return normal(text) in {
        normal(spelling) for name, spellings in options.items() for spelling in (name, *spellings)
    }


def _only_negated(found: _Found, words: str, options: Mapping[str, tuple[str, ...]], spec: AnswerSpec) -> str:
    """`not yes` is no, `not equal` is not equal; the negation of another choice is not one choice."""
    name = found.name
    if spec.subjects and _comparative(found):
        name = _oriented(words, found, name, spec.subjects)
    if found.negated and set(options) == {"yes", "no"}:
        return OPPOSITE[name]
    if found.negated and name == spec.truth:
        return f"not {name}"
    raise Unreadable("a choice is named with a `not` before it")


def _comparative(found: _Found) -> bool:
    return normal(found.spelling) in COMPARATIVES


def _denied_comparison(found: _Found, behind: list[_Found]) -> bool:
    """`is not greater`: the `not` belongs to the comparison behind it."""
    bare = found.name == "no" and found.spelling in ("not", "is not", "it is not", "never")
    return bare and bool(behind) and _comparative(behind[0]) and len(behind[0].before) <= 1


def _turns(behind: str, turned: tuple[str, ...]) -> bool:
    """Whether the first comparison behind a name says that it is the worse one."""
    places = [(_find(behind, word), word in turned) for word in {*turned, *COMPARATIVES}]
    return min((hit for hit in places if hit[0] >= 0), default=(0, False))[1]


def normal(text: str) -> str:
    """Lower-case words and relation signs with single spaces; LaTeX names without their backslashes and braces."""
    text = re.sub(r"(?<=[A-Za-z])-(?=\w)", " ", to_latex(text).replace("!=", " not = "))
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


_FILLERS = re.compile(
    r"\b(?:it|is|its|the|a|an|exactly|simply|just|equals?|equal to|to|converges|approaches|becomes|are|of|matrix|so|i e)\b"
)


def plainly(text: str) -> str:
    """A phrase without the words that every sentence has, to compare it with another."""
    bare = re.sub(r"\([^()]*\)\s*\.?\s*$", "", text) if not text.strip().startswith("(") else text
    return " ".join(_FILLERS.sub(" ", normal(bare).replace(" times ", " x ")).split()).strip(". ")


def in_words(text: str, phrases: Iterable[str]) -> bool:
    """Whether a text, or what a sentence says behind its last verb, is one of the phrases for the answer."""
    known = {plainly(phrase) for phrase in phrases}
    parts = [part for part in _REASON.split(text) if part.strip()]
    sentence = (
        text.partition(",")[2] if parts and not text.startswith(parts[0]) else parts[0] if parts else ""
    )
    return bool(known) and any(plainly(part) in known for part in (text, _SAID.split(sentence)[-1]))


def mentions(text: str, phrases: Iterable[str]) -> bool:
    """Whether the clause in front of a formula holds one of the phrases for the answer: which of the two is meant only a reader can tell."""
    opened = [found.start() for found in re.finditer(r"\$+[^$]+\$+|\\[(\[]", text)]
    before = text[: opened[-1]] if opened else ""
    clause = plainly(re.split(r"[,;:.]\s", _SAID.split(before)[-1])[-1])
    return any(
        re.search(rf"\b{re.escape(plainly(phrase))}\b", clause) for phrase in phrases if plainly(phrase)
    )


_REASON = re.compile(r"[,;.]?\s*\b(?:because|since|as|due to)\b|[.;]\s", re.IGNORECASE)
_SAID = re.compile(r"\b(?:is|are|equals?|gives?|becomes?|just|simply|get|have)\b|:", re.IGNORECASE)


def _all(words: str, options: Mapping[str, tuple[str, ...]]) -> list[_Found]:
    """The choices that are named, from left to right; of words for two at one place the longest count."""
    hits = [
        (match.start(), -len(spelled), name, spelling)
        for name, spellings in options.items()
        for spelling in (name, *spellings, *foreign(name))
        for spelled in [normal(spelling)]
        if len(spelled) > 1 or not spelled.isalpha() or words == spelled or spelled not in ("y", "n")
        for match in _matches(words, spelled)
    ]
    found: list[_Found] = []
    for place, length, name, spelling in sorted(hits):
        start = found[-1].end if found else 0
        if place >= start:
            end = place - length
            denied = words[end:].split()[:1] == ["not"] and spelling.split()[-1] in VERBS
            found.append(_Found(name, spelling, place, end, tuple(words[start:place].split()), denied))
    return found


def _matches(words: str, spelling: str) -> Iterator[re.Match[str]]:
    """Where whole words occur."""
    return (
        re.finditer(rf"(?<![\w<>=-]){re.escape(spelling)}(?![\w<>=]|\.\d)", words) if spelling else iter(())
    )


def _find(words: str, spelling: str) -> int:
    """Where whole words occur first, or -1."""
    return next((match.start() for match in _matches(words, spelling)), -1)


def _oriented(words: str, found: _Found, name: str, subjects: tuple[tuple[str, ...], tuple[str, ...]]) -> str:
    """
    `a > b` said of b is `less`: the comparison is turned round when only the other subject stands before it, or only the
    first one behind it.
    """
    before = [_last(words[: found.place], spellings) >= 0 for spellings in subjects]
    behind = [_last(words[found.end :], spellings) >= 0 for spellings in subjects]
    turned = (before == [False, True]) or (before == [False, False] and behind == [True, False])
    return OPPOSITE.get(name, name) if turned else name


def _last(words: str, spellings: tuple[str, ...]) -> int:
    places = [
        match.start()
        for spelling in spellings
        for match in (
            re.finditer(re.escape(normal(spelling)), words)
            if len(spelling) > 2
            else _matches(words, normal(spelling))
        )
    ]
    return max(places, default=-1)
