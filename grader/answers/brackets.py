"""Brackets of every kind: groups, vectors, matrices, cases, norms, indicators, fractions and roots."""

from __future__ import annotations

from grader.answers import atoms, parser
from grader.answers.cursor import END, Cursor
from grader.answers.faults import Unreadable
from grader.answers.lexer import Token
from grader.answers.names import accented, find_symbol, read_accent, scripts_at
from grader.answers.symbols import Spelling, atoms_of
from grader.answers.syntax import (
    Apply, Binary, Cases, Compare, Constant, Dots, Index, Listing, Node, Number, Symbol, Unary,
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
    if len(rows) == 1 and all(isinstance(item, Listing) and len(item.rows) == 1 for item in rows[0]):
        if opening in ("[", "(", "{("):
            return Listing(tuple(item.rows[0] for item in rows[0] if isinstance(item, Listing)))
    if len({len(row) for row in rows}) != 1:
        raise Unreadable("the rows of a matrix have different lengths")
    return Listing(tuple(rows))


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
    read = [tuple(item for cell in row if cell for item in listed(cursor.within(cell))) for row in rows]
    read = [row for row in read if row]
    if not read or len({len(row) for row in read}) != 1:
        raise Unreadable("the rows of a matrix have different lengths")
    return Listing(tuple(read), column=len(read) > 1 and len(read[0]) == 1)


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
        if token.is_sign("&") or (token.kind in ("word", "text") and token.text.split(" ")[0] in LEAD_WORDS):
            value = [token for token in tokens[:place]]
            while value and value[-1].is_sign(",", ";", "."):
                value.pop()
            return value, tokens[place:]
    return tokens, []


def _condition(cursor: Cursor, tokens: list[Token]) -> Node | None:
    """A case's condition; `otherwise` is none."""
    tokens = [token for token in tokens if not token.is_sign("&")]
    while tokens and (
        tokens[0].is_sign(",") or (tokens[0].kind in ("word", "text") and tokens[0].text in LEAD_WORDS)
    ):
        tokens = tokens[1:]
    while tokens and tokens[-1].is_sign(",", ".", ";"):
        tokens = tokens[:-1]
    if not tokens or (tokens[0].kind in ("word", "text") and tokens[0].text.split(" ")[0] in LEAD_WORDS):
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
    if name == "frac" and (symbol := derivative(cursor)):
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
    if tokens and (
        tokens[0].is_sign("(", "[", "{(")
        or (tokens[0].is_sign("_") and _has_relation(scripts_at(cursor, cursor.at).low))
    ):
        if node := _indicator_here(cursor):
            return node
    cursor.at = start
    return None


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
    return None
