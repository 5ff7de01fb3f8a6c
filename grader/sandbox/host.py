"""The trusted side of the sandbox: starts zygotes, opens sessions, asks, counts the time and kills."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grader.errors import IsolationError, StudentFault
from grader.sandbox import cgroups
from grader.sandbox.box import protocol, tree
from grader.sandbox.patience import Patience

Json = Any
_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from box import zygote; del sys.path[0]; zygote.main(int(sys.argv[2]))"
# Present in site-packages when the grader is installed: never readable from inside.
HIDDEN = ("grader", "reference", "grade")
_PREFIX = "grade-"
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "Agg",
    "USER": "student",
    "LOGNAME": "student",
    "TZ": "UTC",
}
START_SECONDS = 120.0
SEND_SECONDS = 30.0
"""For a message to be taken."""
ANSWER_SECONDS = 5.0
"""For an answer that has begun to come: a trickle does not move the deadline."""
_PASS_PIDFD, _PIDFD = 76, 4
"""SO_PASSPIDFD and SCM_PIDFD of Linux 6.5: the sender of a message as a descriptor, which never means another one later."""


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


class Zygote:
    """
    A warm interpreter that forks confined sessions, one at a time.

    Args:
        preload: modules to import.
        slot: tells zygotes of one machine apart; the user id of its sessions where we are root.
        unsafe: True accepts less than the required minimum of isolation.
        without: layers to leave out (tests of the other situations).
    """

    def __init__(
        self, preload: Preload, *, slot: int = 0, unsafe: bool = False, without: tuple[str, ...] = ()
    ) -> None:
        self.preload = preload
        _clear_away()
        self.folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        self.scratch, self.run = self.folder / "w" / "s", self.folder / "r"
        self.uid = _session_uid(slot) if os.getuid() == 0 and "own-user-id" not in without else 0
        self._make_folders()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control = ours
        self.words = b""
        self.process = self._start(theirs)
        theirs.close()
        name = f"grade-{os.getpid()}-{self.process.pid}"
        self.group = cgroups.Group() if "cgroups" in without else cgroups.enclose(self.process.pid, name)
        ours.sendall(json.dumps(self._order(without)).encode())
        hello = self._hear(START_SECONDS)
        self.layers: list[str] = hello["layers"]
        self.missing: dict[str, str] = hello["missing"]
        self.packages: dict[str, str] = hello["packages"]
        self.own = frozenset(tree.below(self.process.pid))
        """Its own processes: whatever else is below it belongs to a session."""
        if not unsafe:
            self._require_minimum()

    def _make_folders(self) -> None:
        self.folder.chmod(0o711)
        self.scratch.parent.mkdir(mode=0o711)
        for place in (self.scratch, self.run):
            place.mkdir(mode=0o700)
            if self.uid:
                os.chown(place, self.uid, self.uid)

    def _start(self, theirs: socket.socket) -> subprocess.Popen[bytes]:
        box = str(Path(__file__).parent)
        threads = {f"{n}_NUM_THREADS": "1" for n in ("OMP", "OPENBLAS", "MKL")}
        home = {
            "HOME": str(self.scratch),
            "TMPDIR": str(self.scratch),
            "MPLCONFIGDIR": str(self.scratch / ".mpl"),
            "IPYTHONDIR": str(self.scratch / ".ipython"),
        }
        return subprocess.Popen(
            [sys.executable, "-I", "-c", _BOOT, box, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=ENVIRONMENT | threads | home,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def _order(self, without: tuple[str, ...]) -> dict[str, Json]:
        return {
            "scratch": str(self.scratch),
            "run": str(self.run),
            "hidden": HIDDEN + self.preload.barred,
            "uid": self.uid,
            "preload": self.preload.modules,
            "layers": [] if "namespaces" in without else ["namespaces"],
            "without": without,
            "groups": self.group.controllers,
        }

    def _hear(self, seconds: float) -> dict[str, Json]:
        ready, _, _ = select.select([self.control], [], [], seconds)
        data = self.control.recv(1 << 20) if ready else b""
        if not data:
            raise IsolationError(f"the sandbox did not start: {self._last_words()}")
        return json.loads(data)  # type: ignore[no-any-return]

    def _last_words(self) -> str:
        self.close()
        return self.words.decode("utf-8", "replace").strip() or "no message"

    def _require_minimum(self) -> None:
        lacking = [name for name in ("seccomp", "landlock") if name in self.missing]
        if lacking:
            reasons = "; ".join(f"{n}: {self.missing[n]}" for n in lacking)
            self.close()
            raise IsolationError(
                f"student code would not be locked in here ({reasons}). Grade in the container of docs/operator.md, "
                "or accept the risk with --unsafe."
            )

    def open_session(self, limits: Limits) -> Session:
        """A fresh confined process; the one before must be closed."""
        ours, theirs = socket.socketpair()
        order = {"ask": "session", "kind": self.preload.kind, "limits": limits.for_box()}
        try:
            self.group.limit(limits.memory + limits.scratch, limits.processes)
            self.kills = self.group.kills()
            socket.send_fds(self.control, [json.dumps(order).encode()], [theirs.fileno()])
            data, fds, _, _ = socket.recv_fds(self.control, 65536, 1)
        except OSError as e:
            ours.close()
            raise IsolationError(f"the sandbox is gone: {e.strerror}") from e
        finally:
            theirs.close()
        if not data or not fds:
            ours.close()
            raise IsolationError(f"the sandbox could not open a session: {self._last_words()}")
        session = Session(self, ours, fds[0], limits)
        try:
            session.wait_until_confined()
        except BaseException:
            session.close()
            raise
        return session

    def alive(self) -> bool:
        """Whether it can still open sessions."""
        return self.process.poll() is None and self.control.fileno() >= 0

    def cause(self) -> str:
        """What the session was stopped for using too much of, as the kernel and the watch say: a word of `watch`, or nothing."""
        with contextlib.suppress(OSError, ValueError, IsolationError):
            if self.group.kills() > self.kills:
                return "memory"
            self.control.sendall(b'{"ask": "cause"}')
            return str(self._hear(5.0)["cause"])
        return ""

    def end_session(self) -> None:
        """Wait until the session's process tree, whose end was asked for, is gone."""
        try:
            self._hear(30.0)
        except (OSError, ValueError, IsolationError):
            self.close()  # the next session gets another zygote; what this one has graded stands
        self._clean()

    def _clean(self) -> None:
        for place in (self.scratch, self.run):
            with contextlib.suppress(OSError):
                for entry in os.scandir(place):
                    if entry.is_dir(follow_symlinks=False):
                        shutil.rmtree(entry.path, ignore_errors=True)
                    else:
                        os.unlink(entry.path)

    def close(self) -> None:
        """End the zygote and everything below it."""
        self.control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(15)
        if self.process.poll() is None:
            tree.end(self.process.pid)
            self.process.kill()
            self.process.wait()
        if self.process.stderr is not None and not self.process.stderr.closed:
            self.words = self.process.stderr.read()[-2000:]
            self.process.stderr.close()
        self.group.remove()
        shutil.rmtree(self.folder, ignore_errors=True)


