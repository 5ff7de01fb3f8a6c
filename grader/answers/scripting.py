"""Scripts applied to what stands before them: powers, transposes, picked components, factorials."""

from __future__ import annotations

from dataclasses import replace

from grader.answers import atoms, brackets, methods, parser
from grader.answers.cursor import Cursor
from grader.answers.faults import Unreadable
from grader.answers.glyphs import GREEK
from grader.answers.lexer import Token
from grader.answers.names import TRANSPOSES, Scripts, scripts_at
from grader.answers.ranges import cut
from grader.answers.symbols import atoms_of
from grader.answers.syntax import Apply, Binary, Constant, Node, Pick, Symbol, Unary


def postfix(cursor: Cursor, node: Node) -> Node:
    """Scripts behind a closed factor: powers, transposes, indices, factorial, percent, `.T`."""
    while True:
        token = cursor.peek()
        if token.is_sign("^", "_", "'"):
            if token.is_sign("_") and not isinstance(node, Symbol):
                _one_letter(cursor)
            scripts = scripts_at(cursor, cursor.at)
            cursor.at = scripts.end
            node = _apply_scripts(cursor, node, scripts)
        elif token.is_sign("!"):
            cursor.next()
            node = Apply("factorial", (node,))
        elif token.is_sign(".") and methods.is_method(cursor):
            node = methods.method(cursor, node)
        elif _is_pick(cursor, node):
            node = _picked(cursor, node)
        else:
            return node


def _one_letter(cursor: Cursor) -> None:
    """`(V^T d)_lz_l`: below a bracket without braces stands one letter, unless all of them are indices."""
    word = cursor.peek(1)
    if word.kind != "word" or len(word.text) < 2 or word.text in GREEK:
        return
    if not all(letter in cursor.table.free or letter in cursor.bound for letter in word.text):
        rest = replace(word, text=word.text[1:], glued=True)
        cursor.tokens[cursor.at + 1 : cursor.at + 2] = [replace(word, text=word.text[0]), rest]


def _picked(cursor: Cursor, node: Node) -> Node:
    parts = cut(cursor.group(), lambda token: token.is_sign(","))
    picks = tuple(
        Constant("all") if [t.text for t in part] == [":"] else parser.parse(cursor.within(part))
        for part in parts
    )
    return Symbol(node.name, picks) if isinstance(node, Symbol) else Pick(node, picks)


def _is_pick(cursor: Cursor, node: Node) -> bool:
    """`z1[h]` in code: square brackets right behind an array pick from it."""
    token = cursor.peek()
    if not (token.is_sign("[") and token.glued and isinstance(node, Symbol) and not node.indices):
        return False
    return cursor.table.symbols[node.name].rank > 0


def _apply_scripts(cursor: Cursor, node: Node, scripts: Scripts) -> Node:
    if scripts.low:
        text = "".join(token.text for token in scripts.low)
        if isinstance(node, Unary) and (
            node.kind.startswith("norm") or (node.kind == "abs" and text in ("1", "2"))
        ):
            node = brackets.norm_kind(node, scripts.low)
        elif text == "+":
            node = Apply("relu", (node,))
        else:
            found = atoms_of(scripts.low)
            picks = tuple(atoms.as_index(atom) for atom in found) if found else ()
            node = Pick(node, picks or tuple(brackets.listed(cursor.within(list(scripts.low)))))
    if scripts.high:
        node = power(cursor, node, scripts.high)
    for _ in range(scripts.primes):
        node = Unary("T", node)
    return node


def power(cursor: Cursor, node: Node, high: tuple[Token, ...]) -> Node:
    """A superscript applied: a transpose, an inverse transpose, or a power."""
    if len(high) == 1 and high[0].text in TRANSPOSES and high[0].text not in cursor.bound:
        return Unary("T", node)
    if len(high) == 1 and high[0].is_sign("+"):
        return Apply("relu", (node,))
    if len(high) == 1 and high[0].is_sign("*"):
        raise Unreadable("the star could not be read")
    if high and high[-1].text in TRANSPOSES and len(high) > 1 and high[0].text in ("-", "2"):
        return Unary("T", power(cursor, node, high[:-1]))
    if not high:
        raise Unreadable("an exponent is empty")
    if high[0].is_sign("(") and high[-1].is_sign(")") and (len(high) > 3 or not isinstance(node, Symbol)):
        high = high[1:-1]
    elif high[0].is_sign("[", "("):
        raise Unreadable(f"the superscript `({''.join(t.text for t in high[1:-1])})` could not be read")
    return Binary("^", node, parser.parse(cursor.within(list(high))))
