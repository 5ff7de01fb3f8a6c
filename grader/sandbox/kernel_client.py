"""
nbclient and what it takes for a kernel client: a session's socket.

Frames are capped before they are read; a process that ends, or speaks nonsense, is a dead kernel at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode

from grader.errors import IsolationError
from grader.sandbox.box import protocol
from grader.sandbox.outputs import OutputLimits, node, output_of, tidy, weight
from grader.sandbox.patience import Patience
from grader.sandbox.session import Session

Json = Any
FULL = ""
MAX_OUTPUTS = 1_000
MAX_HEADER = 1 << 20
QUEUE = 32
INTERRUPTS = (0.5, 0.5, 1.0)
"""Seconds of its own that a cell has to come to its end after each interrupt."""
DRAIN_SECONDS = 0.2
IDLE_SECONDS = 2
START_SECONDS = 30.0
SLACK = 100_000
PARTS, FEW = 8_000_000, 1_000
"""Brackets and commas that are read in the messages of one start, but in those with few."""


class Player(NotebookClient):
    """nbclient on one start of the notebook, with outputs of bounded size."""

    def __init__(self, nb: NotebookNode, limits: OutputLimits) -> None:
        super().__init__(
            nb,
            allow_errors=True,
            timeout=None,
            iopub_timeout=IDLE_SECONDS,
            record_timing=False,
            store_widget_state=False,
        )
        self.limits = limits
        self.used: dict[int, int] = {}
        self.reply: dict[str, Json] = {}

    async def play(
        self, client: Client, index: int, number: int, seconds: float, mode: str = FULL
    ) -> tuple[bool, bool]:
        """Run one cell: whether the process is alive afterwards, and whether its time ran out."""
        self.reply = {}
        client.number, client.mode = number, mode
        with client.time_limit(seconds) as clock:
            try:
                await self.async_execute_cell(self.nb.cells[index], index, execution_count=number)
            except DeadKernelError:
                return False, clock.rung
        return True, clock.rung

    async def _async_poll_kernel_alive(self) -> None:
        client: Any = self.kc
        await client.gone.wait()
        if self.task_poll_for_reply is not None:
            self.task_poll_for_reply.cancel()

    async def _check_raise_for_error(
        self, cell: NotebookNode, cell_index: int, exec_reply: dict[str, Json] | None
    ) -> None:
        self.reply = (exec_reply or {}).get("content", {})

    def output(
        self, outs: list[NotebookNode], msg: dict[str, Json], display_id: str | None, cell_index: int
    ) -> None:
        """Append an output, as far as there is room."""
        if self.clear_before_next_output:
            self._clear(outs, cell_index)
        output = output_of(msg["msg_type"], msg["content"])
        goes_on = output["output_type"] == "stream" and outs and outs[-1].get("name") == output["name"]
        # To be paid for: thousands of crumbs after a long text would copy it every time.
        copied = len(outs[-1]["text"]) if goes_on else 0
        if not self._has_room(cell_index, msg["size"] + (copied >> 10), len(outs)):
            return
        if goes_on:
            outs[-1]["text"] += output["text"]
            return
        if display_id:
            self._display_id_map.setdefault(display_id, {}).setdefault(cell_index, []).append(len(outs))
        outs.append(node(output))

    def clear_output(self, outs: list[NotebookNode], msg: dict[str, Json], cell_index: int) -> None:
        """Clear now or before the next output."""
        self.clear_before_next_output = msg["content"]["wait"]
        if not self.clear_before_next_output:
            self._clear(outs, cell_index)

    def _clear(self, outs: list[NotebookNode], cell_index: int) -> None:
        outs[:] = []
        self.used[cell_index] = 0
        self.clear_before_next_output = False
        self.clear_display_id_mapping(cell_index)

    def _update_display_id(self, display_id: str, msg: dict[str, Json]) -> None:
        places = [(c, at) for c, found in self._display_id_map.get(display_id, {}).items() for at in found]
        for cell, at in places:
            if self._has_room(cell, msg["size"], 0):
                self.nb.cells[cell].outputs[at].update(
                    data=msg["content"]["data"], metadata=msg["content"]["metadata"]
                )

    def _has_room(self, index: int, size: int, count: int) -> bool:
        used = self.used.get(index, 0)
        if used + size > self.limits.cell + SLACK or count >= MAX_OUTPUTS:
            return False
        if sum(self.used.values()) + size > self.limits.total + SLACK:
            return False
        self.used[index] = used + size
        return True


class Channel:
    """Messages of one kind, as nbclient takes them."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[dict[str, Json]] = asyncio.Queue(QUEUE)

    async def get_msg(self, timeout: float | None = None) -> dict[str, Json]:
        """The next message."""
        return await self.queue.get()


@dataclass
class Clock:
    """Whether a cell's time ran out."""

    rung: bool = False


