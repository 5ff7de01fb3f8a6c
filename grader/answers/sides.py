"""The sides of an answer: words around the formula are set aside, equations are split, definitions are put in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from grader.answers.faults import Unreadable
from grader.answers.functions import NAMES
from grader.answers.glyphs import GREEK
from grader.answers.lexer import Token

VERBS = frozenset(
    "is are be equals equal get obtain obtained gives give yields have becomes answer to as being".split()
)
ALSO = frozenset("or i.e ie equivalently i.e. that which namely".split())
DEFINING = frozenset(
    "where with using let letting given for when and since as here if setting set denoting".split()
)
DANGER = frozenset(
    """times divided plus minus over squared cubed transposed inverse except not negative double twice half root without never
    multiplied scaled ignoring unless""".split()
)
ENGLISH = VERBS | ALSO | DEFINING | DANGER | frozenset(
    """the a an answer we so thus hence therefore because by of this that it its in from up on at then can final result
    simply just would will should must vector matrix scalar constant additive multiplicative normalizing normalising factor
    value values number mean variance estimate derivative gradient likelihood posterior prior loss update rule bias weight weights
    output input layer hidden function bernoulli element elements entry entries row column component index unit each every all any
    chain rule cross entropy note means product denotes define defined notation sigmoid activation per point points data total sum
    approximately about roughly exactly respectively i think ans solution solving simplifies simplifying after dimension shape
    dimensions size neurons rounded digits decimal decimals figures significant ignoring same
    units origin distance normal unit degrees rank log-likelihood logs natural logarithm maximum minimum when""".split()
)  # fmt: skip
NAME_HEADS = frozenset(
    "p P Pr E Var var V Cov L l J C f g h q D mathbb argmin argmax arg lim MLE MAP ML".split()
)
ARROWS = frozenset({"approx", "propto", "gets", "to", "implies", "sim"})


@dataclass(frozen=True)
class Side:
    """One side of an answer's equations, with the relation before it (`` for the first)."""

    tokens: tuple[Token, ...]
    relation: str = ""

    @property
    def plain(self) -> str:
        """The spelling without spaces, braces and fonts, to compare names."""
        return plain(self.tokens)


@dataclass(frozen=True)
class Sides:
    """What an answer says: its sides in order, and the names that it defines along the way."""

    sides: tuple[Side, ...]
    definitions: tuple[tuple[tuple[Token, ...], tuple[Token, ...]], ...] = ()


def plain(tokens: Iterable[Token]) -> str:
    """Tokens as one string without braces."""
    return " ".join(token.text for token in tokens if not token.is_sign("{", "}"))


def split_sides(tokens: list[Token], known: Callable[[str], bool]) -> Sides:
    """
    The sides of an answer.

    Args:
        tokens: of the whole answer.
        known: whether a word is a name of the question or a function.
    """
    tokens = [
        _as_prose(token, after) for token, after in zip(tokens, [*tokens[1:], Token("end", "")], strict=True)
    ]
    main, tail = _without_words(tokens, known)
    main, extra = _after_commas(main)
    definitions = _definitions([*extra, *_tail_parts(tail)])
    also = _alternative(tail)
    sides = _equations(main) + (
        tuple(replace(side, relation="=") for side in _equations(also)) if also else ()
    )
    return Sides(tuple(side for side in sides if side.tokens), definitions)


def _as_prose(token: Token, after: Token) -> Token:
    """`where` is a function only in front of a bracket."""
    return Token("text", "where:") if token.text == "where" and not after.is_sign("(") else token


def is_prose(token: Token, known: Callable[[str], bool]) -> bool:
    """Whether a word is a word of a sentence rather than a name."""
    if token.kind not in ("word", "text"):
        return False
    word = token.text.split(" ")[0].strip(".,:;").lower()
    if token.text in GREEK or token.text in NAMES or token.text in NAME_HEADS:
        return False
    if len(word) > 1 and word in ENGLISH:
        return not known(token.text) or word in VERBS | DEFINING
    if token.kind == "text":
        return not known(token.text)
    return len(token.text) > 3 and not known(token.text)


