"""
What a derivation comes to: the statement, of several, that answers the question.

A student who shows the work writes equations about other things first (the log likelihood, its derivative, what it is set to),
and then what was asked. Only the last is the answer. It is looked for where the whole text does not come out right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from grader.answers.distributions import parameter
from grader.answers.lexer import tokenize
from grader.answers.sides import plain
from grader.answers.text import clean
from grader.answers.words import DANGER, DEFINING

_PIECES = re.compile(
    r"""(?P<open>\\begin\s*\{(?P<kind>[A-Za-z]+)\*?\}(?:\{[clr|\s]*\})?) | (?P<close>\\end\s*\{(?P<ended>[A-Za-z]+)\*?\})
    | (?P<display>\$\$|\\\[|\\\]) | (?P<inline>(?<!\\)\$|\\\(|\\\)) | (?P<row>\\\\(?:\[[^\]]*\])?) | (?P<line>[ \t]*\n\s*)
    | (?P<stop>[.;!]\s+(?=[A-Z$\\])) | (?P<colon>(?<=[$)]):\s+)
    | (?P<arrow>\\(?:implies|Rightarrow|Longrightarrow|iff|Leftrightarrow|therefore)(?![A-Za-z])|=>|⇒|⟹|∴)
    | (?P<so>[,;:]?\s*\b(?i:therefore|thus|hence|so|consequently|(?:which|this)\s+(?:gives|means|implies|yields)|we\s+(?:get|obtain|have|find))\b(?:\s+that\b)?[,:]?\s*)
    | (?P<other>\\.|.)""",
    re.VERBOSE | re.DOTALL,
)
_ROWS = frozenset(
    "align aligned alignat equation gather gathered split multline eqnarray flalign document center".split()
)
_ABBREVIATION = re.compile(r"(?:^|[\s(])(?:i\.e|e\.g|w\.r\.t|resp|cf|eq|vs|etc|no)$", re.IGNORECASE)
_CONTINUES = re.compile(
    r"[\s&$]*(?:[=<>+*/^)\]}−≤≥≈∝]|-(?!>)|\\(?:propto|approx|equiv|leq?|geq?|simeq|cdot|times|leftrightarrow|quad\s*=)(?![A-Za-z])|∼|\\sim(?![A-Za-z]))"
)
_STAYS_OPEN = re.compile(
    r"(?:[=+*/^(\[{,&−-]|\\(?:cdot|times|left|frac|propto|approx|sim|sum|prod|exp|log)(?:\s*[(\[{])?)[\s$&]*$"
)
_STARTERS = re.compile(
    r"^[\s&$]*(?:(?:\\(?:implies|Rightarrow|Longrightarrow|iff|Leftrightarrow|therefore|to|rightarrow|quad|qquad|,|;|:|!)(?![A-Za-z])|=>|⇒|⟹|∴|→|-->|->|&)[\s&$]*)+"
)
_RELATION = re.compile(
    r":=|\\(?:to|rightarrow|longrightarrow)(?![A-Za-z])|→|\\coloneqq|\\triangleq|\\equiv|\\sim(?![A-Za-z])|∼|(?<![<>!:=\\])=(?![=>])|\\gets"
)
_VERB = re.compile(
    r"(?:\b(?:is|are|be|equals?|becomes?|gives?|yields?|gets?|obtains?|have|has|approach(?:es)?|(?:converges?|tends?|goes|leads?|equal|comes?|down|simplifies|reduces)\s+to|i\.e\.,?|that\s+is,?|namely)(?:\s+(?:just|simply|exactly|then|us|therefore|thus|the|a|an|identity|matrix|vector|row|column|number|value|scalar|constant))*|:)\s*$",
    re.IGNORECASE,
)
_BULLET = re.compile(
    r"^[ \t]*(?:[-*+•]|\d{1,2}[.)]|\(?[a-h]\))[ \t]+(?=\$|\\\(|[A-Za-z]{2,}\b)", re.MULTILINE
)
_PLAIN_VERB = re.compile(
    r"(.*\b(?:is|are|equals|becomes|approaches|(?:converges|tends|goes|equal)\s+to))\s+(?!not\b)([^.\n]*?\d*(?:\.\d+)?)\.?",
    re.DOTALL,
)
_BOLD = re.compile(r"\*\*([A-Za-z][^*\n]{0,60}?)\*\*")
_MATH = re.compile(r"\$([^$]+)\$|\\\((.+?)\\\)", re.DOTALL)
_WORDS = re.compile(r"[A-Za-z]{2,}")
_NO_ANSWER = DEFINING - {"setting", "with", "using", "here"} | frozenset(
    "because recall note define check remember assume assuming suppose in eg special limit note that".split()
)
"""What a remark begins with: what it says is no answer."""


@dataclass(frozen=True)
class Statement:
    """One statement of a derivation, in the student's words; whether it is set as mathematics on lines of its own."""

    text: str
    display: bool


@dataclass(frozen=True)
class Conclusion:
    """What may be the answer; and what else is said of the same name, which should agree with it."""

    text: str
    others: tuple[str, ...] = ()


