"""
A head start: the zygotes that a run will need start while the grader's own parts and the rubric are still being read.

What is known of the rubric by then is a guess from its `code:` block; where the guess is wrong the worker starts what it needs.
"""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from grader.errors import GraderError
from grader.sandbox.forkserver import ForkServer
from grader.sandbox.host import Zygote
from grader.sandbox.limits import Preload

MANY = 50
"""Files of a folder of hand-ins that are looked at."""


class HeadStart:
    """
    A fork server that is started at once, and zygotes by worker that are used by workers which are forked later.

    Args:
        workers: at most how many.
        unsafe: as for `Zygote`.
    """

    def __init__(self, workers: int, unsafe: bool = False) -> None:
        self.workers, self.unsafe = workers, unsafe
        self.of: dict[int, dict[Preload, Zygote]] = {}
        self.left: list[Zygote] = []
        self.servers: list[ForkServer] = []
        if workers and sys.platform.startswith("linux"):
            self._another_server()

    def _another_server(self) -> ForkServer | None:
        with contextlib.suppress(OSError):  # told when it is needed
            self.servers.append(ForkServer())
            return self.servers[-1]
        return None

    def guess(self, rubric: Path, submissions: Path) -> None:
        """Start what grading these hand-ins by this rubric will need."""
        if self.servers:
            found = sorted(submissions.iterdir()) if submissions.is_dir() else [submissions]
            several = sum(not p.name.startswith(".") for p in found)
            self.start(_preloads(rubric, _suffixes(submissions)), min(self.workers, several))

    def start(self, preloads: list[Preload], workers: int) -> None:
        """
        A zygote of each kind for each worker, forked where its modules are imported first.

        Args:
            preloads: what each worker will need.
            workers: how many.
        """
        free, by_modules = iter(self.servers[:1]), dict[tuple[str, ...], ForkServer | None]()
        self.of = {number: {} for number in range(workers)}
        for preload in preloads:
            modules = preload.modules
            if modules not in by_modules:
                by_modules[modules] = next(free, None) or self._another_server()
            if (server := by_modules[modules]) is None:
                continue
            for number, started in self.of.items():
                with contextlib.suppress(OSError, GraderError):  # told when it is needed
                    started[preload] = Zygote(preload, slot=number, unsafe=self.unsafe, server=server)

    def taken(self, number: int) -> dict[Preload, Zygote]:
        """In the worker of that number: its own; those of the others are left to them."""
        mine = self.of.pop(number, {})
        self.let_go()
        return mine

    def let_go(self) -> None:
        """Leave all to those who inherited them: a zygote ends when nobody holds its socket any more."""
        for started in self.of.values():
            for zygote in started.values():
                zygote.control.close()
                self.left.append(zygote)
        self.of.clear()

    def __enter__(self) -> HeadStart:
        return self

    def __exit__(self, *exc: object) -> None:
        """After the workers: what none of them has used and ended is ended here."""
        self.let_go()
        for zygote in self.left:
            zygote.close()
        for server in self.servers:
            server.close()


def _preloads(rubric: Path, suffixes: set[str]) -> list[Preload]:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        groups = [_preload(g, suffixes) for g in code_groups(rubric.read_text(encoding="utf-8"))]
        return list(dict.fromkeys(groups))
    return []


def code_groups(text: str) -> list[Mapping[str, Any]]:
    """
    The `code:` block of a rubric's text, read without the rest.

    Raises:
        ValueError: it is not what YAML allows.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    block = re.search(r"^code:.*\n(?:(?:[ \t#-].*)?\n)*", text, re.MULTILINE)
    try:
        return YAML(typ="safe", pure=True).load(block[0])["code"] if block else []
    except YAMLError as e:
        raise ValueError(str(e)) from e


def _preload(group: Mapping[str, Any], suffixes: set[str]) -> Preload:
    usual = {Path(name).suffix for name in group.get("usual", [])}
    kinds = suffixes if len(suffixes) == 1 else usual
    kind = "notebook" if kinds == {".ipynb"} else "script"
    return Preload.of_code(kind, group.get("preload", ["numpy"]), group.get("barred", []))


def _suffixes(submissions: Path) -> set[str]:
    """Which kinds of code the first files of the hand-ins are."""
    return {p.suffix for p in islice(_files(submissions), MANY)} & {".py", ".ipynb"}


def _files(place: Path) -> Iterator[Path]:
    return (p for p in place.rglob("*") if p.is_file()) if place.is_dir() else iter([place])
