"""Names and what they stand for while a student's code is read, and what reading it has found so far."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal

from grader.usage.program import Code, Piece
from grader.usage.spec import Spec, Use, UseKind
from grader.usage.values import (
    UNKNOWN,
    Bound,
    Class,
    ClassInfo,
    Const,
    Function,
    Global,
    LocalModule,
    Outside,
    Place,
    Value,
    Values,
    one,
    union,
)

MOST_STEPS = 300_000
_RANK = {"use": 4, "unsure": 3, "import": 2, "mention": 1, "dead": 0}
_FIXED = (Const, Outside, Function, Class, LocalModule)


class TooMuchError(Exception):
    """The code is too large or too deep to be read in full."""


@dataclass(eq=False)
class Scope:
    """A module, class body or function while it is read."""

    kind: Literal["module", "class", "function"]
    module: str
    piece: Piece
    place: Place
    parent: Scope | None = None
    info: ClassInfo | None = None
    """Of a class body: the class."""
    names: dict[str, Bound] = field(default_factory=dict)
    local: frozenset[str] = frozenset()
    globals: set[str] = field(default_factory=set)
    deferred: bool = False
    """Carried out after everything was loaded (function bodies)."""
    comprehension: bool = False
    returns: list[Values] = field(default_factory=list)
    changes: set[Value] = field(default_factory=set)
    """Arguments and globals that a function fills in place with something from outside."""
    main: dict[str, Bound] = field(default_factory=dict)
    """Of a module: names that only `if __name__ == "__main__"` binds."""
    late: dict[str, Bound] = field(default_factory=dict)
    """Of a module: names that functions bind by `global`."""
    rebound: frozenset[str] = frozenset()
    """Of a module: names that some function declares `global`."""
    stars: list[str] = field(default_factory=list)
    """Of a module: outside modules of star imports of which it is not known what they bind."""

    @property
    def root(self) -> Scope:
        """The scope of the module."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def inner(
        self,
        kind: Literal["class", "function"],
        local: frozenset[str] = frozenset(),
        *,
        comprehension: bool = False,
    ) -> Scope:
        """A scope inside of this one, of the same piece of code."""
        made = Scope(kind, self.module, self.piece, self.place, self, local=local, deferred=self.deferred)
        made.comprehension, made.changes = comprehension, self.changes
        return made

    @contextmanager
    def at(self, place: Place) -> Iterator[None]:
        """What is found meanwhile belongs to that place."""
        before, self.place = self.place, place
        try:
            yield
        finally:
            self.place = before


