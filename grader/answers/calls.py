"""Functions with their arguments: those that a question declares and those that every answer may use."""

from __future__ import annotations

from grader.answers import atoms, brackets, parser, scripting
from grader.answers.cursor import Cursor
from grader.answers.faults import Unreadable
from grader.answers.functions import OPEN
from grader.answers.names import Named, scripts_at
from grader.answers.syntax import Apply, Big, Dots, Listing, Node, Number, free_indices


def declared(cursor: Cursor, name: str, named: Named) -> Node:
    """A declared function: primes before its argument differentiate it, a superscript is a power of its value."""
    function = name
    if named.scripts.primes:
        if named.scripts.primes > 1 or not cursor.table.symbols[name].primes:
            raise Unreadable("a derivative of the function is written where its value is asked")
        function = f"{name}'"
    index = atoms.as_index(named.match.indices[0]) if named.match.indices else None
    if not cursor.peek().is_sign("(", "{(", "[") and not parser.starts_factor(cursor):
        raise Unreadable("the function has no argument")
    node: Node = Apply(function, arguments_of(cursor), index)
    return scripting.power(cursor, node, named.power) if named.power else node


def arguments_of(cursor: Cursor) -> tuple[Node, ...]:
    if cursor.peek().is_sign("(", "{(", "["):
        opening = cursor.peek()
        inner = cursor.within(cursor.group())
        if opening.text != "(" and inner.tokens and inner.peek().is_sign("["):
            return (parser.parse(inner),)
        return tuple(brackets.listed(inner))
    return (parser.argument(cursor),)


def function(cursor: Cursor, name: str) -> Node:
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
    arguments = arguments_of(cursor)
    high = scripts_at(cursor, cursor.at)
    if name in ("log", "ln") and high.high and len(arguments) == 1 and cursor.reads("wide"):
        cursor.at = high.end
        return (scripting.power(cursor, arguments[0], high.high),)
    return arguments
