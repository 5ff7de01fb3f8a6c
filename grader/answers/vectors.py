"""Vectors and matrices as people list them: items between commas or gaps, `a = 1, b = 2`, rows on lines of their own."""

from __future__ import annotations

import re
from dataclasses import replace

from grader.answers.lexer import Token
from grader.answers.reader import Written
from grader.answers.shapes import by_times, in_words
from grader.answers.sides import Side
from grader.answers.text import MAX_LENGTH

_NUMBER = r"[-+−]?(?:\d+(?:[.]\d*)?|[.]\d+)(?:[eE][-+]?\d+)?"
_BETWEEN = r"[\s\[\](){};,]"
# Never taken back (`++`): digits that might be cut into numbers anywhere would be cut in every way.
_NUMBERS = re.compile(rf"{_BETWEEN}*+(?:{_NUMBER}{_BETWEEN}*+)++")
_NUMERALS = {"zero": "0", "one": "1", "two": "2", "three": "3", "infinity": r"\infty", "infinite": r"\infty", "minus infinity": r"-\infty",
             "negative infinity": r"-\infty", "-infinity": r"-\infty", "inf": r"\infty", "-inf": r"-\infty"}  # fmt: skip
_NAMED = re.compile(
    r"\s*(?P<name>[^=:]*[A-Za-z}0-9)][^=:]*?)\s*(?::=|=|:)\s*(?:[^=:]+=\s*)?(?P<value>[^=:]+?)\s*", re.DOTALL
)
_FOR = re.compile(
    r"\s*(?P<value>\S+)\s+(?:for|w\.?r\.?t\.?|with respect to)\s+(?P<name>\$?\\?[A-Za-z_]\w*\$?)\s*"
)
_GETS = re.compile(
    r"\s*\$?(?P<name>\\?[A-Za-z_]\w*)\$?\s+(?:gets|receives|has|takes)\s+\$?(?P<value>[^\s$]+)\$?\s*[.]?\s*"
)


def bracketed(answer: Written) -> Written:
    """Sides that are items between commas without brackets around them, in brackets."""
    return replace(answer, kept=tuple(_in_brackets(side) for side in answer.kept))


def _in_brackets(side: Side) -> Side:
    level = 0
    for token in side.tokens:
        level += token.is_sign("(", "[", "{", "{(", "<(") - token.is_sign(")", "]", "}", ")}", ")>")
        level += (token.kind == "env") * (1 if token.text.startswith("begin") else -1)
        if level == 0 and token.is_sign(",", ";"):
            return replace(side, tokens=(Token("sign", "["), *side.tokens, Token("sign", "]")))
    return side


def for_form(text: str, form: str) -> str:
    """The text with the spellings that only one form of answer has: `H by M`, `0,6`, `1 and 1`, `a = 1, b = 2`, `zero`."""
    if len(text) > MAX_LENGTH:
        return text
    bare = text.strip().strip("$.").strip()
    if bare.lower() in _NUMERALS:
        return _NUMERALS[bare.lower()]
    if form == "shape":
        return by_times(in_words(text))
    if form == "number":
        text = re.sub(
            r"(?<![\w.-])(zero|one|two)(?=\s*(?:$|[,.;(]|but\b|too\b|as\b|since\b|because\b))",
            lambda word: _NUMERALS[word[1].lower()],
            text,
            flags=re.IGNORECASE,
        )
        return re.sub(r"^\s*(-?\d+),(\d+)\s*$", r"\1.\2", text)
    return _listed(_with_points(text)) if form in ("vector", "matrix") else text


_COMMA = re.compile(r"[-+−]?\d+,\d+")


def _with_points(text: str) -> str:
    """Numbers with decimal commas between semicolons (`0,05; 0,06`) with decimal points."""
    items = re.sub(r"^[^:\d]*:|[\[\](){}$\s]|\\(?:left|right)", "", text).split(";")
    if len(items) > 1 and all(_COMMA.fullmatch(item) for item in items):
        return re.sub(r"(?<=\d),(?=\d)", ".", text)
    return text


_SUM = re.compile(rf"\s*({_NUMBER}(?:\s*\+\s*{_NUMBER})++)\s*(?:(?:=|\\approx)\s*({_NUMBER}))?\s*")


def _summands(text: str) -> str:
    """`63.1 + 119.7 = 182.8` as the numbers that are added, with their sum behind them when it is right."""
    found = _SUM.fullmatch(text.strip(" $."))
    if found is None:
        return text
    numbers = re.findall(_NUMBER, re.sub(r"\+", " ", found[1]))
    total = sum(float(number.replace("−", "-")) for number in numbers)
    if found[2] is None:
        return f"[{', '.join(numbers)}]"
    right = abs(float(found[2].replace("−", "-")) - total) <= 0.005 * abs(total)
    return f"[{', '.join([*numbers, found[2]])}]" if right else text


_BOTH = re.compile(
    r"\s*(?P<first>[^=,;]*(?:partial|d)[^=,;]*)=(?P<second>\s*(?:\\[dt]?frac|\\partial|d|∂)[^=,;]*)=\s*(?P<value>[^=,;]+?)\s*[.]?\s*"
)


def _both(text: str) -> str:
    """`df/da = df/db = 1`: one value for both."""
    found = _BOTH.fullmatch(text)
    if found is None or _key(found["first"]) == _key(found["second"]):
        return text
    return f"[{found['value']}, {found['value']}]"


