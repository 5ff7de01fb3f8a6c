"""Import statements of a student's code."""

from __future__ import annotations

import ast

from grader.usage.attributes import from_module
from grader.usage.exports import exported
from grader.usage.program import local_module
from grader.usage.scope import Analysis, Scope
from grader.usage.spec import canonical
from grader.usage.values import UNKNOWN, LocalModule, Outside, one


def imported(node: ast.Import | ast.ImportFrom, scope: Scope, analysis: Analysis) -> None:
    """Bind what an import binds; that something is not allowed is noted, without counting."""
    if isinstance(node, ast.ImportFrom):
        _from(node, scope, analysis)
        return
    for alias in node.names:
        local = _local(alias.name, 0, scope, analysis)
        top = alias.name.partition(".")[0]
        if local is not None:
            path = local if alias.asname else _local(top, 0, scope, analysis) or local
            analysis.load_module(path)
            analysis.bind(alias.asname or top, one(LocalModule(path)), scope)
        else:
            _note(canonical(alias.name), node, scope, analysis)
            outside = Outside(canonical(alias.name) if alias.asname else top)
            analysis.bind(alias.asname or top, one(outside), scope)


def _from(node: ast.ImportFrom, scope: Scope, analysis: Analysis) -> None:
    name = node.module or ""
    local = _local(name, node.level, scope, analysis)
    for alias in node.names:
        if alias.name == "*":
            _star(name, local, node, scope, analysis)
        elif local is not None:
            analysis.bind(alias.asname or alias.name, from_module(local, alias.name, scope, analysis), scope)
        elif node.level:
            analysis.bind(alias.asname or alias.name, UNKNOWN, scope)
        else:
            path = canonical(f"{name}.{alias.name}")
            _note(path, node, scope, analysis)
            analysis.bind(alias.asname or alias.name, one(Outside(path)), scope)


def _star(name: str, local: str | None, node: ast.ImportFrom, scope: Scope, analysis: Analysis) -> None:
    if local is not None:
        inner = analysis.load_module(local)
        for other in [n for n in (inner.names if inner else ()) if not n.startswith("_")]:
            analysis.bind(other, from_module(local, other, scope, analysis), scope)
        scope.root.stars.extend(inner.stars if inner else ())
        return
    if node.level or not analysis.spec.leads_to(canonical(name)):
        scope.root.stars.append("")
        return
    _note(canonical(name), node, scope, analysis)
    names = exported(canonical(name), analysis.spec)
    if names is None:
        scope.root.stars.append(canonical(name))
    for other in names or ():
        analysis.bind(other, one(Outside(canonical(f"{name}.{other}"))), scope)


def _local(name: str, level: int, scope: Scope, analysis: Analysis) -> str | None:
    """The hand-in's own module; a file called like a forbidden library does not stand for it."""
    if not level and name.partition(".")[0] in analysis.spec.roots:
        return None
    return local_module(analysis.code, scope.module, name, level)


def _note(path: str, node: ast.stmt, scope: Scope, analysis: Analysis) -> None:
    if analysis.spec.forbids(path) and not analysis.spec.is_passage(path):
        analysis.note(path, node, scope, "import")
