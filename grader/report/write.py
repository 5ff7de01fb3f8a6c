"""report.json and the one way in which files of `grades/` are written: whole or not at all."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pydantic_core

from grader.model import Json, Report


def write_whole(path: Path, data: bytes) -> None:
    """
    Write the file through a temporary neighbour and a rename: a reader sees the old one or the new one, never
    half.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # The same name every time: what a killed run left half written is written over by the next one.
    part = path.parent / f".{hashlib.blake2b(os.fsencode(path.name), digest_size=8).hexdigest()}.part"
    try:
        with os.fdopen(
            os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644), "wb"
        ) as file:
            file.write(data)
        part.chmod(0o644)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_report(path: Path, report: Report) -> None:
    """Write `report.json`."""
    write_whole(path, report_json(report))


def report_json(report: Report) -> bytes:
    """
    The report as JSON, UTF-8, indented by two.

    The same report gives the same bytes: the report's keys in the order of its schema, the keys of free mappings
    sorted. NaN and infinities are null; lone surrogates are question marks.
    """
    return pydantic_core.to_json(plain(report.model_dump(by_alias=True), top=True), indent=2) + b"\n"


_FREE = frozenset({"evidence", "packages", "marks"})


def plain(value: Any, *, top: bool = False) -> Json:
    """
    The value as strict JSON: finite numbers, text that UTF-8 can hold, sorted keys.

    Args:
        value: JSON, perhaps with NaN, tuples, sets, paths or numpy's scalars and arrays in it.
        top: keep the order of keys, except below the free mappings of a report.
    """
    kind = type(value)
    if kind is str:
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if value is None or kind is bool or kind is int:
        return value
    if kind is float:
        return value if math.isfinite(value) else None
    if kind is dict:
        return _mapping(value, top)
    if kind is list or kind is tuple:
        return [plain(v, top=top) for v in value]
    return _unusual(value, top)


def _unusual(value: Any, top: bool) -> Json:
    """The same for subclasses and for what is no JSON."""
    for kind in (str, int, float):
        if isinstance(value, kind):
            return plain(kind(value))
    if isinstance(value, Mapping):
        return _mapping(value, top)
    if isinstance(value, set | frozenset):
        return sorted((plain(v) for v in value), key=str)
    if isinstance(value, list | tuple):
        return [plain(v, top=top) for v in value]
    return plain(value.tolist()) if hasattr(value, "tolist") else plain(str(value))


def _mapping(value: Mapping[Any, Any], ordered: bool) -> dict[str, Json]:
    if ordered:
        return {plain(str(k)): plain(v, top=k not in _FREE) for k, v in value.items()}
    keys = sorted(value, key=lambda k: (0, k, "") if isinstance(k, int) else (1, 0, str(k)))
    return {plain(str(k)): plain(value[k]) for k in keys}
