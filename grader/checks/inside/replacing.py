"""Runs beside the student's code: a part of it is replaced wherever the hand-in uses it."""

import os
import sys
import types
from collections.abc import Iterator, Sequence
from typing import Any


def with_right(old: Any, new: Any, function: Any, arguments: Sequence[Any], *users: Any) -> Any:
    """
    What a function gives when `new` stands in the place of `old`.

    Raises:
        LookupError: it does not use that part, so that nothing can follow from it.
    """
    used: list[bool] = []

    def right(*args: Any, **named: Any) -> Any:
        used.append(True)
        return new(*args, **named)

    put_in_place(old, right, function, *users)
    result = function(*arguments)
    if not used:
        raise LookupError("this part is not used")
    return result


def put_in_place(old: Any, new: Any, *users: Any) -> None:
    """Every name of the hand-in's files that means `old` means `new` from now on."""
    for space in _spaces([old, *users]):
        for name, value in list(space.items()):
            if value is old:
                space[name] = new


def _spaces(things: Sequence[Any]) -> Iterator[dict[str, Any]]:
    root = os.environ.get("HOME", "") + os.sep
    for module in list(sys.modules.values()):
        if isinstance(module, types.ModuleType) and str(getattr(module, "__file__", "")).startswith(root):
            yield vars(module)
    for thing in things:
        members = vars(thing).values() if isinstance(thing, type) else [thing]
        for member in members:
            member = getattr(member, "__func__", member)
            member = getattr(member, "__wrapped__", member)
            if isinstance(member, types.FunctionType):
                yield member.__globals__
