"""
How a function becomes a kind of check.

Its name is the YAML key, the first line of its docstring the title, its keyword-only parameters with their types the YAML
schema. Kinds are imported when a rubric first names them.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import pkgutil
import sys
import typing
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, create_model

from grader import checks
from grader.errors import GraderError
from grader.model import Verdict
from grader.record import digest

_KINDS: dict[str, Kind] = {}
COURSE = "course_kinds_"
"""How the names of the modules begin that a course brings."""


@dataclass(frozen=True)
class Kind:
    """A kind of check: a function and what its signature says."""

    name: str
    function: Callable[..., Verdict]
    options: type[BaseModel]

    @property
    def title(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.function) or self.name).partition("\n")[0].rstrip(".")

    @cached_property
    def fingerprint(self) -> bytes:
        """Changes when the source of the kind's module does, or that of the package that a course brings."""
        module = inspect.getmodule(self.function)
        if module is None or not module.__file__:
            return digest(self.name)
        place = Path(module.__file__)
        own = module.__name__.startswith(COURSE) and "." in module.__name__
        return digest(*(f.read_bytes() for f in (sorted(place.parent.glob("*.py")) if own else [place])))


def check(function: Callable[..., Verdict]) -> Callable[..., Verdict]:
    """
    Register a function as a kind of check.

    Raises:
        GraderError: it has no docstring, or a parameter without a type.
    """
    name = function.__name__
    if not function.__doc__:
        raise GraderError(f"check kind {name}: no docstring. Its first line is the title of the check.")
    hints = typing.get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY or parameter.name not in hints:
            raise GraderError(
                f"check kind {name}: parameter {parameter.name} must be keyword-only and have a type."
            )
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[parameter.name] = (hints[parameter.name], default)
    config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    _KINDS[name] = Kind(name, function, create_model(f"{name}_options", __config__=config, **fields))
    return function


def load_course(name: str, place: Path) -> None:
    """
    Import a course's own kinds, each from a file of its own or all from one.

    Args:
        name: of the module, beginning with `COURSE`.
        place: a Python file, or a package: its modules are kinds, but for those whose name begins with `_`.

    Raises:
        FileNotFoundError: there is neither.
    """
    folder = [str(place)] if place.is_dir() else None
    file = place / "__init__.py" if folder else place
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=folder)
    if spec is None or spec.loader is None or not file.exists():
        raise FileNotFoundError(file)
    for known in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
        del sys.modules[known]
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for found in pkgutil.iter_modules(folder or []):
        if not found.name.startswith("_"):
            importlib.import_module(f"{name}.{found.name}")


def built_in() -> list[str]:
    """The kinds that the grader brings, without those of a course that was read before."""
    return [name for name in kind_names() if importlib.util.find_spec(f"grader.checks.{name}")]


def kind_names() -> list[str]:
    """All kinds that a rubric can use: ours by file, and those that a course registered."""
    files = {m.name for m in pkgutil.iter_modules(checks.__path__)} - {"registry", "recipe"}
    return sorted(set(_KINDS) | {n for n in files if not n.startswith("_")})


def kind(name: str) -> Kind | None:
    """The kind of that name, or None."""
    if name not in _KINDS and name in kind_names():
        importlib.import_module(f"grader.checks.{name}")
    return _KINDS.get(name)


def nearest(name: str, names: list[str]) -> str:
    """` Did you mean 'x'?` or nothing."""
    near = difflib.get_close_matches(name, names, 1)
    return f" Did you mean '{near[0]}'?" if near else ""
