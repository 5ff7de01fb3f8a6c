"""Left-hand sides by what they ask for: `\\frac{dL}{db_{1,h}}`, `dL/db1[h]` and `\\nabla_{b_1} L` are one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from grader.answers.faults import Unreadable
from grader.answers.lexer import Token, tokenize
from grader.answers.sides import plain
from grader.answers.symbols import Spelling
from grader.answers.tables import spelling_of
from grader.answers.text import clean

LOSSES = frozenset("L l E J C loss Loss".split())
ACCENTS = ("hat", "bar", "tilde")


def asks(head: str, asked: Iterable[str]) -> bool:
    """
    Whether a left-hand side is one of the asked ones, or a component of it.

    Args:
        head: as it was written.
        asked: the spellings that the rubric gives.
    """
    try:
        tokens = tuple(tokenize(clean(head)))
    except Unreadable:
        return False
    return bool(tokens) and any(_same(tokens, _tokens(spelled)) for spelled in asked)


@lru_cache(maxsize=1024)
def _tokens(spelled: str) -> tuple[Token, ...]:
    return tuple(tokenize(clean(spelled)))


def _same(tokens: tuple[Token, ...], asked: tuple[Token, ...]) -> bool:
    if plain(tokens) == plain(asked):
        return True
    wanted, came = derivative_of(asked), derivative_of(tokens)
    if wanted and came:
        return wanted[1] == came[1] and (wanted[0] == came[0] or "" in (wanted[0], came[0]))
    one, other = spelling_of(list(tokens)), spelling_of(list(asked))
    return one is not None and other is not None and _component(one, other)


def _component(one: Spelling, other: Spelling) -> bool:
    """Whether a name is another with index letters behind it (`z_{1,i}` of z_1)."""
    if (one.base, one.accents) != (other.base, other.accents) or len(one.atoms) <= len(other.atoms):
        return False
    rest = one.atoms[len(other.atoms) :]
    return one.atoms[: len(other.atoms)] == other.atoms and all(a in "ijklhmq" for a in rest)


def derivative_of(tokens: tuple[Token, ...]) -> tuple[str, str] | None:
    """What a derivative is of (nothing where it is not said) and by, without index letters; a loss is a loss under every letter."""
    flat = [t.text for t in tokens if t.text not in ("{", "}", "(", ")", "[", "]", "{(", ")}", ",", "^", "*")]
    if not flat:
        return None
    if flat[0] == "nabla":
        by, rest = _split_name(flat[2:]) if flat[1:2] == ["_"] else ("", flat[1:])
        return _loss(_split_name(rest)[0]), by
    start = 1 if flat[0] == "frac" else 0
    parts = [place for place in range(start, len(flat)) if _is_d(flat, place)]
    if len(parts) != 2 or parts[0] != start or (start == 0 and "/" not in flat):
        return None
    above = [t for t in flat[parts[0] : parts[1]] if t != "/"]
    name, rest = _split_name(_behind_d(flat[parts[1] :]))
    of = _split_name(_behind_d(above))[0] if _behind_d(above) else "".join(rest)
    return _loss(of), name


def _is_d(flat: list[str], place: int) -> bool:
    text = flat[place]
    if text in ("partial", "d"):
        return True
    return (
        len(text) > 1
        and text[0] == "d"
        and text[1:] in {*LOSSES, "W", "b", "w", "v", "z", "y", "yhat", "a", "theta"}
    )


def _behind_d(piece: list[str]) -> list[str]:
    head = piece[0][1:] if piece and piece[0] not in ("partial", "d") else ""
    return [head, *piece[1:]] if head else piece[1:]


def _split_name(flat: list[str]) -> tuple[str, list[str]]:
    """A name with the digits in its scripts, and what stands behind it."""
    name, place = "", 0
    while place < len(flat):
        text = flat[place]
        if not name or (name in ACCENTS):
            name += text
        elif text == "_" or text.isdigit():
            name += text if text.isdigit() else ""
        elif not (_is_index(text, flat[place - 1]) and place):
            break
        place += 1
    return ("haty" if name == "yhat" else name), flat[place:]


def _is_index(text: str, before: str) -> bool:
    """Whether letters are indices: short ones right behind the mark of a subscript, or the usual ones."""
    return len(text) <= 3 and (all(s in "ijklhmqnT" for s in text) or (before == "_" and text.islower()))


def _loss(name: str) -> str:
    return "L" if name in LOSSES else name
