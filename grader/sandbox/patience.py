"""
How long to wait for student code on a busy machine.

A limit is meant for the student's own work. When the wall clock says that it is over but the process is still waiting for a
processor, it is given more time, until it has really computed for so long, sleeps, or a multiple of the limit has passed.
"""

from __future__ import annotations

import os
import time

MOST = 8.0
"""Never wait longer than so many times the limit."""
SLICE = 0.25
_TICKS = os.sysconf("SC_CLK_TCK")


class Patience:
    """
    The time that one request may take.

    Args:
        pid: the process that works on it; 0 when it is not known, then only the wall clock counts.
        seconds: the limit.
    """

    def __init__(self, pid: int, seconds: float) -> None:
        self.pid = pid
        self.seconds = seconds
        self.began = time.monotonic()
        self.used, _ = usage(pid)
        self.last = self.used
        self.idle = 0

    def slice(self) -> float:
        """How long to wait before asking `over` again, in seconds."""
        left = self.began + self.seconds - time.monotonic()
        return left if left > 0 else SLICE

    def over(self) -> bool:
        """Whether the time is up."""
        wall = time.monotonic() - self.began
        if wall < self.seconds:
            return False
        used, running = usage(self.pid)
        self.idle = 0 if running or used > self.last else self.idle + 1
        self.last = used
        return (
            used - self.used >= self.seconds or self.idle >= 2 or wall >= MOST * self.seconds or not self.pid
        )


class Stopwatch:
    """
    The student's own time: what passes on the wall clock without the time that a process waits for a processor.

    Args:
        pid: the process that works; 0 when it is not known, then all of the time counts.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.began, self.waited = time.monotonic(), waiting(pid)

    def seconds(self) -> float:
        """So far. Of a process that is gone nothing is known: all of its time counts."""
        waited = max(0.0, waiting(self.pid) - self.waited)
        return max(0.0, time.monotonic() - self.began - waited)


def waiting(pid: int) -> float:
    """For how long a process has waited for a processor so far, in seconds; 0 where the kernel does not say."""
    try:
        with open(f"/proc/{pid}/schedstat", "rb") as f:
            return int(f.read().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def usage(pid: int) -> tuple[float, bool]:
    """Processor time of a process in seconds, and whether it computes or waits for a processor; (inf, False) when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as f:
            fields = f.read().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS, fields[0] == b"R"
    except (OSError, IndexError, ValueError):
        return float("inf"), False
