"""Derivatives that are declared as symbols: `dl/dyhat` is one name."""

from __future__ import annotations

from grader.answers.cursor import Cursor
from grader.answers.faults import Unreadable
from grader.answers.lexer import Token
from grader.answers.names import accented, find_symbol, read_accent
from grader.answers.syntax import Index, Node, Number, Symbol


def derivative(cursor: Cursor) -> Node | None:
    """`\\frac{\\partial l}{\\partial \\hat y}` as the declared symbol that has this name, or None when it is an ordinary fraction."""
    if not cursor.peek().is_sign("{"):
        return None
    top = cursor.group()
    if not cursor.peek().is_sign("{"):
        return None
    bottom = cursor.group()
    above, below = _differential(cursor, top), _differential(cursor, bottom)
    if above is None or below is None:
        return None
    for name, declaration in cursor.table.symbols.items():
        if declaration.derivative == (above[0], below[0]):
            return Symbol(name, (*above[1], *below[1]))
    raise Unreadable("a derivative is written where its value is asked")


def _differential(cursor: Cursor, tokens: list[Token]) -> tuple[str, tuple[Node, ...]] | None:
    """The symbol behind a d or a partial sign, with its indices."""
    if not tokens:
        return None
    head = tokens[0]
    if head.is_command("partial") or (
        head.kind in ("word", "text") and head.text == "d" and not cursor.table.knows("d")
    ):
        rest = tokens[1:]
    elif head.kind == "word" and head.text[0] == "d" and len(head.text) > 1 and not cursor.table.knows("d"):
        rest = [Token("word", head.text[1:]), *tokens[1:]]
    else:
        return None
    return _named(cursor.within(_unwrapped(rest)))


def _unwrapped(tokens: list[Token]) -> list[Token]:
    while len(tokens) > 2 and tokens[0].is_sign("{") and tokens[-1].is_sign("}"):
        tokens = tokens[1:-1]
    return tokens


def _named(inner: Cursor) -> tuple[str, tuple[Node, ...]]:
    if inner.peek().kind == "command":
        spelling = read_accent(inner)
        named = find_symbol(inner, spelling, inner.at) if spelling else None
    else:
        named = (
            find_symbol(inner, accented(inner.peek().text), 1)
            if inner.peek().kind in ("word", "text")
            else None
        )
    if named is None:
        return "", ()
    return named.match.name, tuple(Number(a) if a.isdigit() else Index(a) for a in named.match.indices)
