"""
Equal passages of code within a class: k-grams of tokens, winnowed, with the handout's own subtracted.

    tokens -> k-grams -> smallest hash of every window -> index of the class -> pairs

Names of variables, texts and layout do not count; a passage of `K + WINDOW - 1` tokens in common is always found
(Schleimer, Wilkerson and Aiken, "Winnowing", 2003). What more than `COMMON` of the class share is how this homework is
written, and does not count either. Every pair that shares anything is found through the index, so a class of a thousand
takes seconds. It is evidence for a person who reads both, and never a verdict.
"""

from __future__ import annotations

import builtins
import io
import keyword
import tokenize
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from grader.intake.notebook import NotANotebookError, looks_like_notebook, read_notebook, static_code
from grader.model import HandedFile

K, WINDOW = 18, 8
COMMON = 0.2
FEWEST = 4
"""Shared by so many students at least before a passage can be common."""
_SKIP = {tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER}
_KEPT = set(keyword.kwlist) | set(dir(builtins)) | {"self", "np", "torch"}


@dataclass(frozen=True)
class Token:
    """A token as it counts, and the line where it stands."""

    text: str
    line: int


@dataclass(frozen=True)
class Code:
    """One file of a student's, notebooks as their cells."""

    path: str
    lines: tuple[str, ...]
    tokens: tuple[Token, ...]

    @cached_property
    def grams(self) -> list[int]:
        """The hash of every k-gram, by its first token: the same in every process, which Python's of a text is not."""
        numbers = [zlib.crc32(t.text.encode()) for t in self.tokens]
        return [hash(tuple(numbers[i : i + K])) for i in range(len(numbers) - K + 1)]


@dataclass(frozen=True)
class Work:
    """The code of one student."""

    student: str
    files: tuple[Code, ...]

    @cached_property
    def marks(self) -> dict[int, list[tuple[int, int]]]:
        """Winnowed hash to its places: number of the file, first token."""
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for number, code in enumerate(self.files):
            for place in winnow(code.grams):
                found[code.grams[place]].append((number, place))
        return dict(found)


@dataclass(frozen=True)
class Passage:
    """Lines of both that say the same."""

    left: tuple[str, int, int]
    """File, first and last line."""
    right: tuple[str, int, int]
    tokens: int


@dataclass(frozen=True)
class Pair:
    """Two students with passages in common."""

    left: str
    right: str
    shared: int
    """Tokens in common that are neither the handout's nor common in the class."""
    share: float
    """Of the shorter one's own code."""
    passages: tuple[Passage, ...] = field(default=())


def code_of(files: Iterable[HandedFile]) -> tuple[Code, ...]:
    """The Python files and notebooks among what was handed in."""
    return tuple(code for f in files if (code := _code(f)) is not None)


def _code(file: HandedFile) -> Code | None:
    if looks_like_notebook(file.data):
        try:
            text = "\n".join(
                static_code(c.source) for c in read_notebook(file.text()).cells if c.kind == "code"
            )
        except NotANotebookError:
            return None
    elif file.path.endswith(".py"):
        text = file.text()
    else:
        return None
    return Code(file.path, tuple(text.splitlines()), tuple(tokens(text)))


def tokens(text: str) -> list[Token]:
    """What counts of a program; up to the first place that is no Python."""
    found: list[Token] = []
    before = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type in _SKIP or (token.type == tokenize.STRING and before in ("", "\n", ":")):
                continue
            found.append(Token(_plain(token, before), token.start[0]))
            before = token.string if token.type != tokenize.NEWLINE else "\n"
    except (tokenize.TokenError, SyntaxError, IndentationError):
        pass
    return [t for t in found if t.text.strip()]


def _plain(token: tokenize.TokenInfo, before: str) -> str:
    if token.type == tokenize.NAME:
        return token.string if token.string in _KEPT or before == "." else "v"
    if token.type == tokenize.STRING:
        return "''"
    return token.string


def winnow(grams: Sequence[int]) -> list[int]:
    """The places of the smallest hash of every window, the last one of equals."""
    chosen: list[int] = []
    for start in range(max(len(grams) - WINDOW + 1, min(len(grams), 1))):
        window = range(start, min(start + WINDOW, len(grams)))
        place = min(window, key=lambda i: (grams[i], -i))
        if not chosen or chosen[-1] != place:
            chosen.append(place)
    return chosen


