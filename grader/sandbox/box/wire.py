"""What leaves the kernel of a notebook: messages as frames over the session's socket, and the streams of the cells."""

from __future__ import annotations

import io
import os
import socket
import threading
import time
from typing import Any

from jupyter_client.session import Session, json_packer

from .protocol import pack, send_bytes

PUBLISHED = frozenset(
    "status stream display_data execute_result update_display_data clear_output error".split()
)
FLUSH_SECONDS, FLUSH_CHARACTERS, EAGER_LINES = 0.1, 1 << 15, 50


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

    def send(
        self,
        stream: Any,
        msg_or_type: Any,
        content: Any = None,
        parent: Any = None,
        *args: Any,
        **options: Any,
    ) -> Any:
        """The sender of all of ipykernel: publishes outputs, drops what nobody listens to (widgets, debuggers)."""
        if isinstance(msg_or_type, dict):
            msg = msg_or_type
        else:
            msg = self.msg(msg_or_type, content=content, parent=parent)
        if self.owner == os.getpid() and msg["msg_type"] in PUBLISHED:
            self._publish(
                msg["msg_type"],
                msg["content"],
                msg["parent_header"].get("msg_id") or self.request["header"]["msg_id"],
            )
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
    return (
        "\n[the rest of the output of this cell is left out]\n"
        if rest
        else f"[an output of {size >> 10} KiB is left out]\n"
    )


class Stream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of the cells."""

    encoding = "utf-8"

    def __init__(self, wire: Wire, name: str) -> None:
        self.wire, self.name = wire, name
        self.parts: list[str] = []
        self.size, self.flushed, self.eager = 0, 0.0, 0

    def write(self, text: str) -> int:
        """Keep `text` until there is enough of it to send."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.parts.append(text)
        self.size += len(text)
        if self.eager and "\n" in text:
            # A cell that hangs or dies soon afterwards has shown what it said.
            self.eager -= 1
            self.flush()
        elif self.size > FLUSH_CHARACTERS or time.monotonic() > self.flushed + FLUSH_SECONDS:
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
