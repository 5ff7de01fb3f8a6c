"""
The kernel of a notebook: ipykernel's own, whose messages go over the session's socket instead of zmq.

One socket and no thread: what comes from student code passes the protocol's caps before the grader's side keeps any of
it, and the process forks conversations afterwards like a script's. The zygote builds kernel and shell beforehand
(`build`); a session only uses them.
"""

from __future__ import annotations

import ast
import asyncio
import functools
import io
import logging
import os
import signal
import socket
import sys
import threading
import time
import types
import warnings
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

from IPython.core.compilerop import CachingCompiler
from IPython.core.inputtransformer2 import leading_empty_lines
from IPython.core.profiledir import ProfileDir
from IPython.utils.text import LSString, SList
from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell
from jupyter_client.session import Session, json_packer
from tornado.ioloop import IOLoop
from traitlets.config import Config

from . import faults, loader, session
from .calls import Conversation
from .protocol import pack, receive, send, send_bytes

PUBLISHED = frozenset("status stream display_data execute_result update_display_data clear_output error".split())
PROGRAMS = "bash cmd perl pypy python python2 python3 ruby script sh".split()
INSTALLERS = "pip conda mamba micromamba uv".split()
FLUSH_SECONDS, FLUSH_CHARACTERS = 0.1, 1 << 15


# --- what leaves the kernel -----------------------------------------------------------------------------------------


class Wire(Session):
    """The kernel's end of the socket. Quiet until `open`, in every forked copy, and after `close`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.owner = 0
        self.lock = threading.RLock()
        self.request: dict[str, Any] = {}
        self.active = self.busy = self.interrupted = False
        self.used = self.total = 0
        self.cut = False

    def open(self, sock: socket.socket, limits: dict[str, int]) -> None:
        """
        Begin to send.

        Args:
            sock: the session's socket.
            limits: bytes that are sent at most: `message`, `cell`, `total`.
        """
        self.sock, self.limits, self.owner = sock, limits, os.getpid()

    def close(self) -> None:
        """Send nothing more."""
        self.owner = 0

    def begin(self, request: dict[str, Any]) -> None:
        """What is sent from now on belongs to the cell of this request."""
        self.request, self.used, self.cut = request, 0, False

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, parent: Any = None, *args: Any, **options: Any) -> Any:
        """The sender of all of ipykernel: publishes outputs, drops what nobody listens to (widgets, debuggers)."""
        if isinstance(msg_or_type, dict):
            msg = msg_or_type
        else:
            msg = self.msg(msg_or_type, content=content, parent=parent)
        if self.owner == os.getpid() and msg["msg_type"] in PUBLISHED:
            self._publish(msg["msg_type"], msg["content"], msg["parent_header"].get("msg_id") or self.request["header"]["msg_id"])
        return msg

    def _publish(self, kind: str, content: dict[str, Any], parent_id: str) -> None:
        data = json_packer(content)
        if kind == "clear_output":
            self.total, self.used, self.cut = self.total - self.used, 0, False
        elif kind != "status":
            if self.cut:
                return
            room = min(self.limits["cell"] - self.used, self.limits["total"] - self.total)
            if len(data) > min(room, self.limits["message"]):
                self.cut = len(data) > room
                kind, data = "stream", json_packer({"name": "stderr", "text": _left_out(len(data), self.cut)})
            self.used, self.total = self.used + len(data), self.total + len(data)
        self.frame({"channel": "iopub", "type": kind, "parent": parent_id, "content": data})

    def frame(self, message: dict[str, Any]) -> None:
        """Send one frame whole: an interrupt waits until it is out."""
        main = threading.current_thread() is threading.main_thread()
        if main:
            self.busy = True
        try:
            with self.lock:
                send_bytes(self.sock, pack(message))
        finally:
            if main:
                self.busy = False
        if main and self.interrupted and self.active:
            self.interrupted = False
            raise KeyboardInterrupt


def _left_out(size: int, rest: bool) -> str:
    return "\n[the rest of the output of this cell is left out]\n" if rest else f"[an output of {size >> 10} KiB is left out]\n"


class Stream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of the cells."""

    encoding = "utf-8"

    def __init__(self, wire: Wire, name: str) -> None:
        self.wire, self.name = wire, name
        self.parts: list[str] = []
        self.size, self.flushed = 0, 0.0

    def write(self, text: str) -> int:
        """Keep `text` until there is enough of it to send."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.parts.append(text)
        self.size += len(text)
        if self.size > FLUSH_CHARACTERS or time.monotonic() > self.flushed + FLUSH_SECONDS:
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Send what was kept."""
        self.flushed = time.monotonic()
        parts, self.parts, self.size = self.parts, [], 0
        text = "".join(parts)
        for at in range(0, len(text), FLUSH_CHARACTERS * 8):
            piece = text[at : at + FLUSH_CHARACTERS * 8]
            self.wire.send(None, "stream", {"name": self.name, "text": piece}, self.wire.request)

    def writable(self) -> bool:
        """Always."""
        return True


# --- how cells run --------------------------------------------------------------------------------------------------


class CellCompiler(CachingCompiler):
    """Compiles each cell under the name that the student knows: `hw.ipynb cell 3`."""

    name = ""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        """The name of the cell that runs."""
        return self.name

    def __call__(self, source: Any, filename: str, symbol: str, *args: Any, **options: Any) -> Any:
        """Compile; the inside of `%%time` is a part of its cell, one line further down."""
        if filename in ("<timed exec>", "<timed eval>") and isinstance(source, ast.AST):
            filename, source = self.name, ast.increment_lineno(source, 1)
        return super().__call__(source, filename, symbol, *args, **options)


