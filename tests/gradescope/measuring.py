"""A command in a root of its own, in control groups that limit and measure it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rootfs import USUAL, environment

CONTAINER = "chown,dac_override,fsetid,fowner,mknod,net_raw,setgid,setuid,setfcap,setpcap,net_bind_service,sys_chroot,kill,audit_write"
MEMORY, PROCESSOR = 768 << 20, 0.5


@dataclass
class Phase:
    """What one phase took."""

    name: str
    seconds: float = 0.0
    processor: float = 0.0
    anonymous: int = 0
    """Peak of memory that cannot be taken back (no file cache), sampled."""
    charged: int = 0
    """Peak of everything that the kernel charged, cache included."""
    killed: int = 0
    status: int = 0
    output: str = ""
    results: dict = field(default_factory=dict)


class Groups:
    """A memory and a processor group of version 1."""

    def __init__(self, limited: bool) -> None:
        base = Path("/sys/fs/cgroup")
        name = f"gradescope-test-{os.getpid()}"
        self.memory, self.cpu, self.account = (base / c / name for c in ("memory", "cpu", "cpuacct"))
        for path in (self.memory, self.cpu, self.account):
            path.mkdir(exist_ok=True)
        if limited:
            (self.memory / "memory.limit_in_bytes").write_text(str(MEMORY))
            with contextlib.suppress(OSError):
                (self.memory / "memory.memsw.limit_in_bytes").write_text(str(MEMORY))
            (self.cpu / "cpu.cfs_period_us").write_text("100000")
            (self.cpu / "cpu.cfs_quota_us").write_text(str(int(100000 * PROCESSOR)))

    def enter(self) -> None:
        for path in (self.memory, self.cpu, self.account):
            (path / "cgroup.procs").write_text("0")

    def anonymous(self) -> int:
        text = (self.memory / "memory.stat").read_text()
        found = dict(line.split() for line in text.splitlines())
        return int(found["total_rss"]) + int(found.get("total_shmem", 0))

    def take(self, phase: Phase) -> None:
        phase.charged = int((self.memory / "memory.max_usage_in_bytes").read_text())
        phase.processor = int((self.account / "cpuacct.usage").read_text()) / 1e9
        text = (self.memory / "memory.oom_control").read_text()
        phase.killed = next(
            (int(line.split()[1]) for line in text.splitlines() if line.startswith("oom_kill ")), 0
        )

    def close(self) -> None:
        for _ in range(50):
            left = (self.memory / "cgroup.procs").read_text().split()
            for pid in left:
                with contextlib.suppress(OSError):
                    os.kill(int(pid), 9)
            if not left:
                break
            time.sleep(0.1)
        for path in (self.memory, self.cpu, self.account):
            with contextlib.suppress(OSError):
                path.rmdir()


def measured(
    name: str, place: Path, command: Sequence[str], limited: bool, settings: Mapping[str, str] | None = None
) -> Phase:
    """Run a command in the root, in groups of its own; limited, as on the platform, or with the network and these settings."""
    phase, groups = Phase(name), Groups(limited)
    env = USUAL if limited else environment() | dict(settings or {})
    full = (
        ["chroot", str(place)]
        + (["setpriv", f"--bounding-set=-all,+{CONTAINER.replace(',', ',+')}"] if limited else [])
        + [*command]
    )
    began, stop = time.monotonic(), threading.Event()

    def watch() -> None:
        while not stop.wait(0.05):
            phase.anonymous = max(phase.anonymous, groups.anonymous())

    watcher = threading.Thread(target=watch)
    try:
        process = subprocess.Popen(
            full,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            preexec_fn=groups.enter,
        )
        watcher.start()
        phase.output = process.communicate(timeout=1500)[0]
        phase.status, phase.seconds = process.returncode, time.monotonic() - began
    finally:
        stop.set()
        watcher.join()
        groups.take(phase)
        groups.close()
    return phase
