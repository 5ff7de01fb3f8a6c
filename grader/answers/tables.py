"""From declarations to the table of spellings that the reader uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from grader.answers.cursor import Cursor
from grader.answers.faults import SpecError
from grader.answers.functions import NAMES
from grader.answers.glyphs import to_latex
from grader.answers.lexer import Token, tokenize
from grader.answers.names import accented, read_accent, scripts_at
from grader.answers.symbols import Declaration, Spelling, Table, atoms_of


def build_table(
    symbols: Mapping[str, Declaration], free: Iterable[str] = (), uses: Iterable[str] | None = None
) -> Table:
    """The table of every spelling that an answer may use; the same declarations give the same table again."""
    used = None if uses is None else tuple(uses)
    return _table(tuple(symbols.items()), tuple(free), used)


@lru_cache(maxsize=1024)
def _table(
    declared: tuple[tuple[str, Declaration], ...], free: tuple[str, ...], uses: tuple[str, ...] | None
) -> Table:
    symbols = dict(declared)
    allowed = symbols if uses is None else {name: symbols[name] for name in symbols if name in set(uses)}
    table = Table(symbols=allowed, free=tuple(free))
    for name, declaration in allowed.items():
        for spelled in dict.fromkeys((name, *declaration.aliases)):
            _add(table, spelled, name)
    table.literals.sort(key=lambda literal: -len(literal[0]))
    return table


def _add(table: Table, spelled: str, name: str) -> None:
    tokens, spelling = _read(spelled)
    if spelling is not None:
        table.add(spelling, name)
    elif len(tokens) > 1:
        table.literals.append((tuple(token.text for token in tokens), name))
    else:
        raise SpecError(f"symbol {name}: the spelling {spelled!r} cannot be read")


@lru_cache(maxsize=4096)
def _read(spelled: str) -> tuple[list[Token], Spelling | None]:
    tokens = tokenize(to_latex(spelled))
    return tokens, spelling_of(tokens)


def spelling_of(tokens: list[Token]) -> Spelling | None:
    """Tokens as one name with scripts, or None when they are more than that."""
    if not tokens:
        return None
    cursor = Cursor(list(tokens), Table(symbols={}))
    first = cursor.peek()
    if first.kind == "command" and first.text in ("hat", "bar", "tilde"):
        spelling = read_accent(cursor)
        if spelling is None:
            return None
    elif first.kind in ("word", "text"):
        spelling = Spelling(first.text) if first.text in NAMES else accented(first.text)
        cursor.next()
    else:
        return None
    if cursor.peek().kind == "number" and cursor.peek().glued:
        spelling = Spelling(spelling.base, spelling.accents, spelling.atoms + tuple(cursor.next().text))
    scripts = scripts_at(cursor, cursor.at)
    low, high = atoms_of(_rest(cursor, scripts.low, scripts.end)), atoms_of(scripts.high)
    end = _end(cursor, scripts.end) if scripts.low else scripts.end
    if low is None or high is None or scripts.primes or end < len(tokens):
        return None
    atoms = spelling.atoms + low + high
    for accent in ("hat", "bar", "tilde"):
        if accent in atoms:
            rest = tuple(atom for atom in atoms if atom != accent)
            return Spelling(spelling.base, spelling.accents + accent, rest)
    return Spelling(spelling.base, spelling.accents, atoms)


def _end(cursor: Cursor, end: int) -> int:
    while (
        end < len(cursor.tokens)
        and cursor.tokens[end].glued
        and cursor.tokens[end].kind in ("word", "number")
    ):
        end += 1
    return end


def _rest(cursor: Cursor, low: tuple[Token, ...], end: int) -> tuple[Token, ...]:
    """In a rubric `mu_MAP` and `theta_i1` are one name: what is glued behind the subscript belongs to it."""
    return (*low, *cursor.tokens[end : _end(cursor, end)]) if low else low
