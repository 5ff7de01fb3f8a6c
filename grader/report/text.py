"""Text that strangers wrote, made fit to be shown: nothing hidden, nothing endless. Templates escape it."""

from __future__ import annotations

import math
import re

from markupsafe import Markup, escape

# Controls, soft hyphen, bidirectional overrides and isolates, zero-width and tag characters, lone surrogates.
# The zero-width joiners U+200C and U+200D stay: Persian, Indic scripts and emoji need them.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ufffe\uffff\U000e0000-\U000e007f]"
)


_COLOURS = re.compile("\x1b\\[[0-9;]{0,20}m")


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else f"\u27e8U+{code:04X}\u27e9"


def visible(text: str) -> str:
    """
    The text with plain line ends and every hidden or direction-changing character replaced by a visible sign.

    A terminal's colour sequences, which say nothing, are dropped.
    """
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub(_picture, _COLOURS.sub("", text).replace("\r\n", "\n"))


_CODE = re.compile(r"`([^`\n]{1,300})`")


def prose(text: str) -> Markup:
    """The text as HTML, with what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(visible(text)))))


_WRAPPED = re.compile(r"(?<=.{60})\n(?=[^\W\d_])")


def unwrapped(text: str) -> str:
    """The text without the ends of line that an editor made: after a long line, before a letter."""
    return _WRAPPED.sub(" ", text)


def apart(message: str, id: str) -> str:
    """A check's message without its id at the beginning, where the id stands beside it."""
    rest = message.removeprefix(f"{id}: ")
    return message if rest == message else rest[:1].upper() + rest[1:]


def clip(text: str, limit: int) -> str:
    """At most `limit` characters of the text and, when some were cut, how many."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}\u2026 ({len(text) - limit:,} more characters)"


def points(value: float | None) -> str:
    """Points as people write them: `4`, `17.5`, `1.25`; a dash when unknown."""
    if value is None or not math.isfinite(value):
        return "\u2013"
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def figure(value: float | None) -> str:
    """A number of four digits for a chart or a table."""
    if value is None or not math.isfinite(value):
        return "not a number" if value is None or math.isnan(value) else ("inf" if value > 0 else "-inf")
    return f"{value:.4g}"
