"""Carrying out a student's statements without running them: what each name stands for, in the order of the file."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Literal

from grader.usage import definitions, imports
from grader.usage.expressions import bind_target, derived, load
from grader.usage.scope import Analysis, Scope
from grader.usage.values import (
    UNKNOWN,
    Bound,
    Class,
    ClassInfo,
    Const,
    Outside,
    Place,
    certain,
    one,
    parts_of,
    union,
)

Flow = Literal["falls", "jumps", "leaves"]
"""How a block ends: into the next statement, out of a loop, or out of the function."""
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_COMPOUND = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.Try,
    ast.TryStar,
    ast.With,
    ast.AsyncWith,
    ast.Match,
)


def block(body: Sequence[ast.stmt], scope: Scope, analysis: Analysis) -> Flow:
    """Statements in their order; those after a `return` are dead."""
    flow: Flow = "falls"
    for statement in body:
        if flow == "falls":
            flow = _statement(statement, scope, analysis)
        else:
            with analysis.as_("dead"):
                _statement(statement, scope, analysis)
    return flow


def _statement(node: ast.stmt, scope: Scope, analysis: Analysis) -> Flow:
    analysis.step()
    if scope.kind == "module" and not isinstance(node, _DEFINITIONS):
        scope.place = analysis.places.setdefault(id(node), Place(scope.module))
    if isinstance(node, _COMPOUND):
        return _compound(node, scope, analysis)
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            definitions.function(node, scope, analysis)
        case ast.ClassDef():
            _class(node, scope, analysis)
        case ast.Import() | ast.ImportFrom():
            imports.imported(node, scope, analysis)
        case ast.Return():
            scope.returns.append(load(node.value, scope, analysis) if node.value else UNKNOWN)
            return "leaves"
        case ast.Raise():
            _expressions(node, scope, analysis)
            return "leaves"
        case ast.Break() | ast.Continue():
            return "jumps"
        case ast.Global():
            scope.globals |= set(node.names)
        case ast.Delete():
            for target in node.targets:
                scope.names.pop(getattr(target, "id", ""), None)
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
            _assign(node, scope, analysis)
        case _:
            _expressions(node, scope, analysis)
    return "falls"


def _expressions(node: ast.AST, scope: Scope, analysis: Analysis) -> None:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            load(child, scope, analysis)


def _assign(node: ast.Assign | ast.AnnAssign | ast.AugAssign, scope: Scope, analysis: Analysis) -> None:
    if isinstance(node, ast.AnnAssign):
        with analysis.as_("mention"):
            load(node.annotation, scope, analysis)
    found = load(node.value, scope, analysis) if node.value is not None else None
    if isinstance(node, ast.AugAssign):
        target = ast.copy_location(_loaded(node.target), node.target)
        before = load(target, scope, analysis)
        by = (
            scope.names[node.target.id].by
            if isinstance(node.target, ast.Name) and node.target.id in scope.names
            else frozenset()
        )
        bind_target(node.target, derived([before, found or UNKNOWN]), scope, analysis)
        if isinstance(node.target, ast.Name) and node.target.id in scope.names:
            bound = scope.names[node.target.id]
            scope.names[node.target.id] = Bound(bound.values, bound.by | by)
    elif found is not None:
        for one_target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            bind_target(one_target, found, scope, analysis)


def _loaded(target: ast.Name | ast.Attribute | ast.Subscript) -> ast.expr:
    match target:
        case ast.Name():
            return ast.Name(target.id, ast.Load())
        case ast.Attribute():
            return ast.Attribute(target.value, target.attr, ast.Load())
    return ast.Subscript(target.value, target.slice, ast.Load())


# --- branches and loops ---------------------------------------------------------------------------------------------


def _compound(node: ast.stmt, scope: Scope, analysis: Analysis) -> Flow:
    place = scope.place
    match node:
        case ast.If():
            return _if(node, scope, analysis)
        case ast.For() | ast.AsyncFor():
            items = parts_of(load(node.iter, scope, analysis))
            return _loop(node, scope, analysis, lambda: bind_target(node.target, items, scope, analysis))
        case ast.While():
            test = certain(load(node.test, scope, analysis))
            if test is not None and not test.value:
                with analysis.as_("dead"):
                    _aside(node.body, scope, analysis)
                return block(node.orelse, scope, analysis)
            return _loop(node, scope, analysis, lambda: None)
        case ast.Try() | ast.TryStar():
            return _try(node, scope, analysis)
        case ast.With() | ast.AsyncWith():
            for item in node.items:
                found = load(item.context_expr, scope, analysis)
                if item.optional_vars is not None:
                    with scope.at(place):
                        bind_target(item.optional_vars, found, scope, analysis)
            return block(node.body, scope, analysis)
        case ast.Match():
            return _match(node, scope, analysis)
    return "falls"


def _if(node: ast.If, scope: Scope, analysis: Analysis) -> Flow:
    if _is_main(node.test) and scope.kind == "module" and not analysis.code[scope.module].notebook:
        scope.main.update(_aside(node.body, scope, analysis))
        return block(node.orelse, scope, analysis)
    found = load(node.test, scope, analysis)
    test = Const(False) if found == one(Outside("typing.TYPE_CHECKING")) else certain(found)
    if test is not None:
        taken, dead = (node.body, node.orelse) if test.value else (node.orelse, node.body)
        with analysis.as_("dead"):
            _aside(dead, scope, analysis)
        return block(taken, scope, analysis)
    return _either([node.body, node.orelse], scope, analysis)


def _is_main(test: ast.expr) -> bool:
    names = {n.id for n in ast.walk(test) if isinstance(n, ast.Name)}
    return isinstance(test, ast.Compare) and names == {"__name__"} and isinstance(test.ops[0], ast.Eq)


def _aside(body: Sequence[ast.stmt], scope: Scope, analysis: Analysis) -> dict[str, Bound]:
    """Read a block of which nothing stays bound; returns what it would have bound."""
    before = dict(scope.names)
    block(body, scope, analysis)
    after, scope.names = scope.names, before
    return {name: bound for name, bound in after.items() if before.get(name) is not bound}


def _either(bodies: Sequence[Sequence[ast.stmt]], scope: Scope, analysis: Analysis) -> Flow:
    """One of several blocks."""
    before, ends, flows = dict(scope.names), [], []
    for body in bodies:
        scope.names = dict(before)
        flows.append(block(body, scope, analysis))
        if flows[-1] != "leaves":
            ends.append(scope.names)
    scope.names = joined(ends) if ends else before
    if "falls" in flows:
        return "falls"
    return "jumps" if "jumps" in flows else "leaves"


def joined(ends: Sequence[dict[str, Bound]]) -> dict[str, Bound]:
    """What names may stand for after one of several ways."""
    first, *others = ends
    result = dict(first)
    for names in others:
        for name, bound in names.items():
            known = result.get(name)
            if known is None or known is bound:
                result[name] = bound
            else:
                result[name] = Bound(union([known.values, bound.values]), known.by | bound.by)
    return result


def _loop(node: ast.For | ast.AsyncFor | ast.While, scope: Scope, analysis: Analysis, enter: object) -> Flow:
    place = scope.place
    for _ in range(2 if analysis.depth < 3 else 1):
        before = dict(scope.names)
        analysis.depth += 1
        with scope.at(place):
            enter()  # type: ignore[operator]
            block(node.body, scope, analysis)
        analysis.depth -= 1
        scope.names = joined([before, scope.names])
    block(node.orelse, scope, analysis)
    return "falls"


def _try(node: ast.Try | ast.TryStar, scope: Scope, analysis: Analysis) -> Flow:
    before = dict(scope.names)
    flow = block([*node.body, *node.orelse], scope, analysis)
    after = scope.names
    ends, flows = ([] if flow == "leaves" else [after]), [flow]
    for handler in node.handlers:
        scope.names = joined([before, after])
        if handler.type is not None:
            with analysis.as_("mention"):
                load(handler.type, scope, analysis)
        if handler.name:
            analysis.bind(handler.name, UNKNOWN, scope)
        flows.append(block(handler.body, scope, analysis))
        ends += [] if flows[-1] == "leaves" else [scope.names]
    scope.names = joined(ends) if ends else joined([before, after])
    final = block(node.finalbody, scope, analysis)
    return final if final != "falls" else "falls" if "falls" in flows else flow


def _match(node: ast.Match, scope: Scope, analysis: Analysis) -> Flow:
    load(node.subject, scope, analysis)
    for case in node.cases:
        for part in ast.walk(case.pattern):
            if isinstance(part, ast.MatchAs | ast.MatchStar) and part.name:
                analysis.bind(part.name, UNKNOWN, scope)
            elif isinstance(part, ast.MatchClass):
                with analysis.as_("mention"):
                    load(part.cls, scope, analysis)
        if case.guard is not None:
            load(case.guard, scope, analysis)
    return _either([*(case.body for case in node.cases), []], scope, analysis)


# --- definitions ----------------------------------------------------------------------------------------------------


def _class(node: ast.ClassDef, scope: Scope, analysis: Analysis) -> None:
    top = scope.kind == "module"
    place = analysis.places.setdefault(id(node), Place(scope.module, node.name)) if top else scope.place
    info = ClassInfo(node.name, place)
    if top:
        place.info = info
    with scope.at(place):
        for decorator in node.decorator_list:
            load(decorator, scope, analysis)
        info.bases.extend(load(base, scope, analysis) for base in node.bases)
        for keyword in node.keywords:
            load(keyword.value, scope, analysis)
        body = scope.inner("class")
        body.info = info
        block(node.body, body, analysis)
        info.members.update({name: bound.values for name, bound in body.names.items()})
        analysis.bind(node.name, one(Class(info)), scope)