def _listed(text: str) -> str:
    text = re.sub(r"\\(?:text|mathrm|mbox)\s*\{\s*(?:and|und|et|y)\s*\}", ",", text)
    text = _both(_summands(re.sub(r"\(\s*(?:sum|total|in total|overall)[^()]*\)", " ", text)))
    text = re.sub(r"\\[lr]angle(?![A-Za-z])|[⟨⟩]", lambda m: "(" if m[0] in (r"\langle", "⟨") else ")", text)
    text = re.sub(r"[;,]?\s*\b(?:sum|total)\s*(?:=|:|is)\s*(?=\d)", ", ", text)
    text = re.sub(r"(^|[\[(,])\s*(?:≈|\\approx(?![A-Za-z])|~)", r"\1 ", re.sub(r"\band\b", ",", text))
    text = re.sub(r"\\binom\s*\{([^{}]*)\}\s*\{([^{}]*)\}|\{([^{}]*)\\choose(?![A-Za-z])([^{}]*)\}",
                  lambda m: f"({m[1] or m[3]}, {m[2] or m[4]})", text)  # fmt: skip
    text = re.sub(r"(?<=[\[(,])\s*x_\{?0\}?\s*=\s*1(?=\s*,)", "1", text)
    return _named_items(_by_lines(_gaps(_spaced(_table(text)))))


def _table(text: str) -> str:
    """A Markdown table of numbers as the rows of a matrix, without its headings."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    if len(lines) < 3 or not all(line.startswith("|") for line in lines):
        return text
    cells = [[cell.strip(" $`*") for cell in line.strip("|").split("|")] for line in lines]
    rows = [[cell for cell in row if re.fullmatch(_NUMBER, cell)] for row in cells]
    rows = [row for row in rows if row]
    return "[" + ", ".join(f"[{', '.join(row)}]" for row in rows) + "]" if rows else text


def _spaced(text: str) -> str:
    """Numbers between spaces, as numpy prints them."""
    bare = re.sub(r"^\s*\$+|\$+\s*$", "", text)
    if not _NUMBERS.fullmatch(bare) or "," in bare:
        return text
    rows = [row.strip() for row in re.split(r"[\]\)]\s*[\[\(]|\n|;", bare.strip()) if re.search(r"\d", row)]
    rows = [", ".join(re.findall(_NUMBER, row)) for row in rows]
    if len(rows) == 1:
        return f"[{rows[0]}]"
    return "[" + ", ".join(f"[{row}]" for row in rows) + "]"


def _gaps(text: str) -> str:
    """Items between wide gaps in square brackets without a comma (`[b_1\\ b_2]`)."""

    def items(found: re.Match[str]) -> str:
        inside = found[0]
        if "," in inside or "&" in inside or "begin" in inside:
            return inside
        inside = re.sub(r"\\[cl]?dots(?![A-Za-z])", r" , \\dots , ", inside)
        return re.sub(
            r"(?<!\\)(?:\\[;: ]|\\quad|\\qquad|~)(?:\s|\\[;: ]|\\quad|\\qquad|~)*(?=[^\s\])\\]|\\[a-zA-Z])(?!\\right)",
            ", ",
            inside,
        )

    text = re.sub(r"\[[^\[\]]*\]", items, text)
    return (
        re.sub(r"\((?:\\[;: ]|\\quad|[A-Za-z_0-9{}\s\\])*\)", items, text)
        if re.search(r"\w\s*\\(?:[;: ]|quad)\s*\w", text)
        else text
    )


def _by_lines(text: str) -> str:
    """Items on lines of their own (`1 \\\\ 2`) without an environment."""
    lines = [line.strip(" ,;&") for line in re.split(r"\\\\|\n", text) if line.strip(" ,;&$")]
    if len(lines) > 1 and r"\begin" not in text and all(_NAMED.fullmatch(line) for line in lines):
        keys = [_key(re.split(r":=|=|:", line)[0]) for line in lines if "=" in line]
        if len(set(keys)) == len(lines):
            return ", ".join(line.replace("&", "") for line in lines)
    if "=" in text or r"\begin" in text or "\\\\" not in text:
        return text
    return re.sub(r"\s*\\\\\s*", ", ", text)


def _named_items(text: str) -> str:
    """`a = 1, b = 2`, `a: 1, b: 2`, `1 for a, 2 for b` as `[1, 2]`, in the order of the names."""
    items = _top_level(text)
    found = [_NAMED.fullmatch(item) or _FOR.fullmatch(item) or _GETS.fullmatch(item) for item in items]
    unnamed = [item.strip(" $") for item, match in zip(items, found, strict=True) if match is None]
    if (
        len(items) < 2
        or "x_0" in text
        or not all(found[:2])
        or not all(re.fullmatch(_NUMBER, u) for u in unnamed)
    ):
        return text
    named = [(_key(match["name"]), match["value"].strip(" $")) for match in found if match]
    keys = [key for key, _ in named]
    if len(set(keys)) == len(keys) and all(keys) and len({key.isdigit() for key in keys}) == 1:
        named.sort(key=lambda pair: (len(pair[0]), pair[0]))
    return "[" + ", ".join([*(value for _, value in named), *unnamed]) + "]"


def _key(name: str) -> str:
    """What tells one name of a list from the next: its last letter or number."""
    found = re.findall(r"[A-Za-z]+|\d+", re.sub(r"\\[A-Za-z]+|\)\s*\}?\s*$", " ", name))
    last = found[-1] if found else ""
    return last if last.isdigit() else last[-1:]


def _top_level(text: str) -> list[str]:
    """The parts between commas and semicolons outside of brackets and environments."""
    parts, level, start = [], 0, 0
    for found in re.finditer(r"[\[({]|[\])}]|\\begin|\\end|[,;]", text):
        if found[0] in ("[", "(", "{", r"\begin"):
            level += 1
        elif found[0] in ("]", ")", "}", r"\end"):
            level -= 1
        elif level == 0:
            parts.append(text[start : found.start()])
            start = found.end()
    return [*parts, text[start:]]
