"""What a factor can begin with: numbers, names, functions, commands; and the scripts that may follow."""

from __future__ import annotations

from grader.answers import brackets, calls, densities, indicators, parser, scripting, sums
from grader.answers.cursor import END, Cursor
from grader.answers.faults import Unreadable
from grader.answers.functions import NAMES, canonical
from grader.answers.glyphs import GREEK
from grader.answers.names import (
    Named,
    accented,
    consume,
    find_symbol,
    pieces_of,
    read_accent,
    resplit,
    scripts_at,
    unknown,
)  # fmt: skip
from grader.answers.symbols import Spelling
from grader.answers.syntax import (
    Apply,
    Binary,
    Constant,
    Index,
    Node,
    Number,
    Symbol,
    Unary,
)  # fmt: skip

MAX_DIGITS = 40
CONSTANTS = {"e": "e", "pi": "pi", "I": "identity", "Id": "identity"}


def primary(cursor: Cursor) -> Node:
    """The first piece of a factor."""
    if found := cursor.table.literal_at(cursor.tokens, cursor.at):
        name, length = found
        cursor.at += length
        return Symbol(name, tuple(Index(letter) for letter in cursor.table.symbols[name].over))
    token = cursor.peek()
    if token.kind == "number":
        return _number(cursor)
    if token.kind in ("word", "text"):
        return _word(cursor)
    if token.kind == "command":
        return _command(cursor)
    if token.kind == "env":
        return brackets.environment(cursor)
    if token.kind == "sign" and token.text in parser.STARTS:
        return brackets.bracketed(cursor)
    if token is END:
        raise Unreadable("something is missing at the end")
    raise Unreadable(f"`{token.text}` could not be read where it stands")


def _number(cursor: Cursor) -> Node:
    token = cursor.next()
    if len(token.text) > MAX_DIGITS:
        raise Unreadable("a number has too many digits")
    if token.text == "1" and cursor.peek().is_sign("_"):
        return indicators.indicator(cursor)
    if token.text == "1" and cursor.peek().is_sign("^") and scripts_at(cursor, cursor.at).transposed:
        return Constant("ones")
    if cursor.peek().is_sign("%"):
        cursor.next()
        return Binary("/", Number(token.text), Number("100"))
    return Number(token.text)


def _word(cursor: Cursor) -> Node:
    """A run of letters: a declared name, a function, a constant, an index, or several names written together."""
    word = cursor.peek().text
    if word in densities.DENSITIES and (node := densities.density(cursor)):
        return node
    if word in cursor.bound and not cursor.peek(1).is_sign("_", "("):
        cursor.next()
        return Index(word)
    if named := _declared(cursor, accented(word), 1):
        return named
    if word != accented(word).base and (named := _declared(cursor, Spelling(word), 1)):
        return named
    if word in ("sum", "prod", "product", "Sum", "Prod") and (node := _word_sum(cursor, word)):
        return node
    if word in NAMES and word not in GREEK:
        return calls.function(cursor, canonical(word))
    if word in ("hat", "bar", "tilde"):
        return _accent(cursor)
    return _undeclared_word(cursor, word)


def _word_sum(cursor: Cursor, word: str) -> Node | None:
    """`sum_i x_i`, `sum(x_i)`; None for `sum(x)`, which is a function of a vector."""
    start = cursor.at
    try:
        return sums.big(cursor, "sum" if word.lower() == "sum" else "prod")
    except Unreadable:
        if not (cursor.tokens[start + 1 : start + 2] and cursor.tokens[start + 1].is_sign("(")):
            raise
        cursor.at = start
        return None


def _declared(cursor: Cursor, spelling: Spelling, taken: int) -> Node | None:
    """The declared symbol that is spelled here, as a value or as a function with its arguments."""
    named = find_symbol(cursor, spelling, cursor.at + taken)
    if named is None:
        return _indexed_by_expressions(cursor, spelling, taken)
    consume(cursor, named.scripts)
    name = named.match.name
    declaration = cursor.table.symbols[name]
    if declaration.name_only:
        raise unknown(spelling.base, named.scripts)
    if declaration.index is not None:
        return _scripted(cursor, Index(name), named)
    if declaration.is_function:
        return calls.declared(cursor, name, named)
    return _scripted(cursor, Symbol(name, tuple(as_index(atom) for atom in named.match.indices)), named)


def as_index(atom: str) -> Node:
    return Number(atom) if atom.isdigit() else Index(atom)


