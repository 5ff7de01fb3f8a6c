"""Shapes: `H x M`, `(H, M)`, `R^{H \\times M}` as a list of sizes."""

from __future__ import annotations

import re
from dataclasses import replace

from grader.answers.lexer import Token
from grader.answers.reader import Written
from grader.answers.sides import Side
from grader.answers.text import MAX_LENGTH


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
    """The text with the spellings that only one form of answer has: `H by M`, `0,6`, `1 and 1`, `a = 1, b = 2`."""
    if form == "shape":
        return by_times(text)
    if form == "number":
        return re.sub(r"^\s*(-?\d+),(\d+)\s*$", r"\1.\2", text)
    if form in ("vector", "matrix") and len(text) <= MAX_LENGTH:
        text = re.sub(r"\band\b", ",", text)
        text = re.sub(r"^\s*\\langle(?![A-Za-z])(.*)\\rangle\s*$", r"(\1)", text, flags=re.DOTALL)
        return _right_sides(text)
    return text


def _right_sides(text: str) -> str:
    """`a = 1, b = 2` as `[1, 2]`: every item is an equation of its own."""
    items = re.split(r"[,;]", text)
    equations = len(items) > 1 and all(re.fullmatch(r"[^=]*[A-Za-z}][^=]*=[^=]*", item) for item in items)
    if (
        equations
        and "x_0" not in text
        and not any(bracket in text for bracket in ("[", "pmatrix", "bmatrix"))
    ):
        return "[" + ", ".join(item.split("=")[1].strip(" $") for item in items) + "]"
    return text


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
    pairs = {"(": ")", "[": "]", "{": "}", "{(": ")}"}
    while len(tokens) > 1 and tokens[0].text in pairs and tokens[-1].is_sign(pairs[tokens[0].text]):
        tokens = tokens[1:-1]
    while tokens and tokens[-1].is_sign(",", "."):
        tokens = tokens[:-1]
    return tokens
