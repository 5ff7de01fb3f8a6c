"""
Running a notebook: nbclient on the trusted side, a kernel that the zygote forks behind the walls.

The messages of the kernel come as frames over the session's socket (see `box/kernel.py`): capped before they are read,
JSON only, rebuilt field by field before nbclient sees them. Nothing of a notebook's metadata decides what is run.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from nbformat import NotebookNode

from grader.errors import StudentFault
from grader.intake.notebook import Cell, NotANotebookError, read_notebook
from grader.sandbox.ending import never, unless_from_outside
from grader.sandbox.host import Zygote
from grader.sandbox.kernel_client import FULL, Client, Player
from grader.sandbox.limits import Limits
from grader.sandbox.outputs import OutputLimits, node, overwritten
from grader.sandbox.patience import Stopwatch
from grader.sandbox.session import Session

Json = Any
DEFINITIONS, MISSING, SKIPPED = "all", "missing", "skipped"
"""How a cell runs: whole; its definitions; those of its definitions that are not there yet; not at all."""
MAX_STARTS = 4
GRACES, GRACE = 2, 0.25
"""How often, and by which part of the notebook's time, a cell that took all of it does not take it from those below."""
DEFINING_SECONDS = 1.0
LATE_SECONDS = 30.0
STOP_SECONDS = 5.0
DIED = "the cell ended the whole process"


@dataclass(frozen=True)
class NotebookRun:
    """
    A notebook that was executed.

    Args:
        report: as `session.run` reports a script: `faults`, `names`, `printed`.
        executed: the notebook with its outputs, nbformat 4, UTF-8.
        figures: images among the outputs.
        session: ready to converse when `alive`; otherwise it says so when it is asked.
        alive: False when no start came to the end of the notebook: loading it again leads nowhere.
    """

    report: dict[str, Json]
    executed: bytes
    figures: int
    session: Session
    alive: bool = True


def execute(
    zygote: Zygote,
    text: str,
    order: Mapping[str, Json],
    limits: Limits,
    outputs: OutputLimits | None = None,
    *,
    doubt: Callable[[], bool] = never,
) -> NotebookRun:
    """
    Run the code cells of a notebook in their order; a cell that fails does not stop those below it.

    A cell that ends the process, or that no interrupt ends, costs a new start, in which only its definitions run.

    Args:
        zygote: one that preloads ipykernel, without an open session.
        text: the .ipynb file.
        order: as for `Session.load`.
        limits: `load` for all cells together, `cell` for each; both in the notebook's own time (`sandbox.patience`).
        outputs: how much output is kept.
        doubt: see `unless_from_outside`.

    Raises:
        KilledError: it was ended from outside.
        StudentFault: the file is not a notebook.
        IsolationError: the kernel did not start; nothing of the student's has run.
    """
    try:
        cells = read_notebook(text).cells
    except NotANotebookError as e:
        raise StudentFault(f"The notebook {e}.", kind="unreadable") from e
    return asyncio.run(Run(zygote, cells, dict(order), limits, outputs or OutputLimits()).run(doubt))


