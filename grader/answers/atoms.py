"""What a factor can begin with: numbers, names, functions, commands; and the scripts that may follow."""

from __future__ import annotations

from grader.answers import brackets, densities, indicators, parser, scripting, sums
from grader.answers.cursor import END, Cursor
from grader.answers.faults import Unreadable
from grader.answers.functions import NAMES, OPEN, canonical
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
    Big,
    Binary,
    Constant,
    Dots,
    Index,
    Listing,
    Node,
    Number,
    Symbol,
    Unary,
    free_indices,
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
        return _function(cursor, canonical(word))
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
        return _apply_declared(cursor, name, named)
    return _scripted(cursor, Symbol(name, tuple(as_index(atom) for atom in named.match.indices)), named)


def as_index(atom: str) -> Node:
    return Number(atom) if atom.isdigit() else Index(atom)


def _indexed_by_expressions(cursor: Cursor, spelling: Spelling, taken: int) -> Node | None:
    """`x_{i+1}`, `p_{y_i}`: a whole array picked from by expressions."""
    scripts = scripts_at(cursor, cursor.at + taken)
    if not scripts.low:
        return None
    called = cursor.tokens[scripts.end : scripts.end + 1]
    whole = cursor.table.match(
        spelling.base,
        spelling.accents,
        spelling.atoms,
        cursor.bound,
        called=bool(called) and called[0].is_sign("(", "{("),
    )
    if whole is None or whole.indices:
        return None
    declaration = cursor.table.symbols[whole.name]
    if not (declaration.rank or declaration.is_function):
        return None
    try:
        picks = brackets.listed(cursor.within(list(scripts.low)))
    except Unreadable:
        return None
    if not 0 < len(picks) <= max(declaration.rank, 1):
        return None
    consume(cursor, scripts)
    if declaration.is_function:
        return Apply(whole.name, _arguments(cursor), picks[0])
    return _scripted(cursor, Symbol(whole.name, tuple(picks)), Named(whole, scripts, scripts.high))


def _apply_declared(cursor: Cursor, name: str, named: Named) -> Node:
    """A declared function: primes before its argument differentiate it, a superscript is a power of its value."""
    function = name
    if named.scripts.primes:
        if named.scripts.primes > 1 or not cursor.table.symbols[name].primes:
            raise Unreadable("a derivative of the function is written where its value is asked")
        function = f"{name}'"
    index = as_index(named.match.indices[0]) if named.match.indices else None
    if not cursor.peek().is_sign("(", "{(", "[") and not parser.starts_factor(cursor):
        raise Unreadable("the function has no argument")
    node: Node = Apply(function, _arguments(cursor), index)
    return scripting.power(cursor, node, named.power) if named.power else node


def _arguments(cursor: Cursor) -> tuple[Node, ...]:
    if cursor.peek().is_sign("(", "{(", "["):
        opening = cursor.peek()
        inner = cursor.within(cursor.group())
        if opening.text != "(" and inner.tokens and inner.peek().is_sign("["):
            return (parser.parse(inner),)
        return tuple(brackets.listed(inner))
    return (parser.argument(cursor),)


def _scripted(cursor: Cursor, node: Node, named: Named) -> Node:
    """The superscript and the primes that the name left over."""
    if named.power:
        node = scripting.power(cursor, node, named.power)
    if named.scripts.primes and isinstance(node, Symbol) and not cursor.table.symbols[node.name].shape:
        raise Unreadable("a derivative is written where its value is asked")
    for _ in range(named.scripts.primes):
        node = Unary("T", node)
    return node


def _function(cursor: Cursor, name: str) -> Node:
    """A function that needs no declaration, with base, power and argument."""
    cursor.next()
    scripts = scripts_at(cursor, cursor.at)
    cursor.at = scripts.end
    if name in ("log", "ln") and scripts.low:
        base = parser.parse(cursor.within(list(scripts.low)))
        return parser.apply_log_base(base, _one_argument(cursor, name))
    if name in ("log10", "log2"):
        return parser.apply_log_base(Number(name[3:]), _one_argument(cursor, name))
    if name in ("max", "min") and scripts.low:
        raise Unreadable(f"the {name} over an index could not be read")
    if name not in OPEN and not cursor.peek().is_sign("(", "{(", "[", "{"):
        raise Unreadable(f"`{name}` has no argument")
    function = f"{name}'" if scripts.primes else name
    index = None
    if scripts.low and name == "softmax":
        index = parser.parse(cursor.within(list(scripts.low)))
    arguments = _function_arguments(cursor, name)
    if name in ("mean", "sum", "max", "min") and any(isinstance(item, Dots) for item in arguments):
        arguments = (Listing((arguments,)),)
    if name in ("diag", "Diag") and len(arguments) == 1:
        loose = sorted(free_indices(arguments[0]) - set(cursor.bound))
        arguments = (Big("stack", loose[0], None, None, arguments[0]),) if len(loose) == 1 else arguments
    if name in ("diag", "Diag") and len(arguments) > 1:
        return brackets.diagonal_of(arguments)
    node: Node = Apply(function, arguments, index)
    return scripting.power(cursor, node, scripts.high) if scripts.high else node


def _one_argument(cursor: Cursor, name: str) -> Node:
    arguments = _function_arguments(cursor, name)
    if len(arguments) != 1:
        raise Unreadable(f"`{name}` takes one argument")
    return arguments[0]


def _function_arguments(cursor: Cursor, name: str) -> tuple[Node, ...]:
    if cursor.peek().is_sign("{"):
        return tuple(brackets.listed(cursor.within(cursor.group())))
    if not cursor.peek().is_sign("(", "{(", "["):
        return (parser.argument(cursor),)
    arguments = _arguments(cursor)
    high = scripts_at(cursor, cursor.at)
    if name in ("log", "ln") and high.high and len(arguments) == 1 and cursor.reads("wide"):
        cursor.at = high.end
        return (scripting.power(cursor, arguments[0], high.high),)
    return arguments


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
        return _function(cursor, name)
    if token.text == "infty":
        cursor.next()
        return Constant("infinity")
    if token.text in ("partial", "nabla"):
        raise Unreadable("a derivative is written where its value is asked")
    raise Unreadable(f"`\\{token.text}` could not be read")