def conclusions(text: str, asked: Iterable[str]) -> Iterator[Conclusion]:
    """
    The statements that may be the answer, the likeliest first; none where the text is a single one.

    Args:
        text: as it was handed in.
        asked: the spellings of what is asked.
    """
    said = statements(text)
    if not said:
        return
    names = {plain(tokenize(clean(name))) for name in asked}
    several = len(said) > 1 or len(said[0].text) < 0.9 * len(text.strip())
    defined = [e for s in said[:-1] if (e := _definition(s))]
    named = [_equation(s.text) for s in said if _head(s.text) in names and not _remark(s)] if several else []
    if named:
        yield Conclusion(_with(named[-1], defined), tuple(named[:-1]))
    if several and (said[-1].display or _says(said[-1])) and not _remark(said[-1]):
        yield Conclusion(_with(_bare(said[-1].text), defined))
    for main in _behind_reason(said[-1].text):
        yield Conclusion(_with(main, defined))
    if last := _said_to_be(said[-1].text):
        yield Conclusion(_with(last, defined))


def statements(text: str) -> list[Statement]:
    """The statements of a text in order: displays, their rows, lines and sentences; one that goes on with the relation of the one before belongs to it."""
    found: list[Statement] = []
    delimited = bool(_MATH.search(text)) or "$$" in text or r"\[" in text or r"\begin" in text
    for part in _parts(_BULLET.sub("", _BOLD.sub(r"\1", text))):
        if not part.text.strip(" \t\n.,;&$"):
            continue
        if found and (_CONTINUES.match(part.text) or _STAYS_OPEN.search(found[-1].text)):
            before = found.pop()
            found.append(Statement(f"{before.text} {part.text}", before.display and part.display))
        elif part.display or not delimited or _MATH.search(part.text):
            found.append(part)
    return [s for s in found if s.display or re.search(r"[\d=<>^_\\$]|\b[A-Za-z]\b", s.text)]


def _parts(text: str) -> Iterator[Statement]:
    current, display, inline, nested, level = "", False, False, 0, 0
    for piece in _PIECES.finditer(text):
        found = piece[0]
        boundary = False
        if piece["arrow"] and not nested and level == 0:
            # Within mathematics both sides of an arrow are statements of their own.
            yield Statement(f"{current.strip()}{'$' * inline}", display)
            current = "$" * inline
            continue
        if piece["so"] and not (nested or inline or display):
            yield Statement(current.strip(), display)
            current = ""
            continue
        if piece["open"] and piece["kind"] in _ROWS and not nested:
            boundary, after = True, True
        elif piece["close"] and piece["ended"] in _ROWS and not nested:
            boundary, after = True, False
        elif piece["display"] and not nested:
            boundary, after = True, found != r"\]" and not (found == "$$" and display)
        elif piece["row"] and not nested and not inline:
            boundary, after = True, display
        elif piece["line"] and not nested and not inline:
            boundary, after = not display, display
        elif (piece["stop"] and not (nested or inline or display) and not _ABBREVIATION.search(current)) or (
            piece["colon"] and not (nested or inline or display) and _LET.match(current.strip())
        ):
            boundary, after = True, display
        if boundary:
            yield Statement(current.strip(), display)
            current, display, inline, level = "", after, False, 0
            continue
        nested += bool(piece["open"]) - bool(piece["close"])
        level = max(0, level + (found == "{") - (found == "}"))
        inline ^= bool(piece["inline"])
        current += found
    yield Statement(current.strip(), display)


def _head(statement: str) -> str:
    """What a statement is about: the left-hand side of its first relation, in the spelling of names."""
    equation = _equation(statement)
    left = _RELATION.split(equation.replace("$", ""), maxsplit=1)[0]
    return plain(tokenize(clean(left))) if equation else ""


def _equation(statement: str) -> str:
    """A statement from the left-hand side of its first relation on, without the words before that; empty where there is no relation."""
    bare = _bare(statement)
    relation = _RELATION.search(_outside(bare))
    if relation is None:
        return ""
    left = bare[: relation.start()]
    closed = [m.start() for m in _MATH.finditer(left) if not left[m.end() :].strip()]
    if left.count("$") % 2:
        start = left.rfind("$")
    elif closed:
        start = closed[-1]
    else:
        start = max(left.rfind(","), left.rfind(": ")) + 1
    equation = bare[start:].strip()
    return equation.replace("$", "") if equation.count("$") % 2 else equation


def _outside(text: str) -> str:
    """The text with what stands in braces and brackets blotted out: `\\lim_{n \\to \\infty}` has no arrow of its own."""
    out, level = [], 0
    for sign in text:
        level = max(0, level - (sign in "})]"))
        out.append(sign if level == 0 else "#")
        level += sign in "{(["
    return "".join(out)