class Run:
    """One notebook on its way, over as many starts as it takes."""

    def __init__(
        self,
        zygote: Zygote,
        cells: tuple[Cell, ...],
        order: dict[str, Json],
        limits: Limits,
        outputs: OutputLimits,
    ) -> None:
        self.zygote, self.cells, self.limits, self.outputs = zygote, cells, limits, outputs
        self.name = next((str(p) for p in order["entries"] if str(p).endswith(".ipynb")), "notebook.ipynb")
        self.order = order | {"notebook": self.name, "outputs": asdict(outputs)}
        self.modes: dict[int, str] = {}
        self.faults: dict[int, dict[str, Json]] = {}
        self.kept: dict[int, list[NotebookNode]] = {}
        """Outputs of the cells that a start did not survive."""
        self.spent: dict[int, float] = {}
        """Seconds that each whole cell took."""
        self.left = limits.load
        """Seconds that the notebook still has; below 0 when definitions alone have run on."""
        self.graces = GRACES

    async def run(self, doubt: Callable[[], bool] = never) -> NotebookRun:
        """Start until the last cell is reached, or too often."""
        for start in range(1, MAX_STARTS + 1):
            session = self.zygote.open_session(self.limits)
            try:
                player = Player(_blank(self.cells), self.outputs)
                names = await self._start(session, player)
                if names is None:
                    unless_from_outside(session, doubt)
            except BaseException:
                session.close()
                raise
            if names is not None or start == MAX_STARTS:
                break
            session.close()
        return replace(self._finished(session, player.nb, names or {}), alive=names is not None)

    async def _start(self, session: Session, player: Player) -> dict[str, Json] | None:
        """Run all cells; None when the process did not live to the end."""
        async with Client(session, self.outputs) as client:
            player.kc = client  # type: ignore[assignment]
            await client.start(self.order)
            code = [i for i, cell in enumerate(self.cells) if cell.kind == "code" and cell.source.strip()]
            for number, index in enumerate(code, 1):
                if not await self._cell(client, player, index, number):
                    self._lost(player, index, number)
                    return None
            names = await client.stop(STOP_SECONDS + self.limits.load * (len(self.order["entries"]) > 1))
            if names is None and code:
                self.faults.setdefault(len(code), self._fault(len(code), "died", DIED))
                self._lost(player, code[-1], len(code))
            return names

    def _lost(self, player: Player, index: int, number: int) -> None:
        """The process ended with this cell: the next start runs less of it."""
        self.modes[number] = SKIPPED if self.modes.get(number) else DEFINITIONS
        self.kept.setdefault(index, player.nb.cells[index].outputs)
        again = 1.0 + 1.5 * sum(self.spent.values())
        self.left = max(self.left, again)

    async def _cell(self, client: Client, player: Player, index: int, number: int) -> bool:
        """Run one cell; False when the process is dead afterwards."""
        mode, left = self.modes.get(number, FULL), self.left
        if mode == FULL and left <= 0:
            mode = DEFINITIONS
            if not any(f["kind"] == "timeout" for f in self.faults.values()):
                self.faults[number] = self._fault(number, "timeout", _seconds(self.limits.load))
        if mode == SKIPPED or left < -LATE_SECONDS:
            return True
        if mode == DEFINITIONS:
            return await self._define(client, player, index, number, mode)
        seconds = min(self.limits.cell, left)
        watch = Stopwatch(client.session.pid)
        alive, late = await player.play(client, index, number, seconds)
        took = watch.seconds()
        self.left -= took
        self._judge(number, player.reply, seconds, alive, late)
        if late and self.graces:
            self.graces -= 1
            self.left = max(self.left, GRACE * self.limits.load)
        if alive and late:
            return await self._define(client, player, index, number, MISSING)
        if alive:
            self.spent[number] = took
        return alive

    async def _define(self, client: Client, player: Player, index: int, number: int, mode: str) -> bool:
        before = player.nb.cells[index]
        player.nb.cells[index] = node(dict(before) | {"outputs": []})
        watch = Stopwatch(client.session.pid)
        alive, _ = await player.play(client, index, number, DEFINING_SECONDS, mode)
        self.left -= watch.seconds()
        player.nb.cells[index] = before
        return alive

    def _judge(self, number: int, reply: dict[str, Json], seconds: float, alive: bool, late: bool) -> None:
        told = reply.get("fault")
        self.faults.pop(number, None)
        if late:
            self.faults[number] = self._fault(number, "timeout", _seconds(seconds), told)
        elif not alive:
            self.faults[number] = self._fault(number, "died", DIED)
        elif reply.get("status") != "ok":
            kind = _string(told, "kind", 20) or "crashed"
            self.faults[number] = self._fault(number, kind, _string(told, "message", 400), told)

    def _fault(self, number: int, kind: str, message: str, told: Json = None) -> dict[str, Json]:
        """A fault as `session.run` reports it; `told` is what the kernel says of it, which may be anything."""
        where = told.get("where") if type(told) is dict else None
        return {
            "file": self.name,
            "cell": number,
            "kind": kind,
            "type": _string(told, "type", 80) if kind != "timeout" else "",
            "message": message,
            "where": [str(w)[:200] for w in where[:5]]
            if type(where) is list and where
            else [f"{self.name} cell {number}"],
            "line": _string(told, "line", 300),
        }

    def _finished(self, session: Session, nb: NotebookNode, names: dict[str, Json]) -> NotebookRun:
        for index, outputs in self.kept.items():
            nb.cells[index].outputs = outputs
        outputs = [output for cell in nb.cells for output in cell.get("outputs", [])]
        for output in outputs:
            if output.output_type == "stream":
                output["text"] = overwritten(output.text)
        figures = sum(any(mime.startswith("image/") for mime in output.get("data", {})) for output in outputs)
        kinds = {
            n: names.get(n) if names.get(n) in ("class", "function", "value") else ""
            for n in self.order["homes"]
        }
        faults = [fault for _, fault in sorted(self.faults.items())][:20]
        executed = json.dumps(nb, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")
        return NotebookRun({"faults": faults, "names": kinds, "printed": ""}, executed, figures, session)


def _seconds(seconds: float) -> str:
    return f"{round(seconds, 1 if seconds < 10 else 0):g}"


def _string(told: Json, key: str, most: int) -> str:
    value = told.get(key) if type(told) is dict else None
    return value[:most] if type(value) is str else ""


def _blank(cells: tuple[Cell, ...]) -> NotebookNode:
    """A notebook of these cells with nothing else of the student's file."""
    language = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made: list[dict[str, Json]] = []
    for index, cell in enumerate(cells):
        fields = {"cell_type": cell.kind, "id": f"cell-{index + 1}", "metadata": {}, "source": cell.source}
        made.append(fields | ({"execution_count": None, "outputs": []} if cell.kind == "code" else {}))
    metadata = {"kernelspec": kernel, "language_info": language}
    return node({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": made})
