"""Where the reader stands in an answer's tokens, and what it has agreed to while reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from grader.answers.faults import Unreadable
from grader.answers.lexer import Token
from grader.answers.symbols import Table

MAX_DEPTH = 150
END = Token("end", "")
OPENING = {"(": ")", "[": "]", "{": "}", "{(": ")}", "<(": ")>", "|(": "|)"}
CLOSING = frozenset(OPENING.values())


@dataclass(frozen=True, slots=True)
class Style:
    """
    How ambiguous notation is read; an answer is right when one style makes it right throughout.

    Args:
        wide: `log a b` takes the whole product; otherwise only `a`.
        tight: `1/2a` is `1/(2a)`: a product without a sign binds before the slash.
        calls: `h(...)` of a letter that is a function as well as a value is the function's value; otherwise a product.
    """

    wide: bool = False
    tight: bool = False
    calls: bool = True


@dataclass
class Cursor:
    """A position in tokens with the symbol table, the style, bound indices and a depth that is bounded."""

    tokens: list[Token]
    table: Table
    style: Style = Style()
    at: int = 0
    depth: int = 0
    bars: list[str] = field(default_factory=list)
    bound: list[str] = field(default_factory=list)
    products: list[str] = field(default_factory=list)
    consulted: set[str] = field(default_factory=set)

    def reads(self, habit: Literal["wide", "tight", "calls"]) -> bool:
        """What the style says of one habit; that it mattered is remembered."""
        self.consulted.add(habit)
        return bool(getattr(self.style, habit))

    def peek(self, ahead: int = 0) -> Token:
        """The token at the position (or further), END behind the last."""
        index = self.at + ahead
        return self.tokens[index] if 0 <= index < len(self.tokens) else END

    def next(self) -> Token:
        """The token at the position, which is passed."""
        token = self.peek()
        self.at += 1
        return token

    def take_sign(self, *texts: str) -> Token | None:
        """Pass one of these signs if it is here."""
        return self.next() if self.peek().is_sign(*texts) else None

    def expect(self, text: str) -> None:
        """Pass this sign or say that it is missing."""
        if not self.take_sign(text):
            raise Unreadable(f"a `{text.strip('|') or text}` is missing {self.place()}")

    def place(self) -> str:
        """Where we are, in words for the student."""
        token = self.peek()
        return "at the end" if token is END else f"before `{token.text}`"

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One level further down; too many are refused."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable("the answer is nested too deep to be read")
        yield
        self.depth -= 1

    @contextmanager
    def inside(self, closing: str) -> Iterator[None]:
        """Within brackets or bars that this sign closes."""
        self.bars.append(closing)
        with self.deeper():
            yield
        self.bars.pop()

    def group(self) -> list[Token]:
        """The tokens within the bracket that opens here; the position moves behind it."""
        opening = self.next()
        start, level = self.at, 1
        closing = OPENING[opening.text]
        while level:
            token = self.next()
            if token is END:
                raise Unreadable(f"a `{closing.strip('()') or closing}` is missing at the end")
            level += token.is_sign(opening.text) - token.is_sign(closing)
        return self.tokens[start : self.at - 1]

    def within(self, tokens: list[Token]) -> Cursor:
        """A cursor over part of the answer, with what is known here."""
        if self.depth >= MAX_DEPTH:
            raise Unreadable("the answer is nested too deep to be read")
        return Cursor(
            tokens, self.table, self.style, depth=self.depth + 1, bound=self.bound, consulted=self.consulted
        )
