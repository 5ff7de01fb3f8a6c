"""Whose fault it is: the student's, the rubric's, the hand-in's or ours. Every exception of the grader is one of these."""

from __future__ import annotations

import re


class GraderError(Exception):
    """Our own fault or the machine's: the check could not tell. Never costs a point, never earns one."""


class UsageError(GraderError):
    """The command was called in a way that cannot work (exit status 2)."""


class RubricError(GraderError):
    """A rubric, or a file that it names, is wrong (exit status 2); the text is `file:line: what, what was expected`."""


class IsolationError(GraderError):
    """The sandbox cannot be built to the required minimum here."""


class KilledError(IsolationError):
    """
    Student code was ended from outside: by somebody's kill, or because the machine ran out of memory.

    Args:
        sure: False where the code may have done it itself.
    """

    def __init__(self, sure: bool) -> None:
        super().__init__(
            "the sandbox was ended from outside, twice: somebody killed it, or the machine ran out of memory. "
            "Run the same command again, with fewer --workers where memory is short."
        )
        self.sure = sure


class StudentFault(Exception):
    """
    What the student's code did instead of answering; `run` turns it into a `lost` verdict.

    Args:
        message: one sentence for the student, without values of hidden tests.
        kind: a stable word for it: `crashed`, `timeout`, `memory`, `died`, `missing`, `unreadable`, `output`.
        where: `file:line` of the student's own code, innermost first, at most a few.
        help: what to look at next.
    """

    def __init__(self, message: str, *, kind: str, where: tuple[str, ...] = (), help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.where = where
        self.help = help

    @property
    def lines(self) -> list[dict[str, str | int]]:
        """The first places of `where` that name a line, as evidence for a check; what is no such place is left out."""
        found = [_PLACE.fullmatch(where) for where in self.where[:3]]
        return [{"file": m[1], "line": int(m[2]), "note": "here"} for m in found if m]


_PLACE = re.compile(r"(.+):([0-9]{1,7})")
"""What `where` says comes from inside: a superscript is a digit for Python, and no number."""


class Missing(StudentFault):
    """A name, file or answer that the assignment asks for is not in the submission."""

    def __init__(self, message: str, *, help: str = "", where: tuple[str, ...] = ()) -> None:
        super().__init__(message, kind="missing", help=help, where=where)
