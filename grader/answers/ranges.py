"""For which values a formula is said to hold: `, i = 1, ..., d`, `\\forall i`, `\\in R^n`. Set aside before it is read."""

from __future__ import annotations

from collections.abc import Callable

from grader.answers.lexer import Token


def cut(tokens: list[Token], where: Callable[[Token], bool]) -> list[list[Token]]:
    """Tokens cut at separators outside of brackets."""
    parts: list[list[Token]] = [[]]
    level = 0
    for token in tokens:
        level += token.is_sign("(", "[", "{", "{(", "<(") - token.is_sign(")", "]", "}", ")}", ")>")
        level += (token.kind == "env") * (1 if token.text.startswith("begin") else -1)
        if level == 0 and where(token):
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def without_domain(tokens: list[Token]) -> list[Token]:
    """Without `\\in ...` outside of brackets, up to the next relation."""
    kept: list[Token] = []
    level, inside = 0, False
    for token in tokens:
        level += token.is_sign("(", "[", "{", "{(", "<(") - token.is_sign(")", "]", "}", ")}", ")>")
        level += (token.kind == "env") * (1 if token.text.startswith("begin") else -1)
        if level == 0 and token.is_command("in"):
            inside = True
        elif level == 0 and token.is_sign("=", ":=", ",", ";"):
            inside = False
        if not inside:
            kept.append(token)
    return kept


def without_ranges(tokens: list[Token]) -> list[Token]:
    """Without the parts behind the first comma (or `\\forall`) that only say over which values an index runs."""
    place = next((at for at, token in enumerate(tokens) if token.is_command("forall")), -1)
    if place > 0 and _outside(tokens[:place]):
        tokens = tokens[: place - tokens[place - 1].is_sign(",", ";")]
    tokens = _without_bracketed(tokens)
    parts = cut(tokens, lambda token: token.is_sign(",", ";"))
    kept = without_ranges_of(parts)
    return tokens if len(kept) == len(parts) or not parts[0] else _joined(kept)


def _without_bracketed(tokens: list[Token]) -> list[Token]:
    """Without `(k = 1, ..., K)` at the end."""
    if not tokens or not tokens[-1].is_sign(")"):
        return tokens
    level = 0
    for place in range(len(tokens) - 1, 0, -1):
        level += tokens[place].is_sign(")") - tokens[place].is_sign("(")
        if level == 0:
            inside = cut(tokens[place + 1 : -1], lambda token: token.is_sign(",", ";"))
            dotted = any(token.is_command("dots") for part in inside for token in part)
            return tokens[:place] if dotted and _range_length(inside) >= len(inside) else tokens
    return tokens


def without_ranges_of(parts: list[list[Token]], *, all_of_them: bool = False) -> list[list[Token]]:
    """Parts between commas without `i = 1`, `...`, `d`, which belong together."""
    kept: list[list[Token]] = []
    place = 0
    while place < len(parts):
        length = _range_length(parts[place:])
        if not length or (not kept and length >= len(parts) and not all_of_them):
            kept.append(parts[place])
            place += 1
        else:
            place += length
    return kept


def _range_length(parts: list[list[Token]]) -> int:
    """How many parts make up a range that begins with the first one, or 0."""
    first = [token for token in parts[0] if not token.is_sign("&", "{", "}") and token.text != "for"]
    if len(first) > 2 and first[0].kind == "word" and len(first[0].text) == 1 and first[1].is_command("in"):
        return 1
    if len(first) < 3 or len(first[0].text) != 1 or not first[1].is_sign("=") or first[0].kind != "word":
        return 0
    if any(token.is_command("dots") for token in first):
        return 1
    stop = next((at for at, part in enumerate(parts) if part and part[0].is_command("dots")), -1)
    if stop < 1 or stop > 3:
        return 0
    return min(stop + (1 if len(parts[stop]) > 1 else 2), len(parts))


def _outside(tokens: list[Token]) -> bool:
    return sum(t.is_sign("(", "[", "{", "{(") - t.is_sign(")", "]", "}", ")}") for t in tokens) == 0


def _joined(parts: list[list[Token]]) -> list[Token]:
    return [token for part in parts for token in (*part, Token("sign", ","))][:-1]
