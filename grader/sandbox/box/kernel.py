"""
The kernel of a notebook: ipykernel's own, whose messages go over the session's socket instead of zmq.

One socket and no thread: what comes from student code passes the protocol's caps before the grader's side keeps any of
it, and the process forks conversations afterwards like a script's. The zygote builds kernel and shell beforehand
(`build`); a session only uses them.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import signal
import socket
import sys
import threading
import types
import warnings
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

from ipykernel.ipkernel import IPythonKernel
from tornado.ioloop import IOLoop
from traitlets.config import Config

from . import faults, loader, session
from .calls import Conversation
from .protocol import receive, send
from .shell import CellCompiler, Shell, adapt
from .wire import EAGER_LINES, Stream, Wire


class Kernel(IPythonKernel):
    """ipykernel's kernel between the session's socket and the shell."""

    shell_class = Shell
    compiler_class = CellCompiler  # type: ignore[assignment]
    if TYPE_CHECKING:
        session: Wire
        shell: Shell

    def _forward_input(self, allow_stdin: bool = False) -> None:
        """`input` stays as `loader.quiet_builtins` made it."""

    def _restore_input(self) -> None:
        """See `_forward_input`."""

    def do_shutdown(self, restart: bool) -> dict[str, Any]:  # type: ignore[override]
        """Only the grader ends a session."""
        return {"status": "ok", "restart": restart}

    async def run(self, request: dict[str, Any], cell: str, own: dict[str, str]) -> dict[str, Any]:
        """
        Run one cell.

        Args:
            request: `id`, `code`, `only` (see `Definitions`).
            cell: its name for the student.
            own: see `faults.describe`.

        Returns:
            `status` (`ok` or `error`) and `fault` (None, or what `faults.describe` says).
        """
        shell, wire = self.shell, self.session
        parent = wire.msg("execute_request", {"code": request["code"]})
        parent["header"]["msg_id"] = parent["msg_id"] = request["id"]
        self.set_parent([], parent)  # type: ignore[no-untyped-call]
        shell.compile.begin(cell, request["code"])
        shell.definitions.only, shell.result, shell.failed_import = request["only"], None, None
        wire.interrupted = False
        try:
            wire.active = True
            reply = await self.do_execute(request["code"], False, True, {}, False)  # type: ignore[no-untyped-call]
            status, error = str(reply["status"]), _error_of(shell.result) or shell.failed_import
            status = "error" if error else status
        except BaseException as e:  # an interrupt between two steps of the shell, or a student who broke it
            status, error = "error", e
        finally:
            wire.active = False
        fault = None if error is None else faults.describe(error, own)
        return {"status": status, "fault": fault and _as_typed(fault, cell, request["code"])}


def _error_of(result: Any) -> BaseException | None:
    found = getattr(result, "error_before_exec", None) or getattr(result, "error_in_exec", None)
    return found if isinstance(found, BaseException) else None


def _as_typed(fault: dict[str, Any], cell: str, code: str) -> dict[str, Any]:
    """The fault with its line as the student wrote it, where IPython ran a translation of it."""
    place, _, line = fault["where"][0].rpartition(":") if fault["where"] else ("", "", "")
    lines = code.split("\n")
    if place == cell and line.isdecimal() and 0 < int(line) <= len(lines):
        fault["line"] = lines[int(line) - 1].strip()[:300]
    return fault


# --- in the zygote --------------------------------------------------------------------------------------------------


def build() -> None:
    """Make the kernel and use once whatever is slow the first time."""
    # Nobody debugs here; the real module would load debugpy.
    debugger = types.ModuleType("ipykernel.debugger")
    vars(debugger).update(_is_debugpy_available=False, Debugger=object)
    sys.modules["ipykernel.debugger"] = debugger
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    kernel = Kernel.instance(config=config, session=Wire(), ident="kernel", log=logging.getLogger("kernel"))
    kernel.shell_channel_thread = types.SimpleNamespace(parent_thread=threading.main_thread())
    shell = kernel.shell
    adapt(shell)
    _warm_up(shell)


def _warm_up(shell: Shell) -> None:
    cells = ["1", "1/0", "def f(): pass\nf()", "%time 1", "%%time\n1", "[1", "import numpy\nnumpy.zeros(2)"]
    if "matplotlib" in sys.modules:
        _figures_as_png()
        shell.enable_matplotlib("inline")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for cell in cells:
            shell.run_cell(cell, store_history=False)  # type: ignore[no-untyped-call]
    shell.reset(new_session=False)  # type: ignore[no-untyped-call]
    shell.execution_count = 1


def _figures_as_png() -> None:
    """Whatever format a notebook asks for (SVG, retina, PDF), its figures are kept as plain PNG, which a report can show."""
    from IPython.core import pylabtools
    from matplotlib_inline import backend_inline

    choose = pylabtools.select_figure_formats

    def select(shell: Any, formats: Any, **options: Any) -> None:
        choose(shell, {"png"} if formats else set(), **options)  # type: ignore[no-untyped-call]

    for module in (pylabtools, backend_inline):
        vars(module)["select_figure_formats"] = select


# --- in the session -------------------------------------------------------------------------------------------------


def run(sock: socket.socket, root: str) -> None:
    """
    Run the cells that the grader sends, then serve conversations as `session.run` does.

    Args:
        sock: the grader's end is trusted; this process is confined already.
        root: the scratch folder, empty.
    """
    kernel = Kernel.instance()
    os.chdir(root)
    os.environ.update(HOME=root, MPLBACKEND="module://matplotlib_inline.backend_inline")
    order = receive(sock)
    loader.write_files(root, order["files"])
    own = loader.own_files(root, order["files"])
    session.prepare(order, root)
    kernel.session.open(sock, order["outputs"])
    kernel.session.begin(kernel.session.msg("none"))
    streams = sys.stdout, sys.stderr = Stream(kernel.session, "stdout"), Stream(kernel.session, "stderr")
    signal.signal(signal.SIGINT, functools.partial(_interrupt, kernel.session))
    send(sock, {"channel": "ready"})
    _until_stopped(_attend(kernel, sock, order["notebook"], own, streams))
    sys.stdout = sys.stderr = session.Tail()
    lookup = _leave(kernel, order, root, own)
    names = {n: session._kind(lookup, n) for n in order["homes"]}
    send(sock, {"channel": "report", "names": names})
    session.serve(sock, Conversation(lookup, own))


def _interrupt(wire: Wire, signum: int, frame: FrameType | None) -> None:
    """SIGINT: an exception in the cell, but never in the middle of a frame."""
    if wire.busy:
        wire.interrupted = True
    elif wire.active:
        raise KeyboardInterrupt


def _until_stopped(work: Any) -> None:
    """Run the loop to the end of `work`, however often student code stops it."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    task = loop.create_task(work)
    while not task.done():
        if loop.is_closed():
            os._exit(72)
        with suppress(RuntimeError, KeyboardInterrupt):
            loop.run_until_complete(task)
    task.result()
    with suppress(Exception):
        loop.close()


