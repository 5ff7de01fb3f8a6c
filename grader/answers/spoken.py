"""Matrices and sums in words: `diagonal with 5 where z_1 > 0 and 0 elsewhere`, `sum over i of x_i`, rewritten before they are read."""

from __future__ import annotations

import re

_V = r"(?P<value>\$[^$]{1,80}\$|[^\s,;:$]{1,40}(?:\s*[*·]\s*[^\s,;:]{1,20})?)"
_TEST = r"(?P<test>(?:for\s+\w+\s+with\s+)?\$[^$]{1,80}\$|[^,;$]{1,60}?[<>≥≤=][^,;]{1,20}?)"
_IF = r"(?:where(?:ver)?|when(?:ever)?|if|for(?:\s+(?:all|every|each|those)\s+\w+)?(?:\s+(?:with|where|such\s+that))?)"
_ON = r"(?:on|along|in)\s+(?:the|its)\s+(?:main\s+)?diagonal(?:\s+(?:entry|entries|elements?))?"
_ZERO = (
    r"(?:[,;]|\band\b)*\s*(?:it\s+is\s+|is\s+|are\s+)?(?:0s?|zeros?|zeroes)\s*(?:elsewhere|otherwise|everywhere\s+else|else(?:where)?|in\s+all\s+other\s+places|off(?:\s+of)?\s+the\s+diagonal|outside(?:\s+of)?\s+(?:it|the\s+diagonal)"
    rf"|{_IF}\s+[^.]{{1,40}}?)(?:\s*(?:,|and)\s*(?:0|zero)?\s*(?:elsewhere|otherwise|(?:and\s+)?off\s+the\s+diagonal))?"
)
_DIAGONALS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"diagonal(?:\s+matrix)?\s*(?:with|whose|having|of|where|,|:)*\s*(?:(?:the\s+)?(?:diagonal\s+)?(?:entries|elements|values?|entry|element)\s*(?:are|is|equal(?:\s+to)?|=|being|of)?)?\s*(?:is\s+|are\s+)?(?:entry\s+)?{_V}\s*(?:{_ON})?\s+{_IF}\s+{_TEST}\s*(?:{_ON})?\s*{_ZERO}",
        rf"{_V}\s+{_ON}\s*,?\s*{_IF}\s+{_TEST}\s*{_ZERO}",
        rf"{_V}\s+{_ON}\s*{_ZERO}",
    )
)
_SUM = re.compile(
    r"\b(?:the\s+)?sum(?:mation)?\s+(?:over|for|from)\s+(?:all\s+)?(?P<letter>[a-z])\b(?:\s*=\s*(?P<first>\w)\s*(?:to|until|\.\.+)\s*(?P<last>\w)\b)?\s*(?:of\b|:)?\s*(?=[\\$(\[{-]|[A-Za-z]{1,6}[_(\[^]|log\b)",
    re.IGNORECASE,
)


def in_signs(text: str) -> str:
    """The text with matrices and sums in words written in signs; words that it does not know stay."""
    if len(text) > 1500:
        return text
    if "diagonal" in text.lower():
        text = _diagonal(text)
    if re.search(r"\bsum", text, re.IGNORECASE):
        text = _SUM.sub(_sum, text)
    return text


def _sum(found: re.Match[str]) -> str:
    if found["first"]:
        return rf"\sum_{{{found['letter']}={found['first']}}}^{{{found['last']}}} "
    return rf"\sum_{{{found['letter']}}} "


def _diagonal(text: str) -> str:
    bare = re.sub(r"\\(?:text|mathrm|mbox)\s*\{([^{}]*)\}", r" \1 ", text)
    bare = " ".join(re.sub(r"\\(?:q?quad|[,;:! ])", " ", bare).split())
    for pattern in _DIAGONALS:
        if found := pattern.search(bare):
            value, test = found["value"].strip(" $"), (found.groupdict().get("test") or "").strip(" $")
            if re.fullmatch(r"(?:ones?|1s)", value):
                value = "1"
            factor = rf" \cdot \mathbf{{1}}({test})" if test else ""
            return rf"$\operatorname{{diag}}({value}{factor})$"
    return text
