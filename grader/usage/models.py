"""
Predictions that a library's ready-made model makes: followed backwards from the line that writes the file.

Only what can be read with certainty counts: every place that writes the file has to lead to `predict` of a model of the library.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from grader.alarm import TookTooLong, at_most
from grader.model import HandedFile
from grader.usage.program import Piece, read_code
from grader.usage.spec import Spec, Use

_PREDICTS = frozenset(
    ("predict", "predict_proba", "predict_log_proba", "fit_predict", "decision_function", "score_samples")
)
_FILLS = frozenset(("append", "extend", "insert", "add", "update"))
_MOST_STEPS = 5_000
_SECONDS = 2.0
_DEEPEST = 4


def model_behind(files: Iterable[HandedFile], name: str, spec: Spec) -> Use | None:
    """
    The model whose predictions a hand-in's code writes to a file.

    Args:
        files: of the submission.
        name: of the file, without its folder.
        spec: the libraries whose models count.

    Returns:
        Where its `predict` is called, or None: nothing writes the file, or something else may have made it.
    """
    handed = tuple(files)
    if not any(root.encode() in file.data for file in handed for root in spec.roots):
        return None
    try:
        return at_most(_SECONDS, lambda: _behind(handed, name.casefold(), spec))
    except (TookTooLong, RecursionError):
        return None  # no student writes a file in so many steps


def _behind(files: tuple[HandedFile, ...], name: str, spec: Spec) -> Use | None:
    found: list[Use | None] = []
    for code in read_code(files).values():
        program = _Program(code.pieces, name, spec)
        found += [_Search(program).source(place, sink) for place, sink in program.sinks()]
    return found[0] if found and all(found) else None


@dataclass(eq=False)
class _Place:
    """The top level of a file, or one function: what its names are made of."""

    name: str = ""
    params: Sequence[str] = ()
    made: dict[str, list[ast.expr]] = field(default_factory=dict)
    """By name: what is assigned to it."""
    filled: dict[str, list[ast.expr]] = field(default_factory=dict)
    """By name: what is put into it."""
    calls: list[ast.Call] = field(default_factory=list)
    returns: list[ast.expr] = field(default_factory=list)


class _Program:
    """The places of one code file."""

    def __init__(self, pieces: Sequence[Piece], file: str, spec: Spec) -> None:
        self.file, self.spec = file, spec
        self.imports: dict[str, str] = {}
        self.piece_of: dict[int, Piece] = {}
        self.top = _Place()
        self.functions: dict[str, list[_Place]] = {}
        for piece in pieces:
            for statement in piece.tree.body:
                self._read(statement, self.top, piece)

    def _read(self, node: ast.AST, place: _Place, piece: Piece) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            params = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
            inner = _Place(node.name, params)
            for name, default in zip(params[::-1], node.args.defaults[::-1], strict=False):
                inner.made[name] = [default]
            self.functions.setdefault(node.name, []).append(inner)
            for statement in node.body:
                self._read(statement, inner, piece)
            return
        self._note(node, place, piece)
        for part in ast.iter_child_nodes(node):
            self._read(part, place, piece)

    def _note(self, node: ast.AST, place: _Place, piece: Piece) -> None:
        match node:
            case ast.Import():
                self.imports |= {a.asname or a.name.partition(".")[0]: a.name if a.asname else a.name.partition(".")[0] for a in node.names}  # fmt: skip
            case ast.ImportFrom(module=str(module), level=0):
                self.imports |= {a.asname or a.name: f"{module}.{a.name}" for a in node.names}
            case ast.Call():
                self.piece_of[id(node)] = piece
                place.calls.append(node)
                if isinstance(node.func, ast.Attribute) and node.func.attr in _FILLS:
                    place.filled.setdefault(_root(node.func.value), []).extend(node.args)
            case ast.Return(value=ast.expr() as value):
                place.returns.append(value)
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                _bind(target, value, place)
            case ast.For(target=target, iter=value) | ast.NamedExpr(target=target, value=value):
                _bind(target, value, place)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    _bind(target, value, place)
            case ast.AugAssign(target=target, value=value):
                _bind(target, value, place)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                _bind(target, value, place)
            case ast.comprehension(target=target, iter=value):
                _bind(target, value, place)

    def places(self) -> Iterator[_Place]:
        """The top level, then every function and method."""
        yield self.top
        for several in self.functions.values():
            yield from several

    def sinks(self) -> Iterator[tuple[_Place, list[ast.expr]]]:
        """What each line that writes the file is given."""
        for place in self.places():
            handles = self._handles(place)
            for call in place.calls:
                names_it = [a for a in _arguments(call) if self._is_file(a, place)]
                through = any(_root(a) in handles for a in (call.func, *_arguments(call))) or self._opens(
                    call, place
                )
                rest = [a for a in _arguments(call) if a not in names_it and _root(a) not in handles]
                if isinstance(call.func, ast.Attribute) and names_it:
                    rest.append(call.func.value)  # `frame.to_csv("predictions.csv")`
                told = [a for a in rest if not isinstance(a, ast.Constant)]
                told = [a for a in told if not (isinstance(a, ast.Name) and a.id in self.imports)]
                if (names_it or through) and told and not _header(told):
                    yield place, told

    @cached_property
    def _constants(self) -> frozenset[str]:
        """Names of the top level that hold the file's name."""
        return frozenset(n for n, values in self.top.made.items() if any(self._names_it(v) for v in values))

    def _names_it(self, node: ast.expr) -> bool:
        return (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and posixpath.basename(node.value.replace("\\", "/")).casefold() == self.file
        )

    def _is_file(self, node: ast.expr, place: _Place) -> bool:
        if isinstance(node, ast.Name):
            values = place.made.get(node.id, [])
            return node.id in self._constants or any(self._names_it(v) for v in values)
        return self._names_it(node)

    def _opens(self, call: ast.Call, place: _Place) -> bool:
        """`open("predictions.csv", "w").write(...)`"""
        opened = call.func.value if isinstance(call.func, ast.Attribute) else None
        return isinstance(opened, ast.Call) and any(self._is_file(a, place) for a in _arguments(opened))

    def _handles(self, place: _Place) -> set[str]:
        """Names of the open file and of writers on it."""
        found: set[str] = set()
        for _ in range(3):
            for name, values in place.made.items():
                for value in values:
                    if isinstance(value, ast.Call) and any(
                        self._is_file(a, place) or _root(a) in found for a in _arguments(value)
                    ):
                        found.add(name)
        return found

    def full_name(self, node: ast.expr) -> str:
        """`sklearn.svm.SVC` for what an import bound, or nothing."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts, node = [node.attr, *parts], node.value
        if isinstance(node, ast.Name) and node.id in self.imports:
            return ".".join([self.imports[node.id], *parts])
        return ""


class _Search:
    """From an expression back to what it is made of."""

    def __init__(self, program: _Program) -> None:
        self.program = program
        self.steps = 0
        self.seen: set[tuple[int, str]] = set()

    def source(self, place: _Place, expressions: Iterable[ast.expr]) -> Use | None:
        """The first `predict` of a library's model that goes into the expressions."""
        for expression in expressions:
            for node in ast.walk(expression):
                self.steps += 1
                if self.steps > _MOST_STEPS:
                    return None
                if isinstance(node, ast.Call) and (use := self._predicts(node, place)):
                    return use
                if isinstance(node, ast.Call) and (use := self._called(node)):
                    return use
                if isinstance(node, ast.Name) and (use := self._named(node.id, place)):
                    return use
        return None

    def _named(self, name: str, place: _Place) -> Use | None:
        if (id(place), name) in self.seen:
            return None
        self.seen.add((id(place), name))
        known = [*place.made.get(name, []), *place.filled.get(name, [])]
        if known and name not in place.params:
            return self.source(place, known)
        if name in place.params:
            at = place.params.index(name)
            given = [(p, c) for p in self.program.places() for c in p.calls if _root(c.func) == place.name]
            return next((u for p, c in given if (u := self.source(p, _given(c, at, name)))), None)
        top = self.program.top
        return self.source(top, [*top.made.get(name, []), *top.filled.get(name, [])])

    def _called(self, call: ast.Call) -> Use | None:
        """What a function of the student's returns."""
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if not name or (0, name) in self.seen:
            return None
        self.seen.add((0, name))
        inner = self.program.functions.get(name, [])
        return next((u for p in inner if (u := self.source(p, p.returns))), None)

    def _predicts(self, call: ast.Call, place: _Place) -> Use | None:
        if not isinstance(call.func, ast.Attribute) or call.func.attr not in _PREDICTS:
            return None
        model = self._model(call.func.value, place, 0)
        if not model:
            return None
        piece = self.program.piece_of[id(call)]
        return Use(piece.file, piece.cell, call.lineno, piece.written(call), model)

    def _model(self, node: ast.expr, place: _Place, depth: int) -> str:
        """The full name of the class that a model is of, when it is one of the library's."""
        while isinstance(node, ast.Call | ast.Attribute):
            inner = node.func if isinstance(node, ast.Call) else node
            if (name := self.program.full_name(inner)) and self.program.spec.forbids(name):
                return name
            node = inner.value if isinstance(inner, ast.Attribute) else inner
            if isinstance(node, ast.Name) and isinstance(inner, ast.Name):
                break
        if not isinstance(node, ast.Name) or depth > _DEEPEST:
            return ""
        places = [(p, v) for p in dict.fromkeys((place, self.program.top)) for v in p.made.get(node.id, [])]
        places += [(p, v) for p in self.program.functions.get(node.id, []) for v in p.returns]
        found = (self._model(v, p, depth + 1) for p, v in places if isinstance(v, ast.Call | ast.Name))
        return next((name for name in found if name), "")


def _bind(target: ast.expr, value: ast.expr, place: _Place) -> None:
    for node in ast.walk(target):
        if isinstance(node, ast.Name):
            place.made.setdefault(node.id, []).append(value)


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(k.value for k in call.keywords)]


def _given(call: ast.Call, at: int, name: str) -> list[ast.expr]:
    return [k.value for k in call.keywords if k.arg == name] or call.args[at : at + 1]


def _root(node: ast.expr) -> str:
    """The name that an expression of attributes and subscripts begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _header(told: Sequence[ast.expr]) -> bool:
    """Only texts: the header's line."""
    constants = [n for e in told for n in ast.walk(e) if isinstance(n, ast.Constant | ast.Name)]
    return all(isinstance(n, ast.Constant) for n in constants)
