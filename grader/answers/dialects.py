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
        (r"\.(?:flatten|ravel|squeeze)\s*\(\s*\)|\.reshape\s*\(\s*-1\s*\)", ""),
        (r"\.(?:astype|to|float|double|item|copy)\s*\(\s*[\w.]*\s*\)", ""),
        (r"(?<![A-Za-z\\])sum\s*\(((?:[^()]|\([^()]*\)|\((?:[^()]|\([^()]*\))*\)){1,200}?)\s+for\s+([a-z])\s+in\s+range\s*\(\w+\)\s*\)",
         r"(\\sum_{\2} (\1))"),
        (r"(?<=[\w)])\s*//\s*(?=\d)", "/"),
        # Matlab's star; columns and rows of a matrix; a numbered name in brackets with indices behind it.
        (r"\.\*(?!\*)", r"\\odot "),
        (r"_\s*\{\s*(?::|\\cdot|\\bullet|\*|\\ast|\\star)\s*,?\s*([A-Za-z0-9])\s*\}", r"[:,\1]"),
        (r"_\s*\{\s*([A-Za-z0-9])\s*,?\s*(?::|\\cdot|\\bullet|\\ast)\s*\}", r"[\1,:]"),
        (r"(?:\\left)?\(\s*([A-Za-z])_\{?(\d)\}?\s*(?:\\right)?\)_(?:\{([a-z]{1,2})\}|([a-z]))", r"\1_{\2,\3\4}"),
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
    if "parallel" in text:
        text = _norms(text)
    if "brace" in text:
        text = _without_braces(text)
    text = _by_cases(text)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def _norms(text: str) -> str:
    """`{a \\parallel b \\parallel}_2` of a converted document: the script belongs to the norm."""
    text = re.sub(r"\\(?:left|right)\.", "", text)
    for _ in range(text.count(r"\parallel")):
        found = re.search(r"\\parallel\s*\}(?=\s*[_^])", text)
        if found is None:
            break
        level, start = 1, found.end() - 1
        while start and level:
            start -= 1
            level += (text[start] == "}") - (text[start] == "{")
        if level:
            break
        text = f"{text[:start]} {text[start + 1 : found.end() - 1]}{text[found.end() :]}"
    return text


def _without_braces(text: str) -> str:
    """Without what stands below an `\\underbrace` or above an `\\overbrace`."""
    for mark in (r"\underbrace", r"\overbrace"):
        for _ in range(text.count(mark)):
            start = text.index(mark)
            inside, end = _group(text, start + len(mark))
            if end < len(text) and text[end] in "_^":
                end = _group(text, end + 1)[1]
            text = f"{text[:start]}{{{inside}}}{text[end:]}"
    return text


def _group(text: str, at: int) -> tuple[str, int]:
    """What is in the braces at a place, or the one sign there, and where it ends."""
    while at < len(text) and text[at] == " ":
        at += 1
    if text[at : at + 1] != "{":
        return text[at : at + 1], at + 1
    level = 0
    for place in range(at, len(text)):
        level += (text[place] == "{") - (text[place] == "}")
        if level == 0:
            return text[at + 1 : place], place + 1
    return text[at + 1 :], len(text)


_SAME = r"\(?\s*i\s*==?\s*j\s*\)?"
_OTHER = r"\(?\s*(?:i\s*(?:\\neq?(?![a-z])|!=)\s*j)\s*\)?"
_IF = r"(?:if|for|when|where)"
_CASES = (
    re.compile(rf"\s*(?P<test>{_SAME})\s*:\s*(?P<same>[^:]+?)\s*[;,]?\s*{_OTHER}\s*:\s*(?P<other>[^:]+)"),
    re.compile(rf"\s*(?P<same>.+?)[\s,]+{_IF}\s*{_SAME}\s*(?:[;,]|\band\b)+\s*(?P<other>.+?)[\s,]+(?:{_IF}\s*{_OTHER}|otherwise|else)\s*"),
)  # fmt: skip


_IF_OTHERWISE = re.compile(
    rf"(?P<head>[^=]*=)?(?P<same>[^=]+?)[\s,]+{_IF}\s+(?P<test>[^=<>≥≤]*[=<>≥≤].*?)(?:[;,]\s*(?:and\s+)?|\s+and\s+)(?:it\s+is\s+|is\s+)?(?P<other>[^;,=]+?)[\s,]+(?:otherwise|else|elsewhere)\s*"
)


def _by_cases(text: str) -> str:
    """`i = j: a; i != j: b`, `a if i = j, b otherwise` as cases."""
    if len(text) < 400 and "cases" not in text and re.search(r"\b(?:otherwise|elsewhere|else)\b", text):
        bare = re.sub(r"\\(?:text|mathrm|mbox)\s*\{([^{}]*)\}", r" \1 ", text).replace("$", " ")
        bare = re.sub(r"\\(?:quad|qquad|[;,: ])", " ", bare).strip(" .")
        if found := _IF_OTHERWISE.fullmatch(bare):
            test = re.sub(r"\band\b", r"\\land ", found["test"])
            return rf"{found['head'] or ''} \begin{{cases}} {found['same']} & {test} \\ {found['other']} & \text{{otherwise}} \end{{cases}}"
    if len(text) > 600 or "j" not in text or "cases" in text or not re.search(r"i\s*==?\s*j", text):
        return text
    bare = re.sub(r"\\(?:text|mathrm|mbox)\s*\{([^{}]*)\}", r" \1 ", text)
    bare = re.sub(r"\\(?:quad|qquad|[;,: ])", " ", bare).strip(" $.")
    for pattern in _CASES:
        if (found := pattern.fullmatch(bare)) and "=" not in found["same"] + found["other"]:
            return rf"\begin{{cases}} {found['same']} & i=j \\ {found['other']} & i\ne j \end{{cases}}"
    return text


def _unquoted(text: str) -> str:
    """Without quotation marks or backticks around all of it."""
    while len(text) > 2 and text[0] == text[-1] and text[0] in "'\"`" and text[0] not in text[1:-1]:
        text = text[1:-1].strip()
    return text
