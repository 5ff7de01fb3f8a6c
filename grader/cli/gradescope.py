"""`grade gradescope build`."""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console

from grader.errors import UsageError
from grader.gradescope.build import build, preloads_torch
from grader.gradescope.lock import lock
from grader.rubric import load


def build_zip(rubric: Path, out: Path, hashes: bool, machine: str, torch_index: str) -> int:
    """The command; returns the exit status."""
    started = time.monotonic()
    path = rubric / "rubric.yaml" if rubric.is_dir() else rubric
    if not path.exists():
        raise UsageError(f"{path}: there is no such rubric.")
    checked = load(path)
    locked = lock(preloads_torch(checked), hashes, machine)
    built = build(checked, out, locked, torch_index)
    console = Console()
    console.print(
        f"{built.path}: {built.size / 1e6:.1f} MB, {len(built.files)} files, {len(locked.versions)} packages locked"
        f"{' with hashes' if hashes else ' without hashes'}, {time.monotonic() - started:.0f} s.",
        highlight=False,
    )
    options = checked.file.gradescope
    if locked.torch and not torch_index:
        console.print(
            f"torch {locked.torch} will come from the default index, with its graphics libraries (gigabytes). "
            "--torch-index names one with the processor-only build.",
            highlight=False,
        )
    console.print(
        f"On Gradescope set the time limit above {options.budget / 60:g} min and the memory to at least {options.memory_mb} MB.",
        highlight=False,
    )
    hidden = [c.id for _, checks in checked.questions for c in checks if c.entry.visibility == "hidden"]
    if hidden:
        console.print(
            f"Hidden checks ({', '.join(hidden[:5])}): students see no total score there.", highlight=False
        )
    return 0
