"""An answer's text to trees: all the ways that its notation can be taken."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from grader.answers.cursor import Cursor, Style
from grader.answers.faults import Unreadable
from grader.answers.functions import NAMES
from grader.answers.glyphs import GREEK
from grader.answers.lexer import Token, tokenize
from grader.answers.names import is_name, split_word
from grader.answers.parser import parse
from grader.answers.relabel import exchanged, letters_of, relabelled
from grader.answers.sides import Side, Sides, formula_of, plain, split_sides
from grader.answers.statements import Equation
from grader.answers.substitution import substitute
from grader.answers.symbols import Table
from grader.answers.syntax import Node, Symbol
from grader.answers.tables import spelling_of
from grader.answers.text import clean
from grader.answers.words import NAME_HEADS

STYLES = tuple(
    Style(wide, tight, calls) for calls in (True, False) for tight in (False, True) for wide in (False, True)
)


@dataclass(frozen=True)
class Written:
    """
    An answer before its symbols are looked up.

    Args:
        kept: the sides that have to be right.
        dropped: the spellings of the sides that only say what is asked.
        aside: whether something that may belong to the answer was set aside.
    """

    kept: tuple[Side, ...]
    dropped: tuple[str, ...]
    aside: bool = False
    order: tuple[str, ...] = ()
    """The index letters of a derivative on the left-hand side."""

    @property
    def last(self) -> Side | None:
        """The last side that has to be right."""
        return self.kept[-1] if self.kept else None


def written(
    text: str, table: Table, lhs: Iterable[str], *, domains: bool = True, defined: Iterable[Equation] = ()
) -> Written:
    """
    The sides of an answer that have to be right. Raises `Unreadable`.

    Args:
        text: the answer.
        table: the question's symbols.
        lhs: the spellings of what is asked.
        domains: whether `\\in R^n` behind a side is set aside.
        defined: what the write-up around it says of names, in its order.
    """
    lhs = tuple(lhs)
    tokens = [token for token in tokenize(clean(text)) if not token.is_command("pm", "mp")]
    named = _named(tokens)
    sides = split_sides(tokens, lambda word: word in named or knows(word, table), domains)
    asked = {spelled for spelling in lhs for spelled in [plain(tokenize(clean(spelling)))]}
    around = [_definition(found, lambda word: word in named or knows(word, table)) for found in defined]
    filled = _defined(replace(sides, definitions=(*around, *sides.definitions)), table)
    dropped = _drop(_in_asked_letters(filled, lhs, table.free), asked, table)
    order = letters_of(filled.sides[0].tokens) if len(filled.sides) > 1 else ()
    return replace(dropped, aside=sides.aside, order=order)


def _in_asked_letters(sides: Sides, lhs: tuple[str, ...], free: tuple[str, ...]) -> Sides:
    """The sides with the index letters of the left-hand side exchanged for the asked ones."""
    if len(sides.sides) < 2 or not (letters := exchanged(sides.sides[0].tokens, lhs, free)):
        return sides
    return Sides(tuple(replace(side, tokens=relabelled(side.tokens, letters)) for side in sides.sides))


def _definition(found: Equation, known: Callable[[str], bool]) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
    """A definition's name and its formula, without the words behind it."""
    return tuple(tokenize(clean(found.name))), tuple(formula_of(tokenize(clean(found.value)), known))


def _named(tokens: list[Token]) -> set[str]:
    """Words that stand before an equals sign and once more: names of the answer's own."""
    texts = [token.text for token in tokens if token.kind in ("word", "text")]
    return {
        token.text
        for place, token in enumerate(tokens[:-1])
        if token.kind == "word"
        and texts.count(token.text) > 1
        and any(t.is_sign("=") for t in tokens[place + 1 : place + 3])
    }


def knows(word: str, table: Table) -> bool:
    """Whether a word is a name of the question, a function, or several names written together."""
    if word in GREEK or word in NAMES or word in table.free or is_name(word, table):
        return True
    return len(word) <= 6 and split_word(word, table) is not None


def _defined(sides: Sides, table: Table) -> Sides:
    """The sides with names that the answer defines itself replaced by their definitions."""
    result = sides.sides
    letters = {name[0].text for name, _ in sides.definitions if len(name) == 1 and len(name[0].text) == 1}
    if letters:
        result = tuple(replace(side, tokens=_spelled_out(side.tokens, letters, table)) for side in result)
    known = _known(table, {plain(name) for name, _ in sides.definitions})
    # The later ones first: they may use the earlier ones.
    for name, value in reversed(sides.definitions):
        if not value or (
            trees(name, table, quiet=True)
            and (spelling_of(list(name)) is None or (len(name) <= 2 and not trees(value, table, quiet=True)))
        ):
            continue
        result = tuple(replace(side, tokens=substitute(side.tokens, name, value, known)) for side in result)
    return Sides(result)


def _known(table: Table, defined: set[str]) -> Callable[[tuple[Token, ...]], bool]:
    """Whether tokens are one name that the question has, or that the answer defines."""
    return lambda tokens: (
        bool(tokens)
        and (
            plain(tokens) in defined
            or any(isinstance(node, Symbol) and not node.indices for node in trees(tokens, table, quiet=True))
        )
    )


