"""Attributes: of modules and objects from outside, of the hand-in's modules, of the student's classes."""

from __future__ import annotations

import ast

from grader.usage.program import local_module
from grader.usage.scope import Analysis, Scope
from grader.usage.spec import canonical
from grader.usage.values import (
    OWN,
    UNKNOWN,
    Argument,
    Class,
    ClassInfo,
    Global,
    Instance,
    LocalModule,
    Outside,
    Place,
    Prepared,
    Result,
    Value,
    Values,
    one,
    outsides,
    union,
)

_ABOUT = frozenset("__version__ __name__ __file__ __doc__ __path__ __spec__ __all__".split())
_DEEPEST = 20


def taken(node: ast.Attribute, owners: Values, scope: Scope, analysis: Analysis) -> None:
    """Note what is said by taking that attribute, whether it is called or not."""
    if analysis.recording and analysis.mode == "use":
        scope.place.attributes.add(node.attr)
    if node.attr in _ABOUT:
        for path in outsides(owners):
            if analysis.spec.forbids(path):
                analysis.note(path, node, scope, "mention")
    elif isinstance(node.ctx, ast.Load):
        method(node.attr, owners, node, scope, analysis, called=False)


def of(owners: Values, node: ast.Attribute, scope: Scope, analysis: Analysis) -> Values:
    """What the attribute may stand for."""
    return named(owners, node.attr, scope, analysis)


def named(owners: Values, name: str, scope: Scope, analysis: Analysis) -> Values:
    """The attribute of that name."""
    if name in _ABOUT:
        return UNKNOWN
    return union(_of_one(owner, name, scope, analysis) for owner in owners) or UNKNOWN


def _of_one(owner: Value, name: str, scope: Scope, analysis: Analysis) -> Values:
    match owner:
        case Outside(path):
            if name in ("__getattribute__", "__getattr__"):
                return one(Prepared("functools.partial", (one(Outside("builtins.getattr")), one(owner))))
            return one(Outside(path if name == "__call__" else canonical(f"{path}.{name}")))
        case Result() | Argument():
            return one(owner)
        case LocalModule(path):
            return from_module(path, name, scope, analysis)
        case Class(info) | Instance(info):
            return member(info, name)
    return UNKNOWN


# --- tensor methods -------------------------------------------------------------------------------------------------


def method(
    name: str, owners: Values, node: ast.expr, scope: Scope, analysis: Analysis, *, called: bool
) -> None:
    """
    Note a method that is not allowed: `x.softmax(0)`.

    It counts when x comes from the forbidden library (`torch.ones(3).softmax(0)`), or when nothing is known of x and the
    student's own code gives nothing that name. It is for a person to judge when x may be the student's own. It is none
    when x is the student's own object, or the name is that of a function in a module.
    """
    if name not in analysis.spec.all_methods or all(isinstance(o, OWN) for o in owners):
        return
    roots = {o.path.partition(".")[0] for o in owners if isinstance(o, Result)}
    own = any(isinstance(o, OWN) for o in owners)
    if any(isinstance(o, Outside) for o in owners):
        return
    if (roots & analysis.spec.roots and not own) or (
        called and not roots and not own and name not in analysis.own_attributes
    ):
        analysis.note(analysis.spec.method_name(name), node, scope)
    else:
        analysis.note(analysis.spec.method_name(name), node, scope, "unsure")


# --- the student's own ----------------------------------------------------------------------------------------------


def member(info: ClassInfo, name: str, depth: int = 0) -> Values:
    """What an attribute of a student's class may stand for."""
    if name in info.members:
        return info.members[name]
    for parent in info.parents if depth < _DEEPEST else ():
        if parent is not info and (found := member(parent, name, depth + 1)) != UNKNOWN:
            return found
    return UNKNOWN


def set_member(owners: Values, name: str, found: Values) -> None:
    """An attribute of a student's class or object is set."""
    for owner in owners:
        if isinstance(owner, Class | Instance):
            before = owner.info.members.get(name)
            owner.info.members[name] = union([before, found]) if before else found


def from_module(path: str, name: str, scope: Scope, analysis: Analysis) -> Values:
    """A name of another module of the hand-in."""
    inner = analysis.load_module(path)
    if inner is not None and name in inner.names:
        bound = inner.names[name]
        analysis.read(inner, name, bound, scope)
        return bound.values
    if (
        path.endswith(("/", "/__init__.py"))
        and (below := local_module(analysis.code, path, name, 1)) is not None
    ):
        return one(LocalModule(below))
    return UNKNOWN


# --- statements that change an object -------------------------------------------------------------------------------


def touch(base: ast.expr, owners: Values, scope: Scope, analysis: Analysis) -> None:
    """The statement changes the object that an expression stands for: whatever reads that global depends on it."""
    if scope.deferred or not analysis.recording or analysis.mode != "use":
        return
    while isinstance(base, ast.Attribute | ast.Subscript | ast.Call):
        base = base.func if isinstance(base, ast.Call) else base.value
    if isinstance(base, ast.Name):
        analysis.touch(base.id, scope.module, scope.place)
    touch_globals(owners, scope.place, analysis)


def touch_globals(owners: Values, place: Place, analysis: Analysis) -> None:
    """The same for globals that came by other names."""
    for owner in owners:
        if isinstance(owner, Global):
            analysis.touch(owner.name, owner.module, place)
        elif isinstance(owner, Class):
            analysis.touch(owner.info.name, owner.info.place.module, place)
