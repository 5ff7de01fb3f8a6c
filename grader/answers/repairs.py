"""Small changes that would make a wrong answer right: which of them explains it exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from grader.answers.faults import Misfit, TooCostly, Unreadable
from grader.answers.matching import matches
from grader.answers.meaning import Meaning
from grader.answers.syntax import Apply, Binary, Index, Node, Number, Symbol, Unary, free_indices
from grader.answers.world import Budget

NODES = 20_000
"""What all the tries may cost together; counted in nodes, so that a busy machine finds the same."""
PRODUCTS = "*.oe"
SCALES = {"sigma", "tau"}
Put = Callable[[Node], Node]


@dataclass(frozen=True, slots=True)
class Change:
    """A changed tree, with the name of the mistake that it would mend and what it says."""

    node: Node
    id: str
    says: str
    help: str = ""


def explained(nodes: list[Node], meaning: Meaning) -> Change | None:
    """The first small change to the answer that gives the truth, or to the truth that gives the answer."""
    meaning = replace(meaning, budget=Budget(nodes=NODES, until=float("inf")))
    try:
        for change in changes_of(nodes[0], meaning):
            if _right([change.node], meaning):
                return change
        for change in _left_out(meaning.node) if meaning.node is not None else ():
            if _right(nodes[:1], replace(meaning, node=change.node, values={})):
                return change
    except TooCostly:
        return None
    return None


def _right(nodes: list[Node], meaning: Meaning) -> bool:
    """Whether the trees agree, tried in one world before all of them."""
    try:
        first = replace(meaning, groups=[meaning.groups[0][:5]])
        return matches(nodes, first) and matches(nodes, meaning)
    except TooCostly:
        raise
    except (Misfit, Unreadable, ArithmeticError, LookupError, TypeError, ValueError):
        return False  # a change can make a tree that no reader would


def changes_of(node: Node, meaning: Meaning) -> Iterator[Change]:
    """An answer's tree with one thing changed, the likelier mistakes first."""
    for kind in (_signs, _squares, _transposes, _indices, _orders, _extra, _functions, _symbols, _numbers):
        for part, rebuilt in places(node):
            if kind is _symbols and part is node:
                continue  # another symbol for all of it explains nothing
            for change in kind(part, meaning):
                yield replace(change, node=rebuilt(change.node))


def places(node: Node) -> list[tuple[Node, Put]]:
    """Every node of a tree, with what puts another one in its place."""
    found: list[tuple[Node, Put]] = [(node, lambda new: new)]
    for name in node.__dataclass_fields__:
        for part, put in _inside(getattr(node, name)):
            found.append((part, _placed(node, name, put)))
    return found


def _inside(value: object) -> list[tuple[Node, Callable[[Node], Any]]]:
    """The nodes of a field, which may be one, or tuples of them."""
    if isinstance(value, Node):
        return list(places(value))
    if not isinstance(value, tuple):
        return []
    return [(part, _nested(value, at, put)) for at, item in enumerate(value) for part, put in _inside(item)]


def _nested(items: tuple[Any, ...], at: int, put: Callable[[Node], Any]) -> Callable[[Node], Any]:
    return lambda new: (*items[:at], put(new), *items[at + 1 :])


def _placed(node: Node, name: str, put: Callable[[Node], Any]) -> Put:
    changed: Callable[..., Node] = replace
    return lambda new: changed(node, **{name: put(new)})


def _signs(node: Node, meaning: Meaning) -> Iterator[Change]:
    says, help_text = "the sign of one term is the other way round.", "Check each sign."
    if isinstance(node, Binary) and node.kind in "+-":
        yield Change(
            Binary("-" if node.kind == "+" else "+", node.left, node.right), "sign-flipped", says, help_text
        )
        yield Change(Binary(node.kind, Unary("-", node.left), node.right), "sign-flipped", says, help_text)
    elif (
        isinstance(node, Apply)
        and node.function.rstrip("'") in ("exp", "sigma", "sigmoid")
        and node.arguments
    ):
        inside = (Unary("-", node.arguments[0]), *node.arguments[1:])
        yield Change(
            replace(node, arguments=inside),
            "sign-flipped",
            "a sign inside of a function is the other way round.",
            help_text,
        )
    elif isinstance(node, Binary) and node.kind == "^":
        yield Change(
            Binary("^", node.left, Unary("-", node.right)),
            "sign-flipped",
            "the sign of an exponent is the other way round.",
            help_text,
        )


def _squares(node: Node, meaning: Meaning) -> Iterator[Change]:
    if isinstance(node, Binary) and node.kind == "^" and isinstance(node.right, Number):
        yield Change(
            node.left, "squared", "a power is too many.", "Which factor should stand without its exponent?"
        )
    elif isinstance(node, Symbol) and node.name in SCALES:
        squared = Binary("^", node, Number("2"))
        yield Change(squared, "std-for-variance", "a standard deviation stands where a variance belongs.")
    elif isinstance(node, Unary) and node.kind == "norm2":
        yield Change(Binary("^", node, Number("2")), "not-squared", "a norm is not squared.")
        yield Change(
            Unary("norm1", node.of),
            "wrong-norm",
            "a norm is of the wrong kind.",
            "Which density gives squares, which absolute values?",
        )
    elif isinstance(node, Unary) and node.kind == "norm1":
        yield Change(Unary("norm2", node.of), "wrong-norm", "a norm is of the wrong kind.")
        yield Change(
            Binary("^", Unary("norm2", node.of), Number("2")),
            "wrong-norm",
            "a norm is of the wrong kind.",
            "Which density gives squares, which absolute values?",
        )
    elif isinstance(node, Apply) and node.function == "sqrt" and len(node.arguments) == 1:
        yield Change(node.arguments[0], "extra-root", "a root is too many.")


