"""Update rules: the mark of the iteration (`\\theta^{t}`, `\\theta_{old}`) is taken off the names on the right-hand side."""

from __future__ import annotations

from collections.abc import Sequence

from grader.answers.lexer import Token

Tokens = tuple[Token, ...]


def without_iteration(sides: Sequence[Tokens]) -> list[Tokens]:
    """
    The sides of `name^{t+1} = name^t - ...` without the marks `t + 1` and `t`.

    Only the mark that the first side counts up is taken off, and only from the name that it stands on there.
    """
    if len(sides) < 2:
        return list(sides)
    first = list(sides[0])
    for place in range(1, len(first)):
        if first[place].is_sign("^", "_") and (counted := _counted(first, place)):
            _, end = _content(first, place)
            return [
                (*first[:place], *first[end:]),
                *(_taken_off(side, first[0], counted) for side in sides[1:]),
            ]
    return list(sides)


def _content(tokens: Sequence[Token], place: int) -> tuple[list[Token], int]:
    """What stands in the script that begins at a place, without brackets, and where it ends."""
    if place + 1 < len(tokens) and tokens[place + 1].is_sign("{", "("):
        opening = tokens[place + 1].text
        closing = {"{": "}", "(": ")"}[opening]
        level, end = 1, place + 2
        while end < len(tokens) and level:
            level += tokens[end].is_sign(opening) - tokens[end].is_sign(closing)
            end += 1
        return [t for t in tokens[place + 2 : end - 1] if not t.is_sign("(", ")", "{", "}")], end
    return list(tokens[place + 1 : place + 2]), min(place + 2, len(tokens))


def _counted(tokens: Sequence[Token], place: int) -> str:
    """The letter that is counted up in a script (`t` of `t + 1`), or the empty string."""
    content, _ = _content(tokens, place)
    texts = [token.text for token in content]
    if len(texts) == 3 and texts[1] == "+" and texts[2] == "1" and texts[0].isalpha() and len(texts[0]) == 1:
        return texts[0]
    return ""


def _taken_off(side: Tokens, base: Token, letter: str) -> Tokens:
    out: list[Token] = []
    place = 0
    near = 0
    while place < len(side):
        token = side[place]
        if token.text == base.text:
            near = place
        if (
            token.is_sign("^", "_")
            and place - near <= 6
            and any(t.text == base.text for t in side[near:place])
        ):
            content, end = _content(side, place)
            if [t.text for t in content] == [letter]:
                place = end
                continue
        out.append(token)
        place += 1
    return tuple(out)
