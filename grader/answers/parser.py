"""
The grammar of answers: a Pratt parser from tokens to `syntax` nodes.

sum     = term (('+' | '-') term)*          a sum sign's body goes on as long as its index is used
term    = factor (sign? factor)*            '*', '/', dot, entrywise, or nothing
factor  = '-'? primary script*              powers, transposes, primes, indices, factorials
"""

from __future__ import annotations

from dataclasses import replace

from grader.answers import atoms, scripting, series
from grader.answers.cursor import END, Cursor
from grader.answers.faults import Unreadable
from grader.answers.renaming import with_letters_for_sizes
from grader.answers.syntax import Apply, Big, Binary, Cases, Compare, Node, Number, Unary, free_indices

RELATIONS = {"=": "=", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "!=": "!=", "==": "="}
PRODUCTS = {"*": "*", "cdot": ".", "times": "*", "odot": "o", "entrywise": "e", "circ": "o", "outer": "outer"}
STARTS = frozenset("( [ { {( <( |( | ||".split())
STOPS = frozenset(
    """approx propto to gets implies in and or end forall sum_ qquad colon sim infty_ land lor min_ ge le over choose
    mathbin subset notin such""".split()
) - {"end"}


def parse(cursor: Cursor) -> Node:
    """All tokens as one formula."""
    if cursor.peek() is END:
        raise Unreadable("there is no formula")
    node = conditional(cursor)
    if cursor.peek() is not END:
        raise Unreadable(f"`{cursor.peek().text}` could not be read where it stands")
    return node


def conditional(cursor: Cursor) -> Node:
    """`a if c else b`, as Python writes it, or just a condition or sum."""
    node = condition(cursor)
    if _word(cursor, "if"):
        test = condition(cursor)
        cursor.take_sign(",", ";")
        if not (_word(cursor, "else") or _word(cursor, "otherwise")):
            raise Unreadable("an `else` is missing after `if`")
        cursor.take_sign(",")
        return Cases(((node, test), (conditional(cursor), None)))
    return node


def _word(cursor: Cursor, word: str) -> bool:
    if cursor.peek().kind in ("word", "text") and cursor.peek().text == word:
        cursor.next()
        return True
    return False


def condition(cursor: Cursor) -> Node:
    """Comparisons joined by `and`, `or` (a chain `a < b < c` holds when each link does), or a sum alone."""
    with cursor.deeper():
        node = _comparison(cursor)
        while True:
            kind = "or" if _joins(cursor, "or") else "and" if _joins(cursor, "and") else ""
            if not kind:
                return node
            node = Compare(kind, node, _comparison(cursor))


def _joins(cursor: Cursor, word: str) -> bool:
    if cursor.peek().is_command(word):
        cursor.next()
        return True
    return _word(cursor, word)


def _comparison(cursor: Cursor) -> Node:
    left = additive(cursor)
    result: Node | None = None
    while cursor.peek().kind == "sign" and cursor.peek().text in RELATIONS:
        kind = RELATIONS[cursor.next().text]
        right = additive(cursor)
        link = Compare(kind, left, right)
        result = Compare("and", result, link) if result else link
        left = right
    return result or left


def additive(cursor: Cursor) -> Node:
    """Terms with plus and minus; a sum sign takes in the following terms that still use its index."""
    with cursor.deeper():
        node = _signed(cursor)
        last: Node = node
        while sign := cursor.take_sign("+", "-"):
            if cursor.peek().is_command("dots"):
                node = _series(cursor, node, last)
                continue
            right = last = _signed(cursor)
            node = _extend(cursor, node, sign.text, right) or Binary(sign.text, node, right)
        return node


def _series(cursor: Cursor, node: Node, last: Node) -> Node:
    """`a_1 + ... + a_n`: the terms that the dots stand for, and the one behind them, are added."""
    cursor.next()
    if not cursor.take_sign("+"):
        raise Unreadable("it is not clear what the dots stand for")
    pattern = series.pattern(last, _signed(cursor))
    if pattern is None:
        raise Unreadable("it is not clear what the dots stand for")
    first = Binary("+", pattern.first, Number("1"))
    return Binary("+", node, Big("sum", series.LETTER, first, pattern.last, pattern.body))


def _signed(cursor: Cursor) -> Node:
    if cursor.take_sign("-"):
        return Unary("-", _signed(cursor))
    if cursor.take_sign("+"):
        return _signed(cursor)
    return term(cursor)


def _extend(cursor: Cursor, left: Node, sign: str, right: Node) -> Node | None:
    """`sum_i a_i + b_i` with an `i` that means nothing outside of the sum: the sum goes on."""
    big = _last_big(left)
    if big is not None:
        right = _with_index(cursor, big.index, right)
    loose = free_indices(right) - set(cursor.bound) - set(cursor.table.free)
    if not loose or big is None or big.index not in loose:
        return None
    body = _extend(cursor, big.body, sign, right) if _inner_extends(cursor, big, right) else None
    joined = replace(big, body=body or Binary(sign, big.body, right))
    return _with_last_big(left, joined)


def _with_index(cursor: Cursor, letter: str, node: Node) -> Node:
    """A term in which the letter of the sum before it is an index, also where the question calls a size so."""
    match = cursor.table.match(letter, "", (), ())
    if match is None or cursor.table.symbols[match.name].size is None:
        return node
    return with_letters_for_sizes(node, {match.name: letter})


