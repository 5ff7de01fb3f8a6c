"""Shapes: `H x M`, `(H, M)`, `R^{H \\times M}`, `H rows and M columns` as a list of sizes."""

from __future__ import annotations

import re
from dataclasses import replace

from grader.answers.glyphs import to_latex
from grader.answers.lexer import Token
from grader.answers.reader import Written
from grader.answers.sides import Side

_SIZE = r"(?:\\mathbf\{[A-Z]\}|[A-Z]|\d+|one|a single)"
_SCALAR = re.compile(
    r"(?:it is |its? |b_?2 is |a_?2 is |yhat is )?(?:just |simply )?(?:a |one |an? single |single |one single )?(?:real(?:-valued)? )?(?:scalar|number|value|real)s?"
    r"|one(?: dimensional)?|\\?mathbb ?r|r|\(\)|1 ?-?(?:d|dimensional|dim)(?: vector)?"
)


def in_words(text: str) -> str:
    """A shape in words as its sizes: `H rows and M columns`, `row vector of length H`, `H-dimensional`, `scalar`."""
    text = to_latex(text)
    if re.fullmatch(r"[^=]{0,30}\\in\s*[\[(]\s*0\s*,\s*1\s*[\])]\s*\$?", text):
        return "1"
    bare = re.sub(r"\\(?:text|mathrm|textbf|mbox)\s*\{([^{}]*)\}|[$]", lambda m: f" {m[1] or ''} ", text)
    spoken = " ".join(bare.replace("-", " ").split()).strip(" .")
    if _SCALAR.fullmatch(re.sub(r"[{}]", "", spoken.lower())):
        return "1"
    rows = re.search(rf"({_SIZE}) rows?\b.{{0,12}}?({_SIZE}) col", spoken, re.IGNORECASE)
    columns = re.search(rf"({_SIZE}) col\w*\b.{{0,12}}?({_SIZE}) rows?", spoken, re.IGNORECASE)
    if rows or columns:
        first, second = (rows[1], rows[2]) if rows else (columns[2], columns[1]) if columns else ("", "")
        return rf"{_digit(first)} \times {_digit(second)}"
    found = re.search(rf"row vector\b.{{0,30}}?\b({_SIZE})\b|\b({_SIZE})\b (?:\w+ )?row vector", spoken)
    if found and not re.search(r"[x×]|times", spoken.replace("row vector", "")):
        return rf"1 \times {_digit(found[1] or found[2])}"
    return re.sub(r"^\s*(?:torch\.)?Size\s*\(\s*\[(.*)\]\s*\)\s*$", r"[\1]", _without_shape_words(text))


def _digit(size: str) -> str:
    return "1" if size.lower() in ("one", "a single") else size


_SHAPE_WORDS = re.compile(
    r"(?<![\\A-Za-z{])(?:an?|the|it|is|has|have|of|with|shape|shaped|size|sized|length|dimensions?|dimensional|dim|matrix|matrices|column|"
    r"vectors?|entries|elements|components|values|numbers|array|tensor|in|real)(?![A-Za-z}(])",
    re.IGNORECASE,
)


def _without_shape_words(text: str) -> str:
    """Without the words that only say that it is a size, and without a name before a colon."""
    text = re.sub(
        r"^\s*+\$?\\?[A-Za-z]++[\^_]?\{?\(?\w*\)?\}?\$?(?:\.shape)?\s*(?::|(?:\\text\{\s*)?\b(?:is|has)\b\s*\}?)\s*(?=\S)",
        "",
        text,
    )
    text = re.sub(r"\\(?:text|mathrm|mbox)\s*\{\s*((?:[xX]|by))\s*\}", r" \1 ", text)
    text = re.sub(r"\\(?:text|mathrm|textbf|mbox)\s*\{([^{}]*[a-z ][^{}]*)\}", r" \1 ", text)
    text = re.sub(r"(?<=[A-Za-z0-9])\s*-\s*(?=(?:by|dim\w*|d|vector|matrix)\b)|(?<=\bby)-(?=\w)", " ", text)
    return re.sub(r"\(\s*\)", " ", _SHAPE_WORDS.sub(" ", text))


def by_times(text: str) -> str:
    """`HxM`, `H by M` with a times sign."""
    return re.sub(
        r"(?<=[\w)}])\s*(?:\bby\b|(?<![a-wyz])[xX](?![a-wyz]))\s*(?=[A-Z0-9({$])", r" \\times ", text
    )


def as_listing(answer: Written) -> Written:
    """Every side of a shape as a bracketed list; a trailing 1 after a size is dropped, because a column is a vector."""
    return replace(answer, kept=tuple(_listing(side) for side in answer.kept))


def _listing(side: Side) -> Side:
    tokens = _bare(list(side.tokens))
    sizes: list[list[Token]] = [[]]
    for token in tokens:
        if token.is_command("times") or token.is_sign(",", "*") or token.text in ("x", "by", "X"):
            sizes.append([])
        else:
            sizes[-1].append(token)
    sizes = [size for size in sizes if size]
    if len(sizes) > 1 and [token.text for token in sizes[-1]] == ["1"]:
        sizes.pop()
    inside = [part for size in sizes for part in (*size, Token("sign", ","))][:-1]
    return replace(side, tokens=(Token("sign", "["), *inside, Token("sign", "]")))


def _bare(tokens: list[Token]) -> list[Token]:
    """Without the R of a real space, brackets around it all, and what it is an element of."""
    for place, token in enumerate(tokens):
        if token.is_command("in"):
            tokens = tokens[place + 1 :]
            break
    if tokens and (tokens[0].is_command("mathbb") or tokens[0].text == "R"):
        tokens = [
            token
            for token in tokens
            if not (token.is_command("mathbb") or token.text == "R" or token.is_sign("^", "{", "}"))
        ]
        tokens = tokens or [Token("number", "1")]
    pairs = {"(": ")", "[": "]", "{": "}", "{(": ")}"}
    while len(tokens) > 1 and tokens[0].text in pairs and tokens[-1].is_sign(pairs[tokens[0].text]):
        tokens = tokens[1:-1]
    while tokens and tokens[-1].is_sign(",", "."):
        tokens = tokens[:-1]
    return tokens