def similar(
    works: Sequence[Work], handout: Sequence[Code] = (), together: Mapping[str, str] | None = None
) -> list[Pair]:
    """
    All pairs with passages in common, most alike first.

    Args:
        works: the class.
        handout: what everybody was given.
        together: student to the group that hands in together: those are not compared.
    """
    given = {gram for code in handout for gram in code.grams}
    index: dict[int, list[int]] = defaultdict(list)
    for number, work in enumerate(works):
        for mark in work.marks.keys() - given:
            index[mark].append(number)
    most = max(FEWEST, COMMON * len(works))
    rare = {mark: who for mark, who in index.items() if 2 <= len(who) <= most}
    counts = Counter(pair for who in rare.values() for pair in combinations(who, 2))
    common = given | {mark for mark, who in index.items() if len(who) > most}
    own = _Own(works, common)
    pairs = [
        _pair(works[a], works[b], rare, own)
        for (a, b), n in counts.items()
        if n >= 2 and not _together(works[a], works[b], together)
    ]
    return sorted(pairs, key=lambda p: (-p.share, -p.shared, p.left, p.right))


def _together(a: Work, b: Work, together: Mapping[str, str] | None) -> bool:
    groups = together or {}
    return a.student in groups and groups[a.student] == groups.get(b.student)


class _Own:
    """How many tokens of a student's are neither the handout's nor common."""

    def __init__(self, works: Sequence[Work], common: set[int]) -> None:
        self.common = common
        self.known: dict[str, int] = {}

    def of(self, work: Work) -> int:
        """Counted once."""
        if work.student not in self.known:
            self.known[work.student] = max(sum(self._count(code) for code in work.files), K)
        return self.known[work.student]

    def _count(self, code: Code) -> int:
        theirs = bytearray(len(code.tokens))
        for place, gram in enumerate(code.grams):
            if gram in self.common:
                theirs[place : place + K] = b"\1" * K
        return len(theirs) - sum(theirs)


def _pair(a: Work, b: Work, rare: Mapping[int, list[int]], own: _Own) -> Pair:
    shared = [m for m in a.marks.keys() & b.marks.keys() if m in rare]
    covered = min(_covered(a, shared), _covered(b, shared))
    share = min(covered / min(own.of(a), own.of(b)), 1.0)
    return Pair(a.student, b.student, covered, share, tuple(_passages(a, b, shared)))


def _covered(work: Work, marks: Sequence[int]) -> int:
    seen: dict[int, bytearray] = {}
    for mark in marks:
        for number, place in work.marks[mark]:
            line = seen.setdefault(number, bytearray(len(work.files[number].tokens)))
            line[place : place + K] = b"\1" * K
    return sum(sum(line) for line in seen.values())


def _passages(a: Work, b: Work, marks: Sequence[int]) -> list[Passage]:
    """Neighbouring k-grams joined where both go on together; longest first."""
    places = sorted((a.marks[m][0], b.marks[m][0]) for m in marks)
    joined: list[list[tuple[tuple[int, int], tuple[int, int]]]] = []
    for here, there in places:
        last = joined[-1][-1] if joined else None
        near = last is not None and last[0][0] == here[0] and last[1][0] == there[0]
        if near and last is not None and here[1] - last[0][1] <= K and 0 <= there[1] - last[1][1] <= 2 * K:
            joined[-1].append((here, there))
        else:
            joined.append([(here, there)])
    found = [
        Passage(
            _lines(a, run[0][0], run[-1][0]),
            _lines(b, run[0][1], run[-1][1]),
            run[-1][0][1] - run[0][0][1] + K,
        )
        for run in joined
    ]
    return sorted(found, key=lambda p: -p.tokens)[:6]


def _lines(work: Work, first: tuple[int, int], last: tuple[int, int]) -> tuple[str, int, int]:
    code = work.files[first[0]]
    return code.path, code.tokens[first[1]].line, code.tokens[min(last[1] + K, len(code.tokens)) - 1].line


def equal_predictions(digests: Mapping[str, str]) -> list[list[str]]:
    """Students whose predictions are the same row by row; most first."""
    groups: dict[str, list[str]] = defaultdict(list)
    for student, digest in digests.items():
        groups[digest].append(student)
    return sorted((sorted(g) for g in groups.values() if len(g) > 1), key=lambda g: (-len(g), g))
