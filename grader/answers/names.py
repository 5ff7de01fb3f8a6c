"""Reading a name with its accents and scripts, and finding the declared symbol that it means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from grader.answers.cursor import Cursor
from grader.answers.faults import UnknownSymbol
from grader.answers.glyphs import GREEK
from grader.answers.lexer import Token
from grader.answers.symbols import ACCENT_WORDS, Match, Spelling, Table, atoms_of

TRANSPOSES = frozenset({"T", "top", "t", "transpose", "tr"})
BRACKETS = {"(": ")", "[": "]", "{(": ")}"}


@dataclass(frozen=True, slots=True)
class Scripts:
    """
    What hangs on a name.

    Args:
        low, high: tokens of the subscript and the superscript.
        primes: how many `'`.
        end: the position behind all of it.
        split: how many letters of the last word belong to the subscript, when not all of them do.
    """

    low: tuple[Token, ...] = ()
    high: tuple[Token, ...] = ()
    primes: int = 0
    end: int = 0
    split: int = 0

    @property
    def transposed(self) -> bool:
        """Whether the superscript is a transpose sign."""
        return len(self.high) == 1 and self.high[0].text in TRANSPOSES

    @property
    def power_like(self) -> bool:
        """Whether the superscript is a plain number, most likely a power."""
        return len(self.high) == 1 and self.high[0].kind == "number"


@dataclass(frozen=True, slots=True)
class Named:
    """A name found: the symbol with its index atoms; a superscript and primes that are left to be applied."""

    match: Match
    scripts: Scripts
    power: tuple[Token, ...] = ()


def split_word(word: str, table: Table) -> list[str] | None:
    """A run of letters as the names that it is made of, longest first, or None."""
    if not word:
        return []
    for size in range(min(len(word), 16), 0, -1):
        head = word[:size]
        if is_name(head, table) and (rest := split_word(word[size:], table)) is not None:
            return [head, *rest]
    return None


def pieces_of(word: str, cursor: Cursor) -> list[str] | None:
    """A run of letters as names, or as single letters when each of them means something here."""
    pieces = split_word(word, cursor.table)
    if pieces is None and len(word) <= 6:
        stem = word[:-1] if word.endswith("e") and cursor.peek(1).is_sign("^") else word
        if all(
            is_name(letter, cursor.table) or letter in cursor.bound or letter in cursor.table.free
            for letter in stem
        ):
            return list(word)
    return pieces


def resplit(cursor: Cursor, pieces: list[str]) -> None:
    """Put the pieces of a word in its place."""
    cursor.tokens[cursor.at : cursor.at + 1] = [
        replace(cursor.peek(), text=piece, kind="word", glued=place > 0) for place, piece in enumerate(pieces)
    ]


def is_name(word: str, table: Table) -> bool:
    """Whether a run of letters is the letter of a declared symbol or an accented one (`xbar`)."""
    plain = accented(word)
    return table.knows(plain.base, plain.accents) or table.knows(word)


def accented(word: str) -> Spelling:
    """`yhat` as y with a hat; another word as it is."""
    for accent in ACCENT_WORDS:
        stem = word[: -len(accent)]
        if word.endswith(accent) and (len(stem) == 1 or stem in GREEK):
            return Spelling(stem, accent)
    return Spelling(word)


def scripts_at(cursor: Cursor, at: int) -> Scripts:
    """The scripts that begin at a position, as written; the cursor stays."""
    here = replace(cursor, at=at)
    found: dict[str, tuple[Token, ...]] = {}
    primes = 0
    while True:
        mark = here.peek().text
        if here.peek().is_sign("_", "^") and mark not in found:
            here.next()
            content = _script(here)
            if mark == "^" and content and all(token.is_sign("'") for token in content):
                primes += len(content)
            else:
                found[mark] = content
        elif here.take_sign("'"):
            primes += 1
        else:
            return Scripts(found.get("_", ()), found.get("^", ()), primes, here.at)


def _script(here: Cursor) -> tuple[Token, ...]:
    """One script: a group, a bracketed piece, a signed piece, or a single token."""
    if here.peek().is_sign("{"):
        return tuple(here.group())
    if here.peek().is_sign(*BRACKETS):
        opening = here.peek()
        return (opening, *here.group(), Token("sign", BRACKETS[opening.text]))
    first = here.next()
    if first.kind == "command" and first.text in ("frac", "mathbb", "sqrt", "bar", "hat", "tilde"):
        taken = [first]
        while here.peek().is_sign("{"):
            taken += [Token("sign", "{"), *here.group(), Token("sign", "}")]
        return tuple(taken)
    if first.is_sign("-"):
        return (first, *(_script(here) if here.peek().is_sign("(") else (here.next(),)))
    if (
        first.kind == "word"
        and len(first.text) > 1
        and first.text not in GREEK
        and first.text not in TRANSPOSES
    ):
        return (_first_letter(here, first),)
    return (first,)


def _first_letter(here: Cursor, word: Token) -> Token:
    """LaTeX takes one letter for a script without braces (`w^Tx` is `w^T x`); the others stay behind it."""
    if here.peek(-2).is_sign("_"):
        return word
    head = replace(word, text=word.text[0])
    here.tokens[here.at - 1 : here.at] = [head, replace(word, text=word.text[1:], glued=True)]
    return head


def script_choices(cursor: Cursor, at: int) -> Iterator[Scripts]:
    """The scripts as written, and before that what plain text means: `theta_i1`, `z1`, `W1_hm`."""
    written = scripts_at(cursor, at)
    here, after = cursor.tokens[at : at + 1], cursor.tokens[at + 1 : at + 2]
    if here and here[0].is_sign("_") and after and after[0].kind in ("word", "number"):
        yield from _plain_runs(cursor, at + 1, ())
    elif here and here[0].kind == "number" and here[0].glued and here[0].text.isdigit():
        if after and after[0].is_sign("_"):
            behind = cursor.tokens[at + 2 : at + 3]
            if behind and behind[0].kind in ("word", "number"):
                yield from _plain_runs(cursor, at + 2, (here[0],))
        again = scripts_at(cursor, at + 1)
        yield replace(again, low=(here[0], *again.low))
    yield written


def _plain_runs(cursor: Cursor, start: int, before: tuple[Token, ...]) -> Iterator[Scripts]:
    """Subscripts without braces: the longest run of letters and digits first, down to its first letter."""
    stop = start + 1
    while (
        stop < len(cursor.tokens)
        and cursor.tokens[stop].kind in ("word", "number")
        and cursor.tokens[stop].glued
    ):
        stop += 1
    stop = min(stop, start + 4)
    for end in range(stop, start, -1):
        run = tuple(cursor.tokens[start:end])
        behind = scripts_at(cursor, end)
        if not behind.low:
            yield replace(behind, low=before + run)
        for size in range(_letters(run[-1]) - 1, 0, -1):
            cut = replace(run[-1], text=run[-1].text[:size])
            yield Scripts(low=(*before, *run[:-1], cut), end=end, split=size)


def _letters(token: Token) -> int:
    return 1 if token.text in GREEK or token.text in ACCENT_WORDS else min(len(token.text), 12)


def find_symbol(cursor: Cursor, spelling: Spelling, at: int) -> Named | None:
    """
    The symbol of a name whose scripts begin at a position.

    A superscript belongs to the name when it is in brackets or an index letter, and to the arithmetic (a power) when it is a
    number and the name has a meaning without it.
    """
    for scripts in script_choices(cursor, at):
        low = atoms_of(scripts.low)
        if low is not None and (named := _match(cursor, _accent_word(spelling, low), scripts)):
            return named
    return None


def _match(cursor: Cursor, spelling: Spelling, scripts: Scripts) -> Named | None:
    """The symbol with the superscript as part of its name, or with the superscript left over as a power."""

    behind = cursor.tokens[scripts.end : scripts.end + 1]
    called = (
        bool(behind) and behind[0].is_sign("(", "{(", "[") and not scripts.split and cursor.reads("calls")
    )

    def match(atoms: tuple[str, ...]) -> Match | None:
        return cursor.table.match(spelling.base, spelling.accents, atoms, cursor.bound, called=called)

    alone = match(spelling.atoms)
    high = atoms_of(scripts.high)
    if scripts.high and high and not (scripts.transposed and alone) and not (scripts.power_like and alone):
        joined = match(spelling.atoms + high) or match(high + spelling.atoms)
        if joined:
            return Named(joined, scripts)
    return Named(alone, scripts, scripts.high) if alone else None


def _accent_word(spelling: Spelling, low: tuple[str, ...]) -> Spelling:
    """`y_hat` is y with a hat: an accent word among the scripts belongs to the letter."""
    for accent in ACCENT_WORDS:
        if accent in low:
            rest = tuple(atom for atom in low if atom != accent)
            return Spelling(spelling.base, spelling.accents + accent, spelling.atoms + rest)
    return replace(spelling, atoms=spelling.atoms + low)


def consume(cursor: Cursor, scripts: Scripts) -> None:
    """Move behind scripts that were used, leaving the letters of a word that they did not use."""
    if scripts.split:
        last = cursor.tokens[scripts.end - 1]
        rest = replace(last, text=last.text[scripts.split :], glued=True)
        cursor.tokens[scripts.end - 1] = rest
        cursor.at = scripts.end - 1
    else:
        cursor.at = scripts.end


def read_accent(cursor: Cursor) -> Spelling | None:
    """`\\hat{y}`, `\\hat y`, `hat(y_i)`: the letter with its accent and what scripts stood under the accent."""
    accent = cursor.peek().text
    after = cursor.peek(1)
    inner = replace(cursor, at=cursor.at + 1)
    if after.is_sign("{", "("):
        content = inner.group()
        while len(content) > 2 and content[0].is_sign("{") and content[-1].is_sign("}"):
            content = content[1:-1]
    else:
        content = [inner.next()]
        if content[0].kind == "word" and _spelled_together(content[0].text):
            # LaTeX takes one letter: `\\hat yz` is y with a hat, times z.
            content = [_first_letter(inner, content[0])]
    if not content or content[0].kind not in ("word", "text"):
        return None
    atoms = atoms_of(content[1:])
    if atoms is None:
        return None
    cursor.at = inner.at
    letter = accented(content[0].text)
    return Spelling(letter.base, letter.accents + accent, atoms)


def _spelled_together(word: str) -> bool:
    return len(word) > 1 and word not in GREEK and accented(word).base == word and word.isalpha()


def unknown(base: str, scripts: Scripts) -> UnknownSymbol:
    """The complaint about a name that is not declared, spelled as the student wrote it."""
    low = "".join(token.text for token in scripts.low)
    return UnknownSymbol(base + (f"_{{{low}}}" if len(low) > 1 else f"_{low}" if low else ""))
