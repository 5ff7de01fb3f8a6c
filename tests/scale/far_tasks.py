"""What the workers of a cluster run in the tests: importable there by name."""

from __future__ import annotations

import os
import signal
import time


def tenfold(state: dict[str, int], task: int) -> int:
    if task == 13:
        raise ValueError("thirteen")
    return task * 10


def slow(state: dict[str, int], task: tuple[int, str]) -> int:
    """Kill the first worker that gets task 3."""
    number, marker = task
    if number == 3 and not os.path.exists(marker):
        with open(marker, "w"):
            os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)
    return number
