"""
Which statement of a write-up is the answer.

A student who shows the work writes equations about other things first (the log likelihood, its derivative, what it is set to),
and then what was asked; or says it first, and why behind it. Equations about other quantities are steps and definitions: what they
say is put into the answer and is not judged. It is asked where the text as a whole does not come out right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from grader.answers.distributions import parameter
from grader.answers.heads import asks
from grader.answers.statements import (
    LET,
    MATH,
    RELATION,
    WORDS,
    Equation,
    Statement,
    bare,
    equation,
    equations,
    is_formula,
    outside,
    statements,
)
from grader.answers.words import DANGER, DEFINING

_VERB = re.compile(
    r"(?:\b(?:is|are|be|equals?|becomes?|gives?|yields?|leaves?|leaving|gets?|obtains?|have|has|approach(?:es)?|(?:converges?|tends?|goes|leads?|equal|comes?|down|simplifies|reduces)\s+to|i\.e\.,?|that\s+is,?|namely)(?:\s+(?:just|simply|exactly|then|us|therefore|thus|the|a|an|identity|matrix|vector|row|column|number|value|scalar|constant))*|:)\s*$",
    re.IGNORECASE,
)
_PLAIN_VERB = re.compile(
    r"(.*\b(?:is|are|be|equals|becomes|approaches|(?:converges|tends|goes|equal)\s+to))\s+(?!not\b)([^.\n]*?\d*(?:\.\d+)?)\.?",
    re.DOTALL,
)
_FINAL = re.compile(
    r"^[\s*_#]*(?:(?:the|my|our)\s+)?(?:final\s+)?(?:answer|result|solution|ans)\b[*_]*\s*(?:is|:|\.)*\s*",
    re.IGNORECASE,
)
_NO_ANSWER = DEFINING - {"setting", "with", "using", "here"} | frozenset(
    "because recall note define check remember assume assuming suppose in eg special limit note that remark sanity indeed".split()
)
"""What a remark begins with: what it says is no answer."""


@dataclass(frozen=True)
class Claim:
    """A text that may be the answer, and what the write-up says that names in it are."""

    text: str
    definitions: tuple[Equation, ...] = ()
    others: tuple[str, ...] = ()
    """What else is said of the same quantity, which should agree with it."""
    named: bool = False
    """Whether its left-hand side says that it is about what is asked."""


def claims(text: str, asked: Iterable[str], part: str = "") -> Iterator[Claim]:
    """
    The statements that may be the answer, the likeliest first; none where the text is a single one.

    Args:
        text: as it was handed in.
        asked: the spellings of what is asked.
        part: the parameter that is asked of a normal distribution; a text that says it by its name says nothing else.
    """
    said = statements(text)
    if not said:
        return
    asked = tuple(asked)
    several = len(said) > 1 or len(said[0].text) < 0.9 * len(text.strip()) or _led(said[0].text)
    named = [equation(s.text) for s in said if _is_named(s, asked) and not _remark(s)] if several else []
    if part and not named and (noun := by_noun(text, part)):
        yield Claim(noun, _used(noun, [e for s in said for e in equations(s)]))
        return
    defined = [e for s in said for e in equations(s) if not asks(e.name, asked)] if several else []
    if named:
        yield Claim(named[-1], _used(named[-1], defined), tuple(named[:-1]), named=True)
    last = _last(said)
    ends = [bare(last.text)] if several and (is_formula(last) or _says(last)) and not _remark(last) else []
    if several and not MATH.search(text) and bare(last.text) not in ends:
        ends.append(bare(last.text))
    ends += _behind_reason(last.text)
    ends += next((found for s in reversed(said) if (found := _said_to_be(s.text)) or s.display), [])
    ends += [rest for s in said if _FINAL.match(s.text) and (rest := _FINAL.sub("", s.text).strip())][-1:]
    ends += _opening(said[0].text, alone=not several)
    for end in ends:
        # Where something is said of what is asked, equations about other quantities are none.
        if end not in named and not (named and RELATION.search(outside(end.replace("$", "")))):
            yield Claim(end, _used(end, defined), tuple(named))


def _led(statement: str) -> bool:
    """Whether a sentence leads to its equation with words that change nothing."""
    found = equation(statement)
    lead = statement[: statement.find(found)] if found and MATH.match(found) else ""
    return len(WORDS.findall(lead)) > 1 and _harmless(lead)


def only_rewrites(text: str) -> bool:
    """Whether a statement says a derivative as a product of derivatives: a step, no answer."""
    return "partial" in RELATION.split(core(text))[-1]


def core(text: str) -> str:
    """A statement without the definitions behind it."""
    hidden = MATH.sub(lambda m: "#" * len(m[0]), text)
    found = re.search(r"[\s,;]+(?:where|with)\b", hidden)
    return text[: found.start()] if found and found.start() else text


def _is_named(statement: Statement, asked: tuple[str, ...]) -> bool:
    """Whether a statement is about what is asked: the left-hand side of its first relation says so."""
    found = equation(statement.text)
    found = found.replace("$", "")
    relation = RELATION.search(outside(found))
    return relation is not None and asks(found[: relation.start()], asked)


def _last(said: Sequence[Statement]) -> Statement:
    """The last statement that is not there to explain a name in those before it."""
    place = len(said) - 1
    while place and _explains(said[place], said[:place]):
        place -= 1
    return said[place]


def _explains(statement: Statement, before: Sequence[Statement]) -> bool:
    """Whether a statement says what a bare name is that stands in a formula on its own before it."""
    if LET.match(bare(statement.text)) and equations(statement):
        return True
    found = equations(statement)
    return len(found) == 1 and any(
        _occurs(found[0].name, s.text) and not RELATION.search(outside(bare(s.text).replace("$", "")))
        for s in before
    )


def _used(answer: str, defined: Sequence[Equation]) -> tuple[Equation, ...]:
    """The definitions that an answer uses, and those that these use."""
    right = RELATION.split(answer, maxsplit=1)[-1]
    used: list[Equation] = []
    for found in reversed(defined):
        if any(_occurs(found.name, text) for text in (right, *(u.value for u in used))) and found not in used:
            used.insert(0, found)
    return tuple(used)


def _occurs(name: str, text: str) -> bool:
    """Whether a name stands in a text, in any spacing."""
    if len(name) == 1 and name.isalnum():
        return name in re.sub(r"\\[A-Za-z]+", " ", text)
    return _tight(name) in _tight(text)


def _tight(text: str) -> str:
    return re.sub(r"[\s{}]|\\[,;:!]", "", text)


_REASON = re.compile(r"(?:since|because|as|given|using|by|with|for)\b", re.IGNORECASE)


def _behind_reason(statement: str) -> Iterator[str]:
    """`Since $g$ is the identity, $u = v$`: what stands behind the comma; and what stands behind the last colon."""
    text = bare(statement)
    hidden = MATH.sub(lambda m: "#" * len(m[0]), text)
    places = [hidden.find(",")] if _REASON.match(text) else []
    for place in [hidden.rfind(": "), *places]:
        rest = text[place + 1 :].strip()
        if place >= 0 and RELATION.search(outside(rest)):
            yield rest


def _opening(statement: str, *, alone: bool) -> Iterator[str]:
    """`$a$: by the chain rule ...`, `$a$, because ...`: the formula that a write-up begins with."""
    found = MATH.match(statement.strip())
    if found and alone and not WORDS.search(statement.strip()[found.end() :]):
        return
    if (
        found
        and not RELATION.search(outside(found[0].strip("$")))
        and _REASONED.match(statement.strip()[found.end() :])
    ):
        yield found[0]


_REASONED = re.compile(
    r"\s*(?:[.:;(]|$|,?\s*(?:because|since|as|by|using|where|with|due|from|which|here)\b)", re.IGNORECASE
)


def _remark(statement: Statement) -> bool:
    """Whether it is a definition behind the answer, or what holds in a special case."""
    text = bare(statement.text).lstrip("( ")
    first = WORDS.search(re.sub(r"\\[A-Za-z]+|\$[^$]*\$", " ", text))
    return first is not None and text.lower().startswith(first[0].lower()) and first[0].lower() in _NO_ANSWER


def _says(statement: Statement) -> bool:
    """Whether a line of text holds an equation or a distribution."""
    text = bare(statement.text)
    return bool(RELATION.search(outside(text)) or _NORMAL_SIGN.search(text))


_NORMAL_SIGN = re.compile(r"\\sim|∼|~|\\mathcal\s*\{?\s*N")
_CLAUSE = re.compile(r"[,;:.]\s|\band\b")


def _said_to_be(statement: str) -> list[str]:
    """The last formula of a sentence that says what something is: `The limit of $v$ is $s^2$.`"""
    found = list(MATH.finditer(statement))
    if not found and (verb := _PLAIN_VERB.fullmatch(statement.strip())):
        return [verb[2].strip()] if _harmless(verb[1]) else []
    for formula in reversed(found):
        before, behind = statement[: formula.start()], statement[formula.end() :]
        if _VERB.search(before) and re.match(r"\s*(?:[.,;:!]|$)", behind):
            # Words that change a formula are looked for where they are said of it.
            clause = _CLAUSE.split(MATH.sub(" # ", before))[-1]
            return [next(g for g in formula.groups() if g is not None).strip()] if _harmless(clause) else []
        if re.search(r"[=<>]", formula[0]):
            break
    return []


def _harmless(clause: str) -> bool:
    return not {w.lower() for w in WORDS.findall(clause)} & (DANGER | {"if", "unless", "reciprocal"})


def scattered(text: str) -> bool:
    """Whether one sentence holds three formulas or more with words between them: which of them is the answer only its reader can tell."""
    found = list(MATH.finditer(text))
    gaps = [text[a.end() : b.start()] for a, b in pairwise(found)]
    return sum(bool(WORDS.search(gap)) for gap in gaps) >= 2


_NOUNS = {"mean": "mean|expectation|expected value", "variance": "variance"}


def by_noun(text: str, part: str) -> str:
    """`a Gaussian with mean $a$ and variance $b$`: the formula behind the noun, where it stands there once."""
    said = rf"(?<!\bprior )\b(?:{_NOUNS[part]})\b\s*(?:(?:is|of|equal to|equals|given by|being|=|:)\s*)*(?:\$([^$]+)\$|\\\((.+?)\\\))"
    found = re.findall(said, text, re.IGNORECASE)
    return (found[0][0] or found[0][1]).strip() if len(found) == 1 else ""


def of_distribution(statement: str, part: str) -> str:
    """A statement about a normal distribution, as the asked parameter of it."""
    relation = re.search(r"\\sim(?![A-Za-z])|∼|~|=", statement)
    after = statement[relation.end() :] if relation else statement
    found = parameter(statement, part)  # type: ignore[arg-type]
    return found if found != statement else parameter(after.strip(" $.!"), part)  # type: ignore[arg-type]
