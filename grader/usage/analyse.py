"""Reading the whole code of a hand-in: modules first, in the order of their statements, then the bodies of functions."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from grader.model import HandedFile
from grader.usage import statements
from grader.usage.expressions import load
from grader.usage.program import Piece, read_code
from grader.usage.scope import Analysis, Scope, TooMuchError
from grader.usage.spec import Spec
from grader.usage.values import (
    UNKNOWN,
    Argument,
    Bound,
    Class,
    Function,
    Instance,
    Outside,
    Place,
    Result,
    Value,
    Values,
    one,
    union,
)

_DEEPEST = 3
_TAKING = ("getattr", "hasattr", "attrgetter", "methodcaller", "get", "print")
_FIRST = ("__new__", "__init__", "__post_init__")


def analyse(files: tuple[HandedFile, ...], spec: Spec) -> Analysis:
    """Everything that reading the code tells."""
    analysis = Analysis(spec, read_code(files))
    analysis.own_attributes = _own_attributes(analysis)
    analysis.load_module = lambda path: _module(path, analysis)
    analysis.call = lambda function: _summary(function, analysis)
    analysis.execute = lambda text, node, scope: _text(text, node, scope, analysis)
    for path in analysis.code:
        _module(path, analysis)
    _bodies(analysis)
    return analysis


def _module(path: str, analysis: Analysis) -> Scope | None:
    """The scope of a module, read when it is first asked for."""
    code = analysis.code.get(path)
    if code is None:
        return analysis.modules.get(path)
    if path not in analysis.modules:
        empty = Piece(path, 0, "", ast.Module([], []))
        scope = analysis.modules[path] = Scope("module", path, empty, Place(path))
        trees = [piece.tree for piece in code.pieces]
        scope.rebound = frozenset(
            n for t in trees for g in ast.walk(t) if isinstance(g, ast.Global) for n in g.names
        )
        for scope.piece in code.pieces:
            for statement in scope.piece.tree.body:
                _guarded(statement, scope, analysis)
    return analysis.modules[path]


def _guarded(statement: ast.stmt, scope: Scope, analysis: Analysis) -> None:
    """One statement; what is too deep or too much for us is for a person to judge."""
    try:
        statements.block([statement], scope, analysis)
    except (TooMuchError, RecursionError):
        _give_up(statement, scope, analysis)


def _give_up(node: ast.AST, scope: Scope, analysis: Analysis) -> None:
    analysis.mode, analysis.recording, analysis.depth = "use", True, 0
    analysis.note("...", node, scope, "unsure")


def _own_attributes(analysis: Analysis) -> frozenset[str]:
    """Names that the student's code gives to methods, attributes, keyword arguments or in strings."""
    found: set[str] = set()
    for code in analysis.code.values():
        for piece in code.pieces:
            for node in ast.walk(piece.tree):
                found.update(_given_names(node))
    return frozenset(found)


def _given_names(node: ast.AST) -> Iterable[str]:
    match node:
        case ast.ClassDef():
            inside = [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
            assigned = [
                n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            ]
            return [*(n.name for n in inside), *assigned]
        case ast.Attribute(attr=attr, ctx=ast.Store()):
            return [attr]
        case ast.keyword(arg=str(name)):
            return [name]
        case ast.Call(func=func) if getattr(func, "id", getattr(func, "attr", "")) not in _TAKING:
            return [word for a in node.args[1:] for word in _words(a)]
    return []


def _words(node: ast.expr) -> list[str]:
    """The words of strings, as `namedtuple("Ops", "relu softmax")` and `setattr(x, "relu", f)` have them."""
    texts = (n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str))
    return [word for text in texts if len(text) < 200 for word in text.replace(",", " ").split()]


# --- functions ------------------------------------------------------------------------------------------------------


def _bodies(analysis: Analysis) -> None:
    """The bodies of all functions, with what globals stand for at the end; constructors before other methods."""
    analysis.summaries.clear()
    analysis.loading = False
    while analysis.todo:
        now, analysis.todo = analysis.todo, []
        now.sort(key=lambda f: getattr(f.node, "name", "") not in _FIRST)
        for function in now:
            try:
                _carry_out(function, analysis)
            except (TooMuchError, RecursionError):
                _give_up(function.node, _scope_of(function), analysis)