def _bare(statement: str) -> str:
    """Without the arrow or the `thus` that it starts with."""
    bare = _STARTERS.sub("", statement).strip()
    bare = re.sub(r"^(?:so|thus|hence|therefore|finally|then|and|which gives|this gives|we get|we have)\b[\s,:]*", "", bare, flags=re.IGNORECASE)  # fmt: skip
    if bare.count("$") % 2:
        bare = bare.replace("$", "")
    return bare.strip(" \t\n&,")


def _definition(statement: Statement) -> str:
    """`Let $m = y w x$`, or an equation on the way, as the definition of its left-hand side."""
    found = _LET.match(_bare(statement.text))
    equation = _equation(found[1] if found else statement.text)
    math = _MATH.match(equation)
    return (math[1] or math[2] if math else equation).strip(" .,;:$")


def _with(answer: str, defined: Sequence[str]) -> str:
    """An answer with the definitions before it that it uses, and those that these use."""
    used: list[str] = []
    for equation in reversed(defined):
        name = _RELATION.split(equation, maxsplit=1)[0].strip()
        if len(name) > 1 or not name.isalnum():
            used += (
                [equation]
                if any(name in text for text in (answer.partition("=")[2] or answer, *used))
                else []
            )
        elif re.search(rf"(?<![A-Za-z\\]){re.escape(name)}(?![A-Za-z])", answer):
            used.append(equation)
    shown = ", ".join(f"${d}$" if "$" in answer else d for d in used)
    return f"{answer} where {shown}" if used else answer


_LET = re.compile(r"(?:let(?:\s+us)?(?:\s+(?:define|denote|write|set|call))?|define|denote|write|set|setting|put|call|take|where|with|using|writing)\b[\s:]*(.+)", re.IGNORECASE | re.DOTALL)  # fmt: skip
_REASON = re.compile(r"(?:since|because|as|given|using|by|with|for)\b", re.IGNORECASE)


def _behind_reason(statement: str) -> Iterator[str]:
    """`Since $g$ is the identity, $u = v$`: what stands behind the comma; and what stands behind the last colon."""
    bare = _bare(statement)
    hidden = _MATH.sub(lambda m: "#" * len(m[0]), bare)
    places = [hidden.find(",")] if _REASON.match(bare) else []
    for place in [hidden.rfind(": "), *places]:
        rest = bare[place + 1 :].strip()
        if place >= 0 and _RELATION.search(_outside(rest)):
            yield rest


def _remark(statement: Statement) -> bool:
    """Whether it is a definition behind the answer, or what holds in a special case."""
    bare = _bare(statement.text)
    first = _WORDS.search(re.sub(r"\\[A-Za-z]+|\$[^$]*\$", " ", bare))
    return first is not None and bare.lower().startswith(first[0].lower()) and first[0].lower() in _NO_ANSWER


def _says(statement: Statement) -> bool:
    """Whether a line of text holds an equation or a distribution."""
    bare = _bare(statement.text)
    return bool(_RELATION.search(_outside(bare)) or _NORMAL_SIGN.search(bare))


_NORMAL_SIGN = re.compile(r"\\sim|∼|~|\\mathcal\s*\{?\s*N")


def _said_to_be(statement: str) -> str:
    """The last formula of a sentence that says what something is: `The limit of $v$ is $s^2$.`"""
    found = list(_MATH.finditer(statement))
    if not found and (verb := _PLAIN_VERB.fullmatch(statement.strip())):
        before, last = verb[1], verb[2]
    elif not found or statement[found[-1].end() :].strip(" .!;\n"):
        return ""
    else:
        before, last = statement[: found[-1].start()], found[-1][1] or found[-1][2]
    words = {w.lower() for w in _WORDS.findall(_MATH.sub(" ", before))}
    if (found and not _VERB.search(before)) or words & (DANGER | {"if", "unless", "reciprocal"}):
        return ""
    return last.strip()


def scattered(text: str) -> bool:
    """Whether one sentence holds three formulas or more with words between them: which of them is the answer only its reader can tell."""
    found = list(_MATH.finditer(text))
    gaps = [text[a.end() : b.start()] for a, b in pairwise(found)]
    return sum(bool(_WORDS.search(gap)) for gap in gaps) >= 2


_NOUNS = {"mean": "mean|expectation|expected value", "variance": "variance"}


def by_noun(text: str, part: str) -> str:
    """`a Gaussian with mean $a$ and variance $b$`: the formula behind the noun, where it stands there once."""
    said = rf"\b(?:{_NOUNS[part]})\b\s*(?:(?:is|of|equal to|equals|given by|being|=|:)\s*)*(?:\$([^$]+)\$|\\\((.+?)\\\))"
    found = re.findall(said, text, re.IGNORECASE)
    return (found[0][0] or found[0][1]).strip() if len(found) == 1 else ""


def of_distribution(statement: str, part: str) -> str:
    """A statement about a normal distribution, as the asked parameter of it."""
    relation = re.search(r"\\sim(?![A-Za-z])|∼|~|=", statement)
    after = statement[relation.end() :] if relation else statement
    found = parameter(statement, part)  # type: ignore[arg-type]
    return found if found != statement else parameter(after.strip(" $."), part)  # type: ignore[arg-type]
