"""Which uses the code of a question reaches: from the names that it asks for, through everything they depend on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from grader.usage.scope import Analysis
from grader.usage.spec import Use
from grader.usage.values import Bound, Class, ClassInfo, Function, Outside, Place

_MAKING = ("__new__", "__init__", "__post_init__")


@dataclass
class _Reached:
    """What is reached so far from one entry."""

    analysis: Analysis
    places: set[Place] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    classes: set[ClassInfo] = field(default_factory=set)
    full: set[ClassInfo] = field(default_factory=set)
    """Classes of which every method counts."""

    def visit(self, *start: Place) -> None:
        """A piece of code is reached, and with it all that it depends on."""
        todo = list(start)
        while todo:
            place = todo.pop()
            if place in self.places:
                continue
            self.places.add(place)
            self.attributes |= place.attributes
            if place.info is not None:
                self.classes.add(place.info)
            todo += place.needs
            for module, name in place.reads:
                bound = _bound(self.analysis, module, name)
                todo += bound.by if bound else ()

    def settle(self) -> None:
        """Methods of reached classes that something reached may call, until nothing new comes."""
        size = (-1, -1)
        while size != (len(self.places), len(self.full)):
            size = (len(self.places), len(self.full))
            for info in list(self.classes):
                self.visit(*(place for name, place in info.methods.items() if self._calls(info, name)))
                self.visit(*_renamed(info, self.attributes))
            for info in list(self.full):
                self.full |= {parent for parent in info.parents if parent in self.classes}

    def _calls(self, info: ClassInfo, name: str) -> bool:
        dunder = name.startswith("__") and name.endswith("__")
        if dunder or name in self.attributes or info.inherits_more:
            return True
        return info in self.full and not any(name in c.methods for c in self.full if info in c.parents)


def _renamed(info: ClassInfo, attributes: set[str]) -> Iterator[Place]:
    """Functions that a class has under another name (`backward = backprop`)."""
    for name in attributes & info.members.keys() - info.methods.keys():
        yield from (value.place for value in info.members[name] if isinstance(value, Function))


def _bound(analysis: Analysis, module: str, name: str) -> Bound | None:
    scope = analysis.modules.get(module)
    if scope is None:
        return None
    return next((names[name] for names in (scope.names, scope.main, scope.late) if name in names), None)


def attribute_uses(analysis: Analysis, entries: Sequence[str], files: Mapping[str, str]) -> list[Use]:
    """
    All uses, each with the entry whose code reaches it.

    Args:
        analysis: of the hand-in.
        entries: functions, classes (with all their methods), methods (`LinearLayer.backward`) or globals.
        files: for entries that several files define, the file that is graded.
    """
    by_place: dict[Place, str] = {}
    given: set[tuple[str, str]] = set()
    """Entries that are nothing but what an import bound, with its full name."""
    for entry in entries:
        for path in [files[entry]] if entry in files else list(analysis.modules):
            for place in _from(entry, path, analysis):
                by_place.setdefault(place, entry)
            bound = _bound(analysis, path, entry)
            given |= {(entry, v.path) for v in (bound.values if bound else ()) if isinstance(v, Outside)}
    found = [replace(use, entry=by_place.get(key[0], "")) for key, use in analysis.found.items()]
    return sorted({_as_use(use, given) for use in found})


def _as_use(use: Use, given: set[tuple[str, str]]) -> Use:
    """`from torch.nn.functional import relu` where `relu` is asked for: the import is the answer."""
    names = [path for entry, path in given if entry == use.entry]
    whole = use.written.endswith("import *") and any(path.startswith(f"{use.name}.") for path in names)
    return replace(use, kind="use") if use.kind == "import" and (use.name in names or whole) else use


def _from(entry: str, path: str, analysis: Analysis) -> set[Place]:
    top, _, method = entry.partition(".")
    bound = _bound(analysis, path, top)
    if bound is None:
        return set()
    reached = _Reached(analysis)
    reached.visit(*bound.by)
    for info in [v.info for v in bound.values if isinstance(v, Class)]:
        reached.visit(info.place)
        if method:
            reached.attributes.add(method)
            reached.visit(*(place for name, place in info.methods.items() if name in (method, *_MAKING)))
        else:
            reached.full.add(info)
    reached.settle()
    return reached.places
