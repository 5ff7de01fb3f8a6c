"""A write-up as the statements that it is made of: displays, their rows, lines and sentences, and the equations in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

PIECES = re.compile(
    r"""(?P<open>\\begin\s*\{(?P<kind>[A-Za-z]+)\*?\}(?:\{[clr|\s]*\})?) | (?P<close>\\end\s*\{(?P<ended>[A-Za-z]+)\*?\})
    | (?P<display>\$\$|\\\[|\\\]) | (?P<inline>(?<!\\)\$|\\\(|\\\)) | (?P<row>\\\\(?:\[[^\]]*\])?) | (?P<line>[ \t]*\n\s*)
    | (?P<item>\s\(?[b-h]\)\s+(?=\$|\\\()) | (?P<comma>(?:,\s*(?:and\s+)?|\s+and\s+)(?=(?:\$(?!\$)|\\\()(?:(?!\$|\\\)).)+?(?<![<>!])=)) | (?P<stop>[.;!]\s+(?=[A-Z$\\(\d])|;\s+(?=[a-z])) | (?P<colon>(?<=[$)]):\s+)
    | (?P<arrow>\\(?:implies|Rightarrow|Longrightarrow|iff|Leftrightarrow|therefore)(?![A-Za-z])|=>|⇒|⟹|∴)
    | (?P<so>[,;:]?\s*\b(?i:therefore|thus|hence|so|consequently|leaving|(?:i\.e\.|that\s+is),?(?=\s*(?:\$|\\\()[^$=]+=)|(?:which|this)\s+(?:gives|means|implies|yields|leaves)|we\s+(?:get|obtain|have|find))(?![A-Za-z])(?:\s+(?:that|us))?[,:]?\s*)
    | (?P<other>\\.|.)""",
    re.VERBOSE | re.DOTALL,
)
ROWS = frozenset(
    "align aligned alignat equation gather gathered split multline eqnarray flalign document center".split()
)
RELATION = re.compile(
    r"=:|:=|\\(?:to|rightarrow|longrightarrow|leftarrow)(?![A-Za-z])|[→←]|<-(?!\s*\d)|->|\\coloneqq|\\triangleq|\\equiv|\\sim(?![A-Za-z])|∼|(?<![<>!:=\\+-])=(?![=>])|\\gets|[+-]="
)
MATH = re.compile(r"\$\$(.+?)\$\$|\$([^$]+)\$|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
WORDS = re.compile(r"[A-Za-z]{2,}")
_NUMBERED = re.compile(
    r"\\(?:tag|label)\*?\s*\{[^{}]*\}|(?:\\(?:q?quad|hfill|hspace\*?\{[^{}]*\}|[,;: ])\s*)+(?:\\text\s*\{\s*)?\(\d{1,2}[a-z']?\)(?:\s*\})?(?=\s*(?:\$|\\\]|\\\\|\\end|\n|$))"
)
_REFERENCE = re.compile(r"\\(?:eq|c|auto)?ref\s*\{[^{}]*\}")
_ABBREVIATION = re.compile(r"(?:^|[\s(])(?:i\.e|e\.g|w\.r\.t|resp|cf|eq|vs|etc|no)$", re.IGNORECASE)
_CONTINUES = re.compile(
    r"[\s&$]*(?:[=<>+*/^)\]}−≤≥≈∝]|-(?!>)|\\(?:propto|approx|equiv|leq?|geq?|simeq|cdot|times|leftrightarrow|quad\s*=)(?![A-Za-z])|∼|\\sim(?![A-Za-z]))"
)
_STAYS_OPEN = re.compile(
    r"(?:[=+*/^(\[{,&−-]|\\(?:cdot|times|left|frac|propto|approx|sim|sum|prod|exp|log)(?:\s*[(\[{])?)[\s$&]*$"
)
_BULLET = re.compile(
    r"^[ \t]*(?:(?:[-*+•]|\d{1,2}[.)]|\(?[a-h]\))[ \t]+(?=\$|\\\(|[A-Za-z]{2,}\b)|\((?:\d{1,2}|[ivx]{1,4})\)[ \t]*(?=\$|\\|[A-Za-z])"
    r"|\d{1,2}[.)][ \t]+(?=\\|[A-Za-z])|(?:Step|STEP|step)\s*\d{0,2}\s*[:.)-][ \t]*)",
    re.MULTILINE,
)
_BOLD = re.compile(r"\*\*([A-Za-z][^*\n]{0,60}?)\*\*")


@dataclass(frozen=True)
class Statement:
    """One statement of a derivation, in the student's words; whether it is set as mathematics on lines of its own."""

    text: str
    display: bool


@dataclass(frozen=True)
class Equation:
    """What a statement says of a quantity: its name and, of a chain of equal forms, the last."""

    name: str
    value: str


def without_numbers(text: str) -> str:
    """The text without the numbers of its equations (`\\tag{1}`, `\\quad (2)`) and what refers to them."""
    return _REFERENCE.sub(" ", _NUMBERED.sub(" ", text)) if "\\" in text else text


def statements(text: str) -> list[Statement]:
    """The statements of a text in order: displays, their rows, lines and sentences; one that goes on with the relation of the one before belongs to it."""
    text = without_numbers(text)
    found: list[Statement] = []
    delimited = bool(MATH.search(text)) or r"\begin" in text
    for part in _parts(_BULLET.sub("", _BOLD.sub(r"\1", text))):
        if not part.text.strip(" \t\n.,;:&$"):
            continue
        if found and (_CONTINUES.match(part.text) or _STAYS_OPEN.search(found[-1].text)):
            before = found.pop()
            found.append(Statement(f"{before.text} {part.text}", before.display and part.display))
        elif part.display or not delimited or MATH.search(part.text):
            found += _between_commas(part, delimited)
    return [s for s in found if s.display or re.search(r"[\d=<>^_\\$]|\b[A-Za-z]\b", s.text)]


def _parts(text: str) -> Iterator[Statement]:
    current, display, inline, nested, level = "", False, False, 0, 0
    for piece in PIECES.finditer(text):
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
        if piece["open"] and piece["kind"] in ROWS and not nested:
            boundary, after = True, True
        elif piece["close"] and piece["ended"] in ROWS and not nested:
            boundary, after = True, False
        elif piece["display"] and not nested:
            boundary, after = True, found != r"\]" and not (found == "$$" and display)
        elif piece["row"] and not nested and not inline:
            boundary, after = True, display
        elif piece["line"] and not nested and not inline:
            boundary, after = not display, display
        elif (
            (
                (piece["stop"] or piece["item"])
                and not (nested or inline or display)
                and not _ABBREVIATION.search(current)
            )
            or (piece["colon"] and not (nested or inline or display) and LET.match(current.strip()))
            or (piece["comma"] and not (nested or inline or display) and _tells(current))
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


_JOINED = re.compile(
    r"[\s,;]*(?:\\(?:q?quad|[,;: ])\s*)*\\(?:text|mbox|textrm|mathrm)\s*\{\s*(?:with|where|and|so|so\s+that|hence|thus|therefore|then)\s*[:,]?\s*\}(?:\s*\\(?:q?quad|[,;: ]))*(?=[^=]*=)"
)
"""`a = b \\quad\\text{with}\\quad c = d` within mathematics."""


def _tells(text: str) -> bool:
    """Whether a sentence's mathematics has a relation already."""
    return any(RELATION.search(outside(next(filter(None, m.groups())))) for m in MATH.finditer(text))


_WORDY = re.compile(
    r"(?<![\\A-Za-z{_^])(?!yhat|theta|sigma|alpha|delta|beta|softmax|sigmoid|relu|diag)(?:[A-Za-z]{4,}|is|of|the|we|so|to|for|and|by|in|it|as|are)(?![A-Za-z])",
    re.IGNORECASE,
)


def is_formula(statement: Statement) -> bool:
    """Whether a statement is a formula without words around it."""
    return statement.display or not _WORDY.search(MATH.sub(" ", statement.text))


def _between_commas(part: Statement, delimited: bool) -> list[Statement]:
    """`a = b, c = d` within mathematics is two statements."""
    bare = part.text.strip()
    whole = MATH.fullmatch(bare.rstrip(". "))
    if not (part.display or whole or not (delimited or _WORDY.search(bare))) or "=" not in bare:
        return [part]
    inside = next(g for g in whole.groups() if g is not None) if whole else bare
    pieces = [piece for part in _JOINED.split(inside) for piece in commas(part)]
    if len(pieces) < 2 or not all(RELATION.search(outside(piece)) for piece in pieces[1:]):
        return [part]
    return [Statement(f"${piece.strip()}$" if whole else piece, part.display) for piece in pieces]


def commas(text: str) -> list[str]:
    """The parts of mathematics between commas outside of brackets; a range (`i = 1, ..., n`) stays with what it belongs to."""
    hidden = outside(text)
    if r"\begin" in text or "dots" in hidden or "..." in hidden:
        return [text]
    places = [-1, *(m.start() for m in re.finditer(r"[,;](?!\s*$)", hidden)), len(text)]
    parts = [text[a + 1 : b].strip() for a, b in pairwise(places)]
    return [re.sub(r"^(?:\\(?:q?quad|[,;: ])\s*)+|(?:\\q?quad\s*)+$", "", part) for part in parts]


def outside(text: str) -> str:
    """The text with what stands in braces and brackets blotted out: `\\lim_{n \\to \\infty}` has no arrow of its own."""
    out, level, escaped = [], 0, False
    for sign in text:
        level = max(0, level - (sign in "})]"))
        out.append(sign if level == 0 and not (escaped and sign in ",;") else "#")
        level += sign in "{(["
        escaped = sign == "\\"
    return "".join(out)


_STARTERS = re.compile(
    r"^[\s&$]*(?:(?:\\(?:implies|Rightarrow|Longrightarrow|iff|Leftrightarrow|therefore|to|rightarrow|quad|qquad|,|;|:|!)(?![A-Za-z])|=>|⇒|⟹|∴|→|-->|->|&)[\s&$]*)+"
)
LET = re.compile(r"(?:let(?:\s+us)?(?:\s+(?:define|denote|write|set|call))?|define|denote(?:\s+by)?|write|set|setting|put|call|take|where|with|using|writing|here|first(?:,|\s+define)?)\b[\s:]*(.+)", re.IGNORECASE | re.DOTALL)  # fmt: skip


def bare(statement: str) -> str:
    """Without the arrow or the `thus` that it starts with."""
    text = _STARTERS.sub("", statement).strip()
    text = re.sub(r"^(?:so|thus|hence|therefore|finally|then|and|which gives|this gives|we get|we have)\b[\s,:]*", "", text, flags=re.IGNORECASE)  # fmt: skip
    if text.count("$") % 2:
        text = text.replace("$", "")
    return text.strip(" \t\n&,")


def equation(statement: str) -> str:
    """A statement from the left-hand side of its first relation on, without the words before that; empty where there is no relation."""
    text = bare(statement)
    relation = RELATION.search(outside(text))
    if relation is None:
        return ""
    left = text[: relation.start()]
    closed = [m.start() for m in MATH.finditer(left) if not left[m.end() :].strip()]
    if left.count("$") % 2:
        start = left.rfind("$")
    elif left.count(r"\(") > left.count(r"\)"):
        start = left.rfind(r"\(")
    elif closed:
        start = closed[-1]
    else:
        start = max(outside(left).rfind(","), left.rfind(": ")) + 1
    found = text[start:].strip()
    return found.replace("$", "") if found.count("$") % 2 else found


def equations(statement: Statement) -> list[Equation]:
    """Everything that a statement says of quantities, as definitions of their names."""
    found = LET.match(bare(statement.text))
    text = found[1] if found else bare(statement.text)
    spans = [next(g for g in m.groups() if g is not None) for m in MATH.finditer(text)]
    if not spans or all(RELATION.search(outside(span)) is None for span in spans):
        spans = re.split(r"\s+and\s+(?=[^=]{1,40}=)", equation(text) or text)
    sides = [split for span in spans for part in commas(span) if (split := _sides(part))]
    return [side for side in sides if side.name and side.value]


def _sides(part: str) -> Equation | None:
    hidden = outside(part)
    cuts = [(m.start(), m.end(), m[0]) for m in RELATION.finditer(hidden)]
    if not cuts or len(part) > 2000 or cuts[0][2] in ("∼", r"\sim"):
        return None
    first, last = part[: cuts[0][0]].replace("$", ""), part[cuts[-1][1] :].replace("$", "")
    if cuts[-1][2] == "=:":
        start = cuts[-2][1] if len(cuts) > 1 else 0
        return Equation(last.strip(" .,;:&"), part[start : cuts[-1][0]].replace("$", "").strip(" .,;:&"))
    return Equation(first.strip(" .,;:&"), last.strip(" .,;:&"))
