"""
F-strings as Python 3.12 reads them (the same quotes inside, backslashes, comments, line breaks), for an older Python.

`f"{d["k"]:>{n}} left"` becomes `"{:>{}} left".format(d["k"], n)`: as many lines, and the same string.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

MOST_NESTED = 8
_STRING = re.compile(r"""(?<![\w"'])(?P<prefix>[rRbBuUfF]{0,2})(?P<quote>\"\"\"|'''|"|')""")
_NEXT = re.compile(r"""#[^\n]*|[\[({]|[\])}]|\n|(?<![\w"'])[rRbBuUfF]{0,2}(?:\"\"\"|'''|"|')""")
_IN_FIELD = re.compile(r"""#[^\n]*|[\[({]|[\])}]|!(?!=)|:|(?<![\w"'])[rRbBuUfF]{0,2}(?:\"\"\"|'''|"|')""")
_BETWEEN = re.compile(r"(?:[ \t\f]|\\\n|#[^\n]*|\n)*")
_CONVERSION = re.compile(r"![rsa](?=\s*[:}])")


class NotReadableError(Exception):
    """Nothing that could be read in a newer Python either."""


@dataclass(frozen=True)
class Text:
    """A string in the source, with its quotes."""

    start: int
    end: int
    depth: int
    """Brackets that are open around it."""


@dataclass
class _Parts:
    """What an f-string becomes: a template for `str.format`, and its arguments."""

    template: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)


def strings(source: str) -> Iterator[Text]:
    """
    The strings of a source, f-strings as 3.12 reads them.

    Raises:
        NotReadableError: one of them does not end.
    """
    at, depth = 0, 0
    while found := _NEXT.search(source, at):
        token = found[0]
        at = found.end()
        if token in "([{":
            depth += 1
        elif token in ")]}":
            depth = max(0, depth - 1)
        elif token[-1] in "\"'":
            end = _end_of(source, found.start(), 0)
            yield Text(found.start(), end, depth)
            at = end


def older_strings(source: str, nested: int = 0) -> str:
    """
    The source with every f-string that needs it rewritten.

    Raises:
        NotReadableError: it cannot be read.
    """
    if nested > MOST_NESTED:
        raise NotReadableError
    pieces, at = [], 0
    for group in _groups(source, list(strings(source))):
        if all(_readable(source[one.start : one.end]) for one in group):
            continue
        pieces += [source[at : group[0].start], _joined(source, group, nested)]
        at = group[-1].end
    return "".join([*pieces, source[at:]])


def _groups(source: str, found: list[Text]) -> Iterator[list[Text]]:
    """Strings side by side, which Python joins."""
    group: list[Text] = []
    for one in found:
        if group:
            between = _BETWEEN.match(source, group[-1].end)
            broken = "\n" in source[group[-1].end : one.start].replace("\\\n", "") and not one.depth
            if between is None or between.end() != one.start or broken:
                yield group
                group = []
        group.append(one)
    if group:
        yield group


def _joined(source: str, group: list[Text], nested: int) -> str:
    pieces, at = ["("], group[0].start
    for one in group:
        plus = "+ " if one is not group[0] else ""
        pieces += [source[at : one.start], plus, _formatted(source[one.start : one.end], nested)]
        at = one.end
    return "".join([*pieces, ")"])


def _readable(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(f"({text})")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _head(text: str, at: int) -> tuple[str, str]:
    found = _STRING.match(text, at)
    if found is None:
        raise NotReadableError
    return found["prefix"], found["quote"]


def _end_of(source: str, start: int, nested: int) -> int:
    """Where the string that starts here ends."""
    prefix, quote = _head(source, start)
    at = start + len(prefix) + len(quote)
    formatted = "f" in prefix.lower()
    while at < len(source):
        if source.startswith(quote, at):
            return at + len(quote)
        sign = source[at]
        if sign == "\n" and len(quote) == 1:
            break
        if sign == "\\" or (formatted and source.startswith(("{{", "}}"), at)):
            at += 2
        elif formatted and sign == "{":
            at = _end_of_field(source, at + 1, nested)[-1] + 1
        else:
            at += 1
    raise NotReadableError


def _end_of_field(source: str, start: int, nested: int) -> tuple[int, int]:
    """Where the expression of a field ends, and where its closing brace stands."""
    if nested > MOST_NESTED:
        raise NotReadableError
    at, depth = start, 0
    while at < len(source):
        found = _IN_FIELD.search(source, at)
        if found is None:
            break
        token, at = found[0], found.end()
        if token[-1] in "\"'":
            at = _end_of(source, found.start(), nested + 1)
        elif token in "([{":
            depth += 1
        elif token == "}" and not depth:
            return found.start(), found.start()
        elif token in ")]}":
            depth -= 1
        elif token in "!:" and not depth:
            return found.start(), _end_of_spec(source, found.start(), nested)
    raise NotReadableError


def _end_of_spec(source: str, at: int, nested: int) -> int:
    """The closing brace of a field from its `!` or `:` on; fields may stand inside."""
    while at < len(source) and source[at] != "\n":
        if source[at] == "}":
            return at
        at = _end_of_field(source, at + 1, nested + 1)[-1] + 1 if source[at] == "{" else at + 1
    raise NotReadableError


def _formatted(text: str, nested: int) -> str:
    """One string of a group: an f-string as a template with its arguments."""
    prefix, quote = _head(text, 0)
    if "f" not in prefix.lower():
        return text
    parts = _Parts()
    _template(text[len(prefix) + len(quote) : -len(quote)], quote, parts, nested)
    kept = prefix.replace("f", "").replace("F", "")
    arguments = ", ".join(f"({a})" for a in parts.arguments)
    return f"{kept}{quote}{''.join(parts.template)}{quote}.format({arguments})"


def _template(text: str, quote: str, parts: _Parts, nested: int) -> None:
    at = 0
    while at < len(text):
        if text.startswith(("{{", "}}", "\\{", "\\N{"), at):
            size = 2 if text[at + 1] in "{}" else text.index("}", at) + 1 - at
            parts.template.append(text[at : at + size])
            at += size
        elif text[at] == "{":
            at = _field(text, at + 1, quote, parts, nested)
        else:
            size = 2 if text[at] == "\\" else 1
            parts.template.append(text[at : at + size])
            at += size


def _field(text: str, start: int, quote: str, parts: _Parts, nested: int) -> int:
    """Take one field over; where the text goes on after it."""
    end, brace = _end_of_field(text, start, nested)
    expression, rest = text[start:end], text[end:brace]
    shown = re.search(r"(?<![=!<>])=\s*$", expression)
    conversion = _CONVERSION.match(text, end)
    if shown:
        escaped = expression.replace("\\", "\\\\").replace(quote[0], f"\\{quote[0]}")
        parts.template.append(escaped.replace("{", "{{").replace("}", "}}"))
        expression = expression[: shown.start()]
    parts.arguments.append(_argument(expression, nested))
    parts.template.append("{" + (conversion[0] if conversion else "!r" if shown and not rest else ""))
    if (colon := rest.find(":")) >= 0:
        parts.template.append(":")
        _template(rest[colon + 1 :], quote, parts, nested + 1)
    parts.template.append("}")
    return brace + 1


def _argument(expression: str, nested: int) -> str:
    """The expression of a field; a comment in it ends with its line, which stays."""
    if not expression.strip():
        raise NotReadableError
    return older_strings(expression, nested + 1)
