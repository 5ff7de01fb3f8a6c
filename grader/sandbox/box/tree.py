"""
The processes below one: who they are, what they use, and their end. Read from /proc, by whoever may: grader and zygote.

All numbers are those of the mounted /proc, which need not be the caller's own (a zygote in a pid namespace).
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Collection
from dataclasses import dataclass

QUIET_SECONDS = 1.0


@dataclass(frozen=True)
class Process:
    """
    What the kernel says of one process.

    Args:
        pid: in the numbers of /proc.
        name: its number for `pidfd_open` of the caller.
        dead: it only waits to be collected.
        memory: bytes of its own: anonymous, shared memory and swapped out, without files.
        threads: how many.
    """

    pid: int
    name: int
    dead: bool
    memory: int
    threads: int


def me() -> int:
    """This process in the numbers of /proc."""
    return int(os.readlink("/proc/self"))


def of_handle(handle: int) -> int:
    """The process behind a pidfd, 0 or below when it is gone."""
    with open(f"/proc/self/fdinfo/{handle}") as f:
        return next((int(line.split()[1]) for line in f if line.startswith("Pid:")), 0)


def look(pid: int) -> Process | None:
    """A process, None when it is gone."""
    try:
        with open(f"/proc/{pid}/status") as f:
            fields = dict(line.split(":", 1) for line in f if ":" in line)
    except OSError:
        return None
    memory = sum(int(fields[k].split()[0]) << 10 for k in ("RssAnon", "RssShmem", "VmSwap") if k in fields)
    numbers = fields.get("NSpid", str(pid)).split()
    own = min(_depth(), len(numbers)) - 1
    return Process(pid, int(numbers[own]), fields["State"].split()[0] in "ZX", memory, int(fields["Threads"]))


def _depth() -> int:
    """How many pid namespaces lie between /proc's and ours, ours included."""
    with open("/proc/self/status") as f:
        return next((len(line.split()) - 1 for line in f if line.startswith("NSpid:")), 1)


def below(pid: int, apart_from: Collection[int] = ()) -> list[int]:
    """All processes below `pid`, without those in `apart_from` and what is below them."""
    found, todo = [], [pid]
    while todo:
        parent = todo.pop()
        try:
            for task in os.listdir(f"/proc/{parent}/task"):
                with open(f"/proc/{parent}/task/{task}/children") as f:
                    kids = [int(p) for p in f.read().split()]
                kids = [p for p in kids if p not in apart_from]
                found += kids
                todo += kids
        except OSError:
            continue
    return found


def end(pid: int, apart_from: Collection[int] = ()) -> bool:
    """
    Kill what is below `pid`: stopped first, because a stopped process cannot fork away.

    Returns:
        False when something is still being born after a second.
    """
    deadline = time.monotonic() + QUIET_SECONDS
    while alive := [p for n in below(pid, apart_from) if (p := look(n)) is not None and not p.dead]:
        for number in (signal.SIGSTOP, signal.SIGKILL) if len(alive) > 1 else (signal.SIGKILL,):
            for process in alive:
                _signal(process, number)
        if time.monotonic() > deadline:
            return False
        if len(alive) == 1:
            return True  # a killed process runs no code any more; waiting for its last breath is not worth it
        time.sleep(0.001)
    return True


def _signal(process: Process, number: signal.Signals) -> None:
    """By a descriptor, and only if the number still means the same process: numbers are used again."""
    with contextlib.suppress(OSError):
        handle = os.pidfd_open(process.name)
        try:
            now = look(process.pid)
            if now is not None and now.name == process.name:
                signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)
