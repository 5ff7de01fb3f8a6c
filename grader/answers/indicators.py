"""Conditions as numbers: indicators, Kronecker deltas, blackboard letters."""

from __future__ import annotations

from grader.answers import atoms, parser
from grader.answers.brackets import listed
from grader.answers.cursor import END, Cursor
from grader.answers.faults import Unreadable
from grader.answers.lexer import Token
from grader.answers.names import scripts_at
from grader.answers.symbols import atoms_of
from grader.answers.syntax import Compare, Constant, Index, Node, Number


def blackboard(cursor: Cursor) -> Node:
    """`\\mathbb{1}` (an indicator or ones), `\\mathbb{I}`; other letters are names."""
    cursor.next()
    content = cursor.group() if cursor.peek().is_sign("{") else [cursor.next()]
    text = "".join(token.text for token in content)
    if text in ("1", "I"):
        if cursor.peek().is_sign("_") and not _has_relation(scripts_at(cursor, cursor.at).low):
            return atoms.constant(cursor, "ones" if text == "1" else "identity")
        if node := _indicator_here(cursor):
            return node
        return Constant("ones" if text == "1" else "identity")
    raise Unreadable(f"`{text}` could not be read")


def _indicator_here(cursor: Cursor) -> Node | None:
    """The condition that stands below or behind an indicator sign."""
    if cursor.peek().is_sign("_"):
        return indicator(cursor)
    if cursor.peek().is_sign("(", "[", "{(", "{"):
        start = cursor.at
        inner = cursor.within(cursor.group())
        while inner.tokens and inner.tokens[0].is_sign("{(", "(") and inner.tokens[-1].is_sign(")}", ")"):
            inner.tokens = inner.tokens[1:-1]
        node = parser.condition(inner)
        if isinstance(node, Compare) and inner.peek() is END:
            return node
        cursor.at = start
    return None


def indicator(cursor: Cursor) -> Node:
    """`1_{y_i = j}`."""
    scripts = scripts_at(cursor, cursor.at)
    cursor.at = scripts.end
    tokens = list(scripts.low)
    while tokens and tokens[0].is_sign("{(", "(", "[") and tokens[-1].is_sign(")}", ")", "]"):
        tokens = tokens[1:-1]
    node = parser.condition(cursor.within(tokens))
    if not isinstance(node, Compare):
        raise Unreadable("an indicator's condition could not be read")
    return node


def indicator_word(cursor: Cursor) -> Node | None:
    """`I(y_i = j)`, `I_{y_i = j}`, `I[...]` when there is a condition; otherwise None (an identity matrix)."""
    start = cursor.at
    cursor.next()
    tokens = cursor.tokens[cursor.at :]
    if (
        tokens
        and (
            tokens[0].is_sign("(", "[", "{(")
            or (tokens[0].is_sign("_") and _has_relation(scripts_at(cursor, cursor.at).low))
        )
        and (node := _indicator_here(cursor))
    ):
        return node
    low = scripts_at(cursor, cursor.at) if tokens and tokens[0].is_sign("_") else None
    letters = atoms_of(low.low) if low else None
    if low and letters and len(letters) == 2 and not low.high and _runs(letters, cursor):
        cursor.at = low.end
        return Compare("=", Index(letters[0]), Index(letters[1]))
    cursor.at = start
    return None


def _runs(letters: tuple[str, ...], cursor: Cursor) -> bool:
    """Whether letters are indices: asked ones, or bound by a sum."""
    return all(letter in cursor.table.free or letter in cursor.bound for letter in letters)


def _has_relation(tokens: tuple[Token, ...]) -> bool:
    return any(token.is_sign("=", "<", ">", "<=", ">=", "!=") for token in tokens)


def kronecker(cursor: Cursor) -> Node | None:
    """`\\delta_{ij}`, `\\delta_{i=j}`, `\\delta(i, j)`, `\\delta_{y_i, j}`."""
    start = cursor.at
    cursor.next()
    scripts = scripts_at(cursor, cursor.at)
    tokens = list(scripts.low)
    if not tokens and cursor.peek().is_sign("("):
        tokens = cursor.group()
    elif tokens:
        cursor.at = scripts.end
    node = _two_equal(cursor, tokens) if tokens and not scripts.high else None
    if node is None:
        cursor.at = start
    return node


def _two_equal(cursor: Cursor, tokens: list[Token]) -> Node | None:
    if _has_relation(tuple(tokens)):
        return parser.condition(cursor.within(tokens))
    if any(token.is_sign(",") for token in tokens):
        items = listed(cursor.within(tokens))
        return Compare("=", items[0], items[1]) if len(items) == 2 else None
    found = atoms_of(tokens)
    if found and len(found) == 2:
        left, right = (Number(a) if a.isdigit() else Index(a) for a in found)
        return Compare("=", left, right)
    inner = cursor.within(tokens)
    try:
        items = [parser.factor(inner), parser.factor(inner)]
    except Unreadable:
        return None
    return Compare("=", items[0], items[1]) if inner.peek() is END else None
