"""What a check may count on of the live side: a group of code, the time that it has, where answers come from."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from grader.errors import KilledError, StudentFault
from grader.model import Json
from grader.record import digest
from grader.sandbox.limits import Limits
from grader.sandbox.patience import waiting

if TYPE_CHECKING:
    from grader.student.student import Student


@dataclass(frozen=True)
class CodeSpec:
    """
    What the rubric says of one group of code.

    Args:
        names: what the assignment asks for.
        optional: what may be handed in.
        usual: usual names of the file.
        preload: modules that the zygote imports.
        barred: top-level modules that are not allowed.
        provided: files laid beside the student's (data, stand-in modules), path to content.
        load_seconds, call_seconds: limits.
    """

    names: tuple[str, ...]
    optional: tuple[str, ...] = ()
    usual: tuple[str, ...] = ()
    preload: tuple[str, ...] = ("numpy",)
    barred: tuple[str, ...] = ()
    provided: Mapping[str, bytes] = field(default_factory=dict)
    load_seconds: float = 60.0
    call_seconds: float = 10.0

    @property
    def all_names(self) -> tuple[str, ...]:
        """Asked and optional names."""
        return self.names + self.optional

    @cached_property
    def fingerprint(self) -> bytes:
        """Everything of the rubric that could change an answer."""
        provided = {path: digest(data).hex() for path, data in sorted(self.provided.items())}
        parts = [self.names, self.optional, self.preload, self.barred, provided, self.load_seconds]
        return json.dumps(parts).encode()


class Clock:
    """The time that one submission's code took, without what it waited for a processor: for the check under way and in all."""

    def __init__(self) -> None:
        self.total = self.check = 0.0
        self.answered = 0
        """Bytes of all answers."""
        self.waited: dict[int, float] = {}
        """For how long each process has waited for a processor, as far as it was asked."""
        self.doubted = False
        """An end that nobody accounts for was taken for one from outside: that happens once."""

    @contextlib.contextmanager
    def running(self, pid: Callable[[], int] = lambda: 0, *, of_check: bool = True) -> Iterator[None]:
        """
        The student's code has the word.

        Args:
            pid: gives the process that ran, afterwards.
            of_check: False for loading, which is nobody's check.
        """
        began = time.monotonic()
        try:
            yield
        finally:
            spent = time.monotonic() - began
            if spent > LONG:
                spent -= min(spent, self._waited(pid()))
            self.total += spent
            self.check += spent * of_check

    def doubt(self) -> bool:
        """Whether an end that nobody accounts for may still be taken for one from outside."""
        doubted, self.doubted = self.doubted, True
        return not doubted

    @contextlib.contextmanager
    def unless_killed(self) -> Iterator[None]:
        """What was ended from outside for sure has taken no time."""
        total, check = self.total, self.check
        try:
            yield
        except KilledError as e:
            if e.sure:
                self.total, self.check = total, check
            raise

    def _waited(self, pid: int) -> float:
        """How long a process has waited since it was asked last."""
        before, self.waited[pid] = self.waited.get(pid, 0.0), waiting(pid)
        return max(0.0, self.waited[pid] - before)

    def left(self, name: str, seconds: float, limits: Limits) -> float:
        """
        How much of `seconds` a call still has.

        Raises:
            StudentFault: the time of the check or of the submission is used up.
        """
        check = max(limits.check, seconds) - self.check
        if limits.total <= self.total:
            raise StudentFault(
                f"{name}: not run: the code as a whole took its {limits.total:g} s before.",
                kind="timeout",
                help=_SLOW,
            )
        if self.answered > limits.answers:
            raise StudentFault(
                f"{name}: not run: the answers before it are more than {limits.answers >> 20} MiB together.",
                kind="output",
                help="Return what is asked for and nothing besides.",
            )
        if check <= 0:
            raise StudentFault(
                f"{name}: not run: the calls of this check took their {limits.check:g} s before.",
                kind="timeout",
                help=_SLOW,
            )
        return min(seconds, check, limits.total - self.total)


LONG = 0.5
"""Seconds from which on it is worth asking for how long a process has waited."""
_SLOW = "Look for loops that do not end, and for work at the top of the file that could stand behind the `__main__` guard."


class Live:
    """Where live answers come from; `run` gives one that opens sandbox sessions (see `grader.live`)."""

    def versions(self, spec: CodeSpec) -> str:
        """The versions of what the numbers depend on."""
        raise NotImplementedError

    def packages(self, specs: Sequence[CodeSpec]) -> dict[str, str]:
        """Package to version, for the provenance."""
        raise NotImplementedError

    def layers(self, spec: CodeSpec) -> list[str]:
        """The isolation layers around a group's code."""
        raise NotImplementedError

    def load(self, student: Student, spec: CodeSpec) -> dict[str, Json]:
        """Open a session, load the code and report."""
        raise NotImplementedError

    def converse(self, student: Student, spec: CodeSpec) -> Any:
        """A fresh conversation with the loaded code."""
        raise NotImplementedError
