"""What the workers of a cluster run in the tests: importable there by name."""

from __future__ import annotations

import os
import re
import signal
import time

from grader.alarm import at_most


def tenfold(state: dict[str, int], task: int) -> int:
    if task == 13:
        raise ValueError("thirteen")
    return task * 10


def endless(state: dict[str, int], task: int) -> object:
    """One step that does not end, under the alarm."""
    return at_most(0.2, lambda: re.match("(a+)+$", "a" * 60 + "b"))


def slow(state: dict[str, int], task: tuple[int, str]) -> int:
    """Kill the process that gets task 3 first, and the worker that gets task 6 first."""
    number, marker = task
    if number in (3, 6) and not os.path.exists(f"{marker}-{number}"):
        with open(f"{marker}-{number}", "w"):
            os.kill(os.getpid() if number == 3 else os.getppid(), signal.SIGKILL)
    time.sleep(0.05)
    return number


def dies(state: dict[str, int], task: int) -> int:
    """Kill the own process where the task is negative."""
    if task < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return task
