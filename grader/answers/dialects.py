"""Spellings that another program or another habit brings into an answer, rewritten as LaTeX before it is read."""

from __future__ import annotations

import re

_GAP = r"(?:\\[,;:! ]|\s|~)*"
_RULES = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # Python and its libraries.
        (r"\b(?:np|numpy|math|torch|tf|jnp|F|nn\.functional|scipy\.special)\.(?:linalg\.|special\.|nn\.functional\.)?(?=[a-z])", ""),
        (r"(?<![A-Za-z\\])(?:n?d?array|tensor|asarray|Tensor|Matrix|FloatTensor)\s*(?=\(\s*[\[(])", ""),
        (r"(?<![A-Za-z\\])(?:[hv]stack|concatenate|column_stack|append)\s*(?=\()", ""),
        (r"(?<![A-Za-z\\])[rc]_\s*(?=\[)", ""),
        (r"(?<![A-Za-z\\])insert\s*\(([^(),]+),\s*0\s*,([^(),]+)\)", r"[\2, \1]"),
        (r"\.(?:astype|to|float|double|item|copy)\s*\(\s*[\w.]*\s*\)", ""),
        (r"(?<![A-Za-z\\])sum\s*\(((?:[^()]|\([^()]*\)|\((?:[^()]|\([^()]*\))*\)){1,200}?)\s+for\s+([a-z])\s+in\s+range\s*\(\w+\)\s*\)",
         r"(\\sum_{\2} (\1))"),
        (r"(?<=[\w)])\s*//\s*(?=\d)", "/"),
        # LaTeX that stacks a search or a remark.
        (rf"\\?\barg{_GAP}\\?(min|max)(?![A-Za-z])", r"\\operatorname{arg\1}"),
        (r"\\(?:mathrm|text|textrm|mathop|mathbf|mathsf|rm)\s*\{\s*\\operatorname\{(arg\w+)\}\s*\}", r"\\operatorname{\1}"),
        (r"\\underset\s*\{([^{}]*)\}\s*\{\s*\\operatorname\*?\s*\{((?:[^{}]|\{[^{}]*\})*)\}\s*\}", r"\\operatorname{\2}_{\1}"),
        (r"\\underset\s*\{([^{}]*)\}\s*\{((?:[^{}]|\{[^{}]*\})*)\}", r"\2_{\1}"),
        (r"\\operatorname\*?\s*\{\s*\\operatorname\{(arg\w+)\}\s*\}", r"\\operatorname{\1}"),
        (r"\{\s*\\operatorname\{(arg\w+)\}\s*\}", r"\\operatorname{\1}"),
        (r"\\operatorname\*?\s*\{\s*\\mathrm\{(\w+)\}\s*\}", r"\\operatorname{\1}"),
        (r"\\(?:overset|stackrel)\s*\{(?:[^{}]|\{[^{}]*\})*\}\s*\{?\s*(=|\\propto|\\to|\\approx|:=)\s*\}?", r" \1 "),
        (r"\\x(?:right|long)arrow\s*(?:\[[^\]]*\])?\s*\{(?:[^{}]|\{[^{}]*\})*\}", r"\\to "),
        (r"\\math(?:rel|bin|op|ord)\s*\{\s*([-+*=:<>]{1,2})\s*\}\s*(=?)", r" \1\2 "),
        (r"\\(?:under|over)brace\s*(\{)", r"\1"),
        (r"\\substack\s*\{", "{"),
        # Binomial coefficients.
        (r"\{([^{}]{1,60}?)\\choose(?![A-Za-z])([^{}]{1,60})\}", r"\\binom{\1}{\2}"),
        (r"(?<![A-Za-z\\])([A-Za-z0-9])\s+choose\s+([A-Za-z0-9])(?![A-Za-z0-9])", r"\\binom{\1}{\2}"),
        (r"(?:\{\}\s*)?[\^_]\{?([A-Za-z])\}?\s*C\s*_\s*\{?(\d)\}?", r"\\binom{\1}{\2}"),
        (r"(?<![A-Za-z\\])C\s*_\s*\{?(\d)\}?\s*\^\s*\{?([A-Za-z])\}?", r"\\binom{\2}{\1}"),
        (r"(?<![A-Za-z\\])C\s*\^\s*\{?(\d)\}?\s*_\s*\{?([A-Za-z])\}?", r"\\binom{\2}{\1}"),
        (r"(?<![A-Za-z\\])C\s*\^\s*\{?([A-Za-z])\}?\s*_\s*\{?(\d)\}?", r"\\binom{\1}{\2}"),
        # `0.6 (= 0.1 + 0.5)`: the other form in brackets.
        (r"\(\s*=\s*([^()=]{1,200})\)\s*\.?\s*$", r"= \1"),
        # Horizontal gaps of a fixed width.
        (r"\\(?:hspace|vspace|mspace|kern|hskip)\*?\s*(?:\{[^{}]*\}|-?[\d.]+\s*(?:pt|em|ex|mu|cm|mm))", " "),
    )
]  # fmt: skip


_CODE = re.compile(r"(?<!\w)(?:np|numpy|torch)\.[a-z]|\s@\s|[\w\])]@[\w(\[]|\w\.T\b")
"""Signs of Python: there a star between two arrays multiplies entry by entry."""


def to_plain_latex(text: str) -> str:
    """The text in the one dialect that the lexer reads."""
    text = _unquoted(text.strip())
    if _CODE.search(text):
        text = re.sub(r"(?<!\*)\*(?!\*)", r"\\entrywise ", text)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def _unquoted(text: str) -> str:
    """Without quotation marks or backticks around all of it."""
    while len(text) > 2 and text[0] == text[-1] and text[0] in "'\"`" and text[0] not in text[1:-1]:
        text = text[1:-1].strip()
    return text
