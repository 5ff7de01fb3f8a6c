"""How much of a container is left for student code."""

from __future__ import annotations

import contextlib
from pathlib import Path

OURS = 300 << 20
"""The grader, its references and the zygote with numpy: 240 MB measured (docs/gradescope.md)."""
TORCH = 260 << 20
"""What torch adds to the zygote."""
LEAST = 128 << 20
RESERVE = 45.0
"""Seconds for starting, for the checks' own work and for the end of the run, at half a processor."""
CGROUP = Path("/sys/fs/cgroup")


def memory_for_student(said: int, torch: bool, cgroup: Path = CGROUP) -> int:
    """
    Bytes for student code over and above the preloaded libraries.

    Args:
        said: what the rubric says the container has; the container's own word counts where it gives one.
        torch: whether it is preloaded.
        cgroup: where the container's limits are to be read.
    """
    return max(min(said, _limit(cgroup) or said) - OURS - (TORCH if torch else 0), LEAST)


def _limit(cgroup: Path) -> int:
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):
            return int((cgroup / name).read_text())
    return 0


def seconds_for_student(budget: float) -> float:
    """Seconds of the whole budget that student code may take."""
    return max(budget - RESERVE, budget / 2)
