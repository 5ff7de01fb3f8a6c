"""A submission that is loaded behind the walls, and the conversations with it: asks, counts the time, kills."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import struct
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from grader.errors import IsolationError, StudentFault
from grader.sandbox.box import protocol, tree
from grader.sandbox.ending import never, unless_from_outside
from grader.sandbox.limits import Limits
from grader.sandbox.patience import Patience

if TYPE_CHECKING:
    from grader.sandbox.host import Zygote

Json = Any
SEND_SECONDS = 30.0
"""For a message to be taken."""
ANSWER_SECONDS = 5.0
"""For an answer that has begun to come: a trickle does not move the deadline."""
_PASS_PIDFD, _PIDFD = 76, 4
"""SO_PASSPIDFD and SCM_PIDFD of Linux 6.5: the sender of a message as a descriptor, which never means another one later."""


class Session:
    """A submission loaded behind the walls."""

    def __init__(self, zygote: Zygote, sock: socket.socket, pidfd: int, limits: Limits) -> None:
        self.zygote = zygote
        self.sock = sock
        self.pidfd = pidfd
        self.pid = tree.of_handle(pidfd)
        self.limits = limits
        self.ending = False
        self.ended_by_us = False
        """A limit was over: its SIGKILL is no riddle."""
        self.talks: set[int] = set()
        """The processes of open conversations."""

    def wait_until_confined(self) -> None:
        """Until here a failure is ours, not the student's."""
        try:
            hello = protocol.receive(self.sock, time.monotonic() + 30.0)
        except protocol.ProtocolError as e:
            raise IsolationError(f"the sandbox could not confine a session: {e}") from e
        if hello.get("ready") is not True:
            raise IsolationError(
                f"the sandbox could not confine a session: {hello.get('broken', 'no reason given')}"
            )

    def load(
        self, order: Mapping[str, Json], seconds: float, *, doubt: Callable[[], bool] = never
    ) -> dict[str, Json]:
        """
        Send the files and load them.

        Args:
            doubt: see `unless_from_outside`.

        Raises:
            KilledError: it was ended from outside.
            StudentFault: the process died, hung on past its limit or answered nonsense.
        """
        try:
            self.sock.settimeout(30.0)
            protocol.send(self.sock, dict(order))
            wait_for(self.sock, self.pid, seconds)
            return protocol.receive(self.sock, time.monotonic() + ANSWER_SECONDS, protocol.MAX_ANSWER)
        except protocol.Late as e:
            raise StudentFault(
                f"Loading the code did not end within {seconds:g} s.", kind="timeout", help=_LOAD_HELP
            ) from e
        except protocol.Closed as e:
            unless_from_outside(self, doubt)
            raise StudentFault(self._death(), kind="died", help=_LOAD_HELP) from e
        except protocol.ProtocolError as e:
            raise StudentFault(
                f"What came back from loading the code cannot be used: {e}.", kind="output", help=_LOAD_HELP
            ) from e

    def _death(self) -> str:
        if (cause := self.zygote.cause()) in TOO_MUCH:
            return f"While it was loaded the code was stopped: it used more {TOO_MUCH[cause]} than it may."
        return "The code ended the whole process while it was loaded."

    def sweep(self) -> None:
        """
        End whatever earlier conversations left behind.

        Raises:
            StudentFault: it grows faster than it can be ended.
        """
        quiet = tree.end(self.pid, self.talks)
        if "pid-namespace" not in self.zygote.layers:  # orphans have become children of the zygote
            quiet &= tree.end(self.zygote.process.pid, self.talks | {self.pid})
        if not quiet:
            raise StudentFault("The code starts processes without end.", kind="died")

    def converse(self, seconds: float = 10.0) -> Conversation:
        """
        A fork of the loaded process, for calls that must not see each other's traces.

        Args:
            seconds: for the fork to greet.

        Raises:
            StudentFault: the loaded process is gone, or does not fork any more.
        """
        self.sweep()
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        with contextlib.suppress(OSError):
            ours.setsockopt(socket.SOL_SOCKET, _PASS_PIDFD, 1)
        try:
            self.sock.settimeout(seconds)
            socket.send_fds(self.sock, [b"f"], [theirs.fileno()])
        except OSError as e:
            ours.close()
            raise StudentFault("The loaded code is gone: something ended its process.", kind="died") from e
        finally:
            theirs.close()
        return Conversation(self, ours, seconds)

    def last_signal(self) -> int | None:
        """The signal that ended the last conversation, as the (untrusted) session says; None where it does not answer."""
        try:
            self.sock.settimeout(1.0)
            self.sock.sendall(b"?")
            return self.sock.recv(1)[0]
        except (OSError, IndexError):
            return None

    def begin_close(self) -> None:
        """Ask for the end; `close` waits for it."""
        if not self.ending:
            self.ending = True
            with contextlib.suppress(OSError):
                self.zygote.control.sendall(b'{"ask": "end"}')

    def close(self) -> None:
        """Everything that the submission started is gone afterwards."""
        self.begin_close()
        self.sock.close()
        os.close(self.pidfd)
        self.zygote.end_session()