class Client:
    """What nbclient knows as a kernel client: a session and its socket."""

    allow_stdin = False

    def __init__(self, session: Session, limits: OutputLimits) -> None:
        self.session, self.limits = session, limits
        self.shell_channel, self.iopub_channel = Channel(), Channel()
        self.ready, self.gone = asyncio.Event(), asyncio.Event()
        self.number, self.mode, self.requests = 0, FULL, 0
        self.stopping = False
        self.parts = PARTS
        self.names: dict[str, Json] | None = None

    async def __aenter__(self) -> Client:
        self.loop = asyncio.get_running_loop()
        self.session.sock.setblocking(False)
        self.pump = asyncio.ensure_future(self._pump())
        self.loop.add_reader(self.session.pidfd, self._died)
        return self

    async def __aexit__(self, *error: object) -> None:
        self.loop.remove_reader(self.session.pidfd)
        self.pump.cancel()
        await asyncio.wait([self.pump])
        self.session.sock.setblocking(True)

    async def send(self, message: dict[str, Json]) -> None:
        """
        Send one frame.

        Raises:
            DeadKernelError: nobody is there to take it.
        """
        try:
            await self.loop.sock_sendall(self.session.sock, protocol.pack(message))
        except OSError as e:
            raise DeadKernelError("Kernel died") from e

    async def start(self, order: dict[str, Json]) -> None:
        """
        Send what the kernel needs before the first cell.

        Raises:
            IsolationError: it did not start; no code of the student has run yet.
        """
        with self.time_limit(START_SECONDS), contextlib.suppress(DeadKernelError):
            await self.send(order)
            waits = [asyncio.ensure_future(event.wait()) for event in (self.ready, self.gone)]
            _, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in pending:
                wait.cancel()
        if not self.ready.is_set():
            raise IsolationError("the kernel of a notebook did not start")

    async def execute(self, code: str, **options: Json) -> str:
        """Ask for the current cell; its id."""
        self.requests += 1
        name = str(self.requests)
        await self.send({"id": name, "code": code, "cell": self.number, "only": self.mode})
        return name

    async def stop(self, seconds: float) -> dict[str, Json] | None:
        """End the kernel, keep its process: the names that it knows, None when it is dead."""
        self.stopping = True
        while not self.iopub_channel.queue.empty():
            self.iopub_channel.queue.get_nowait()
        with self.time_limit(seconds), contextlib.suppress(DeadKernelError):
            await self.send({"stop": True})
            await asyncio.wait([self.pump])
        return self.names

    @contextlib.contextmanager
    def time_limit(self, seconds: float) -> Iterator[Clock]:
        """Interrupt what runs after so many seconds of its own (see `Patience`), three times, then end the process."""
        clock = Clock()
        alarm = asyncio.ensure_future(self._ring(seconds, clock))
        try:
            yield clock
        finally:
            alarm.cancel()

    async def _ring(self, seconds: float, clock: Clock) -> None:
        await self._until_over(seconds)
        clock.rung = True
        for pause in INTERRUPTS:
            self._signal(signal.SIGINT)
            await self._until_over(pause)
        self._signal(signal.SIGKILL)

    async def _until_over(self, seconds: float) -> None:
        patience = Patience(self.session.pid, seconds)
        while not patience.over():
            await asyncio.sleep(patience.slice())

    def _signal(self, number: signal.Signals) -> None:
        self.session.ended_by_us |= number == signal.SIGKILL
        self._send_signal(number)

    def _send_signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self.session.pidfd, number)

    def _died(self) -> None:
        """The process is gone; what it still said is read first."""
        self.loop.remove_reader(self.session.pidfd)
        self.loop.call_later(DRAIN_SECONDS, self.pump.cancel)

    async def _pump(self) -> None:
        """Read frames until the report, the end or nonsense; then the kernel counts as gone."""
        try:
            while self.names is None:
                await self._take(protocol.unpack(*await self._frame()))
                await asyncio.sleep(0)
        except (protocol.Closed, OSError):
            self._send_signal(signal.SIGKILL)  # where it lives without its socket
        except protocol.ProtocolError:
            self._signal(signal.SIGKILL)
        finally:
            self.gone.set()

    async def _frame(self) -> tuple[bytes, bytes]:
        magic, n_header, n_body = protocol.HEAD.unpack(await self._exactly(protocol.HEAD.size))
        if magic != protocol.MAGIC or n_header > MAX_HEADER or n_body > self.limits.message:
            raise protocol.ProtocolError("not a frame of a kernel")
        return await self._exactly(n_header), await self._exactly(n_body)

    async def _exactly(self, n: int) -> bytes:
        data = bytearray()
        while len(data) < n:
            chunk = await self.loop.sock_recv(self.session.sock, min(n - len(data), 1 << 18))
            if not chunk:
                raise protocol.Closed("the kernel is gone")
            data += chunk
        return bytes(data)

    async def _take(self, frame: dict[str, Json]) -> None:
        channel, parent = frame.get("channel"), frame.get("parent")
        if channel == "report" and self.stopping:
            names = frame.get("names")
            self.names = names if type(names) is dict else {}
        elif channel == "ready":
            self.ready.set()
        elif channel == "shell":
            content = {"status": frame.get("status"), "fault": frame.get("fault")}
            await self.shell_channel.queue.put({"parent_header": {"msg_id": parent}, "content": content})
        elif channel == "iopub" and not self.stopping:
            message = _message(frame) if self._affords(frame.get("content")) else None
            if message is not None:
                await self.iopub_channel.queue.put(message)

    def _affords(self, data: Json) -> bool:
        """Whether a message is worth its reading: millions of empty lists are large as objects."""
        parts = sum(map(data.count, (b"[", b"{", b","))) if type(data) is bytes else 0
        if FEW < parts > min(self.parts, PARTS // 8):
            return False
        self.parts -= parts if parts > FEW else 0
        return True


def _message(frame: dict[str, Json]) -> dict[str, Json] | None:
    """A Jupyter message of a frame, None when there is nothing in it for us."""
    kind, data = frame.get("type"), frame.get("content")
    if type(kind) is not str or type(data) is not bytes:
        return None
    try:
        content = tidy(kind, json.loads(data))
    except (ValueError, RecursionError):
        return None
    if content is None:
        return None
    header = {"msg_type": kind}
    parent = {"msg_id": frame.get("parent")}
    return {
        "msg_type": kind,
        "header": header,
        "parent_header": parent,
        "content": content,
        "size": len(data) + weight(content),
    }