class Definitions(ast.NodeTransformer):
    """
    While `only` is set, leaves nothing of a cell but its imports, functions and classes.

    Args:
        namespace: of the notebook; with `only == "missing"` what is in it already is not defined again.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self.only = ""

    def visit_Module(self, node: ast.Module) -> ast.Module:
        """Filter the statements of a cell."""
        if self.only:
            node.body = [s for s in node.body if self._wanted(s)]
        return node

    def _wanted(self, statement: ast.stmt) -> bool:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return self.only != "missing" or statement.name not in self.namespace
        return isinstance(statement, (ast.Import, ast.ImportFrom))


class Shell(ZMQInteractiveShell):
    """ipykernel's shell without programs, history files and an exit."""

    result: Any = None
    """How the last cell went."""

    def init_profile_dir(self, profile_dir: Any) -> None:
        """No folder."""
        self.profile_dir = ProfileDir()

    @functools.wraps(ZMQInteractiveShell.run_cell_async)
    async def run_cell_async(self, *args: Any, **options: Any) -> Any:
        """Run a cell and remember its result, exception included."""
        self.result = await super().run_cell_async(*args, **options)
        return self.result

    def system(self, cmd: str) -> None:
        """A program is not run, and that is no error: `!pip install` at the top of a notebook costs nothing."""
        print(f"[not run while the work is graded: {' '.join(cmd.split())[:80]}]")
        self.user_ns["_exit_code"] = 0

    system_piped = system_raw = system

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        """As `system`, with nothing as its output."""
        self.system(cmd)
        return SList([]) if split else LSString("")

    def enable_gui(self, gui: Any = None) -> None:
        """There are no windows."""

    def enable_matplotlib(self, gui: Any = None) -> Any:
        """Figures go into the notebook, whatever `%matplotlib` names."""
        return super().enable_matplotlib("inline")

    def ask_exit(self) -> None:
        """`exit` and `quit` change nothing: the cells below are part of the work."""


class Kernel(IPythonKernel):
    """ipykernel's kernel between the session's socket and the shell."""

    shell_class = Shell
    compiler_class = CellCompiler

    def _forward_input(self, allow_stdin: bool = False) -> None:
        """`input` stays as `loader.quiet_builtins` made it."""

    def _restore_input(self) -> None:
        """See `_forward_input`."""

    def do_shutdown(self, restart: bool) -> dict[str, Any]:
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
        parent = self.session.msg("execute_request", {"code": request["code"]})
        parent["header"]["msg_id"] = parent["msg_id"] = request["id"]
        self.set_parent([], parent)
        shell, wire = self.shell, self.session
        shell.compile.name, shell.definitions.only, shell.result = cell, request["only"], None
        wire.interrupted = False
        try:
            wire.active = True
            reply = await self.do_execute(request["code"], False, True, {}, False)
            status, error = reply["status"], getattr(shell.result, "error_before_exec", None) or getattr(shell.result, "error_in_exec", None)
        except BaseException as e:  # an interrupt that came between two steps of the shell, or a student who broke it
            status, error = "error", e
        finally:
            wire.active = False
        return {"status": str(status), "fault": faults.describe(error, own) if isinstance(error, BaseException) else None}


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
    shell = kernel.shell
    # A traceback counts the lines of a cell as the student sees them.
    transforms = shell.input_transformer_manager.cleanup_transforms
    transforms[transforms.index(leading_empty_lines)] = _empty_lines_above_a_magic
    shell.definitions = Definitions(shell.user_ns)
    shell.ast_transformers.append(shell.definitions)
    for name in PROGRAMS:
        shell.register_magic_function(functools.partial(_no_program, shell, name), "cell", name)
    for name in INSTALLERS:
        shell.register_magic_function(functools.partial(_no_program, shell, name), "line", name)
    _warm_up(shell)


def _empty_lines_above_a_magic(lines: list[str]) -> list[str]:
    rest = leading_empty_lines(lines)
    return rest if rest and rest[0].startswith("%%") else lines


def _no_program(shell: Shell, name: str, line: str = "", cell: str = "") -> None:
    shell.system(f"{name} {line} {cell.strip().partition(chr(10))[0]}")


def _warm_up(shell: Shell) -> None:
    cells = ["1", "1/0", "def f(): pass\nf()\nf", "%time 1", "%%time\n1", "[1", "import numpy\nnumpy.zeros(2)"]
    if "matplotlib" in sys.modules:
        shell.enable_matplotlib("inline")
        cells.append("from matplotlib import pyplot\npyplot.plot([1, 2], label='$x$')\npyplot.title('a')\npyplot.legend()\npyplot.show()")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for cell in cells:
            shell.run_cell(cell, store_history=False)
    shell.reset(new_session=False)
    shell.execution_count = 1


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
    os.environ["HOME"] = root
    order = receive(sock)
    loader.write_files(root, order["files"])
    own = loader.own_files(root, order["files"])
    session.prepare(order, root)
    kernel.session.open(sock, order["outputs"])
    kernel.session.begin(kernel.session.msg("none"))
    streams = sys.stdout, sys.stderr = Stream(kernel.session, "stdout"), Stream(kernel.session, "stderr")
    signal.signal(signal.SIGINT, functools.partial(_interrupt, kernel.session))
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


async def _attend(kernel: Kernel, sock: socket.socket, notebook: str, own: dict[str, str], streams: tuple[Stream, Stream]) -> None:
    kernel.io_loop = IOLoop.current()
    pid = os.getpid()
    while True:
        await _readable(sock)
        request = receive(sock)
        if "stop" in request:
            return
        cell = f"{notebook} cell {request['cell']}"
        own[cell] = cell
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
    ready = loop.create_future()
    loop.add_reader(sock, lambda: ready.done() or ready.set_result(None))
    try:
        await ready
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

        select_figure_formats(shell, set())
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
