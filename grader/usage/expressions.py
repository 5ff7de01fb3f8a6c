"""What an expression may stand for; what is not allowed in it is noted on the way."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from grader.usage import attributes, calling
from grader.usage.scope import Analysis, Scope
from grader.usage.values import (
    UNKNOWN,
    Const,
    Function,
    Items,
    Outside,
    Result,
    Values,
    certain,
    one,
    outsides,
    part,
    parts_of,
    text,
    union,
)

_MOST_PARTS = 200


def load(node: ast.expr, scope: Scope, analysis: Analysis) -> Values:
    """What the expression may stand for; that it is used is noted."""
    found = values(node, scope, analysis)
    for path in outsides(found):
        if analysis.spec.forbids(path) and not analysis.spec.is_passage(path):
            analysis.note(path, node, scope)
    return found


def values(node: ast.expr, scope: Scope, analysis: Analysis) -> Values:
    """What the expression may stand for, on the way to a part of it."""
    analysis.step()
    match node:
        case ast.Name():
            return analysis.lookup(node.id, scope)
        case ast.Attribute():
            owners = values(node.value, scope, analysis)
            attributes.taken(node, owners, scope, analysis)
            return attributes.of(owners, node, scope, analysis)
        case ast.Constant():
            plain = isinstance(node.value, str | int | bool | None)
            return one(Const(node.value)) if plain else UNKNOWN  # type: ignore[arg-type]
        case ast.Call():
            return calling.call(node, scope, analysis, load, values)
        case ast.Subscript():
            return _subscript(node, scope, analysis)
        case ast.NamedExpr():
            found = load(node.value, scope, analysis)
            bind_target(node.target, found, scope, analysis)
            return found
        case ast.IfExp():
            return _choice(node, scope, analysis)
        case ast.BoolOp():
            return union(load(v, scope, analysis) for v in node.values)
        case ast.Starred() | ast.Await():
            return load(node.value, scope, analysis)
        case ast.Lambda():
            return _lambda(node, scope, analysis)
    return _composed(node, scope, analysis)


def _composed(node: ast.expr, scope: Scope, analysis: Analysis) -> Values:
    match node:
        case ast.Tuple() | ast.List() | ast.Set():
            parts = [load(e, scope, analysis) for e in node.elts[:_MOST_PARTS]]
            _rest(node.elts[_MOST_PARTS:], scope, analysis)
            starred = any(isinstance(e, ast.Starred) for e in node.elts)
            return one(Items(tuple((None if starred else i, v) for i, v in enumerate(parts))))
        case ast.Dict():
            return _dict(node, scope, analysis)
        case ast.BinOp():
            return _operation(node, scope, analysis)
        case ast.JoinedStr():
            return _joined(node, scope, analysis)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            return _comprehension(node, scope, analysis)
    found = [
        load(child, scope, analysis) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)
    ]
    return derived(found)


def derived(operands: Sequence[Values]) -> Values:
    """What an operation gives: a tensor if a tensor took part."""
    results = [v for values in operands for v in values if isinstance(v, Result)]
    return frozenset(results[:1]) or UNKNOWN


def _rest(nodes: Sequence[ast.expr], scope: Scope, analysis: Analysis) -> None:
    for node in nodes:
        load(node, scope, analysis)


def _subscript(node: ast.Subscript, scope: Scope, analysis: Analysis) -> Values:
    owners = values(node.value, scope, analysis)
    key = load(node.slice, scope, analysis)
    word = certain(owners)
    if word is not None and isinstance(word.value, str):
        return _slice(word.value, node.slice)
    found = [calling.subscript_outside(path, key, node, scope, analysis) for path in outsides(owners)]
    index = certain(key)
    inner = frozenset(v for v in owners if not isinstance(v, Outside))
    if inner:
        found.append(part(inner, index.value) if index is not None else parts_of(inner))
    return union(found) or UNKNOWN


def _slice(word: str, node: ast.expr) -> Values:
    """`"nn"[::-1]` and `"xnn"[1:]` with numbers written out."""
    try:
        index = ast.literal_eval(node) if not isinstance(node, ast.Slice) else _literal_slice(node)
        return text(word[index])
    except (ValueError, TypeError, IndexError, SyntaxError):
        return UNKNOWN


def _literal_slice(node: ast.Slice) -> slice:
    ends = [None if e is None else ast.literal_eval(e) for e in (node.lower, node.upper, node.step)]
    return slice(*ends)


def _choice(node: ast.IfExp, scope: Scope, analysis: Analysis) -> Values:
    test = certain(load(node.test, scope, analysis))
    if test is None:
        return union([load(node.body, scope, analysis), load(node.orelse, scope, analysis)])
    taken, dead = (node.body, node.orelse) if test.value else (node.orelse, node.body)
    with analysis.as_("dead"):
        load(dead, scope, analysis)
    return load(taken, scope, analysis)


def _dict(node: ast.Dict, scope: Scope, analysis: Analysis) -> Values:
    parts: list[tuple[object, Values]] = []
    for key, value in zip(node.keys, node.values, strict=True):
        known = certain(load(key, scope, analysis)) if key is not None else None
        parts.append((known.value if known else None, load(value, scope, analysis)))
    return one(Items(tuple(parts[:_MOST_PARTS])))


def _operation(node: ast.BinOp, scope: Scope, analysis: Analysis) -> Values:
    """A chain of operators from left to right, without recursion: `"t" + "or" + "ch"`."""
    chain: list[ast.BinOp] = []
    first: ast.expr = node
    while isinstance(first, ast.BinOp):
        chain.append(first)
        first = first.left
    found = load(first, scope, analysis)
    for step in reversed(chain):
        right = load(step.right, scope, analysis)
        a, b = certain(found), certain(right)
        both = a is not None and b is not None and isinstance(a.value, str) and isinstance(b.value, str)
        added = isinstance(step.op, ast.Add) and both
        found = text(str(a.value) + str(b.value)) if added and a and b else derived([found, right])
    return found


def _joined(node: ast.JoinedStr, scope: Scope, analysis: Analysis) -> Values:
    words: list[str] = []
    for piece in node.values:
        inner = piece.value if isinstance(piece, ast.FormattedValue) else piece
        known = certain(load(inner, scope, analysis))
        words.append(str(known.value) if known else "")
        if known is None:
            words.append("\0")
    joined = "".join(words)
    return UNKNOWN if "\0" in joined else text(joined)


def _comprehension(
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: Scope, analysis: Analysis
) -> Values:
    targets = (n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name))
    inner = scope.inner("function", frozenset(targets), comprehension=True)
    for generator in node.generators:
        bind_target(generator.target, parts_of(load(generator.iter, inner, analysis)), inner, analysis)
        _rest(generator.ifs, inner, analysis)
    if isinstance(node, ast.DictComp):
        _rest([node.key], inner, analysis)
        return one(Items(((None, load(node.value, inner, analysis)),)))
    return one(Items(((None, load(node.elt, inner, analysis)),)))


def _lambda(node: ast.Lambda, scope: Scope, analysis: Analysis) -> Values:
    for default in [*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]:
        load(default, scope, analysis)
    function = Function(node, scope, scope.place, scope.piece)
    if analysis.recording:
        analysis.later(function)
    return one(function)


def bind_target(target: ast.expr, found: Values, scope: Scope, analysis: Analysis) -> None:
    """Assign to a name, a tuple of targets, an attribute or a part."""
    match target:
        case ast.Name():
            analysis.bind(target.id, found, _binding_scope(scope, target.id))
        case ast.Starred():
            bind_target(target.value, UNKNOWN, scope, analysis)
        case ast.Tuple() | ast.List():
            exact = not any(isinstance(e, ast.Starred) for e in target.elts)
            for i, element in enumerate(target.elts):
                bind_target(element, part(found, i) if exact else parts_of(found), scope, analysis)
        case ast.Attribute():
            owners = values(target.value, scope, analysis)
            attributes.set_member(owners, target.attr, found)
            attributes.touch(target.value, owners, scope, analysis)
        case ast.Subscript():
            load(target.slice, scope, analysis)
            attributes.touch(target.value, values(target.value, scope, analysis), scope, analysis)


def _binding_scope(scope: Scope, name: str) -> Scope:
    """A walrus in a comprehension binds in the scope around it; its own targets do not."""
    while scope.comprehension and name not in scope.local and scope.parent is not None:
        scope = scope.parent
    return scope
