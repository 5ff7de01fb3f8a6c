"""`grade doctor`: the walls that hold on this machine, what each protects, and what is lacking."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

REQUIRED = ("seccomp", "landlock")


@dataclass(frozen=True)
class Wall:
    """One line of the table: any of `layers` (a name or its beginning) makes it hold."""

    title: str
    protects: str
    layers: tuple[str, ...]
    lacking: str = ""
    """What it means that none holds."""


WALLS = (
    Wall("Landlock", "files: only the own scratch folder and Python can be read", ("landlock-",), "required"),
    Wall("seccomp", "system calls: no sockets, programs, mounts, tracing", ("seccomp",), "required"),
    Wall("no new privileges", "set-uid programs give nothing", ("no-new-privs",), "required"),
    Wall("own user id", "the grader's files and processes belong to somebody else", ("own-user-id",), "the code runs as you: Landlock and seccomp keep it from your files and processes"),
    Wall("process namespace", "other processes are not to be seen; a tree ends at once", ("pid-namespace",), "the tree is swept instead"),
    Wall("network namespace", "no network, should a socket be had", ("net-namespace",), "seccomp refuses sockets"),
    Wall("memory of the tree", "fork times memory", ("memory-cgroup", "memory-watch"), "one process is limited, a tree is not"),
    Wall("number of processes", "fork bombs", ("pids-cgroup", "processes-watch", "own-user-id", "user-namespace"), "forks are not limited exactly"),
    Wall("disk", "what is written", ("scratch-quota", "disk-watch"), "the disk can be filled"),
    Wall("limits of a process", "memory, processor time, files, descriptors", ("rlimits",), "required"),
)  # fmt: skip

WATCHED = "; looked at 20 times a second, so that a short burst gets through"


def examine() -> int:
    """Print the table; 0 when the required minimum holds."""
    console = Console()
    if not sys.platform.startswith("linux"):
        console.print(
            f"Student code cannot be locked in on {sys.platform}: Landlock, seccomp and namespaces are Linux's. "
            "Grade in the container (docs/operator.md); it runs on this machine too.",
            highlight=False,
        )
        return 1
    from grader.errors import IsolationError
    from grader.sandbox.host import Zygote
    from grader.sandbox.limits import Preload

    try:
        zygote = Zygote(Preload(), unsafe=True)
        hello = zygote.ready()
    except (IsolationError, OSError) as e:
        console.print(f"The sandbox does not start here: {e}", markup=False, highlight=False)
        return 1
    layers = hello.layers
    zygote.close()
    console.print(table(layers))
    for name, reason in hello.missing.items():
        console.print(f"{name}: {reason}", markup=False, highlight=False)
    if hello.missing:
        console.print("What that costs: docs/security.md. What to change: docs/operator.md.", highlight=False)
    held = all(any(layer.startswith(name) for layer in layers) for name in REQUIRED)
    console.print(
        "The required minimum holds: student code may run here."
        if held
        else "The required minimum does not hold: `grade` refuses to run here. Use the container of docs/operator.md.",
        highlight=False,
    )
    return 0 if held else 1


def table(layers: list[str]) -> Table:
    """The walls as a table: what holds by which layer, and what it means where nothing does."""
    out = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("wall", "here", "protects against, or what its absence means"):
        out.add_column(name)
    for wall in WALLS:
        found = [layer for layer in layers if layer.startswith(wall.layers)]
        watched = bool(found) and all(layer.endswith("-watch") for layer in found)
        says = wall.protects + WATCHED * watched if found else wall.lacking
        out.add_row(wall.title, " ".join(found) or "-", says)
    return out