def _clear_away() -> None:
    """Folders of graders that were killed."""
    for old in Path(tempfile.gettempdir()).glob(f"{_PREFIX}[0-9]*-*"):
        with contextlib.suppress(OSError):
            if (
                not Path("/proc", old.name.split("-")[1]).exists()
                and time.time() - old.stat().st_mtime > 3600
            ):
                shutil.rmtree(old, ignore_errors=True)


def _session_uid(slot: int) -> int:
    """A user id that belongs to nobody and fits into the id range of a container."""
    return 61_000 + (os.getpid() * 16 + slot) % 4_000


class Session:
    """A submission loaded behind the walls."""

    def __init__(self, zygote: Zygote, sock: socket.socket, pidfd: int, limits: Limits) -> None:
        self.zygote = zygote
        self.sock = sock
        self.pidfd = pidfd
        self.pid = tree.of_handle(pidfd)
        self.limits = limits
        self.ending = False
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

    def load(self, order: Mapping[str, Json], seconds: float) -> dict[str, Json]:
        """
        Send the files and load them.

        Raises:
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

    def last_signal(self) -> int:
        """The signal that ended the last conversation, as the (untrusted) session says: for messages only."""
        try:
            self.sock.settimeout(1.0)
            self.sock.sendall(b"?")
            return self.sock.recv(1)[0]
        except (OSError, IndexError):
            return 0

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
        self.sock.settimeout(max(seconds, SEND_SECONDS))
        self.pidfd, self.pid = -1, 0
        self.greeted = False

    def _send(self, frames: bytes) -> None:
        """The first requests travel before the copy is born."""
        try:
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
            data, ancillary, _, _ = self.sock.recvmsg(1, socket.CMSG_SPACE(12) + socket.CMSG_SPACE(4))
        except OSError as e:
            raise protocol.Unborn("it does not answer") from e
        said = {kind: payload for level, kind, payload in ancillary if level == socket.SOL_SOCKET}
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


def limits_from(values: Mapping[str, Any]) -> Limits:
    """Limits with some values replaced."""
    return Limits(**(asdict(Limits()) | dict(values)))
