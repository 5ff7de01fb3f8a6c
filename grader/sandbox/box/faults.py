"""An exception of the student's code as plain words: type, message, the lines of their own files."""

from __future__ import annotations

import re
import traceback
from typing import Any

MAX_MESSAGE = 400
_CELL = re.compile(r"^cell \d+$")


def describe(error: BaseException, own: dict[str, str]) -> dict[str, Any]:
    """
    The fault that a reply carries.

    Args:
        error: what was raised.
        own: file name as tracebacks show it -> the name that the student knows.

    Returns:
        `kind`, `type`, `message`, `where` (`file:line`, innermost first, at most 5), `line` (its source text).
    """
    where, line = _where(error, own)
    return {
        "kind": "memory"
        if isinstance(error, MemoryError)
        else "exit"
        if isinstance(error, SystemExit)
        else "crashed",
        "type": str(type(error).__name__)[:80],
        "message": _message(error),
        "where": where,
        "line": line[:300],
    }


def _message(error: BaseException) -> str:
    try:
        if isinstance(error, SyntaxError):
            return str(error.msg)[:MAX_MESSAGE]
        return str(error)[:MAX_MESSAGE]
    except BaseException:  # the student's own __str__ may do anything
        return "(the message of the exception could not be read)"


def _where(error: BaseException, own: dict[str, str]) -> tuple[list[str], str]:
    places, text = [], ""
    if isinstance(error, SyntaxError) and error.filename in own:
        places.append(f"{own[error.filename]}:{error.lineno}")
        text = str(error.text or "").strip()
    try:
        frames = [(f, n) for f, n in traceback.walk_tb(error.__traceback__) if f.f_code.co_filename in own]
    except BaseException:
        return places, text
    for frame, number in reversed(frames[-200:]):
        place = f"{own[frame.f_code.co_filename]}:{number}"
        if place not in places and len(places) < 5:
            places.append(place)
            text = text or _source_line(frame, number)
    return places, text


def _source_line(frame: Any, number: int) -> str:
    import linecache

    try:
        return linecache.getline(frame.f_code.co_filename, number, frame.f_globals).strip()
    except BaseException:
        return ""