def _indexed_by_expressions(cursor: Cursor, spelling: Spelling, taken: int) -> Node | None:
    """`x_{i+1}`, `p_{y_i}`: a whole array picked from by expressions."""
    scripts = scripts_at(cursor, cursor.at + taken)
    if not scripts.low:
        return None
    called = cursor.tokens[scripts.end : scripts.end + 1]
    low = scripts.low
    call = bool(called) and called[0].is_sign("(", "{(")
    whole = cursor.table.match(spelling.base, spelling.accents, spelling.atoms, cursor.bound, called=call)
    if (whole is None or whole.indices) and len(low) > 2 and low[0].kind == "number" and low[1].is_sign(","):
        atoms = (*spelling.atoms, *low[0].text)
        whole = cursor.table.match(spelling.base, spelling.accents, atoms, cursor.bound, called=call)
        low = low[2:]
    if whole is None or whole.indices:
        return None
    declaration = cursor.table.symbols[whole.name]
    if not (declaration.rank or declaration.is_function):
        return None
    try:
        picks = brackets.listed(cursor.within(list(low)))
    except Unreadable:
        return None
    if not 0 < len(picks) <= max(declaration.rank, 1):
        return None
    consume(cursor, scripts)
    if declaration.is_function:
        return Apply(whole.name, calls.arguments_of(cursor), picks[0])
    return _scripted(cursor, Symbol(whole.name, tuple(picks)), Named(whole, scripts, scripts.high))


def _scripted(cursor: Cursor, node: Node, named: Named) -> Node:
    """The superscript and the primes that the name left over."""
    if named.power:
        node = scripting.power(cursor, node, named.power)
    if named.scripts.primes and isinstance(node, Symbol) and not cursor.table.symbols[node.name].shape:
        raise Unreadable("a derivative is written where its value is asked")
    for _ in range(named.scripts.primes):
        node = Unary("T", node)
    return node


def _accent(cursor: Cursor) -> Node:
    """An accented letter."""
    start = cursor.at
    spelling = read_accent(cursor)
    if spelling is None:
        raise Unreadable(f"`{cursor.peek().text}` could not be read")
    if named := _declared(cursor, spelling, 0):
        return named
    raise unknown(
        "".join(token.text for token in cursor.tokens[start : cursor.at]), scripts_at(cursor, cursor.at)
    )


def _undeclared_word(cursor: Cursor, word: str) -> Node:
    """A constant, an index letter, letters that are several names, or a symbol that the question does not use."""
    if word in ("Sigma", "Pi"):
        return sums.big(cursor, "sum" if word == "Sigma" else "prod")
    if word == "delta" and (node := indicators.kronecker(cursor)):
        return node
    if word == "I" and (node := indicators.indicator_word(cursor)):
        return node
    if word in CONSTANTS:
        cursor.next()
        return constant(cursor, CONSTANTS[word])
    if word in cursor.table.free or word in cursor.bound:
        cursor.next()
        return Index(word)
    pieces = pieces_of(word, cursor)
    if pieces and len(pieces) > 1:
        resplit(cursor, pieces)
        return primary(cursor)
    cursor.next()
    raise unknown(word, scripts_at(cursor, cursor.at))


def constant(cursor: Cursor, name: str) -> Node:
    """A constant; an identity matrix may have its size below it."""
    scripts = scripts_at(cursor, cursor.at)
    if name == "e" and scripts.low:
        raise Unreadable("unit vectors could not be read; write the components")
    if name == "identity" and scripts.low:
        cursor.at = scripts.end
        sizes = list(scripts.low)
        for place, token in enumerate(sizes):
            if token.is_command("times") or token.is_sign(","):
                sizes = sizes[:place]
                break
        node: Node = Constant(name, parser.parse(cursor.within(sizes)))
        return scripting.power(cursor, node, scripts.high) if scripts.high else node
    return Constant(name)


def _command(cursor: Cursor) -> Node:
    token = cursor.peek()
    name = canonical(token.text)
    if token.text in ("hat", "bar", "tilde"):
        return _accent(cursor)
    if token.text in ("sum", "prod"):
        return sums.big(cursor, token.text)
    if token.text in ("frac", "binom", "sqrt"):
        return brackets.built(cursor)
    if token.text == "mathbb":
        return indicators.blackboard(cursor)
    if name in NAMES:
        return calls.function(cursor, name)
    if token.text == "infty":
        cursor.next()
        return Constant("infinity")
    if token.text in ("partial", "nabla"):
        raise Unreadable("a derivative is written where its value is asked")
    raise Unreadable(f"`\\{token.text}` could not be read")