def _inner_extends(cursor: Cursor, big: Big, right: Node) -> bool:
    inner = _last_big(big.body)
    return inner is not None and inner.index in free_indices(right) - set(cursor.bound) - set(
        cursor.table.free
    )


def _last_big(node: Node) -> Big | None:
    """The sum sign whose body ends where the node ends."""
    while True:
        if isinstance(node, Big):
            return node if node.kind == "sum" else None
        if isinstance(node, Unary) and node.kind == "-":
            node = node.of
        elif isinstance(node, Binary) and node.kind in ("*", ".", "+", "-"):
            node = node.right
        else:
            return None


def _with_last_big(node: Node, big: Big) -> Node:
    if isinstance(node, Unary):
        return replace(node, of=_with_last_big(node.of, big))
    if isinstance(node, Binary):
        return replace(node, right=_with_last_big(node.right, big))
    return big


def term(cursor: Cursor) -> Node:
    """Factors multiplied or divided, from left to right."""
    with cursor.deeper():
        node = factor(cursor)
        while True:
            token = cursor.peek()
            if token.kind in ("sign", "command") and token.text in PRODUCTS and not token.is_sign("_"):
                if cursor.peek(1).text == "prod" and _outside_product(cursor):
                    return node
                cursor.next()
                right = _scaled(cursor) if token.text in ("odot", "circ") else factor(cursor)
                node = Binary(PRODUCTS[token.text], node, right)
            elif _dot_between(cursor):
                cursor.next()
                node = Binary(".", node, factor(cursor))
            elif token.is_sign("/"):
                if _outside_product(cursor):
                    return node
                cursor.next()
                node = Binary("/", node, _denominator(cursor))
            elif token.kind == "number" and cursor.peek(-1).kind == "number":
                raise Unreadable("two numbers stand side by side without a sign between them")
            elif starts_factor(cursor) and not (
                token.text in ("prod", "sum") and _outside_product(cursor, 0)
            ):
                node = Binary("*", node, factor(cursor))
            else:
                return node


def _dot_between(cursor: Cursor) -> bool:
    """`w.x`: a full stop between two names is a dot product."""
    token, behind = cursor.peek(), cursor.peek(1)
    return token.is_sign(".") and token.glued and behind.glued and behind.kind in ("word", "text")


def _scaled(cursor: Cursor) -> Node:
    """What an entrywise product multiplies by: one factor, and what a number in front of it scales (`5 \\cdot v`)."""
    node = factor(cursor)
    while _literal(node) and (starts_factor(cursor) or cursor.peek().is_command("cdot", "times")):
        if not starts_factor(cursor):
            cursor.next()
        node = Binary("*", node, factor(cursor))
    return node


def _literal(node: Node) -> bool:
    return isinstance(node, Number) or (
        isinstance(node, Binary) and _literal(node.left) and _literal(node.right)
    )


def _outside_product(cursor: Cursor, skip: int = 1) -> bool:
    """What follows `prod_i a_i` as `/ b` or as another product is outside of it when it does not use the index."""
    if not cursor.products:
        return False
    probe = replace(cursor, at=cursor.at + skip, tokens=list(cursor.tokens), products=[])
    return cursor.products[-1] not in free_indices(factor(probe))


def _denominator(cursor: Cursor) -> Node:
    """What a slash divides by: one factor; in the tight style also what is written directly after it."""
    node = factor(cursor)
    while starts_factor(cursor) and cursor.reads("tight"):
        node = Binary("*", node, factor(cursor))
    return node


def starts_factor(cursor: Cursor) -> bool:
    """Whether a factor begins here without a sign before it."""
    token = cursor.peek()
    if token.kind == "number" or (token.kind == "env" and token.text.startswith("begin")):
        return True
    if token.kind in ("word", "text"):
        return token.text not in ("if", "else", "and", "or", "otherwise")
    if token.kind == "command":
        return token.text not in STOPS and token.text not in PRODUCTS
    if token.kind == "sign" and cursor.bars and token.text == cursor.bars[-1]:
        return False
    return token.kind == "sign" and token.text in STARTS


def factor(cursor: Cursor) -> Node:
    """One factor with its scripts; a minus may stand before it (`a \\cdot -b`)."""
    if cursor.take_sign("-"):
        with cursor.deeper():
            return Unary("-", factor(cursor))
    if cursor.take_sign("+"):
        with cursor.deeper():
            return factor(cursor)
    with cursor.deeper():
        return scripting.postfix(cursor, atoms.primary(cursor))


def argument(cursor: Cursor) -> Node:
    """The argument of a function that stands without brackets: one factor, or in the wide style a whole product."""
    if cursor.take_sign("-"):
        return Unary("-", argument(cursor))
    node = factor(cursor)
    while (
        (starts_factor(cursor) or cursor.peek().is_sign("/"))
        and not _function_here(cursor)
        and cursor.reads("wide")
    ):
        if cursor.take_sign("/"):
            node = Binary("/", node, factor(cursor))
        else:
            node = Binary("*", node, factor(cursor))
    return node


def _function_here(cursor: Cursor) -> bool:
    token = cursor.peek()
    return token.kind in ("command", "word") and token.text in ("log", "ln", "exp")


def apply_log_base(base: Node, of: Node) -> Node:
    """The logarithm to a base."""
    return Binary("/", Apply("log", (of,)), Apply("log", (base,)))
