"""What one submission may use, and what its process finds imported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Limits:
    """
    What one submission may use. Times in seconds of wall clock, sizes in bytes.

    Args:
        load: for executing the file, or all cells of a notebook together.
        call: for one call, unless the check says otherwise.
        check: for all calls of one check together; a single call may take what its check allows.
        total: for loading and all calls of a submission together.
        memory: over and above the libraries that are loaded beforehand.
        scratch: all files that the code writes.
        processes: at once.
        cell: for one cell of a notebook.
        answers: all that a submission's calls return.
    """

    load: float = 60.0
    call: float = 10.0
    check: float = 120.0
    total: float = 600.0
    cell: float = 60.0
    memory: int = 2 << 30
    scratch: int = 128 << 20
    file: int = 64 << 20
    processes: int = 64
    files: int = 256
    answers: int = 256 << 20

    def for_box(self) -> dict[str, int]:
        """The part that the kernel enforces."""
        cpu = int(self.total) + 60
        own = {"memory": self.memory, "scratch": self.scratch, "file": self.file, "processes": self.processes}
        return own | {"files": self.files, "cpu": cpu}


@dataclass(frozen=True)
class Preload:
    """What the zygote imports, the kind of sessions that it forks (`script` or `notebook`), and what they cannot read."""

    kind: str = "script"
    modules: tuple[str, ...] = ("numpy",)
    barred: tuple[str, ...] = ()
    """Top-level modules that are not allowed: no trick brings one back whose files cannot be read."""

    @classmethod
    def of_code(cls, kind: str, modules: Iterable[str], barred: Iterable[str]) -> Preload:
        """For code of a kind (`script` or `notebook`) that finds these modules imported."""
        needed = (*modules, *(_NOTEBOOK_MODULES if kind == "notebook" else ()))
        return cls(kind, tuple(dict.fromkeys(needed)), tuple(barred))


_NOTEBOOK_MODULES = ("ipykernel", "matplotlib")


def limits_from(values: Mapping[str, Any]) -> Limits:
    """Limits with some values replaced."""
    return Limits(**(asdict(Limits()) | dict(values)))
