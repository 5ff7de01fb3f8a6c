"""The outputs of an executed notebook, rebuilt field by field from what a kernel says. Pure data, of bounded size."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode, from_dict

Json = Any
_MIME = re.compile(r"[\w.+-]{1,80}/[\w.+-]{1,80}")
_MAX_METADATA = 2_000
_MAX_NAME = 200
_MAX_LINES = 200
_MAX_DEPTH = 30
_PART = 64
"""Bytes that one part of a JSON output takes in memory, at least."""


@dataclass(frozen=True)
class OutputLimits:
    """Bytes of output that are kept: of one message, of a cell, of a notebook."""

    message: int = 6 << 20
    cell: int = 6 << 20
    total: int = 24 << 20


def node(fields: dict[str, Json]) -> NotebookNode:
    """A part of a notebook as nbformat has it."""
    made: NotebookNode = from_dict(fields)  # type: ignore[no-untyped-call]
    return made


def tidy(kind: str, content: Json) -> dict[str, Json] | None:
    """The content of a message with just the fields that its kind has, or None for a message that does not count."""
    reader = _READERS.get(kind)
    return reader(content) if reader is not None and type(content) is dict else None


def output_of(kind: str, content: dict[str, Json]) -> dict[str, Json]:
    """The output of a cell (nbformat 4) that a tidy message stands for."""
    fields = {k: v for k, v in content.items() if k != "transient"}
    return {"output_type": kind} | fields


def parts_of(value: Json) -> int:
    """How many lists, mappings and what is in them a JSON value has; -1 where it is nested deeper than anybody reads."""
    level, count = [value], 0
    for _ in range(_MAX_DEPTH):
        level = [p for v in level for p in (v.values() if type(v) is dict else v if type(v) is list else ())]
        count += len(level)
        if not level:
            return count
    return -1


def weight(content: dict[str, Json]) -> int:
    """Bytes that the parts of a tidy message take besides its text."""
    return _PART * parts_of(content)


def overwritten(text: str) -> str:
    """A text as a terminal shows it where carriage returns draw over their line: what progress bars do."""
    if "\r" not in text:
        return text
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


def _text(value: Json) -> str:
    if type(value) is str:
        return value
    return "".join(part for part in value if type(part) is str) if type(value) is list else ""


def _bundle(value: Json) -> dict[str, Json]:
    if type(value) is not dict:
        return {}
    return {
        mime: data if mime.endswith("json") else _text(data)
        for mime, data in value.items()
        if _MIME.fullmatch(mime)
        and (mime.endswith("json") or type(data) in (str, list))
        and _is_shallow(data)
    }


def _is_shallow(value: Json) -> bool:
    """With room for what lies around it in a notebook."""
    return parts_of([[[value]]]) >= 0


def _metadata(value: Json) -> dict[str, Json]:
    small = type(value) is dict and _is_shallow(value) and len(json.dumps(value)) <= _MAX_METADATA
    return value if small else {}


def _display(content: dict[str, Json]) -> dict[str, Json]:
    transient = content.get("transient")
    name = transient.get("display_id") if type(transient) is dict else None
    known = {"display_id": name} if type(name) is str and len(name) <= _MAX_NAME else {}
    return {
        "data": _bundle(content.get("data")),
        "metadata": _metadata(content.get("metadata")),
        "transient": known,
    }


def _result(content: dict[str, Json]) -> dict[str, Json]:
    count = content.get("execution_count")
    return _display(content) | {
        "execution_count": count if type(count) is int and 0 <= count < 1 << 31 else None
    }


def _error(content: dict[str, Json]) -> dict[str, Json]:
    lines = content.get("traceback")
    return {
        "ename": _text(content.get("ename"))[:_MAX_NAME],
        "evalue": _text(content.get("evalue")),
        "traceback": [line for line in lines[:_MAX_LINES] if type(line) is str]
        if type(lines) is list
        else [],
    }


def _stream(content: dict[str, Json]) -> dict[str, Json]:
    return {
        "name": "stderr" if content.get("name") == "stderr" else "stdout",
        "text": _text(content.get("text")),
    }


_READERS: dict[str, Callable[[dict[str, Json]], dict[str, Json]]] = {
    "status": lambda c: {"execution_state": "idle" if c.get("execution_state") == "idle" else "busy"},
    "clear_output": lambda c: {"wait": c.get("wait") is True},
    "stream": _stream,
    "display_data": _display,
    "update_display_data": _display,
    "execute_result": _result,
    "error": _error,
}
