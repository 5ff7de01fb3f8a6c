"""What can be wrong with an answer before it is judged, and with a spec before it is used."""

from __future__ import annotations


class SpecError(ValueError):
    """The rubric author's mistake: the truth cannot be read, a symbol is not declared, sizes do not fit."""


class Unreadable(Exception):
    """The answer could not be read; the message says what, for the student. It is not wrong: a person decides."""


class UnknownSymbol(Unreadable):
    """The answer is a formula, but it uses a symbol that the question does not declare."""

    def __init__(self, spelling: str) -> None:
        super().__init__(f"the symbol `{spelling}` is not one that this question uses")
        self.spelling = spelling


class StrayIndex(Unreadable):
    """An index letter has no value: no sum runs over it and the question does not ask for it."""

    def __init__(self, letter: str) -> None:
        super().__init__(f"the index `{letter}` is neither summed over nor asked for")
        self.letter = letter


class Misfit(Exception):
    """Sizes of a product or sum do not fit: the answer can be read, and as it is read it means nothing."""


class TooCostly(Unreadable):
    """The answer asks for more work than an answer may cost."""