def _summary(function: Function, analysis: Analysis) -> tuple[Values, frozenset[Value]]:
    """What a function may return, and which arguments and globals it fills in place."""
    if function in analysis.summaries:
        return analysis.summaries[function]
    analysis.summaries[function] = (UNKNOWN, frozenset())
    if analysis.calls >= _DEEPEST:
        return analysis.summaries.pop(function)
    analysis.calls += 1
    with analysis.quietly():
        scope = _carry_out(function, analysis)
    analysis.calls -= 1
    analysis.summaries[function] = (union(scope.returns) or UNKNOWN, frozenset(scope.changes))
    return analysis.summaries[function]


def _scope_of(function: Function) -> Scope:
    outer: Scope = function.scope
    inner = Scope("function", outer.module, function.piece, function.place, outer, deferred=True)
    if not isinstance(function.node, ast.Lambda):
        inner.local = _bound_names(function.node)
    return inner


def _carry_out(function: Function, analysis: Analysis) -> Scope:
    scope, node = _scope_of(function), function.node
    _parameters(function, scope, analysis)
    if isinstance(node, ast.Lambda):
        scope.returns.append(load(node.body, scope, analysis))
    else:
        statements.block(node.body, scope, analysis)
    return scope


def _parameters(function: Function, scope: Scope, analysis: Analysis) -> None:
    args = function.node.args
    positional = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(positional) - len(args.defaults)) + list(args.defaults) + list(args.kw_defaults)
    for i, (arg, default) in enumerate(zip([*positional, *args.kwonlyargs], defaults, strict=True)):
        given: Values = one(Argument(i))
        if default is not None and function.of is None:
            with analysis.quietly():
                given |= frozenset(v for v in load(default, scope, analysis) if isinstance(v, Outside))
        scope.names[arg.arg] = Bound(_annotated(arg, scope, analysis) or given)
    for extra in (args.vararg, args.kwarg):
        if extra is not None:
            scope.names[extra.arg] = Bound(UNKNOWN)
    if function.of is not None and positional:
        scope.names[positional[0].arg] = Bound(_self(function))


def _self(function: Function) -> Values:
    """What the first parameter of a method stands for."""
    marks = {d.id for d in getattr(function.node, "decorator_list", []) if isinstance(d, ast.Name)}
    if function.of is None or "staticmethod" in marks:
        return one(Argument(0))
    return one(Class(function.of)) if "classmethod" in marks else one(Instance(function.of))


def _annotated(arg: ast.arg, scope: Scope, analysis: Analysis) -> Values:
    """What a parameter's annotation says that it is: `x: torch.Tensor`, `net: MLP`."""
    if arg.annotation is None:
        return frozenset()
    with analysis.quietly():
        found = load(arg.annotation, scope, analysis)
    own = [Instance(v.info) for v in found if isinstance(v, Class)]
    tensors = [Result(v.path) for v in found if isinstance(v, Outside) and v.path.endswith("Tensor")]
    return frozenset([*own, *tensors])


def _bound_names(node: ast.FunctionDef | ast.AsyncFunctionDef) -> frozenset[str]:
    """The names that are local to a function."""
    found: set[str] = set()
    todo: list[ast.AST] = list(node.body)
    while todo:
        part = todo.pop()
        match part:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.add(part.name)
                continue
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.alias(name=name, asname=other):
                found.add(other or name.partition(".")[0])
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                continue
        todo.extend(ast.iter_child_nodes(part))
    declared = {n for g in ast.walk(node) if isinstance(g, ast.Global | ast.Nonlocal) for n in g.names}
    return frozenset(found - declared)


def _text(text: str, node: ast.expr, scope: Scope, analysis: Analysis) -> Values:
    """Code in a string, read where it is carried out."""
    try:
        tree = ast.parse(text.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return UNKNOWN
    for part in ast.walk(tree):
        for name in ("lineno", "end_lineno", "col_offset", "end_col_offset"):
            if hasattr(part, name):
                setattr(part, name, getattr(node, name))
    if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr):
        return load(tree.body[0].value, scope, analysis)
    statements.block(tree.body, scope, analysis)
    return UNKNOWN
