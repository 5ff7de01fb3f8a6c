"""Declared symbols: what a rubric says about each name that an answer may use, and how a spelling finds its symbol."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict

from grader.answers.glyphs import GREEK
from grader.answers.lexer import Token

ACCENT_WORDS = ("hat", "bar", "tilde")
SKIPPED_IN_SCRIPTS = frozenset(", ( ) [ ] {( )} ' | { } _ ^ . ; \\".split())


class Declaration(BaseModel):
    """
    One symbol of a question.

    Args:
        aliases: further spellings, as a student might write them (`\\bar{x}`, `z^{(1)}`, `P(y=1)`); the key is one.
        shape: names of sizes (or numbers); none for a scalar, one for a vector, two for a matrix.
        layout: whether a vector stands as a column, a row, or either (then each is tried for the whole answer).
        domain: `positive` (0.5 to 2), `real` (-2 to 2, away from 0), `unit` (0.1 to 0.9), `sign` (-1 or 1), `label` (1 to k, `of`
            names k), or `[low, high]`, or a list of more than two values to choose from.
        value: its definition by the other symbols, entry by entry when `over` names index letters of the axes.
        over: the index letters of `value`.
        size: this symbol is a size: the smallest number used for it. `fixed` keeps that number.
        base: the first index of this size's axis (0 for classes 0 and 1).
        index: this symbol is an index over the axis of that size; `start` skips components (a bias).
        own: this index letter is never meant for another axis (m for inputs, where h is for hidden units).
        function: this symbol is a function: `sigmoid`, `relu`, `softmax`, `identity`, ...
        parameters: with `value`: the function's argument; for `softmax`, the map from a data vector to its scores.
        primes: whether `f'` may be used.
        derivative: this symbol is spelled as the derivative of one symbol by another.
        name_only: may only be named (inside a derivative), never used as a value.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    aliases: tuple[str, ...] = ()
    shape: tuple[str | int, ...] = ()
    layout: Literal["either", "column", "row"] = "either"
    domain: Literal["positive", "real", "unit", "sign", "label"] | tuple[float, ...] = "real"
    of: str | None = None
    value: str | None = None
    over: tuple[str, ...] = ()
    size: int | None = None
    fixed: bool = False
    base: int = 1
    index: str | None = None
    start: int | None = None
    own: bool = False
    function: str | None = None
    parameters: tuple[str, ...] = ()
    primes: bool = False
    derivative: tuple[str, str] | None = None
    name_only: bool = False

    @property
    def is_function(self) -> bool:
        """Whether the symbol is applied to arguments."""
        return self.function is not None or bool(self.parameters)

    @property
    def rank(self) -> int:
        """How many indices pick one number (axes of size 1 need none)."""
        return sum(axis != 1 for axis in self.shape)


@dataclass(frozen=True, slots=True)
class Spelling:
    """A name as written: its letter, its accents, and the atoms of its scripts in order."""

    base: str
    accents: str = ""
    atoms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """The symbol that a spelling means, with the atoms that are left over as its indices."""

    name: str
    indices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """
    Every spelling of the declared symbols.

    Args:
        symbols: the declarations by name.
        free: index letters that the question asks for.
        spellings: by letter and accents, the atoms and the symbol.
        literals: spellings that are more than one name (`P(y=1)`), as token texts, longest first.
    """

    symbols: Mapping[str, Declaration]
    free: tuple[str, ...] = ()
    spellings: dict[tuple[str, str], list[tuple[tuple[str, ...], str]]] = field(default_factory=dict)
    literals: list[tuple[tuple[str, ...], str]] = field(default_factory=list)

    def add(self, spelling: Spelling, name: str) -> None:
        """Make a spelling mean a symbol."""
        self.spellings.setdefault((spelling.base, spelling.accents), []).append((spelling.atoms, name))

    def knows(self, base: str, accents: str = "") -> bool:
        """Whether any declared symbol has this letter."""
        return (base, accents) in self.spellings

    def index_like(self, atom: str, bound: Iterable[str]) -> bool:
        """Whether an atom can be an index: a number, a bound or asked index, or a letter that means nothing else."""
        if atom.isdigit() or atom in bound or atom in self.free:
            return True
        if not (len(atom) == 1 and atom.isalpha() and atom.islower()):
            return False
        taken = [name for atoms, name in self.spellings.get((atom, ""), ()) if not atoms]
        return all(self.symbols[name].index is not None for name in taken)

    def match(
        self, base: str, accents: str, atoms: tuple[str, ...], bound: Iterable[str], *, called: bool = False
    ) -> Match | None:
        """
        The symbol for a letter with script atoms: most of its own atoms first, then the best number of indices.

        A letter that is a function as well as a value is the function when it is `called`.
        """
        best: tuple[tuple[int, int, int, int], Match] | None = None
        for own, name in self.spellings.get((base, accents), ()):
            rest = _without(atoms, own)
            declaration = self.symbols[name]
            if rest is None or not all(self.index_like(atom, bound) for atom in rest):
                continue
            rank = declaration.rank
            if len(rest) > max(rank, len(declaration.shape)):
                continue
            run = sum(self._runs_there(atom, declaration, bound) for atom in rest)
            score = (
                len(own),
                int(declaration.is_function == called),
                run,
                -abs(rank - len(rest)) if rest else 0,
            )
            if best is None or score > best[0]:
                best = (score, Match(name, rest))
        return best[1] if best else None

    def _runs_there(self, atom: str, declaration: Declaration, bound: Iterable[str]) -> bool:
        """Whether an asked index letter is declared for one of a symbol's axes."""
        letter = self.symbols.get(atom) if atom in self.free and atom not in bound else None
        return letter is not None and letter.index in declaration.shape

    def literal_at(self, tokens: list[Token], at: int) -> tuple[str, int] | None:
        """The symbol of a literal spelling that begins here, and how many tokens it takes."""
        for texts, name in self.literals:
            if len(texts) <= len(tokens) - at and all(
                tokens[at + offset].text == text for offset, text in enumerate(texts)
            ):
                return name, len(texts)
        return None

    def names(self) -> list[str]:
        """The symbols a student may use, as the rubric's first spelling of each."""
        return [
            (declaration.aliases or (name,))[0]
            for name, declaration in self.symbols.items()
            if not declaration.name_only
        ]


def _without(atoms: tuple[str, ...], own: tuple[str, ...]) -> tuple[str, ...] | None:
    """The atoms behind a symbol's own, which come first, or None."""
    return atoms[len(own) :] if atoms[: len(own)] == own else None


def atoms_of(tokens: Iterable[Token]) -> tuple[str, ...] | None:
    """Script tokens as atoms (letters and digits one by one), or None when they are an expression."""
    atoms: list[str] = []
    for token in tokens:
        if token.kind in ("word", "text"):
            word = token.text.replace(" ", "")
            if not word.isalnum():
                return None
            atoms.extend([word] if word in GREEK or word in ACCENT_WORDS else word)
        elif token.kind == "number" and token.text.isdigit():
            atoms.extend(token.text)
        elif token.is_sign("*"):
            atoms.append("*")
        elif not (token.kind == "sign" and token.text in SKIPPED_IN_SCRIPTS) and not token.is_command("top"):
            return None
    return tuple(atoms)
