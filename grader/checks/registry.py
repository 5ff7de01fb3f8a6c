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
import typing
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, create_model

from grader import checks
from grader.errors import GraderError
from grader.model import Verdict
from grader.record import digest

_KINDS: dict[str, Kind] = {}


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
        """Changes when the source of the kind's module does."""
        module = inspect.getmodule(self.function)
        return digest(inspect.getsource(module) if module else self.name)


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