@dataclass(eq=False)
class Analysis:
    """What is known of a whole hand-in."""

    spec: Spec
    code: Mapping[str, Code]
    own_attributes: frozenset[str] = frozenset()
    """Names that the student gives to methods or attributes."""
    modules: dict[str, Scope] = field(default_factory=dict)
    found: dict[tuple[Place, str, int, int, int, str], Use] = field(default_factory=dict)
    places: dict[int, Place] = field(default_factory=dict)
    todo: list[Function] = field(default_factory=list)
    summaries: dict[Function, tuple[Values, frozenset[Value]]] = field(default_factory=dict)
    recording: bool = True
    loading: bool = True
    """The statements of the top level are being read; afterwards the bodies of functions."""
    mode: UseKind = "use"
    depth: int = 0
    """Loops around the statement."""
    calls: int = 0
    """Calls of the student's functions that are being followed."""
    steps: int = 0
    load_module: Callable[[str], Scope | None] = lambda path: None
    call: Callable[[Function], tuple[Values, frozenset[Value]]] = lambda function: (UNKNOWN, frozenset())
    execute: Callable[[str, ast.expr, Scope], Values] = lambda text, node, scope: UNKNOWN
    """Carry out code that stands in a string."""

    def later(self, function: Function) -> None:
        """Its body is read when everything is loaded."""
        if self.recording and self.mode == "use":
            self.todo.append(function)

    def step(self) -> None:
        """
        Count one step.

        Raises:
            TooMuchError: there were too many.
        """
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise TooMuchError

    @contextmanager
    def as_(self, mode: UseKind) -> Iterator[None]:
        """What is found meanwhile is at most of that kind."""
        before, self.mode = self.mode, mode if _RANK[mode] < _RANK[self.mode] else self.mode
        try:
            yield
        finally:
            self.mode = before

    @contextmanager
    def quietly(self) -> Iterator[None]:
        """Nothing is noted meanwhile."""
        before, self.recording = self.recording, False
        try:
            yield
        finally:
            self.recording = before

    def note(self, name: str, node: ast.AST, scope: Scope, kind: UseKind = "use") -> None:
        """Something that is not allowed, or that only a person can judge, is here."""
        if not self.recording:
            return
        kind = min(kind, self.mode, key=lambda k: _RANK[k]) if self.mode != "use" else kind
        piece, line = scope.piece, getattr(node, "lineno", 0)
        key = (scope.place, piece.file, piece.cell, line, getattr(node, "col_offset", 0), name)
        known = self.found.get(key)
        if known is None:
            written = piece.written(node)
            self.found[key] = Use(piece.file, piece.cell, line, written, name, scope.place.name, kind)
        elif _RANK[known.kind] < _RANK[kind]:
            self.found[key] = replace(known, kind=kind)

    # --- names ---

    def lookup(self, name: str, scope: Scope) -> Values:
        """What a name may stand for, here."""
        at: Scope | None = scope
        while at is not None and at.kind != "module" and name not in at.globals:
            if name in at.names and (at is scope or at.kind == "function"):
                return at.names[name].values
            if name in at.local and at.kind == "function":
                return UNKNOWN
            at = at.parent
        return self.global_value(name, scope)

    def global_value(self, name: str, scope: Scope) -> Values:
        """What a global of the scope's module may stand for; the place that reads it is noted."""
        root = scope.root
        bound = next((names[name] for names in (root.names, root.main, root.late) if name in names), None)
        if bound is None:
            return self._unbound(name, root)
        self.read(root, name, bound, scope)
        if name in root.rebound:
            return bound.values | UNKNOWN | {Global(root.module, name)}
        if all(isinstance(v, _FIXED) for v in bound.values):
            return bound.values
        return bound.values | {Global(root.module, name)}

    def read(self, root: Scope, name: str, bound: Bound, scope: Scope) -> None:
        """The scope's place depends on a global."""
        if self.recording and self.mode == "use":
            if scope.deferred:
                scope.place.reads.add((root.module, name))
            else:
                scope.place.needs |= bound.by

    def _unbound(self, name: str, root: Scope) -> Values:
        if hasattr(builtins, name):
            return one(Outside(f"builtins.{name}"))
        if len(root.stars) == 1:
            return one(Outside(f"{root.stars[0]}.{name}"))
        return UNKNOWN

    def bind(self, name: str, values: Values, scope: Scope) -> None:
        """The name stands for that from here on."""
        if name in scope.globals and scope.kind != "module":
            self._bind_global(name, values, scope.root)
            return
        by = frozenset((scope.place,)) if scope.kind == "module" else frozenset()
        scope.names[name] = Bound(values, by)

    def _bind_global(self, name: str, values: Values, root: Scope) -> None:
        names = root.names if self.loading else root.late
        before = names.get(name)
        by = (before.by if before else frozenset()) | ({root.place} if self.loading else frozenset())
        names[name] = Bound(union([before.values, values]) if before else values, by)

    def touch(self, name: str, module: str, place: Place) -> None:
        """A statement changes the object that a global holds."""
        scope = self.modules.get(module)
        if scope is not None and name in scope.names:
            bound = scope.names[name]
            scope.names[name] = Bound(bound.values, bound.by | {place})
