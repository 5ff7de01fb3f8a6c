"""Names that an answer defines itself, replaced by what they stand for."""

from __future__ import annotations

from collections.abc import Callable

from grader.answers.faults import Unreadable
from grader.answers.lexer import Token

MAX_SUBSTITUTED = 4000


def substitute(
    tokens: tuple[Token, ...],
    name: tuple[Token, ...],
    value: tuple[Token, ...],
    known: Callable[[tuple[Token, ...]], bool] = lambda name: False,
) -> tuple[Token, ...]:
    """
    Every occurrence of a defined name replaced by its definition in brackets.

    Args:
        tokens: of one side.
        name, value: the definition.
        known: whether a name with a subscript is one of the question's (`b_0` where an answer defines `b`).
    """
    pattern = [token.text for token in name if not token.is_sign("{", "}")]
    # `x = (x_1, x_2)` says what the components of x are called.
    components = any(_matches(value, place, pattern)[0] for place in range(len(value)))
    out: list[Token] = []
    place = 0
    while place < len(tokens):
        end, rest = _matches(tokens, place, pattern)
        if (
            end
            and not (components and _scripted(tokens, end))
            and not _differentiated(out)
            and not tokens[place].is_sign("{", "}")
            and not known(_with_script(tokens, place, end))
        ):
            depth = sum(t.is_sign("{") - t.is_sign("}") for t in tokens[place:end])
            within = depth > 0
            while depth > 0 and end < len(tokens) and tokens[end].is_sign("}"):
                end, depth = end + 1, depth - 1
            out += [Token("sign", "("), *value, Token("sign", ")")]
            if rest and within:  # `s_{ij}` of `s_i`: its component
                out.append(Token("sign", "_"))
            if rest:
                out.append(Token("word", rest, True))
            place = end
        else:
            out.append(tokens[place])
            place += 1
    if len(out) > MAX_SUBSTITUTED:
        raise Unreadable("the definitions in the answer are too long")
    return tuple(out)


def _scripted(tokens: tuple[Token, ...], end: int) -> bool:
    return end < len(tokens) and tokens[end].is_sign("_", "[")


def _differentiated(before: list[Token]) -> bool:
    """Whether what comes next is what a derivative is of or by: a name of something, not its value."""
    last = next((token for token in reversed(before) if not token.is_sign("{", "(")), None)
    return last is not None and (last.is_command("partial") or last.text == "d")


def _with_script(tokens: tuple[Token, ...], place: int, end: int) -> tuple[Token, ...]:
    """The name with the one subscript behind it, or nothing when it has none."""
    if end + 1 < len(tokens) and tokens[end].is_sign("_") and not tokens[end + 1].is_sign("{"):
        return tokens[place : end + 2]
    if end < len(tokens) and tokens[end].is_sign("_"):
        stop = next((at for at in range(end, len(tokens)) if tokens[at].is_sign("}")), end)
        return tokens[place : stop + 1]
    return ()


def _matches(tokens: tuple[Token, ...], place: int, pattern: list[str]) -> tuple[int, str]:
    """
    The position behind a name that begins here, or 0; and the letters of a word that do not belong to it.

    LaTeX takes one letter for a subscript: `\\delta_jz` is delta_j times z.
    """
    for at, text in enumerate(pattern):
        while place < len(tokens) and tokens[place].is_sign("{", "}"):
            place += 1
        if place >= len(tokens):
            return 0, ""
        token = tokens[place]
        last = at == len(pattern) - 1 and at > 0 and pattern[at - 1] in "_^" and len(text) == 1
        if last and token.kind == "word" and token.text[0] == text and token.text != text:
            return place + 1, token.text[1:]
        if token.text != text:
            return 0, ""
        place += 1
    return place, ""
