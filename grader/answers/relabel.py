"""Index letters as a left-hand side has them: `\\partial s_i / \\partial \\theta_j` where s_j and theta_i are asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from grader.answers.heads import derivative_of
from grader.answers.lexer import Token, tokenize
from grader.answers.text import clean

Tokens = tuple[Token, ...]
INDEX_LETTERS = frozenset("abchijklmnopqrst")


def exchanged(head: Tokens, asked: Iterable[str], free: Iterable[str]) -> dict[str, str]:
    """
    Which letters of an answer stand for which of the question, as a permutation; empty where they are the same.

    Args:
        head: the answer's left-hand side.
        asked: the spellings of what is asked.
        free: the index letters that are asked for.
    """
    came = letters_of(head)
    if not came or len(set(came)) < len(came):
        return {}
    for spelled in asked:
        tokens = _tokens(spelled)
        wanted = letters_of(tokens)
        if (
            len(wanted) == len(came)
            and set(wanted) <= set(free)
            and derivative_of(tokens) == derivative_of(head)
        ):
            return _permutation(came, wanted) if wanted != came and len(set(wanted)) == len(wanted) else {}
    return {}


@lru_cache(maxsize=1024)
def _tokens(spelled: str) -> Tokens:
    return tuple(tokenize(clean(spelled)))


def letters_of(head: Tokens) -> tuple[str, ...]:
    """The index letters in the scripts of a derivative, in order; nothing for anything else."""
    if derivative_of(head) is None:
        return ()
    found = [letter for place in _script_words(head) for letter in head[place].text]
    return tuple(found)


def _script_words(tokens: Tokens) -> list[int]:
    """The places of words in scripts that are made of index letters."""
    places: list[int] = []
    level = script = 0
    for place, token in enumerate(tokens):
        level += token.is_sign("{") - token.is_sign("}")
        if level < script:
            script = 0
        if token.is_sign("_", "^"):
            script = script or level + 1
            continue
        behind = place > 0 and tokens[place - 1].is_sign("_", "^")
        if (
            token.kind == "word"
            and len(token.text) <= 3
            and set(token.text) <= INDEX_LETTERS
            and (behind or script)
        ):
            places.append(place)
        if behind and not token.is_sign("{"):
            script = 0
    return places


def _permutation(came: tuple[str, ...], wanted: tuple[str, ...]) -> dict[str, str]:
    mapping = dict(zip(came, wanted, strict=True))
    for letter in wanted:
        if letter not in mapping:
            # What the answer calls by an asked letter, a sum's index say, gets a letter that is free.
            mapping[letter] = next(one for one in came if one not in mapping.values())
    return {one: other for one, other in mapping.items() if one != other}


def relabelled(tokens: Tokens, mapping: dict[str, str]) -> Tokens:
    """Tokens with the letters of their scripts, and the same letters on their own, exchanged."""
    scripts = set(_script_words(tokens))
    return tuple(
        replace(token, text="".join(mapping.get(letter, letter) for letter in token.text))
        if place in scripts or (token.kind == "word" and token.text in mapping)
        else token
        for place, token in enumerate(tokens)
    )
