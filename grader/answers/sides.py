"""The sides of an answer: words around the formula are set aside, equations are split, definitions are put in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from grader.answers.faults import Unreadable
from grader.answers.iterates import without_iteration
from grader.answers.lexer import Token
from grader.answers.ranges import cut, without_domain, without_ranges, without_ranges_of
from grader.answers.words import (
    ALSO,
    ARROWS,
    CONCLUDING,
    DEFINING,
    ENGLISH,
    REASONS,
    VERBS,
    danger,
    first_word,
    is_prose,
    with_prose,
    words_of,
)


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
    aside: bool = False
    """Whether words with formulas among them were set aside that are no reasons."""


def plain(tokens: Iterable[Token]) -> str:
    """Tokens as one string without braces."""
    return " ".join(token.text for token in tokens if not token.is_sign("{", "}"))


def split_sides(tokens: list[Token], known: Callable[[str], bool], domains: bool = True) -> Sides:
    """
    The sides of an answer.

    Args:
        tokens: of the whole answer.
        known: whether a word is a name of the question or a function.
        domains: whether `\\in R^n` behind a side is set aside.
    """
    main, tail = _without_words(_concluded(with_prose(tokens, known), known), known)
    main, extra = _after_commas(without_ranges(main))
    if domains:
        main = without_domain(main)
    definitions = _definitions([*extra, *_tail_parts(tail)])
    also = _alternative(tail)
    sides = _equations(main) + (
        tuple(replace(side, relation="=") for side in _equations(also)) if also else ()
    )
    sides = tuple(side for side in sides if side.tokens)
    found = without_iteration([side.tokens for side in sides])
    sides = tuple(replace(side, tokens=kept) for side, kept in zip(sides, found, strict=True))
    return Sides(sides, definitions, bool(tail) and not definitions and _says_more(tail, known))


def formula_of(tokens: list[Token], known: Callable[[str], bool]) -> list[Token]:
    """The formula that tokens begin with; nothing where words stand before it or behind it that may change it."""
    try:
        return _without_words(with_prose(tokens, known), known)[0]
    except Unreadable:
        return []


def _concluded(tokens: list[Token], known: Callable[[str], bool]) -> list[Token]:
    """`a = b, so c = d`: a word that concludes is a separator when an equation stands behind it as well as before."""
    for place in range(len(tokens) - 1, 0, -1):
        token = tokens[place]
        if token.kind in ("word", "text") and first_word(token) in CONCLUDING:
            before = tokens[:place]
            while before and before[-1].is_sign(",", ".", ";"):
                before = before[:-1]
            behind = tokens[place + 1 :]
            if any(_relation(t) for t in before) and any(_relation(t) for t in behind):
                while behind and is_prose(behind[0], known):
                    behind = behind[1:]
                return (
                    [*before, Token("command", "so"), *behind[_relation(behind[0]) :]] if behind else tokens
                )
    return tokens


def _says_more(tail: list[Token], known: Callable[[str], bool]) -> bool:
    """Whether the words behind a formula hold formulas, and are no reason for it."""
    if tail[0].is_sign("(") or first_word(tail[0]) in REASONS | ALSO:
        return False
    return any(
        token.kind in ("number", "command", "env")
        or token.is_sign("<", ">", "=", "<=", ">=")
        or (token.kind in ("word", "text") and not is_prose(token, known) and known(token.text))
        for token in tail
    )


def _without_words(tokens: list[Token], known: Callable[[str], bool]) -> tuple[list[Token], list[Token]]:
    """The formula without the sentence before it; and what follows from the first word behind it."""
    start = _lead(tokens, known)
    if found := danger(words_of(tokens[:start])):
        raise Unreadable(f"the words before the formula (`{found}`) may change it")
    level = 0
    for place in range(start, len(tokens)):
        token = tokens[place]
        level += token.is_sign("(", "[", "{", "{(") - token.is_sign(")", "]", "}", ")}")
        level += (token.kind == "env") * (1 if token.text.startswith("begin") else -1)
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        if place > start and token.text not in ("if", "else") and is_prose(token, known, after):
            conditional = any(t.text == "if" for t in tokens[start:place])
            if conditional and first_word(token) in ("otherwise", "and", "or"):
                continue
            opened = place > start + 1 and tokens[place - 1].is_sign("(", "[") and level == 1
            if level == 0 or opened:
                return _trimmed(tokens[start : place - opened]), tokens[place:]
    return _trimmed(tokens[start:]), []


def _lead(tokens: list[Token], known: Callable[[str], bool]) -> int:
    """Where the formula begins behind a sentence such as `the MLE of mu is`."""
    after = tokens[1] if len(tokens) > 1 else None
    if not tokens or not (is_prose(tokens[0], known, after) or _short_lead(tokens, known)):
        return 0
    cut, place, started = 0, 0, False
    while place < min(len(tokens), 25):
        token = tokens[place]
        if token.is_sign("="):
            break
        if is_prose(token, known):
            word = token.text.split(" ")[-1].lower().strip(":")
            if word in ("where", "because", "since") and cut:
                break
            if started and word in REASONS:
                break
            if word in VERBS or cut == place:
                cut = place + 1
        elif token.is_sign(":", ",") and cut == place:
            cut = place + 1
        elif token.is_sign(":"):
            cut = place + 1
            break
        else:
            started = started or cut == place
        place += 1
    return cut


def _short_lead(tokens: list[Token], known: Callable[[str], bool]) -> bool:
    return tokens[0].kind in ("word", "text") and any(
        token.kind in ("word", "text") and token.text.lower() in VERBS - {"as", "to"} for token in tokens[1:6]
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
    first = first_word(tail[0])
    if first in DEFINING and any(token.is_sign("=", ":=") for token in tail):
        parts = cut(tail[1:], lambda token: token.is_sign(",", ";") or token.text in ("and", "with", "where"))
        return without_ranges_of(parts, all_of_them=True)
    if first in ALSO:
        return []
    if found := danger(words_of(tail)):
        raise Unreadable(f"the words after the formula (`{found}`) may change it")
    return []


def _alternative(tail: list[Token]) -> list[Token]:
    """A second form behind `or`, `i.e.`, `which is`: it must be right too."""
    if not tail or first_word(tail[0]) not in ALSO:
        return []
    rest = tail
    while rest and (
        (rest[0].kind in ("word", "text") and rest[0].text.lower() in ENGLISH)
        or rest[0].is_sign(",", ".", ":")
    ):
        rest = rest[1:]
    return rest if rest and rest[0].kind != "text" else []


def _after_commas(tokens: list[Token]) -> tuple[list[Token], list[list[Token]]]:
    """`formula, name = definition`, `a = b, c = d`: equations between commas."""
    parts = cut(tokens, lambda token: token.is_sign(",", ";"))
    if len(parts) < 2 or not all(any(_relation(token) for token in part) for part in parts[1:]):
        return tokens, []
    joined = [token for part in parts for token in (*part, Token("command", "implies"))]
    return joined[:-1], []


def _relation(token: Token) -> bool:
    return token.is_sign("=", ":=")


def _definitions(parts: list[list[Token]]) -> tuple[tuple[tuple[Token, ...], tuple[Token, ...]], ...]:
    found: list[tuple[tuple[Token, ...], tuple[Token, ...]]] = []
    for part in parts:
        sides = cut(part, _relation)
        if len(sides) > 1 and sides[0] and sides[-1]:
            found.append((tuple(sides[0]), tuple(_trimmed(sides[-1]))))
    return tuple(found)


def _equations(tokens: list[Token]) -> tuple[Side, ...]:
    """The sides between relations outside of brackets; a line that starts no relation starts a new equation."""
    sides: list[Side] = []
    current: list[Token] = []
    relation, level = "", 0
    condition = False
    for place, token in enumerate(tokens):
        level += token.is_sign("(", "[", "{", "{(", "<(") - token.is_sign(")", "]", "}", ")}", ")>")
        level += (token.kind == "env") * (1 if token.text.startswith("begin") else -1)
        if level == 0 and token.kind in ("word", "text") and token.text in ("if", "else", "otherwise"):
            condition = token.text == "if"
        if level or token.kind == "env" or condition:
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
