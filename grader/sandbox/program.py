"""A process by its handle: every process that inherited the handle can ask about it and end it, not only its parent."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess


class Program:
    """
    A started process.

    Args:
        process: as it was started, with a pipe for what it says on stderr.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.pid = process.pid
        self._handle = os.pidfd_open(process.pid)

    def alive(self) -> bool:
        """Whether it still runs."""
        return not self.wait(0.0)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for its end, at most so long; whether it has ended."""
        ended = self._handle < 0 or bool(select.select([self._handle], [], [], seconds)[0])
        if ended:
            self._process.poll()  # takes it away where it is our own child
        return ended

    def kill(self) -> None:
        """End it at once."""
        with contextlib.suppress(ProcessLookupError):
            if self._handle >= 0:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def last_words(self) -> bytes:
        """What it said on stderr at last, once it has ended; its handle is given back."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        if self._process.stderr is None or self._process.stderr.closed:
            return b""
        with self._process.stderr as stderr:
            return stderr.read()[-2000:]
