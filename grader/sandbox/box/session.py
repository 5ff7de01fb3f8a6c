"""A session: one submission loaded in one confined process, which forks for every conversation."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import signal
import socket
import sys
import time
from typing import Any

from . import barred, loader
from .calls import Conversation, seed_everything
from .protocol import ProtocolError, receive, send

DYING_SECONDS = 0.3


class Tail(io.TextIOBase):
    """A text stream that keeps only the last characters of what is printed."""

    def __init__(self, keep: int = 4000) -> None:
        self.keep = keep
        self.kept = ""

    def write(self, text: str) -> int:
        """Keep the end of `text`."""
        self.kept = (self.kept + str(text)[-self.keep :])[-self.keep :]
        return len(text)

    def writable(self) -> bool:
        """Always."""
        return True


def run(sock: socket.socket, root: str) -> None:
    """
    Load what the grader sends first, answer with what happened, then fork a conversation for every descriptor that comes.

    Args:
        sock: the grader's end is trusted; this process is confined already.
        root: the scratch folder, empty.
    """
    sys.stdout = sys.stderr = Tail()
    os.chdir(root)
    os.environ["HOME"] = root
    order = receive(sock)
    loader.write_files(root, order["files"])
    own = loader.own_files(root, order["files"])
    modules = _load(order, root, own)
    report = {
        "faults": [{"file": m.path, **f} for m in modules for f in m.faults][:20],
        "names": {
            n: _kind(lookup, n)
            for lookup in [loader.lookup_in(modules, order["homes"])]
            for n in order["homes"]
        },
        "printed": sys.stdout.kept if isinstance(sys.stdout, Tail) else "",
    }
    send(sock, report)
    serve(sock, Conversation(loader.lookup_in(modules, order["homes"]), own))


def _kind(lookup: Any, name: str) -> str:
    try:
        value = lookup(name)
    except KeyError:
        return ""
    return "class" if isinstance(value, type) else "function" if callable(value) else "value"


def _load(order: dict[str, Any], root: str, own: dict[str, str]) -> list[loader.Module]:
    prepare(order, root)
    modules = []
    for path in order["entries"]:
        module = loader.Module(path, root)
        folder = os.path.dirname(os.path.join(root, path))
        if folder not in sys.path:
            sys.path.insert(0, folder)
        seed_everything(order["seed"])
        text = next(f["text"] for f in order["sources"] if f["path"] == path)
        loader.load_script(module, text, own, order["seconds"])
        modules.append(module)
    return modules


def prepare(order: dict[str, Any], root: str) -> None:
    """The surroundings of the student's code: old numpy names, stand-ins, search path, seeds."""
    barred.bar(order["barred"])
    loader.quiet_builtins()
    loader.name_types(order.get("types", []))
    sys.path.insert(0, root)
    _forget(order.get("provided", []))
    sys.argv = [order["entries"][0] if order["entries"] else "submission"]
    seed_everything(order["seed"])


def _forget(names: list[str]) -> None:
    """A module that the course provides goes before one of that name that a preloaded package brought along."""
    for loaded in [m for m in sys.modules if m.partition(".")[0] in names]:
        del sys.modules[loaded]


def serve(sock: socket.socket, conversation: Conversation) -> None:
    """Fork a conversation for each descriptor that comes over the socket, until it closes."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    gc.collect()
    gc.freeze()
    pid = 0
    while True:
        data, fds, _, _ = socket.recv_fds(sock, 1, 1)
        if not data:
            os._exit(0)
        if data == b"?":
            sock.sendall(bytes([_signal_of(pid)]))
            continue
        _reap()
        pid = os.fork()
        if pid == 0:
            _converse(sock, fds[0], conversation)
        os.close(fds[0])


def _reap() -> None:
    """Collect conversations that ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _signal_of(pid: int) -> int:
    """The signal that ended the last conversation, 0 for none: its socket is closed a moment before it can be waited for."""
    until = time.monotonic() + DYING_SECONDS
    with contextlib.suppress(ChildProcessError):
        while pid and time.monotonic() < until:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
            time.sleep(0.001)
    return 0


def _converse(sock: socket.socket, fd: int, conversation: Conversation) -> None:
    sock.close()
    mine = socket.socket(fileno=fd)
    try:
        mine.sendall(b"h")
        conversation.serve(mine)
    except (ProtocolError, OSError):
        pass
    finally:
        os._exit(0)