def _spelled_out(tokens: tuple[Token, ...], letters: set[str], table: Table) -> tuple[Token, ...]:
    """Words made of known names and of letters that the answer defines, letter by letter (`cm` of c and m)."""
    out: list[Token] = []
    for token in tokens:
        word = token.text
        if out and out[-1].is_sign("^") and token.kind == "word" and word[0] == "T" and word[1:] in letters:
            out += [replace(token, text="T"), replace(token, text=word[1:], glued=True)]
            continue
        apart = (
            token.kind == "word"
            and 1 < len(word) <= 6
            and not knows(word, table)
            and bool(letters & set(word))
            and all(letter in letters or knows(letter, table) for letter in word)
        )
        out += [replace(token, text=letter) for letter in word] if apart else [token]
    return tuple(out)


def _drop(sides: Sides, asked: set[str], table: Table) -> Written:
    kept: list[Side] = []
    dropped: list[str] = []
    tends = max((place for place, side in enumerate(sides.sides) if side.relation == "to"), default=0)
    for place, side in enumerate(sides.sides):
        last = place == len(sides.sides) - 1
        if (
            side.plain in asked
            or place < tends  # what tends to a limit is not equal to it
            or (not last and (_assigned(sides.sides, place) or _component(side, asked)))
            or (not last and _only_says(side, table))
        ):
            dropped.append(side.plain)
        else:
            kept.append(replace(side, tokens=_without_search(side.tokens)))
    return Written(tuple(kept), tuple(dropped))


def _assigned(sides: tuple[Side, ...], place: int) -> bool:
    """Whether a side is the name in front of `:=` or an arrow."""
    name = place == 0 and sides[1].relation in (":=", "gets")
    return (
        name and spelling_of([token for token in sides[0].tokens if not token.is_sign("{", "}")]) is not None
    )


def _component(side: Side, asked: set[str]) -> bool:
    """Whether a side is a component of what is asked (`w_j` of w)."""
    return bool(re.search(r" _ [a-z]$", side.plain)) and re.sub(r" _ [a-z]$", "", side.plain) in asked


def _only_says(side: Side, table: Table) -> bool:
    """Whether a side that is not the last is a name, a derivative, a probability: what is asked, not an answer to it."""
    if any(token.is_command("partial", "nabla", "lim", "inf") for token in side.tokens):
        return True
    if _primed(side.tokens):
        return True
    if trees(side.tokens, table, quiet=True):
        return False
    if spelling_of(list(side.tokens)) is not None:
        return True
    words = [token.text for token in side.tokens if token.kind in ("word", "text", "command")]
    if words and words[0] in ("log", "ln", "hat", "bar", "tilde"):
        words = words[1:]
    return bool(words) and (words[0] in NAME_HEADS or words[0][0] == "d") and not _has_sum(side.tokens)


def _primed(tokens: tuple[Token, ...]) -> bool:
    """Whether a side ends in a prime: the derivative of something, or a new name for it."""
    texts = [token.text for token in tokens if not token.is_sign("{", "}", "^")]
    return bool(texts) and texts[-1] == "'"


def _has_sum(tokens: tuple[Token, ...]) -> bool:
    level = 0
    for place, token in enumerate(tokens):
        level += token.is_sign("(", "[", "{", "{(") - token.is_sign(")", "]", "}", ")}")
        if level == 0 and place and token.is_sign("+", "-"):
            return True
    return False


def _without_search(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """`argmin_w f` stands for its objective f, `argmax_w f` for -f."""
    cursor = Cursor(list(tokens), Table(symbols={}))
    if cursor.peek().text == "arg":
        cursor.next()
    kind = cursor.peek().text
    if kind not in ("argmin", "argmax", "min", "max", "minimize", "minimise", "maximize", "maximise"):
        return tokens
    cursor.next()
    if cursor.peek().is_sign("_"):
        cursor.next()
        cursor.group() if cursor.peek().is_sign("{") else cursor.next()
    elif kind in ("min", "max"):
        return tokens
    rest = tuple(cursor.tokens[cursor.at :])
    if not kind.startswith(("argmax", "max")):
        return rest
    return (Token("sign", "-"), Token("sign", "("), *rest, Token("sign", ")"))


def trees(tokens: Iterable[Token], table: Table, *, quiet: bool = False) -> list[Node]:
    """Every distinct way to read one side; `quiet` gives none instead of raising `Unreadable`."""
    found: list[Node] = []
    complaint: Unreadable | None = None
    listed = list(tokens)
    tried: list[tuple[Style, set[str]]] = []
    for style in STYLES:
        if any(
            all(getattr(style, habit) == getattr(other, habit) for habit in asked) for other, asked in tried
        ):
            continue
        cursor = Cursor(list(listed), table, style)
        tried.append((style, cursor.consulted))
        try:
            node = parse(cursor)
        except Unreadable as error:
            complaint = complaint or error
            continue
        if node not in found:
            found.append(node)
    if not found and not quiet:
        raise complaint or Unreadable("there is no formula")
    return found
