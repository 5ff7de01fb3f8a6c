"""A process by its handle: every process that inherited the handle can ask about it and end it, not only its parent."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
from collections.abc import Callable


class Program:
    """
    A process that runs.

    Args:
        pid: its number.
        handle: a pidfd, closed by `release`.
        collect: takes it away once it has ended, where it is our own child.
    """

    def __init__(self, pid: int, handle: int, collect: Callable[[], object] = lambda: None) -> None:
        self.pid = pid
        self._handle = handle
        self._collect = collect

    @classmethod
    def child(cls, process: subprocess.Popen[bytes]) -> Program:
        """One that was just started."""
        return cls(process.pid, os.pidfd_open(process.pid), process.poll)

    def alive(self) -> bool:
        """Whether it still runs."""
        return not self.wait(0.0)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for its end, at most so long; whether it has ended."""
        ended = self._handle < 0 or bool(select.select([self._handle], [], [], seconds)[0])
        if ended:
            self._collect()
        return ended

    def kill(self) -> None:
        """End it at once."""
        with contextlib.suppress(ProcessLookupError):
            if self._handle >= 0:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def release(self) -> None:
        """Give its handle back, when it has ended."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
