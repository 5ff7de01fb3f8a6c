"""Brackets of every kind: groups, vectors, matrices, cases, norms, indicators, fractions and roots."""

from __future__ import annotations

from grader.answers import atoms, derivatives, parser
from grader.answers.cursor import END, Cursor
from grader.answers.faults import Unreadable
from grader.answers.lexer import Token
from grader.answers.names import find_symbol
from grader.answers.symbols import Spelling
from grader.answers.syntax import (
    Apply,
    Binary,
    Cases,
    Compare,
    Constant,
    Dots,
    Listing,
    Node,
    Number,
    Unary,
)  # fmt: skip

LEAD_WORDS = frozenset("if for when where whenever otherwise else elsewhere with and".split())
NORMS = {"1": "norm1", "2": "norm2", "F": "norm2", "": "norm2"}


def bracketed(cursor: Cursor) -> Node:
    """What a bracket or bar opens."""
    token = cursor.peek()
    if token.is_sign("|", "||", "|("):
        return _bars(cursor)
    inner = cursor.within(cursor.group())
    if token.is_sign("{"):
        return parser.parse(inner)
    if token.is_sign("<("):
        return _inner_product(inner)
    return _list_or_group(inner, token.text)


def _bars(cursor: Cursor) -> Node:
    opening = cursor.next().text
    closing = "|)" if opening == "|(" else opening
    with cursor.inside(closing):
        of = parser.additive(cursor)
    cursor.expect(closing)
    return Unary("abs" if closing != "||" else "norm2", of)


def norm_kind(node: Unary, low: tuple[Token, ...]) -> Node:
    """A norm with its subscript."""
    text = "".join(token.text for token in low)
    if text not in NORMS:
        raise Unreadable(f"the norm with the subscript `{text}` could not be read")
    return Unary(NORMS[text], node.of)


def _inner_product(inner: Cursor) -> Node:
    items = listed(inner)
    if len(items) == 1:
        return items[0]
    if len(items) != 2:
        raise Unreadable("an inner product takes two vectors")
    return Binary(".", items[0], items[1])


def _list_or_group(inner: Cursor, opening: str) -> Node:
    rows: list[tuple[Node, ...]] = []
    while True:
        rows.append(tuple(listed(inner)))
        if not inner.take_sign(";"):
            break
    if inner.peek() is not END:
        raise Unreadable(f"`{inner.peek().text}` could not be read where it stands")
    if len(rows) == 1 and len(rows[0]) == 1:
        only = rows[0][0]
        return (
            Listing(((only,),))
            if opening == "[" and not isinstance(only, Compare) and _plain(inner)
            else only
        )
    if len(rows) == 1 and all(_is_line(item) for item in rows[0]):
        return Listing(tuple(_line(item) for item in rows[0] if isinstance(item, Listing)))
    if len({len(row) for row in rows}) != 1:
        raise Unreadable("the rows of a matrix have different lengths")
    return Listing(tuple(rows))


def _is_line(item: Node) -> bool:
    """Whether an item is itself a written row or column."""
    return isinstance(item, Listing) and (len(item.rows) == 1 or item.column)


def _line(item: Listing) -> tuple[Node, ...]:
    return tuple(row[0] for row in item.rows) if item.column else item.rows[0]


def _plain(inner: Cursor) -> bool:
    """Whether square brackets hold a list of one (`[0.6]`, `[[1, 2]]`) rather than group a formula."""
    return inner.tokens[0].is_sign("[") or all(
        token.kind in ("number",) or token.is_sign("-") for token in inner.tokens
    )


def listed(inner: Cursor) -> list[Node]:
    """Items between commas, dots among them."""
    items: list[Node] = []
    while True:
        if inner.peek().is_command("dots"):
            inner.next()
            items.append(Dots())
        elif inner.peek() is END and items:
            return items
        else:
            items.append(parser.conditional(inner))
        if not inner.take_sign(","):
            break
    if inner.peek() is not END and not inner.peek().is_sign(";"):
        raise Unreadable(f"`{inner.peek().text}` could not be read where it stands")
    return items


def environment(cursor: Cursor) -> Node:
    """A matrix or cases environment."""
    kind = cursor.next().text.split()[1]
    start, level = cursor.at, 1
    while level:
        token = cursor.next()
        if token is END:
            raise Unreadable(f"an `\\end{{{kind}}}` is missing")
        level += (token.kind == "env") * (1 if token.text.startswith("begin") else -1)
    rows = [_cells(row) for row in _rows(cursor.tokens[start : cursor.at - 1])]
    return _cases(cursor, rows) if kind == "cases" else _matrix(cursor, rows)


def _rows(tokens: list[Token]) -> list[list[Token]]:
    rows = _cut(tokens, lambda token: token.kind == "break")
    return [row for row in rows if row]


def _cells(tokens: list[Token]) -> list[list[Token]]:
    return _cut(tokens, lambda token: token.is_sign("&"))