async def _attend(
    kernel: Kernel, sock: socket.socket, notebook: str, own: dict[str, str], streams: tuple[Stream, Stream]
) -> None:
    kernel.io_loop = IOLoop.current()
    pid = os.getpid()
    while True:
        await _readable(sock)
        request = receive(sock)
        if "stop" in request:
            return
        cell = f"{notebook} cell {request['cell']}"
        own[cell] = cell
        for stream in streams:
            stream.eager = EAGER_LINES
            if not hasattr(getattr(sys, stream.name), "write"):
                setattr(sys, stream.name, stream)
        kernel.session.begin({"header": {"msg_id": request["id"]}})
        try:
            reply = await kernel.run(request, cell, own)
        except KeyboardInterrupt as e:
            kernel.session.active = False
            reply = {"status": "error", "fault": faults.describe(e, own)}
        if os.getpid() != pid:
            os._exit(0)  # a copy that student code forked and let run on
        for stream in streams:
            stream.flush()
        kernel.session.frame({"channel": "shell", "parent": request["id"], **reply})
        kernel.session.send(None, "status", {"execution_state": "idle"}, kernel.session.request)


async def _readable(sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(sock, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(sock)


def _leave(kernel: Kernel, order: dict[str, Any], root: str, own: dict[str, str]) -> Callable[[str], Any]:
    """
    From a kernel to a loaded submission: silent, without its loop, figures drawn for nobody.

    Returns:
        The lookup of names: the notebook's, then those of the scripts beside it that a question names.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    kernel.session.close()
    shell = kernel.shell
    if "matplotlib" in sys.modules:
        from IPython.core.pylabtools import select_figure_formats

        select_figure_formats(shell, set())  # type: ignore[no-untyped-call]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        asyncio.set_event_loop_policy(None)
    space = shell.user_ns
    homes = order["homes"]
    beside = []
    for path in order["entries"]:
        if path.endswith(".py") and any(home == path and name not in space for name, home in homes.items()):
            module = loader.Module(path, root)
            text = next(s["text"] for s in order["sources"] if s["path"] == path)
            loader.load_script(module, text, own, order["seconds"])
            beside.append(module)
    others = loader.lookup_in(beside, homes)
    return lambda name: space[name] if name in space else others(name)
