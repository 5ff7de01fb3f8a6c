"""Sums and products over an index, with or without bounds."""

from __future__ import annotations

from dataclasses import replace

from grader.answers import parser
from grader.answers.cursor import Cursor
from grader.answers.faults import UnknownSymbol, Unreadable
from grader.answers.glyphs import GREEK
from grader.answers.lexer import Token
from grader.answers.names import Scripts, scripts_at
from grader.answers.syntax import Big, Binary, Node, free_indices


def big(cursor: Cursor, kind: str) -> Node:
    """A sum or product sign with its index, bounds and body (the rest of the term)."""
    cursor.next()
    scripts = _scripts(cursor)
    parts = _split_commas(list(scripts.low))
    if len(parts) == 1 and len(parts[0]) == 1 and _letters(parts[0][0]):
        return _several(cursor, kind, list(parts[0][0].text), scripts.high)
    if len(parts) > 1 and all(len(part) == 1 for part in parts):
        return _several(cursor, kind, [part[0].text for part in parts], scripts.high)
    return _single(cursor, kind, list(scripts.low), scripts.high)


def _letters(token: Token) -> bool:
    """Whether a word is two or three index letters (`\\sum_{ij}`)."""
    return (
        token.kind == "word" and token.text not in GREEK and token.text.islower() and 1 < len(token.text) < 4
    )


def _scripts(cursor: Cursor) -> Scripts:
    """The bounds; below a sign without braces stands one letter (`\\sum_iy_i` is the sum over i of y_i)."""
    here = cursor.at
    word = cursor.peek(1)
    if cursor.peek().is_sign("_") and word.kind == "word" and len(word.text) > 1 and word.text not in GREEK:
        rest = [replace(word, text=word.text[:1]), replace(word, text=word.text[1:], glued=True)]
        cursor.tokens[here + 1 : here + 2] = rest
    scripts = scripts_at(cursor, here)
    cursor.at = scripts.end
    return scripts


def _several(cursor: Cursor, kind: str, names: list[str], high: tuple[Token, ...]) -> Node:
    """`sum_{i,j}` is a sum over i of a sum over j."""
    if high:
        raise Unreadable("a bound above a sum over several indices could not be read")
    cursor.bound.extend(names)
    body = _body(cursor, kind, names[-1])
    del cursor.bound[-len(names) :]
    for name in reversed(names):
        body = Big(kind, name, None, None, body)
    return body


def _single(cursor: Cursor, kind: str, low: list[Token], high: tuple[Token, ...]) -> Node:
    low, conditions = _condition_of(low)
    name, start, unless = _lower(cursor, low)
    stop = _bound(cursor, list(high)) if high else None
    if name:
        cursor.bound.append(name)
    body = _body(cursor, kind, name or "")
    if conditions and kind == "sum":
        body = Binary("*", parser.condition(cursor.within(conditions)), body)
    elif conditions:
        raise Unreadable("the condition below a product could not be read")
    if name:
        cursor.bound.pop()
    else:
        name = _guess(cursor, body)
    return Big(kind, name, start, stop, body, unless)


def _lower(cursor: Cursor, low: list[Token]) -> tuple[str | None, Node | None, Node | None]:
    """The index, its first value and the one that is left out, from what stands below the sign."""
    if not low:
        return None, None, None
    if low[0].kind == "number" and len(low) > 4 and low[1].is_sign("<=", "<"):
        # 1 <= i <= n
        return low[2].text, parser.parse(cursor.within([low[0]])), None
    if low[0].kind not in ("word", "text"):
        raise Unreadable("what a sum runs over could not be read")
    if len(low) > 3 and low[1].is_sign("_") and any(token.is_command("in") for token in low[2:5]):
        # x_i in D
        return low[3 if low[2].is_sign("{") else 2].text, None, None
    name = low[0].text
    if len(low) == 1:
        return name, None, None
    if low[1].is_sign("="):
        first = low[2:]
        for place, token in enumerate(first):
            if token.is_sign(",") or token.is_command("dots"):
                first = first[:place]
                break
        return name, parser.parse(cursor.within(first)), None
    if low[1].is_sign("!="):
        return name, None, parser.parse(cursor.within(low[2:]))
    if low[1].is_command("in"):
        return name, None, None
    raise Unreadable("what a sum runs over could not be read")


def _condition_of(low: list[Token]) -> tuple[list[Token], list[Token]]:
    """`i: y_i = 1` as the index and the condition that its terms have to meet."""
    for place, token in enumerate(low):
        if place and token.is_sign(":", "|") and len(low) > place + 1:
            return low[:place], low[place + 1 :]
    return low, []


def _bound(cursor: Cursor, high: list[Token]) -> Node | None:
    """The last value; one letter that the question does not use is the size of the index's axis, whatever it is called."""
    try:
        return parser.parse(cursor.within(high))
    except UnknownSymbol:
        if len(high) == 1 and len(high[0].text) == 1:
            return None
        raise


def _body(cursor: Cursor, kind: str, name: str) -> Node:
    if kind == "prod":
        cursor.products.append(name)
    body = parser._signed(cursor)
    if kind == "prod":
        cursor.products.pop()
    return body


def _guess(cursor: Cursor, body: Node) -> str:
    """The index of a sum sign that names none: the only letter in its body that means nothing else."""
    loose = sorted(free_indices(body) - set(cursor.bound) - set(cursor.table.free))
    loose = loose or sorted(free_indices(body) - set(cursor.bound))
    if len(loose) != 1:
        raise Unreadable("the sum does not say what it runs over")
    return loose[0]


def _split_commas(tokens: list[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.is_sign(","):
            parts.append([])
        else:
            parts[-1].append(token)
    return parts
