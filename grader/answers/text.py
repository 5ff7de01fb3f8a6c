"""From what a student handed in to tokens of a formula: typed values, stubs, boxes, dollar signs, fonts."""

from __future__ import annotations

import re
from typing import Any

from grader.answers.dialects import to_plain_latex
from grader.answers.faults import Unreadable
from grader.answers.glyphs import to_latex

MAX_LENGTH = 6000
MAX_LIST = 2000

_STUB = re.compile(
    r"""[\W_]*(todo|tbd|tba|fixme|blah(\W+blah)*|xxx+|not\s+(yet\s+)?implemented(\s+yet)?|n/?a|none|null|nan|(your|ur|write\s+your|insert\s+your
    |put\s+your|enter\s+your|type\s+your|fill\s+in\s+your)\s+(answer|solution|response|work|code)(\s+(here|goes\s+here|below))?|answer\s+here|fill\s+(me\s+)?in
    |replace\s+(me|this)|solution\s+here|(raise\s+)?notimplementederror(\(\))?|pass|empty|blank|placeholder|lorem\s+ipsum.*|\?+|i\s+don'?t\s+know|idk|no\s+answer
    |to\s+do|write\s+here|your\s+text\s+here|template)?[\W_]*""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


def as_text(value: Any, depth: int = 0) -> str | None:
    """A value as YAML gives it, in the words that it stands for; None stays None."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        if depth > 3 or len(value) > MAX_LIST:
            raise Unreadable("the list is too long or too deep to be an answer")
        return "[" + ", ".join(as_text(item, depth + 1) or "" for item in value) + "]"
    if isinstance(value, dict):
        raise Unreadable("the answer is a mapping where a formula, a number or words are expected")
    if isinstance(value, int) and abs(value) > 10**38:
        raise Unreadable("a number has too many digits")
    return str(value)


def is_stub(text: str) -> bool:
    """Whether the text is empty, a placeholder, or only dots and dashes; a lone sign such as `>` or `0` is an answer."""
    text = re.sub(r"\\(text|mathrm|textbf|boxed|emph)\s*|[{}$]", " ", text[:2000])
    if re.fullmatch(r"\s*[<>=!+−-]+\s*", text) and (
        set(text) & set("<>!") or text.strip() in ("=", "-", "+", "−")
    ):
        return False
    return _STUB.fullmatch(text) is not None


def clean(text: str) -> str:
    """One formula's text: LaTeX only, boxes opened, words outside of dollar signs marked as words."""
    if len(text) > MAX_LENGTH:
        raise Unreadable("the answer is too long to be one formula")
    text = to_latex(re.sub(r"(?<!\\)%[^\n]*\n", "\n", text) if "\\" in text else text)
    text = re.sub(r"^\s*[*_#>\s]*[A-Z]{1,2}\d*\.?[\w.]*\s*[:)]\s*\**", "", text) if _labelled(text) else text
    text = _FONTS.sub(r" \1", to_plain_latex(text))
    return _mark_words(_without_grouping(_boxed(text)))


def _without_grouping(text: str) -> str:
    """`12{,}345` is one number with its digits in groups; `0{,}277` has a decimal comma."""
    return re.sub(r"\{,\}", "", re.sub(r"(?<!\d)(\d+)\{,\}(?!\d{3}(?!\d))(\d)|(?<!\d)0\{,\}(?=\d)",
                  lambda m: f"{m[1]}.{m[2]}" if m[1] else "0.", text))  # fmt: skip


_FONTS = re.compile(
    r"\\(?:mathbf|boldsymbol|bm|vec|mathrm|mathit|mathsf|mathcal|mathscr|pmb|symbf|vb|textbf|textit|text)\s*"
    r"\{\s*(\\[A-Za-z]+|[A-Za-z0-9])\s*\}"
)


def _labelled(text: str) -> bool:
    return re.match(r"\s*(\*\*|#+\s*)?[A-Z]{1,2}\d*\.[\w.]+\s*[:)]", text) is not None


def _boxed(text: str) -> str:
    """The content of the last box, when there is one."""
    at = max(text.rfind(r"\boxed{"), text.rfind(r"\fbox{"))
    if at < 0:
        return text
    start = text.index("{", at) + 1
    level = 1
    for place in range(start, len(text)):
        level += (text[place] == "{") - (text[place] == "}")
        if level == 0:
            return text[start:place]
    return text[start:]


_MATH = re.compile(r"(\$\$.*?\$\$|(?<!\\)\$.*?(?<!\\)\$|\\\(.*?\\\)|\\\[.*?\\\])", re.DOTALL)


def _mark_words(text: str) -> str:
    """When parts are set as mathematics, the words of the other parts are marked as words."""
    parts = _MATH.split(text)
    if len(parts) == 1:
        return text
    return " ".join(_outside(part) if place % 2 == 0 else _inside(part) for place, part in enumerate(parts))


def _inside(part: str) -> str:
    return part[2:-2] if part.startswith(("$$", r"\(", r"\[")) else part[1:-1]


def _outside(part: str) -> str:
    """Words outside of mathematics, one by one; brackets, commas and numbers stay."""
    part = re.sub(r"[*_#`\"]+", " ", part)
    return re.sub(
        r"[A-Za-z]+(?:['-][A-Za-z]+)*", lambda word: r"\text{" + word[0].replace("'", "") + "} ", part
    )