def _transposes(node: Node, meaning: Meaning) -> Iterator[Change]:
    help_text = "Compare the sizes of the factors with the size of the result."
    if isinstance(node, Unary) and node.kind == "T":
        yield Change(node.of, "transposed", "a transpose is too many.", help_text)
    elif isinstance(node, Symbol) and not node.indices and _shaped(node, meaning):
        yield Change(Unary("T", node), "transposed", "a transpose is missing.", help_text)


def _shaped(node: Symbol, meaning: Meaning) -> bool:
    return node.name in meaning.symbols and bool(meaning.symbols[node.name].shape)


def _indices(node: Node, meaning: Meaning) -> Iterator[Change]:
    if isinstance(node, Symbol) and node.indices:
        for at, index in enumerate(node.indices):
            for letter in meaning.free:
                if isinstance(index, Index) and index.name != letter:
                    indices = (*node.indices[:at], Index(letter), *node.indices[at + 1 :])
                    yield Change(
                        replace(node, indices=indices),
                        "wrong-index",
                        "an index is another one.",
                        "Which index is asked, and which one is summed over?",
                    )


def _orders(node: Node, meaning: Meaning) -> Iterator[Change]:
    if isinstance(node, Binary) and node.kind in "*." and meaning.strict:
        yield Change(
            Binary(node.kind, node.right, node.left),
            "wrong-order",
            "two factors stand in the wrong order.",
            "Compare the sizes of the factors with the size of the result.",
        )
    elif isinstance(node, Binary) and node.kind == "/":
        yield Change(Binary("/", node.right, node.left), "reciprocal", "a fraction is upside down.")


def _extra(node: Node, meaning: Meaning) -> Iterator[Change]:
    """What is there and does not belong there."""
    if isinstance(node, Binary) and node.kind in PRODUCTS:
        for kept in (node.left, node.right):
            yield Change(
                kept, "extra-factor", "a factor is too many.", "Which factor has no reason to be there?"
            )
    elif isinstance(node, Binary) and node.kind in "+-":
        for kept in (node.left, node.right):
            yield Change(kept, "extra-term", "a term is too many.", "Which term has no reason to be there?")
    elif isinstance(node, Binary) and node.kind == "/":
        yield Change(
            node.left, "extra-factor", "a division is too many.", "Does that denominator belong there?"
        )


def _functions(node: Node, meaning: Meaning) -> Iterator[Change]:
    if isinstance(node, Apply) and len(node.arguments) == 1:
        yield Change(node.arguments[0], "extra-function", "a function is applied once too often.")


def _symbols(node: Node, meaning: Meaning) -> Iterator[Change]:
    """Another symbol of the same kind; the message names only the one that is there."""
    if not isinstance(node, Symbol) or node.name not in meaning.symbols:
        return
    mine = meaning.symbols[node.name]
    for name, other in meaning.symbols.items():
        alike = other.rank == mine.rank and not (other.index or other.is_function or other.name_only)
        if name != node.name and alike and (other.size is None) == (mine.size is None):
            says = f"`{(mine.aliases or (node.name,))[0]}` stands where something else belongs."
            yield Change(
                replace(node, name=name),
                "wrong-symbol",
                says,
                "Which quantity of which layer is meant there?",
            )


def _numbers(node: Node, meaning: Meaning) -> Iterator[Change]:
    if isinstance(node, Number) and meaning.digits is None:
        says, help_text = "one of the numbers in it is another one.", "Check the constants one by one."
        for change in ("1", "2", "0", "0.5", "3", "5"):
            if change != node.text:
                yield Change(Number(change), "wrong-number", says, help_text)


def _left_out(truth: Node) -> Iterator[Change]:
    """The truth with one thing left out."""
    for part, rebuilt in places(truth):
        if isinstance(part, Binary) and part.kind in PRODUCTS:
            for kept in (part.left, part.right):
                if not free_indices(part) - free_indices(kept):
                    yield Change(
                        rebuilt(kept),
                        "missing-factor",
                        "a factor is missing.",
                        "Go through the derivation again: which factor got lost?",
                    )
        elif isinstance(part, Binary) and part.kind in "+-":
            for kept in (part.left, part.right):
                yield Change(
                    rebuilt(kept),
                    "missing-term",
                    "a term is missing.",
                    "Go through the derivation again: which term got lost?",
                )
        elif isinstance(part, Binary) and part.kind in "/^":
            what = "a division" if part.kind == "/" else "a power"
            yield Change(
                rebuilt(part.left),
                "missing-factor",
                f"{what} is missing.",
                "Go through the derivation again: what got lost?",
            )
        elif isinstance(part, Apply) and len(part.arguments) == 1:
            yield Change(
                rebuilt(part.arguments[0]),
                "missing-function",
                "a function is missing.",
                "Which function is still to be applied?",
            )
