"""Functions from outside that hand on a module or a part of one: `getattr`, `import_module`, `attrgetter` and their like."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.usage.spec import canonical
from grader.usage.values import (
    UNKNOWN,
    Items,
    Outside,
    Prepared,
    Values,
    certain,
    one,
    outsides,
    part,
    parts_of,
    strings,
    text,
    union,
)

_GETTERS = ("builtins.getattr", "inspect.getattr_static", "builtins.object.__getattribute__")
_IMPORTERS = ("importlib.import_module", "builtins.__import__", "importlib.__import__")
_PREPARING = ("operator.attrgetter", "operator.methodcaller", "operator.itemgetter", "functools.partial")
_SAME = (
    "importlib.reload",
    "copy.copy",
    "copy.deepcopy",
    "typing.cast",
    "builtins.staticmethod",
    "builtins.classmethod",
)
_COLLECTIONS = (
    "builtins.list",
    "builtins.tuple",
    "builtins.iter",
    "builtins.reversed",
    "builtins.sorted",
    "builtins.set",
)
_LOOKUPS = (".get", ".__getitem__", ".pop", ".setdefault")
_METHODS = {
    "lower": (0,), "upper": (0,), "swapcase": (0,), "title": (0,), "strip": (0, 1), "lstrip": (0, 1), "rstrip": (0, 1),
    "removeprefix": (1,), "removesuffix": (1,), "replace": (2,),
}  # fmt: skip
HANDED_ON = (
    *_GETTERS,
    *_IMPORTERS,
    *_PREPARING[:3],
    *_SAME,
    *_COLLECTIONS,
    "builtins.vars",
    "functools.reduce",
)
"""Calls of these take part in finding a name; their arguments are no uses by themselves."""


@dataclass(frozen=True)
class Called:
    """What a call gives, and whether only a person can tell."""

    values: Values
    unsure: str = ""
    """The module of which an unknown part is taken, or `...` for an unknown module."""


def known_call(path: str, args: Sequence[Values], kwargs: Mapping[str, Values]) -> Called | None:
    """What calling a well-known function of the standard library gives, or None."""
    if path in _GETTERS and len(args) >= 2:
        return attribute(args[0], args[1])
    if path in _IMPORTERS and (args or "name" in kwargs):
        return _imported(path, args, kwargs)
    if path in _PREPARING and args:
        return Called(one(Prepared(path, tuple(args))))
    if path == "functools.reduce" and len(args) == 3 and set(outsides(args[0])) & set(_GETTERS):
        return _reduced(args)
    if path == "builtins.vars" and args:
        return Called(union(one(Outside(f"{p}.__dict__")) for p in outsides(args[0])) or UNKNOWN)
    if path in _SAME and args:
        return Called(args[-1] if path == "typing.cast" else args[0])
    if path in _COLLECTIONS and args:
        return Called(one(Items(tuple(enumerate([parts_of(args[0])])))) if path.endswith("set") else args[0])
    if path == "builtins.chr" and args and (code := certain(args[0])) and isinstance(code.value, int):
        return Called(text(chr(code.value)) if 0 <= code.value < 0x110000 else UNKNOWN)
    if path == "builtins.dict" and kwargs:
        return Called(one(Items(tuple(kwargs.items()))))
    if path.startswith("sys.modules.") or ".__dict__." in path:
        return _looked_up(path, args)
    return None


def _looked_up(path: str, args: Sequence[Values]) -> Called | None:
    """`sys.modules.get("torch")`, `torch.__dict__.get("nn")`."""
    holder, dot, method = path.rpartition(".")
    if f"{dot}{method}" not in _LOOKUPS or not args or not holder.endswith(("sys.modules", ".__dict__")):
        return None
    return subscript(holder, args[0])


def subscript(holder: str, key: Values) -> Called | None:
    """`sys.modules["torch"]`, `torch.__dict__["nn"]`; None for anything else from outside."""
    if holder == "sys.modules":
        return Called(
            union(one(Outside(canonical(k))) for k in strings(key)) or UNKNOWN, "" if strings(key) else "..."
        )
    if holder.endswith(".__dict__"):
        return attribute(one(Outside(holder.removesuffix(".__dict__"))), key)
    return None


def attribute(owners: Values, name: Values) -> Called:
    """A part of something from outside by a name that may be computed; dots go deeper."""
    found = [canonical(f"{owner}.{n}") for owner in outsides(owners) for n in strings(name)]
    if found:
        return Called(frozenset(Outside(path) for path in found))
    return Called(UNKNOWN, next(iter(outsides(owners)), ""))


def _imported(path: str, args: Sequence[Values], kwargs: Mapping[str, Values]) -> Called:
    names = strings(args[0] if args else kwargs["name"])
    if not names:
        return Called(UNKNOWN, "...")
    if path == "importlib.import_module":
        packages = strings(args[1] if len(args) > 1 else kwargs.get("package", UNKNOWN))
        names = [_absolute(n, packages[0] if packages else "") for n in names]
    elif not (_filled(kwargs.get("fromlist")) or (len(args) > 3 and _filled(args[3]))):
        names = [n.partition(".")[0] for n in names]
    return Called(frozenset(Outside(canonical(n)) for n in names))


def _absolute(name: str, package: str) -> str:
    if not name.startswith(".") or not package:
        return name
    dots = len(name) - len(name.lstrip("."))
    return importlib.util.resolve_name(name, package) if package.count(".") >= dots - 1 else name


def _filled(values: Values | None) -> bool:
    return any(isinstance(v, Items) and v.parts for v in values or ())


def _reduced(args: Sequence[Values]) -> Called:
    """`reduce(getattr, ["nn", "functional"], torch)`."""
    found = Called(args[2])
    for names in [v for v in args[1] if isinstance(v, Items)]:
        for _, name in names.parts:
            found = attribute(found.values, name)
    return found


def prepared_call(prepared: Prepared, args: Sequence[Values], kwargs: Mapping[str, Values]) -> Called | None:
    """`attrgetter("nn.functional")(torch)`, `partial(getattr, torch)("nn")`."""
    if prepared.path == "operator.attrgetter" and args:
        return attribute(args[0], prepared.args[0])
    if prepared.path == "operator.itemgetter" and args:
        holders = [p for p in outsides(args[0]) if p == "sys.modules" or p.endswith(".__dict__")]
        key = certain(prepared.args[0])
        return (
            subscript(holders[0], prepared.args[0])
            if holders
            else Called(part(args[0], key.value) if key else UNKNOWN)
        )
    if prepared.path == "operator.methodcaller" and args:
        return attribute(args[0], prepared.args[0]) if outsides(args[0]) else None
    if prepared.path == "functools.partial":
        for path in outsides(prepared.args[0]):
            return known_call(path, [*prepared.args[1:], *args], kwargs)
    return None


def string_method(owner: Values, method: str, args: Sequence[Values]) -> Values:
    """`"NN".lower()`, `"".join(["n", "n"])` on constants."""
    const, given = certain(owner), [certain(a) for a in args]
    if const is None or not isinstance(const.value, str):
        return UNKNOWN
    if method == "join" and len(args) == 1:
        lists = [v for v in args[0] if isinstance(v, Items)]
        joined = [certain(v) for _, v in lists[0].parts] if len(lists) == 1 else [None]
        if all(j is not None and isinstance(j.value, str) for j in joined):
            return text(const.value.join(str(j.value) for j in joined if j))
    plain = [g.value for g in given if g is not None and isinstance(g.value, str)]
    if len(plain) == len(args) and len(plain) in _METHODS.get(method, ()):
        return text(getattr(const.value, method)(*plain))
    return UNKNOWN
