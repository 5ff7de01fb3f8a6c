"""Wall time, processor time and peak memory of a command with everything below it."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}


@dataclass(frozen=True)
class Run:
    """One command: seconds of wall clock and of processor, peak of the tree in MB (proportional set size), its output."""

    wall: float
    cpu: float
    peak: float
    output: str


def run(command: Sequence[str | Path], cwd: Path, *, memory: bool = False, limit: float = 900.0) -> Run:
    """
    Run a command to its end.

    Raises:
        RuntimeError: it failed, with the end of what it said.
    """
    began, before = time.perf_counter(), os.times()
    process = subprocess.Popen(
        [str(c) for c in command], cwd=cwd, env=_surroundings(str(command[0])), text=True, errors="replace",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    peaks = [0.0]
    if memory:
        threading.Thread(target=_watch, args=(process, peaks), daemon=True).start()
    output, _ = process.communicate(timeout=limit)
    wall, after = time.perf_counter() - began, os.times()
    if process.returncode:
        raise RuntimeError(f"{command}: exit status {process.returncode}\n{output[-3000:]}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(wall, cpu, peaks[0], output)


def _surroundings(program: str) -> dict[str, str]:
    """One thread each; programs of the same environment are found first."""
    return {**os.environ, **ONE_THREAD, "PATH": f"{os.path.dirname(program)}:{os.environ['PATH']}"}


def _watch(process: subprocess.Popen[str], peaks: list[float]) -> None:
    while process.poll() is None:
        peaks[0] = max(peaks[0], tree_mb(process.pid))
        time.sleep(0.05)


def tree_mb(pid: int) -> float:
    """Proportional set size of a process and all below it, in MB."""
    total = 0.0
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return 0.0
    for member in family:
        try:
            text = Path(f"/proc/{member.pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024
    return total
