"""Gradescope's bulk export: `submission_metadata.yml`, read line by line because its results make it tens of megabytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

METADATA = "submission_metadata.yml"
_TOP = re.compile(r"""^(?P<key>"[^"]*"|'[^']*'|[^\s#'"-][^:]*|-?\w[^:]*):\s*$""")
_KEY = re.compile(r"^ {1,4}(?P<key>:?\w[\w ]*):(?: +(?P<value>.*))?$")
_FIELD = re.compile(r"""^\s*(?:- +)?["']?:?(?P<key>[\w ]+?)["']?:(?: +(?P<value>.*))?$""")


@dataclass
class Submitted:
    """One entry of the metadata: a folder (or a PDF's name) and who handed it in."""

    folder: str
    submitters: list[dict[str, str]] = field(default_factory=list)
    created_at: str = ""


def read_metadata(lines: Iterable[str]) -> Iterator[Submitted]:
    """
    The entries of a `submission_metadata.yml`; results, histories and unknown keys are skipped unread.

    Args:
        lines: the file, line by line.
    """
    entry: Submitted | None = None
    section = ""
    for raw in lines:
        line = raw.rstrip("\r\n")
        if top := _TOP.match(line):
            if entry is not None:
                yield entry
            entry, section = Submitted(scalar(top["key"])), ""
        elif entry is not None and (key := _KEY.match(line)) and not line.lstrip().startswith("- "):
            indented = section == "submitters" and len(line) - len(line.lstrip()) > 2
            if not indented:
                section = key["key"].lstrip(":")
                _start(entry, section, key["value"] or "")
            else:
                _submitter(entry, line)
        elif entry is not None and section == "submitters":
            _submitter(entry, line)
    if entry is not None:
        yield entry


def _start(entry: Submitted, section: str, value: str) -> None:
    if section == "created_at":
        entry.created_at = scalar(value)
    elif section == "submitters" and value.startswith("[{"):
        for person in re.findall(r"\{([^{}]*)\}", value):
            pairs = re.findall(r""":?(\w+)"?: *("[^"]*"|'[^']*'|[^,]*)""", person)
            entry.submitters.append({key.lower(): scalar(text) for key, text in pairs})


def _submitter(entry: Submitted, line: str) -> None:
    found = _FIELD.match(line)
    if line.lstrip().startswith("- "):
        entry.submitters.append({})
    if found and entry.submitters:
        entry.submitters[-1][found["key"].lower()] = scalar(found["value"] or "")


def scalar(text: str) -> str:
    """A plain or quoted YAML scalar as text; null is empty."""
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return re.sub(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", _escaped, text[1:-1])
    text = re.sub(r"\s+#.*$", "", text)
    return "" if text in ("~", "null") else text


def _escaped(found: re.Match[str]) -> str:
    code = found[1]
    return chr(int(code[1:], 16)) if code[0] in "xu" and len(code) > 1 else code
