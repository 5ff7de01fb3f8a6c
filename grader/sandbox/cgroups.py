"""
Control groups around a zygote and all that it forks: one ceiling for the memory and the number of processes of a tree.

The zygote is moved once, before it does anything; every session is born inside. Moving a process costs up to 20 ms.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

ROOT = Path("/sys/fs/cgroup")
SLACK = 64 << 20
"""Page tables and other bytes that the kernel counts and the student did not ask for."""


@dataclass(frozen=True)
class _Names:
    memory: str
    swap: str
    usage: str
    kills: str


_V1 = _Names(
    "memory.limit_in_bytes",
    "memory.memsw.limit_in_bytes",
    "memory.usage_in_bytes",
    "memory.oom_control",
)
_V2 = _Names("memory.max", "memory.swap.max", "memory.current", "memory.events")


_MOST = "memory.max_usage_in_bytes"
_BATCH = 1 << 20
"""The kernel takes memory in batches: nearer than this is the ceiling."""


class Kills(NamedTuple):
    """Processes of a group that the kernel ended for want of memory, and how often (version 1: whether) the group was at its own ceiling."""

    number: int = 0
    full: int = 0


@dataclass(frozen=True)
class Group:
    """
    The groups of one zygote.

    Args:
        memory: the folder with the memory controller, None where none can be made.
        pids: the folder with the controller of processes.
        unified: both are the same folder, of version 2.
    """

    memory: Path | None = None
    pids: Path | None = None
    unified: bool = False

    @property
    def controllers(self) -> list[str]:
        """What is limited."""
        return [name for name, path in (("memory", self.memory), ("pids", self.pids)) if path is not None]

    def limit(self, memory: int, processes: int) -> None:
        """Ceilings of a session, over and above what the zygote uses now."""
        if self.memory is not None:
            names = _V2 if self.unified else _V1
            ceiling = int((self.memory / names.usage).read_text()) + memory + SLACK
            with contextlib.suppress(OSError):  # raised before the one below it can be, where it was lower
                (self.memory / names.swap).write_text("0" if self.unified else str(1 << 62))
            (self.memory / names.memory).write_text(str(ceiling))
            with contextlib.suppress(OSError):
                (self.memory / names.swap).write_text("0" if self.unified else str(ceiling))
            if not self.unified:
                with contextlib.suppress(OSError):
                    (self.memory / _MOST).write_text("0")  # begins anew
        if self.pids is not None:
            now = int((self.pids / "pids.current").read_text())
            (self.pids / "pids.max").write_text(str(now + processes))

    def kills(self) -> Kills:
        """What the kernel ended so far."""
        if self.memory is None:
            return Kills()
        if self.unified:
            events = _numbers(self.memory / _V2.kills)
            return Kills(events.get("oom_kill", 0), events.get("oom", 0))
        most, ceiling = (int((self.memory / n).read_text()) for n in (_MOST, _V1.memory))
        return Kills(_numbers(self.memory / _V1.kills).get("oom_kill", 0), int(most >= ceiling - _BATCH))

    def remove(self) -> None:
        """Take the empty groups away."""
        for path in {self.memory, self.pids} - {None}:
            with contextlib.suppress(OSError):
                os.rmdir(str(path))


def _numbers(path: Path) -> dict[str, int]:
    return {word: int(number) for word, number in map(str.split, path.read_text().splitlines())}


def enclose(pid: int, name: str, root: Path = ROOT) -> Group:
    """
    New groups with the process in them; those that cannot be made are left out.

    Args:
        pid: the zygote, which has no children yet.
        name: of the groups; begins with `grade-`.
        root: where the controllers are mounted.
    """
    own = _own_groups()
    if (root / "cgroup.controllers").exists():
        parent = (root / own.get("", "/").lstrip("/")).parent if own.get("", "/") != "/" else root
        path = _made(parent, name, pid, ("memory.max", "pids.max"))
        return Group(path, path, unified=True)
    places = {c: root / c / own.get(c, "/").lstrip("/") for c in ("memory", "pids")}
    memory = _made(places["memory"], name, pid, ("memory.limit_in_bytes",))
    return Group(memory, _made(places["pids"], name, pid, ("pids.max",)))


def _own_groups() -> dict[str, str]:
    """Controller to our own group; `` is the unified hierarchy."""
    groups = {}
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            groups.update(dict.fromkeys(controllers.split(","), path))
    return groups


def _made(parent: Path, name: str, pid: int, needed: tuple[str, ...]) -> Path | None:
    path = parent / name
    try:
        for old in parent.glob("grade-*"):
            with contextlib.suppress(OSError):  # of a grader that was killed
                if not Path("/proc", old.name.split("-")[1]).exists():
                    old.rmdir()
        path.mkdir()
        if all((path / file).exists() for file in needed):
            (path / "cgroup.procs").write_text(str(pid))
            return path
        path.rmdir()
    except OSError:
        with contextlib.suppress(OSError):
            path.rmdir()
    return None
