"""
Output of a test as HTML that a sanitiser leaves whole: `p`, `strong`, `code`, `pre`, `ul`, `li`, without any attribute.

Everything that is shown is escaped first; a student's text can only ever be text. No images, tables, links, styles or
scripts: a sanitiser may drop them, and then the sentence around them must still be right. Paragraphs carry line breaks too,
so that the words stay apart even where every tag is dropped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping

from grader.model import CheckReport, Json, Outcome
from grader.report import wording
from grader.report.text import clip, points, visible

TAGS = ("p", "strong", "code", "pre", "ul", "li")
MOST_LINES = 8
_CODE = re.compile(r"`([^`\n]{1,200})`")


def check_html(check: CheckReport, longest: int) -> str:
    """What a check says: the message, the cause, what to do next, the lines of code."""
    parts = [paragraph(wording.message(check), longest)]
    if check.outcome is Outcome.MANUAL:
        parts.append(paragraph(f"{points(check.max_points)} points wait for a person."))
    if check.outcome is not Outcome.ERROR:
        if check.diagnosis is not None:
            parts.append(paragraph(check.diagnosis.says, longest, lead="Why this happens:"))
        if check.help:
            parts.append(paragraph(check.help, longest, lead="Next:"))
        parts.append(_lines(check.evidence.get("lines")))
    return "\n".join(part for part in parts if part)


def paragraph(text: str, longest: int = 1000, lead: str = "") -> str:
    """A paragraph; what stands between backticks is code, line breaks start a new paragraph."""
    shown = [
        _CODE.sub(r"<code>\1</code>", html.escape(line))
        for line in _clean(text, longest).split("\n")
        if line.strip()
    ]
    if lead and shown:
        shown[0] = f"<strong>{html.escape(lead)}</strong> {shown[0]}"
    return "\n".join(f"<p>{line}</p>" for line in shown)


def listing(items: Iterable[str], longest: int = 300) -> str:
    """A list of short texts."""
    rows = "".join(f"<li>{html.escape(_clean(item, longest))}</li>\n" for item in items)
    return f"<ul>\n{rows}</ul>" if rows else ""


def _lines(found: Json) -> str:
    if not isinstance(found, list):
        return ""
    marks = [line for line in found if isinstance(line, Mapping) and "file" in line][:MOST_LINES]
    return listing(f"{m['file']}, line {m.get('line', '?')}: {m.get('note', '')}" for m in marks)


def _clean(text: str, longest: int) -> str:
    return clip(visible(text), longest).replace("\r", "")
