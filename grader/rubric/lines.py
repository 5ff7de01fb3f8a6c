"""Line numbers, and complaints that name them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from grader.checks.registry import nearest
from grader.errors import RubricError

M = TypeVar("M", bound=BaseModel)


class Lines:
    """Line numbers of a YAML document by path."""

    def __init__(self, path: Path, root: Any) -> None:
        self.path = path
        self.lines: dict[tuple[Any, ...], int] = {}
        self._walk(root, ())

    def _walk(self, node: Any, where: tuple[Any, ...]) -> None:
        if node is None:
            return
        if len(where) > 40:
            raise self.error(where, "nested too deep")
        self.lines.setdefault(where, node.start_mark.line + 1)
        if node.id == "mapping":
            for key, value in node.value:
                place = (*where, key.value)
                self.lines[place] = key.start_mark.line + 1
                self._walk(value, place)
        elif node.id == "sequence":
            for i, value in enumerate(node.value):
                self._walk(value, (*where, i))

    def error(self, where: tuple[Any, ...], text: str) -> RubricError:
        """`file:line: text` for the line of `where`, or of the nearest thing around it."""
        place = where
        while place and place not in self.lines:
            place = place[:-1]
        return RubricError(f"{self.path}:{self.lines.get(place, 1)}: {text}")


def validated(model: type[M], data: Any, lines: Lines, where: tuple[Any, ...], context: Any = None, name: str = "") -> M:  # fmt: skip
    try:
        return model.model_validate(data, context=context)
    except ValidationError as e:
        # An unknown key is the cause of a missing one beside it.
        first = min(e.errors(), key=lambda error: error["type"] != "extra_forbidden")
        raise lines.error((*where, *first["loc"]), _complaint(model, first, name)) from None


def _complaint(model: type[BaseModel], error: Any, name: str) -> str:
    place = ".".join(str(p) for p in error["loc"])
    prefix = f"{name}: " if name else ""
    if error["type"] == "extra_forbidden":
        known = sorted(model.model_fields) if len(error["loc"]) == 1 else _known_beside(model, error["loc"])
        return f"{prefix}unknown key '{error['loc'][-1]}'.{nearest(str(error['loc'][-1]), known)} Known: {', '.join(known)}"
    if error["type"] == "missing":
        return f"{prefix}'{place}' is missing"
    message = re.sub(r"^Value error, ", "", error["msg"])
    return f"{prefix}{place}: {message}"


def _known_beside(model: type[BaseModel], where: tuple[Any, ...]) -> list[str]:
    """The keys of the model that lies deeper, along the place of an error."""
    for part in where[:-1]:
        field = model.model_fields.get(part) if isinstance(part, str) else None
        inner = (
            [a for a in (*getattr(field.annotation, "__args__", ()), field.annotation) if _is_model(a)]
            if field
            else []
        )
        model = inner[0] if inner else model
    return sorted(model.model_fields)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
