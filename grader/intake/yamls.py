"""Reading answers.yaml: every scalar as it is written, bad lines by themselves, and the line of every complaint."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import Any

_MAX_CHARS = 1_000_000
_MAX_LINE = 20_000
_MAX_BLOCKS = 300
_MAX_ENTRIES = 2_000
_MAX_NODES = 20_000
_MAX_DEPTH = 20
_ENTRY = re.compile(
    r"""^(?P<indent>[ \t]*)(?:- +)?(?P<key>"[^"\n]*"|'[^'\n]*'|[^\s:#'"\[{][^:\n]*?)[ \t]*:(?P<rest>.*)$"""
)


@dataclass(frozen=True)
class Entry:
    """One `key: value` of a YAML file."""

    path: tuple[str, ...]
    """The keys from the top."""
    text: str
    """The value as written (LaTeX in double quotes keeps its backslashes)."""
    line: int
    value: Any = None
    """A mapping or list as Python values, scalars in it read as numbers where they are numbers; else None."""


@dataclass(frozen=True)
class Wrong:
    """A place that YAML cannot read."""

    line: int
    why: str


@dataclass(frozen=True)
class Read:
    """What a YAML file gave."""

    entries: tuple[Entry, ...]
    wrong: tuple[Wrong, ...] = ()
    twice: tuple[tuple[str, int], ...] = ()
    """Keys that are there twice, with the line of the later one, which counts."""


def read_yaml(text: str, most_chars: int = 100_000) -> Read:
    """
    The entries of a YAML file; where YAML cannot read an entry, or the text is longer than `most_chars`, its lines that look
    like `key: value`.

    `yes`, `no`, `true`, `0` stay the words that they are; in double quotes a backslash before a letter is a
    backslash (`"\\frac"`, which YAML would take for a form feed).
    """
    text = text[:_MAX_CHARS].replace("\r\n", "\n").replace("\r", "\n")
    text = "\n".join(_literal_backslashes(line) for line in text.split("\n"))
    if reason := _hopeless(text, most_chars):
        return Read(tuple(islice(_lenient(text), _MAX_ENTRIES)), (Wrong(1, reason),))
    whole = _composed(text)
    if not whole.wrong:
        return whole
    if re.search(r"^ *\t", text, re.MULTILINE):
        spaced = _composed(re.sub(r"^[ \t]+", lambda m: m[0].expandtabs(4), text, flags=re.MULTILINE))
        if not spaced.wrong:
            return replace(spaced, wrong=whole.wrong)
    blocks = list(_blocks(text))
    if not 1 < len(blocks) <= _MAX_BLOCKS:
        return replace(whole, entries=tuple(islice(_lenient(text), _MAX_ENTRIES)))
    return _by_blocks(blocks)


def _literal_backslashes(line: str) -> str:
    """Double the single backslashes of a line whose value is in double quotes."""
    found = re.match(r"""([^"'#]*:[ \t]+"|[^"'#]*-[ \t]+")(.*)("\s*)$""", line[:_MAX_LINE])
    if found is None or "\\" not in found[2] or len(line) > _MAX_LINE:
        return line
    return found[1] + re.sub(r'\\([\\"])|\\', lambda m: m[0] if m[1] else "\\\\", found[2]) + found[3]


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """The entries of the top level, each with the number of its first line."""
    lines = text.split("\n")
    starts = [i for i, line in enumerate(lines) if line[:1] not in ("", " ", "\t", "#", "-", "]", "}")]
    for start, end in pairwise([*starts, len(lines)]):
        yield start, "\n".join(lines[start:end])


def _by_blocks(blocks: Sequence[tuple[int, str]]) -> Read:
    """Each entry by itself: one that YAML cannot read costs only itself."""
    entries: list[Entry] = []
    wrong: list[Wrong] = []
    for start, block in blocks:
        read = _composed(block)
        found = read.entries if not read.wrong else tuple(_lenient(block))
        entries.extend(replace(entry, line=entry.line + start) for entry in found)
        wrong.extend(replace(w, line=w.line + start) for w in read.wrong)
    keys = [e.path for e in entries]
    twice = tuple(
        (e.path[0], e.line) for i, e in enumerate(entries) if len(e.path) == 1 and e.path in keys[:i]
    )
    return Read(tuple(entries), tuple(wrong), twice)


def _composed(text: str) -> Read:
    """The entries as YAML reads them, or what is wrong."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        quoted = "quoted scalar" in (error.context or "")
        mark = error.context_mark if quoted else error.problem_mark or error.context_mark
        return Read(
            (),
            (
                Wrong(
                    mark.line + 1 if mark else 1,
                    _explained("quoted scalar" if quoted else error.problem or "", text, mark),
                ),
            ),
        )
    except Exception:  # a YAML reader on hostile text: ReaderError, RecursionError, TypeError, ...
        return Read((), (Wrong(1, "it has characters that YAML does not allow"),))
    if node is not None and node.id == "scalar" and str(node.value).strip():
        why = "it has not the form `label: value`, with a space behind the colon"
        return Read((), (Wrong(node.start_mark.line + 1, why),))
    walker = _Walker(text)
    try:
        return Read(tuple(islice(walker.walk(node), _MAX_ENTRIES)), twice=tuple(walker.twice))
    except (_TooMuchError, RecursionError):
        return Read((), (Wrong(1, "it refers to itself over and over"),))


def _hopeless(text: str, most_chars: int) -> str:
    """Why YAML is not even tried: on such texts it takes forever."""
    if len(text) > most_chars:
        return "the file is far too long for a file of answers"
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        depth = depth + 1 if bracket in "[{" else max(0, depth - 1)
        if depth > 2 * _MAX_DEPTH:
            return "brackets are nested too deeply, or not closed"
    return ""


def _explained(problem: str, text: str, mark: Any) -> str:
    """What the student did, for the mistakes that are typical."""
    line = text.split("\n")[mark.line] if mark is not None and mark.line < text.count("\n") + 1 else ""
    if "\t" in line[: len(line) - len(line.lstrip())] or "\\t" in problem:
        return "a tab is used where YAML wants spaces"
    if "mapping values are not allowed" in problem:
        return "a value contains `: `; put the value in single quotes"
    if "escape" in problem:
        return "a backslash in double quotes; use single quotes for LaTeX"
    if re.search(r":\s*[{\[*&!%@`|>]", line):
        return "a value begins with a character that means something in YAML; put the value in single quotes"
    if "quoted scalar" in problem:
        return "a quote is not closed"
    return problem or "it is not YAML"


class _TooMuchError(Exception):
    """More nodes than a file of answers has."""


class _Walker:
    """Walks the nodes of a YAML file."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.left = _MAX_NODES
        self.twice: list[tuple[str, int]] = []

    def walk(self, node: Any, path: tuple[str, ...] = ()) -> Iterator[Entry]:
        """The entries below a node: every key of every mapping, outer ones first."""
        self._count(path)
        if node is None:
            return
        if node.id == "sequence":
            for part in node.value:
                if part.id != "scalar":
                    yield from self.walk(part, path)
        if node.id != "mapping":
            return
        seen: set[str] = set()
        for key_node, value_node in node.value:
            key = self._raw(key_node)
            line = key_node.start_mark.line + 1
            if key in seen:
                self.twice.append((".".join((*path, key)), line))
            seen.add(key)
            value = None if value_node.id == "scalar" else self._value(value_node)
            yield Entry((*path, key), self._raw(value_node), line, value)
            yield from self.walk(value_node, (*path, key))

    def _count(self, path: tuple[str, ...] = ()) -> None:
        self.left -= 1
        if self.left < 0 or len(path) > _MAX_DEPTH:
            raise _TooMuchError

    def _raw(self, node: Any, depth: int = 0) -> str:
        """A node as text: scalars as written, lists in brackets, flow mappings as they stand."""
        self._count(("",) * depth)
        if node.id == "scalar":
            return self._scalar(node)
        if node.id == "sequence" and not node.flow_style:
            return f"[{', '.join(self._raw(part, depth + 1) for part in node.value)}]"
        return self.text[node.start_mark.index : node.end_mark.index].strip()[:100_000]

    def _scalar(self, node: Any) -> str:
        if node.style == '"':
            inner = self.text[node.start_mark.index : node.end_mark.index].strip()[1:-1]
            return unescaped(inner)
        if node.style is None and node.tag and not str(node.tag).startswith("tag:yaml.org,2002:"):
            return f"{node.tag} {node.value}".strip()
        return str(node.value).strip()

    def _value(self, node: Any, depth: int = 0) -> Any:
        self._count(("",) * depth)
        if node.id == "scalar":
            return as_number(self._scalar(node))
        if node.id == "sequence":
            return [self._value(part, depth + 1) for part in node.value]
        return {self._raw(key): self._value(value, depth + 1) for key, value in node.value}


def as_number(text: str) -> int | float | str:
    """A number where the whole text is one, else the text."""
    for kind in (int, float):
        try:
            return kind(text) if not re.search(r"[_a-df-zA-DF-Z]", text) else text
        except ValueError:
            continue
    return text


def unescaped(text: str) -> str:
    """The inside of double quotes, where a backslash before a letter is LaTeX."""
    text = re.sub(r"\\(\\|\"|/|\n\s*)", lambda m: "" if m[1][0] == "\n" else m[1], text)
    return re.sub(r"[ \t]*\n[ \t]*", " ", text).strip()


# --- without YAML ---------------------------------------------------------------------------------------------------


def _lenient(text: str) -> Iterator[Entry]:
    """The lines that look like `key: value`, with what is indented below them."""
    lines = text.split("\n")
    path: list[tuple[int, str]] = []
    for number, line in enumerate(lines):
        found = _ENTRY.match(line[:_MAX_LINE])
        if found is None:
            continue
        indent = len(found["indent"].expandtabs(8))
        path = [(i, key) for i, key in path if i < indent]
        key = found["key"].strip("\"' ")
        path.append((indent, key))
        if len(path) <= _MAX_DEPTH:
            yield Entry(
                tuple(k for _, k in path), _lenient_value(found["rest"], lines, number, indent), number + 1
            )


def _lenient_value(rest: str, lines: list[str], number: int, indent: int) -> str:
    rest = rest.strip()
    block = re.fullmatch(r"[|>][+-]?\d?", rest)
    below: list[str] = []
    for line in lines[number + 1 :]:
        deeper = len(line.expandtabs(8)) - len(line.expandtabs(8).lstrip()) > indent
        if line.strip() and (not deeper or (not block and _ENTRY.match(line[:_MAX_LINE]))):
            break
        below.append(line.strip())
    text = "\n".join(below if block else [_unquoted(rest), *below]).strip()
    return text[:100_000]


def _unquoted(text: str) -> str:
    if text[:1] in ("'", '"'):
        quote = text[0]
        end = text.rfind(quote)
        if end > 0 and re.fullmatch(r"\s*(#.*)?", text[end + 1 :]):
            inner = text[1:end]
            return inner.replace("''", "'") if quote == "'" else unescaped(inner)
        return text if end > 0 else text[1:]
    return re.sub(r"\s+#\s.*$", "", text)
