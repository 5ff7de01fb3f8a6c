"""
The zygote's eye on its session, for what the kernel does not limit here: memory, processes and disk of a whole tree.

Where a cgroup, a user id of one's own or a memory-backed scratch folder does the same, nothing is watched.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass

from . import tree

SECONDS = 0.05
MEMORY, PROCESSES, DISK = "memory", "processes", "disk"
MAX_FILES = 4096
LEAST_FREE = 512 << 20
"""Bytes that stay free on the disk of the scratch folder, where they were free when the session began."""


@dataclass
class Watch:
    """
    One session under observation.

    Args:
        what: any of MEMORY, PROCESSES, DISK.
        limits: `memory`, `processes`, `scratch`.
        scratch: the folder.
        session: its process in the numbers of /proc; 0 before there is one.

    What is looked at is everything below the zygote: processes whose parents have gone, or that were cloned beside the session,
    are not below the session any more.
    """

    what: frozenset[str]
    limits: dict[str, int]
    scratch: str
    session: int
    base: int = 0
    plenty: bool = False
    cause: str = ""
    """What was exceeded last."""
    zygote: int = 0
    """This process in the numbers of /proc."""

    def __post_init__(self) -> None:
        self.zygote = tree.me()
        own = tree.look(self.zygote)
        self.base = own.memory if own is not None else 0
        self.plenty = _free(self.scratch) > 2 * LEAST_FREE

    def look(self) -> None:
        """End what is beside and below the session when it is too much, and the session when that does not help."""
        if not self._too_much():
            return
        tree.end(self.zygote, {self.session})
        tree.end(self.session)
        if self._too_much():
            process = tree.look(self.session)
            if process is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.name, signal.SIGKILL)
            tree.end(self.zygote)

    def _too_much(self) -> bool:
        found = [
            p
            for n in [self.session, *tree.below(self.zygote, {self.session}), *tree.below(self.session)]
            if (p := tree.look(n)) is not None and not p.dead
        ]
        if MEMORY in self.what and self._memory(found) > self.limits["memory"]:
            self.cause = MEMORY
        elif PROCESSES in self.what and sum(p.threads for p in found) > self.limits["processes"]:
            self.cause = PROCESSES
        elif DISK in self.what and self._disk_is_full():
            self.cause = DISK
        else:
            return False
        return True

    def _memory(self, found: list[tree.Process]) -> int:
        """Bytes over what the zygote had; what two copies share with the session counts once."""
        growth = [max(0, p.memory - self.base) for p in found]
        shared = max(0, found[0].memory - self.base) if found and found[0].pid == self.session else 0
        return sum(growth) - shared * min(2, len(growth) - 1)

    def _disk_is_full(self) -> bool:
        used = files = 0
        for folder, _, names in _walk(self.scratch):
            files += 1 + len(names)
            for name in names[:MAX_FILES]:
                with contextlib.suppress(OSError):
                    used += os.lstat(os.path.join(folder, name)).st_blocks * 512
            if used > self.limits["scratch"] or files > MAX_FILES:
                return True
        return self.plenty and _free(self.scratch) < LEAST_FREE


def _walk(root: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """`os.walk`, which is recursive, until folders lie too deep to be anything but an attack: then it ends as too many files."""
    try:
        yield from os.walk(root)
    except RecursionError:
        yield root, [], [""] * (MAX_FILES + 1)


def _free(path: str) -> int:
    with contextlib.suppress(OSError):
        found = os.statvfs(path)
        return found.f_bavail * found.f_frsize
    return 0