def _without_words(tokens: list[Token], known: Callable[[str], bool]) -> tuple[list[Token], list[Token]]:
    """The formula without the sentence before it; and what follows from the first word behind it."""
    start = _lead(tokens, known)
    level = 0
    for place in range(start, len(tokens)):
        token = tokens[place]
        level += token.is_sign("(", "[", "{", "{(") - token.is_sign(")", "]", "}", ")}")
        level += (token.kind == "env") * (1 if token.text.startswith("begin") else -1)
        if is_prose(token, known) and place > start and token.text not in ("if", "else"):
            opened = place > start + 1 and tokens[place - 1].is_sign("(", "[") and level == 1
            if level == 0 or opened:
                return _trimmed(tokens[start : place - opened]), tokens[place:]
    return _trimmed(tokens[start:]), []


def _lead(tokens: list[Token], known: Callable[[str], bool]) -> int:
    """Where the formula begins behind a sentence such as `the MLE of mu is`."""
    if not tokens or not (is_prose(tokens[0], known) or _short_lead(tokens, known)):
        return 0
    cut, place = 0, 0
    while place < min(len(tokens), 25):
        token = tokens[place]
        if token.is_sign("="):
            break
        if is_prose(token, known):
            word = token.text.split(" ")[-1].lower().strip(":")
            if word in ("where", "because", "since") and cut:
                break
            if word in VERBS or cut == place:
                cut = place + 1
        elif token.is_sign(":", ",") and cut == place:
            cut = place + 1
        elif token.is_sign(":"):
            cut = place + 1
            break
        place += 1
    return cut


def _short_lead(tokens: list[Token], known: Callable[[str], bool]) -> bool:
    return tokens[0].kind in ("word", "text") and any(
        token.kind in ("word", "text") and token.text.lower() in ("is", "are") for token in tokens[1:6]
    )


def _trimmed(tokens: list[Token]) -> list[Token]:
    """Without punctuation around it, and without the break lines and marks of aligned equations."""
    while tokens and (tokens[-1].is_sign(",", ".", ";", ":", "&", "!", "?") or tokens[-1].kind == "break"):
        tokens = tokens[:-1]
    while tokens and (tokens[0].is_sign(",", ".", ";", ":", "&") or tokens[0].kind == "break"):
        tokens = tokens[1:]
    if tokens and tokens[-1].is_command("implies"):
        tokens = tokens[:-1]
    return tokens


def _tail_parts(tail: list[Token]) -> list[list[Token]]:
    """Definitions in the words behind the formula; words that would change it are not passed over."""
    if not tail:
        return []
    first = tail[0].text.split(" ")[0].lower().strip(".,:;")
    words = [
        word.lower().strip(".,:;()") for t in tail if t.kind in ("word", "text") for word in t.text.split(" ")
    ]
    if first in DEFINING and any(token.is_sign("=", ":=") for token in tail):
        return _cut(tail[1:], lambda token: token.is_sign(",", ";") or token.text in ("and", "with", "where"))
    if first in ALSO:
        return []
    found = next((word for word in words if word in DANGER), None)
    if found:
        raise Unreadable(f"the words after the formula (`{found}`) may change it")
    return []


def _alternative(tail: list[Token]) -> list[Token]:
    """A second form behind `or`, `i.e.`, `which is`: it must be right too."""
    if not tail or tail[0].text.split(" ")[0].lower().strip(".,:;") not in ALSO:
        return []
    rest = tail
    while rest and (
        (rest[0].kind in ("word", "text") and rest[0].text.lower() in ENGLISH)
        or rest[0].is_sign(",", ".", ":")
    ):
        rest = rest[1:]
    return rest if rest and rest[0].kind != "text" else []


