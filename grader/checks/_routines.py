"""Routines: functions of ours that run beside the student's code, from a file beside the rubric."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo

INSIDE = Path(__file__).parent / "inside"
"""What routines of every rubric may import from, as if it stood beside them."""


def _from_file(value: Any, info: ValidationInfo) -> Any:
    """The source of a routine and, above it, of the files beside it that it imports from (`from .other import name`)."""
    folder = (info.context or {}).get("folder")
    if folder is None or not isinstance(value, str) or not value.endswith(".py"):
        return value
    return "\n\n".join(_sources(folder / value, value, set()))


def _sources(file: Path, name: str, known: set[Path]) -> list[str]:
    """The parts in the order in which they have to stand; each file once."""
    if file in known:
        return []
    known.add(file)
    try:
        text = file.read_text(encoding="utf-8")
        body = ast.parse(text).body
    except OSError as e:
        raise ValueError(f"{name} beside the rubric: {e.strerror}") from None
    except SyntaxError as e:
        raise ValueError(f"{name}:{e.lineno}: {e.msg}") from None
    above: list[str] = []
    lines = text.splitlines()
    for part in body:
        if isinstance(part, ast.ImportFrom) and part.level == 1:
            other = f"{part.module}.py"
            beside = file.parent / other
            above += _sources(beside if beside.exists() else INSIDE / other, other, known)
            for number in range(part.lineno - 1, part.end_lineno or part.lineno):
                lines[number] = ""
    return [*above, "\n".join(lines)]


Routine = Annotated[str, BeforeValidator(_from_file)]
"""In a rubric the name of a file; for the check its source."""
