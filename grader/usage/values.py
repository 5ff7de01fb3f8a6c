"""What an expression of a student's code may stand for, as far as reading tells."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Union

MOST_VALUES = 12
_LONGEST = 300


@dataclass(frozen=True)
class Unknown:
    """Anything."""


@dataclass(frozen=True)
class Outside:
    """Something of a module that is not the student's, by its full name."""

    path: str


@dataclass(frozen=True)
class Result:
    """What something from outside gave, or anything computed from it."""

    path: str


@dataclass(frozen=True)
class Const:
    """A constant."""

    value: str | int | bool | None


@dataclass(frozen=True)
class Items:
    """A tuple, list or dictionary: its parts, with their keys."""

    parts: tuple[tuple[Any, Values], ...]


@dataclass(frozen=True)
class Prepared:
    """A function from outside with some of its arguments: `attrgetter("nn")`."""

    path: str
    args: tuple[Values, ...]


@dataclass(frozen=True)
class Global:
    """Whatever a global variable of the student's holds."""

    module: str
    name: str


@dataclass(frozen=True)
class Argument:
    """What a function of the student's is given."""

    index: int


@dataclass(frozen=True)
class LocalModule:
    """A module of the hand-in."""

    path: str


@dataclass(frozen=True, eq=False, repr=False)
class Function:
    """A function of the student's, with what carrying it out needs."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scope: Any
    """The scope around it."""
    place: Place
    piece: Any
    of: ClassInfo | None = None


@dataclass(frozen=True, eq=False, repr=False)
class ClassInfo:
    """A class of the student's."""

    name: str
    place: Place
    members: dict[str, Values] = field(default_factory=dict)
    """What its body and its methods set."""
    methods: dict[str, Place] = field(default_factory=dict)
    bases: list[Values] = field(default_factory=list)

    @property
    def parents(self) -> list[ClassInfo]:
        """The bases that are the student's own."""
        return [b.info for base in self.bases for b in base if isinstance(b, Class)]

    @property
    def inherits_more(self) -> bool:
        """Is there a base that is not the student's own?"""
        plain = (Outside("builtins.object"), Outside("abc.ABC"))
        return any(not isinstance(b, Class) and b not in plain for base in self.bases for b in base)


@dataclass(frozen=True)
class Class:
    """The class itself."""

    info: ClassInfo


@dataclass(frozen=True)
class Instance:
    """An object of a student's class."""

    info: ClassInfo


Value = Union[  # noqa: UP007 - with forward references
    Unknown, Outside, Result, Const, Items, Prepared, Global, Argument, LocalModule, Function, Class, Instance
]
Values = frozenset[Value]
UNKNOWN: Values = frozenset((Unknown(),))
OWN = (LocalModule, Function, Class, Instance, Items, Const, Prepared)
"""Kinds of values that are the student's own, or plain Python."""


@dataclass(eq=False)
class Place:
    """A piece of code that is carried out as a whole: a statement of the top level, a function, a method."""

    module: str
    name: str = ""
    """Empty for a statement of the top level."""
    needs: set[Place] = field(default_factory=set)
    reads: set[tuple[str, str]] = field(default_factory=set)
    """Globals, as module and name, that it reads after everything was loaded."""
    attributes: set[str] = field(default_factory=set)
    info: ClassInfo | None = None


@dataclass(frozen=True)
class Bound:
    """What a name may stand for, and the pieces of code that made it so."""

    values: Values
    by: frozenset[Place] = frozenset()


def one(value: Value) -> Values:
    """Just that."""
    return frozenset((value,))


def union(groups: Iterable[Values]) -> Values:
    """Any of them; beyond a few, anything."""
    found = frozenset(v for group in groups for v in group)
    return (
        found if len(found) <= MOST_VALUES else frozenset(sorted(found, key=_order)[:MOST_VALUES]) | UNKNOWN
    )


def _order(value: Value) -> tuple[bool, str, str]:
    return not isinstance(value, Outside), type(value).__name__, str(getattr(value, "path", ""))


def outsides(values: Values) -> list[str]:
    """The full names of what comes from outside."""
    return sorted(v.path for v in values if isinstance(v, Outside))


def strings(values: Values) -> list[str]:
    """The strings among the constants."""
    return sorted(v.value for v in values if isinstance(v, Const) and isinstance(v.value, str))


def certain(values: Values) -> Const | None:
    """The constant that it must be."""
    [only, *rest] = values or UNKNOWN
    return only if isinstance(only, Const) and not rest else None


def text(value: object) -> Values:
    """A computed string, if it is one and short."""
    return one(Const(value)) if isinstance(value, str | int) and len(str(value)) <= _LONGEST else UNKNOWN


def parts_of(values: Values) -> Values:
    """Any part of what it may be, for loops and for subscripts that are not known."""
    return union(
        [*(v for value in values if isinstance(value, Items) for _, v in value.parts), _rest(values)]
    )


def part(values: Values, key: object) -> Values:
    """The part with that key or index."""
    found = []
    for value in values:
        if isinstance(value, Items):
            keyed = [v for k, v in value.parts if k is None or (k == key and type(k) is type(key))]
            if isinstance(key, int) and -len(value.parts) <= key < 0 and not keyed:
                keyed = [value.parts[len(value.parts) + key][1]]
            found += keyed or [UNKNOWN]
    return union([*found, _rest(values)]) or UNKNOWN


def _rest(values: Values) -> Values:
    """What taking a part of anything but a collection gives."""
    kept: list[Value] = []
    for v in values:
        if isinstance(v, Result | Global | Argument):
            kept.append(v)
        elif not isinstance(v, Items):
            kept.append(Unknown())
    return frozenset(kept)