def _cut(tokens: list[Token], where: object) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    level = 0
    assert callable(where)
    for token in tokens:
        level += (token.kind == "env") * (1 if token.text.startswith("begin") else -1)
        level += token.is_sign("{", "(", "[") - token.is_sign("}", ")", "]")
        if level == 0 and where(token):
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _matrix(cursor: Cursor, rows: list[list[list[Token]]]) -> Node:
    if diagonal := _diagonal(rows):
        return diagonal_of(tuple(item for cell in diagonal for item in listed(cursor.within(cell))))
    read = [tuple(item for cell in row if cell for item in listed(cursor.within(cell))) for row in rows]
    read = [row for row in read if row]
    if not read or len({len(row) for row in read}) != 1:
        raise Unreadable("the rows of a matrix have different lengths")
    return Listing(tuple(read), column=len(read) > 1 and len(read[0]) == 1)


def _diagonal(rows: list[list[list[Token]]]) -> list[list[Token]]:
    """The cells on the diagonal of a square whose other cells are empty, 0 or dots; nothing when it has no dots there."""
    size = max(len(row) for row in rows) if rows else 0
    square = [row + [[]] * (size - len(row)) for row in rows]
    if size < 3 or len(square) != size:
        return []
    for down, row in enumerate(square):
        for across, cell in enumerate(row):
            if down != across and any(
                not (t.text == "0" or t.is_command("dots") or t.is_sign("{", "}")) for t in cell
            ):
                return []
    cells = [square[place][place] for place in range(size)]
    dotted = [bool(cell) and cell[0].is_command("dots") for cell in cells]
    return cells if sum(dotted) == 1 and not (dotted[0] or dotted[-1]) and all(cells) else []


def diagonal_of(items: tuple[Node, ...]) -> Node:
    """The matrix with these items on its diagonal; of equal items around dots it is a multiple of the identity."""
    ends = [item for item in items if not isinstance(item, Dots)]
    if len(ends) < len(items) and all(item == ends[0] for item in ends):
        return Binary("*", ends[0], Constant("identity"))
    return Apply("diag", (Listing((items,)),))


def _cases(cursor: Cursor, rows: list[list[list[Token]]]) -> Node:
    branches: list[tuple[Node, Node | None]] = []
    for row in rows:
        value, test = _split_case([token for cell in row for token in [*cell, Token("sign", "&")]][:-1])
        branches.append((parser.parse(cursor.within(value)), _condition(cursor, test)))
    if not branches:
        raise Unreadable("the cases are empty")
    return Cases(tuple(branches))


def _split_case(tokens: list[Token]) -> tuple[list[Token], list[Token]]:
    for place, token in enumerate(tokens):
        if token.is_sign("&") or _leads(token):
            value = list(tokens[:place])
            while value and value[-1].is_sign(",", ";", "."):
                value.pop()
            return value, tokens[place:]
    return tokens, []


def _leads(token: Token) -> bool:
    """Whether a word leads to a condition, or says that there is none (`otherwise.`)."""
    return token.kind in ("word", "text") and token.text.split(" ")[0].strip(".,;:") in LEAD_WORDS


def _condition(cursor: Cursor, tokens: list[Token]) -> Node | None:
    """A case's condition; `otherwise` is none."""
    tokens = [token for token in tokens if not token.is_sign("&")]
    while tokens and (tokens[0].is_sign(",") or (_leads(tokens[0]) and " " not in tokens[0].text)):
        tokens = tokens[1:]
    while tokens and tokens[-1].is_sign(",", ".", ";"):
        tokens = tokens[:-1]
    if not tokens or _leads(tokens[0]):
        return None
    inner = cursor.within(
        [Token("command", "and") if token.is_sign(",") and _top(tokens, token) else token for token in tokens]
    )
    node = parser.condition(inner)
    if inner.peek() is not END or not isinstance(node, Compare):
        raise Unreadable("a condition of the cases could not be read")
    return node


def _top(tokens: list[Token], comma: Token) -> bool:
    level = 0
    for token in tokens:
        if token is comma:
            return level == 0
        level += token.is_sign("{", "(", "[") - token.is_sign("}", ")", "]")
    return False


def built(cursor: Cursor) -> Node:
    """Fractions, binomials and roots."""
    name = cursor.next().text
    if name == "sqrt":
        degree = cursor.within(cursor.group()) if cursor.peek().is_sign("[") else None
        of = _piece(cursor)
        if degree is None:
            return Apply("sqrt", (of,))
        return Binary("^", of, Binary("/", Number("1"), parser.parse(degree)))
    start = cursor.at
    if name == "frac" and (symbol := derivatives.derivative(cursor)):
        return symbol
    cursor.at = start
    top, bottom = _piece(cursor), _piece(cursor)
    if name == "binom":
        return Apply("binom", (top, bottom))
    return Binary("/", top, bottom)


def _piece(cursor: Cursor) -> Node:
    """A LaTeX argument: a group, or one token (`\\frac12` takes one digit of a number)."""
    token = cursor.peek()
    if token.is_sign("{"):
        return parser.parse(cursor.within(cursor.group()))
    if token.kind == "number" and token.text.isdigit() and len(token.text) > 1:
        cursor.tokens[cursor.at] = Token("number", token.text[1:], True)
        return Number(token.text[0])
    if token.is_sign("(", "|", "||"):
        return parser.factor(cursor)
    if (
        token.kind == "word"
        and len(token.text) > 1
        and find_symbol(cursor, Spelling(token.text), cursor.at + 1) is None
    ):
        head = Token("word", token.text[0], token.glued)
        cursor.tokens[cursor.at : cursor.at + 1] = [head, Token("word", token.text[1:], True)]
    return atoms.primary(cursor)