def _after_commas(tokens: list[Token]) -> tuple[list[Token], list[list[Token]]]:
    """`formula, name = definition`: the definitions behind commas."""
    parts = _cut(tokens, lambda token: token.is_sign(",", ";"))
    if len(parts) < 2 or not all(any(_relation(token) for token in part) for part in parts[1:]):
        return tokens, []
    return parts[0], parts[1:]


def _relation(token: Token) -> bool:
    return token.is_sign("=", ":=")


def _definitions(parts: list[list[Token]]) -> tuple[tuple[tuple[Token, ...], tuple[Token, ...]], ...]:
    found: list[tuple[tuple[Token, ...], tuple[Token, ...]]] = []
    for part in parts:
        place = next((at for at, token in enumerate(part) if _relation(token)), None)
        if place and part[place + 1 :]:
            found.append((tuple(part[:place]), tuple(_trimmed(part[place + 1 :]))))
    return tuple(found)


def _cut(tokens: list[Token], where: Callable[[Token], bool]) -> list[list[Token]]:
    """Tokens cut at separators outside of brackets."""
    parts: list[list[Token]] = [[]]
    level = 0
    for token in tokens:
        level += token.is_sign("(", "[", "{", "{(", "<(") - token.is_sign(")", "]", "}", ")}", ")>")
        level += (token.kind == "env") * (1 if token.text.startswith("begin") else -1)
        if level == 0 and where(token):
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _equations(tokens: list[Token]) -> tuple[Side, ...]:
    """The sides between relations outside of brackets; a line that starts no relation starts a new equation."""
    sides: list[Side] = []
    current: list[Token] = []
    relation, level = "", 0
    for place, token in enumerate(tokens):
        level += token.is_sign("(", "[", "{", "{(", "<(") - token.is_sign(")", "]", "}", ")}", ")>")
        level += (token.kind == "env") * (1 if token.text.startswith("begin") else -1)
        if level or token.kind == "env":
            current.append(token)
        elif token.is_sign("&"):
            continue
        elif token.is_sign("-=", "+="):
            name = list(current)
            sides.append(Side(tuple(current), relation))
            current, relation = [*name, Token("sign", token.text[0])], "gets"
        elif _relation(token) or (token.kind == "command" and token.text in ARROWS):
            sides.append(Side(tuple(current), relation))
            current, relation = [], token.text
        elif token.kind == "break":
            if _starts_equation(tokens[place + 1 :]):
                sides.append(Side(tuple(current), relation))
                current, relation = [], "implies"
        else:
            current.append(token)
    sides.append(Side(tuple(current), relation))
    return tuple(sides)


def _starts_equation(rest: list[Token]) -> bool:
    head = next((token for token in rest if not token.is_sign("&")), None)
    if head is None or head.kind == "break":
        return False
    return not (
        _relation(head)
        or head.is_sign("+", "-")
        or (head.kind == "command" and head.text in (*ARROWS, "cdot", "times"))
    )


def substitute(
    tokens: tuple[Token, ...], name: tuple[Token, ...], value: tuple[Token, ...]
) -> tuple[Token, ...]:
    """Every occurrence of a defined name replaced by its definition in brackets."""
    pattern = [token.text for token in name if not token.is_sign("{", "}")]
    out: list[Token] = []
    place = 0
    while place < len(tokens):
        end = _matches(tokens, place, pattern)
        if end and not tokens[place].is_sign("{", "}"):
            depth = sum(t.is_sign("{") - t.is_sign("}") for t in tokens[place:end])
            while depth > 0 and end < len(tokens) and tokens[end].is_sign("}"):
                end, depth = end + 1, depth - 1
            out += [Token("sign", "("), *value, Token("sign", ")")]
            place = end
        else:
            out.append(tokens[place])
            place += 1
    return tuple(out)


def _matches(tokens: tuple[Token, ...], place: int, pattern: list[str]) -> int:
    """The position behind a name that begins here, or 0."""
    for text in pattern:
        while place < len(tokens) and tokens[place].is_sign("{", "}"):
            place += 1
        if place >= len(tokens) or tokens[place].text != text:
            return 0
        place += 1
    return place
