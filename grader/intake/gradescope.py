"""Gradescope's bulk export: `submission_metadata.yml`, read line by line because its results make it tens of megabytes."""

from __future__ import annotations

import base64
import io
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

METADATA = "submission_metadata.yml"
_KEY = re.compile(r"""^(?P<key>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#].*?):(?:\s+(?P<value>.*))?$""")
_FIELD = re.compile(
    r"""^(?P<indent> *(?:- +)?):?(?P<quote>["']?):?(?P<key>[\w ]+)(?P=quote):(?: +(?P<value>.*))?$"""
)
_PLAIN = re.compile(r"""'(?:[^']|'')*'|"[^"\\]*"|(?![&*!|>{[\]}"'%@`#,?-])(?:(?!: | #).)*|-?[\d.]*""")
_DECORATION = re.compile(r"^(?:[!&]\S*(?:\s+|$))+")
_BINARY = re.compile(r"!binary \|-?\n\s+(\S+)")
_SYMBOL = re.compile(r"([{,]\s*):(?=\w)")
_WANTED = ("submitters", "created_at")


@dataclass
class Submitted:
    """One entry of the metadata: a folder (or a PDF's name) and who handed it in."""

    folder: str
    submitters: list[dict[str, str]] = field(default_factory=list)
    created_at: str = ""
    problem: str = ""
    """Why who handed it in is not known, though something is written there."""


def read_metadata(lines: Iterable[str]) -> Iterator[Submitted]:
    """
    The entries of a `submission_metadata.yml`; results, histories and unknown keys are skipped unread.

    Only keys at the indentation of an entry's first key are the entry's own: what a student printed lies deeper.

    Args:
        lines: the file, line by line.
    """
    anchored: list[list[str]] = []
    for folder, parts in _entries(lines):
        entry = Submitted(scalar(folder))
        try:
            _fill(entry, parts, anchored)
        except Exception as error:  # the YAML library's own classes, and what it raises on hostile input
            entry.problem = f"who handed it in cannot be read ({type(error).__name__})"
        yield entry


def _entries(lines: Iterable[str]) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """The key of each entry and the lines of the parts that are wanted; an entry on one line is the part ``."""
    folder: str | None = None
    parts: dict[str, list[str]] = {}
    part: list[str] | None = None
    own = -1
    for raw in lines:
        line = raw.rstrip("\r\n").removeprefix("\ufeff")
        indent = len(line) - len(line.lstrip(" "))
        text = line[indent:]
        if not text or text.startswith("#"):
            if part is not None:
                part.append("")
        elif indent == 0 and not text.startswith(("---", "...", "%", "- ")) and (key := _KEY.match(text)):
            if folder is not None:
                yield folder, parts
            folder, parts, own = key["key"], {}, -1
            rest = _bare(key["value"] or "")
            part = parts.setdefault("", [rest]) if rest else None
        elif indent == 0 and text[:1] not in "-}]" and "" not in parts:
            part = None  # no YAML
        elif folder is not None and "" not in parts:
            own = indent if own < 0 else own
            if indent == own and text[:2] not in ("- ", "-") and (key := _KEY.match(text)):
                name = key["key"].strip("\"':").casefold()
                new = name in _WANTED and name not in parts
                part = parts.setdefault(name, [key["value"] or ""]) if new else None
            elif part is not None:
                part.append(line)
        elif part is not None:
            part.append(line)
    if folder is not None:
        yield folder, parts


def _fill(entry: Submitted, parts: dict[str, list[str]], anchored: list[list[str]]) -> None:
    if "" in parts:
        whole = _mapping(_yaml(parts[""], anchored))
        entry.submitters = _persons(whole.get("submitters"))
        entry.created_at = _text(whole.get("created_at"))
        return
    time = parts.get("created_at", [])
    if time:
        odd = time[0].startswith(("&", "*", "!", "|", ">"))
        entry.created_at = _text(_yaml(time, anchored)) if odd else scalar(time[0])
    people = parts.get("submitters", [])
    simple = _simple(people)
    entry.submitters = _persons(_yaml(people, anchored)) if simple is None else simple
    if not entry.submitters and any(line.strip() not in ("", "[]", "~", "null") for line in people):
        entry.problem = "who handed it in cannot be read (no list of people)"


def _bare(text: str) -> str:
    """A value without tags, anchors and a comment."""
    return re.sub(r"(^|\s)#.*$", "", _DECORATION.sub("", text)).strip()


# --- people --------------------------------------------------------------------------------------------------------


def _simple(lines: Sequence[str]) -> list[dict[str, str]] | None:
    """The people where each field stands on a line of its own, as nearly always; None when YAML proper is needed."""
    people: list[dict[str, str]] = []
    if (lines and _bare(lines[0]) not in ("", "[]")) or any(c in (lines or [""])[0] for c in "&*!"):
        return None
    column = -1
    for line in filter(str.strip, lines[1:]):
        found = _FIELD.match(line)
        value = (found["value"] or "").strip() if found else ""
        if found is None or not _PLAIN.fullmatch(value):
            return None
        if "-" in found["indent"]:
            people.append({})
            column = len(found["indent"])
        elif len(found["indent"]) != column:
            return None
        people[-1][found["key"].casefold()] = scalar(value)
    return people


def _persons(value: Any) -> list[dict[str, str]]:
    several = value if isinstance(value, list) else [value]
    return [{k: _text(v) for k, v in _mapping(p).items()} for p in several if isinstance(p, dict)]


def _mapping(value: Any) -> dict[str, Any]:
    found = value.items() if isinstance(value, dict) else ()
    return {str(k).removeprefix(":").casefold(): v for k, v in found}


def _text(value: Any) -> str:
    text = "" if value is None or isinstance(value, dict | list) else str(value).strip()
    return "" if text in ("~", "null") else text


def _yaml(lines: Sequence[str], anchored: list[list[str]]) -> Any:
    """The value of these lines by YAML proper, every scalar as text; aliases may name anchors of earlier lines."""
    from ruamel.yaml import YAML  # 40 ms, and hardly any export needs it

    own = [lines[0] and f"  {lines[0]}", *(f"  {line}" for line in lines[1:])]
    earlier = list(anchored) if any("*" in line for line in own) else []
    if any("&" in line for line in own):
        anchored.append(own)
    text = "\n".join("\n".join(["-", *part]) for part in [*earlier, own])
    text = _SYMBOL.sub(r"\1", _BINARY.sub(_decoded, text))
    reader = YAML(typ="base", pure=True)
    reader.allow_duplicate_keys = True
    with warnings.catch_warnings(action="ignore"):  # an anchor that is used again
        return reader.load(io.StringIO(text))[-1]


def _decoded(found: re.Match[str]) -> str:
    text = base64.b64decode(found[1]).decode("utf-8", "replace")
    return "'" + text.replace("'", "''") + "'"


def scalar(text: str) -> str:
    """A plain or quoted YAML scalar on one line as text; null is empty."""
    text = text.strip()
    if quoted := re.match(r"'((?:[^']|'')*)'", text):
        return quoted[1].replace("''", "'")
    if quoted := re.match(r'"((?:[^"\\]|\\.)*)"', text):
        return re.sub(r"\\(.)", r"\1", quoted[1])
    text = re.sub(r"(^|\s+)#.*$", "", text)
    return "" if text in ("~", "null") else text