TOO_MUCH = {"memory": "memory", "processes": "processes and threads", "disk": "space for files"}
_LOAD_HELP = (
    'Keep training and plotting behind `if __name__ == "__main__":` and remove endless loops and exits.'
)
PATIENT_AFTER = 0.05
"""Seconds after which it is worth asking whether the code computes or sleeps; most answers are there before."""


def wait_for(sock: socket.socket, pid: int, seconds: float) -> None:
    """
    Wait until something can be read.

    Args:
        pid: the process that works on it, 0 when it is not known.
        seconds: its limit; see `Patience`.

    Raises:
        protocol.Late: the patience is over.
    """
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    if poll.poll(min(seconds, PATIENT_AFTER) * 1000):
        return
    patience = Patience(pid, seconds - min(seconds, PATIENT_AFTER))
    while not poll.poll(patience.slice() * 1000):
        if patience.over():
            raise protocol.Late("no answer in time")


class Conversation:
    """A forked copy of the loaded submission, reached over a socket of its own."""

    def __init__(self, session: Session, sock: socket.socket, seconds: float) -> None:
        self.session = session
        self.sock = sock
        self.reader = protocol.Reader(sock)
        self.seconds = seconds
        self.pidfd, self.pid = -1, 0
        self.greeted = False

    def _send(self, frames: bytes) -> None:
        """The first requests travel before the copy is born."""
        try:
            self.sock.settimeout(max(self.seconds, SEND_SECONDS))
            protocol.send_bytes(self.sock, frames)
        except protocol.ProtocolError as e:
            raise e if self.greeted else protocol.Unborn("it does not answer") from e

    def _greet(self) -> None:
        """
        The first byte tells who is there.

        Raises:
            protocol.Unborn: nobody.
        """
        self.greeted = True
        try:
            self.sock.settimeout(self.seconds)
            data, ancillary, _, _ = self.sock.recvmsg(1, socket.CMSG_SPACE(12) + socket.CMSG_SPACE(4))
        except OSError as e:
            raise protocol.Unborn("it does not answer") from e
        said = {kind: payload for level, kind, payload in ancillary if level == socket.SOL_SOCKET}
        for (descriptor,) in struct.iter_unpack("i", said.get(socket.SCM_RIGHTS, b"")):
            os.close(descriptor)  # nobody asked for it: it would stay open here
        if _PIDFD in said:
            self.pidfd = struct.unpack("i", said[_PIDFD][:4])[0]
        elif socket.SCM_CREDENTIALS in said:
            self._find(struct.unpack("3i", said[socket.SCM_CREDENTIALS][:12])[0])
        if not data:
            raise protocol.Unborn("it does not answer")
        self.pid = tree.of_handle(self.pidfd) if self.pidfd >= 0 else 0
        self.session.talks.add(self.pid)

    def _find(self, pid: int) -> None:
        """Where the kernel only tells numbers: a number counts if it is below the session after it was opened."""
        with contextlib.suppress(OSError):
            handle = os.pidfd_open(pid)
            if pid in tree.below(self.session.pid):
                self.pidfd = handle
            else:
                os.close(handle)

    def ask(self, frames: bytes, seconds: float) -> bytes:
        """
        Requests, and the frame of the reply to the first.

        Args:
            frames: packed; empty when the request was sent together with one before.
            seconds: for the reply.

        Raises:
            protocol.ProtocolError: no reply in time (`Late`), nobody there (`Unborn`, `Closed`) or nonsense; the
                conversation is over then.
        """
        try:
            if frames:
                self._send(frames)
            if not self.greeted:
                self._greet()
            if not self.reader.begun():
                wait_for(self.sock, self.pid, seconds)
            return self.reader.frame(time.monotonic() + ANSWER_SECONDS, protocol.MAX_ANSWER)
        except protocol.ProtocolError:
            self.close()
            raise

    def close(self) -> None:
        """Hang up and end the copy; what it started ends before the next conversation, or with the session."""
        self.sock.close()
        if self.pidfd >= 0:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
            os.close(self.pidfd)
            self.pidfd = -1
            self.session.talks.discard(self.pid)
