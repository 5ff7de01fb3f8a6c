"""Calls in a student's code."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from grader.usage import attributes
from grader.usage.calls import HANDED_ON, Called, known_call, prepared_call, string_method
from grader.usage.calls import subscript as known_subscript
from grader.usage.scope import Analysis, Scope
from grader.usage.values import (
    UNKNOWN,
    Argument,
    Class,
    Function,
    Global,
    Instance,
    Outside,
    Prepared,
    Result,
    Value,
    Values,
    certain,
    one,
    outsides,
    strings,
    union,
)

Reader = Callable[[ast.expr, Scope, Analysis], Values]
_ABOUT_TYPES = ("builtins.isinstance", "builtins.issubclass", "builtins.hasattr")
_EXECUTING = ("builtins.exec", "builtins.eval")
_CHANGING = frozenset(
    "append extend insert update add setdefault clear remove pop sort fill put register_parameter add_module".split()
)


@dataclass(frozen=True)
class _Given:
    """The arguments of a call."""

    node: ast.Call
    args: list[Values]
    kwargs: dict[str, Values]
    scope: Scope
    analysis: Analysis


def call(node: ast.Call, scope: Scope, analysis: Analysis, load: Reader, values: Reader) -> Values:
    """What a call gives."""
    owners: Values = frozenset()
    if isinstance(node.func, ast.Attribute):
        owners = values(node.func.value, scope, analysis)
        callees = _method(node, node.func, owners, scope, analysis)
    else:
        callees = load(node.func, scope, analysis)
    given = _arguments(node, callees, scope, analysis, load, values)
    _changes(node.func, owners, callees, given)
    _hands_over(callees, given)
    if isinstance(node.func, ast.Attribute) and certain(owners) is not None:
        return string_method(owners, node.func.attr, given.args)
    return union(_call_one(callee, given) for callee in callees) or UNKNOWN


def _method(node: ast.Call, func: ast.Attribute, owners: Values, scope: Scope, analysis: Analysis) -> Values:
    """The attribute that is called."""
    if analysis.recording and analysis.mode == "use":
        scope.place.attributes.add(func.attr)
    attributes.method(func.attr, owners, func, scope, analysis, called=True)
    callees = attributes.of(owners, func, scope, analysis)
    for path in outsides(callees):
        if analysis.spec.forbids(path) and not analysis.spec.is_passage(path) and ".__dict__." not in path:
            analysis.note(path, func, scope)
    return callees


def _arguments(
    node: ast.Call, callees: Values, scope: Scope, analysis: Analysis, load: Reader, values: Reader
) -> _Given:
    paths = outsides(callees)
    handed_on = any(p in HANDED_ON for p in paths) or any(isinstance(c, Prepared) for c in callees)
    reader = values if handed_on else load
    args = []
    for i, arg in enumerate(node.args):
        with analysis.as_("mention" if i == 1 and set(paths) & set(_ABOUT_TYPES) else analysis.mode):
            args.append(reader(arg, scope, analysis))
    kwargs = {k.arg or "": reader(k.value, scope, analysis) for k in node.keywords}
    return _Given(node, args, kwargs, scope, analysis)


def _call_one(callee: Value, given: _Given) -> Values:
    match callee:
        case Outside(path):
            return _outside(path, given)
        case Prepared():
            return _prepared(callee, given)
        case Function():
            return _own(callee, given)
        case Class(info):
            return one(Instance(info))
        case Result():
            return one(callee)
    return UNKNOWN


def _outside(path: str, given: _Given) -> Values:
    if path in _EXECUTING or path == "builtins.compile":
        return _execute(path, given)
    if path in ("builtins.globals", "builtins.locals") or (path == "builtins.vars" and not given.args):
        return UNKNOWN
    if path == "builtins.setattr" and len(given.args) == 3:
        _set_attribute(given)
    if (
        path in ("builtins.getattr", "inspect.getattr_static")
        and len(given.args) >= 2
        and not outsides(given.args[0])
    ):
        return _get_attribute(given.args[0], given.args[1], given)
    called = known_call(path, given.args, given.kwargs)
    if called is None:
        return one(Result(path))
    return _told(called, given.node, given.scope, given.analysis)


def _prepared(prepared: Prepared, given: _Given) -> Values:
    if prepared.path == "operator.methodcaller" and given.args and not outsides(given.args[0]):
        return _get_attribute(given.args[0], prepared.args[0], given)
    called = prepared_call(prepared, given.args, given.kwargs)
    return UNKNOWN if called is None else _told(called, given.node, given.scope, given.analysis)


def _told(called: Called, node: ast.expr, scope: Scope, analysis: Analysis) -> Values:
    """What it gives; where an unknown part of something is taken, a person should look."""
    if called.unsure and (called.unsure == "..." or analysis.spec.leads_to(called.unsure)):
        analysis.note(called.unsure, node, scope, "unsure")
    return called.values


def _get_attribute(owners: Values, names: Values, given: _Given) -> Values:
    """`getattr(x, "relu")` on something that is not a module from outside."""
    found = []
    for name in strings(names):
        given.scope.place.attributes.add(name)
        attributes.method(name, owners, given.node, given.scope, given.analysis, called=True)
        found.append(attributes.named(owners, name, given.scope, given.analysis))
    return union(found) or UNKNOWN


def _set_attribute(given: _Given) -> None:
    owners, names, found = given.args
    for name in strings(names):
        attributes.set_member(owners, name, found)
    attributes.touch(given.node.args[0], owners, given.scope, given.analysis)


def _execute(path: str, given: _Given) -> Values:
    """`exec("...")` and `eval("...")`: code that stands in a constant is read like any other."""
    if not given.args:
        return UNKNOWN
    if path == "builtins.compile":
        return given.args[0]
    found = [given.analysis.execute(text, given.node, given.scope) for text in strings(given.args[0])]
    if not found:
        given.analysis.note(path.partition(".")[2], given.node, given.scope, "unsure")
    return union(found) or UNKNOWN


def _own(function: Function, given: _Given) -> Values:
    returned, changed = given.analysis.call(function)
    shift = 1 if function.of is not None else 0
    for value in changed:
        if isinstance(value, Argument) and 0 <= value.index - shift < len(given.args):
            _filled(given.args[value.index - shift], given)
        elif isinstance(value, Global):
            _filled(one(value), given)
    return frozenset(v for v in returned if not isinstance(v, Argument)) or UNKNOWN


def _changes(func: ast.expr, owners: Values, callees: Values, given: _Given) -> None:
    """Objects that the call changes: `layers.append(...)`, `W.normal_()`, `nn.init.normal_(W)`."""
    changing = isinstance(func, ast.Attribute) and (func.attr in _CHANGING or _in_place(func.attr))
    if isinstance(func, ast.Attribute) and changing and not outsides(owners):
        attributes.touch(func.value, owners, given.scope, given.analysis)
    if any(_in_place(path) for path in outsides(callees)):
        for arg in given.args[:1]:
            _filled(arg, given)


def _in_place(name: str) -> bool:
    return name.endswith("_") and not name.endswith("__")


def _filled(found: Values, given: _Given) -> None:
    """Something from outside fills these in place."""
    given.scope.changes |= {v for v in found if isinstance(v, Argument | Global)}
    if not given.scope.deferred and given.analysis.recording:
        attributes.touch_globals(found, given.scope.place, given.analysis)


def _hands_over(callees: Values, given: _Given) -> None:
    """A library handed to a function as a whole: what is taken of it there cannot be told."""
    if all(isinstance(c, Outside | Prepared | Result) for c in callees):
        return
    spec = given.analysis.spec
    for path in outsides(union([*given.args, *given.kwargs.values()])):
        whole = not spec.forbids(path) or spec.is_passage(path)
        if whole and (path in spec.roots or spec.forbids(path)):
            given.analysis.note(path, given.node, given.scope, "unsure")


def subscript_outside(
    path: str, key: Values, node: ast.Subscript, scope: Scope, analysis: Analysis
) -> Values:
    """A part of something from outside by its key."""
    called = known_subscript(path, key)
    if called is None:
        return one(Result(path))
    return _told(called, node, scope, analysis)
