"""The trusted side of the zygotes: has them forked, asks them for sessions, ends them."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from grader.errors import IsolationError
from grader.sandbox import cgroups
from grader.sandbox.box import tree
from grader.sandbox.ending import machine_kills
from grader.sandbox.forkserver import ABOVE, ForkServer, home, new_folder, remove, remove_whole
from grader.sandbox.limits import Limits, Preload
from grader.sandbox.minimum import not_locked_in
from grader.sandbox.program import Program

if TYPE_CHECKING:
    from grader.sandbox.session import Session

Json = Any
# Present in site-packages when the grader is installed: never readable from inside.
HIDDEN = ("grader", "reference", "grade")
START_SECONDS = 120.0
SESSION_SECONDS = 30.0
"""For a session to be forked, or ended."""


class Zygote:
    """
    A warm interpreter that forks confined sessions, one at a time.

    Args:
        preload: modules that it has imported.
        slot: tells zygotes of one machine apart; the user id of its sessions where we are root.
        unsafe: True accepts less than the required minimum of isolation.
        without: layers to leave out (tests of the other situations).
        server: forks it; one of its own where there is none for these modules yet.

    Raises:
        IsolationError: the fork server is gone.
    """

    def __init__(
        self,
        preload: Preload,
        *,
        slot: int = 0,
        unsafe: bool = False,
        without: tuple[str, ...] = (),
        server: ForkServer | None = None,
    ) -> None:
        self.preload, self.unsafe, self.without = preload, unsafe, without
        self.server = server or ForkServer()
        self.own_server = server is None
        self.folder = new_folder()
        self.scratch, self.run = self.folder / ABOVE / "s", self.folder / "r"
        self.uid = _session_uid(slot) if os.getuid() == 0 and "own-user-id" not in without else 0
        self._make_folders()
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        words, stderr = os.pipe()
        os.set_blocking(words, False)  # the fork server may hold the other end for long
        self.words, self.said = os.fdopen(words, "rb", 0), ""
        self.born: _Born | None = None
        self.hello: _Hello | None = None
        self.begun: _Begun | None = None
        try:
            self.server.fork(preload.modules, home(self.scratch), theirs, stderr)
        except IsolationError:
            self.close()
            raise
        finally:
            theirs.close()
            os.close(stderr)

    @property
    def process(self) -> Program:
        """
        The process, once the fork server has forked it.

        Raises:
            IsolationError: it has not.
        """
        return self._birth().process

    def _birth(self) -> _Born:
        if self.born is None:
            ready, _, _ = select.select([self.control], [], [], START_SECONDS)
            data, fds, _, _ = socket.recv_fds(self.control, 65536, 1) if ready else (b"", [], 0, None)
            if not data or not fds:
                raise IsolationError(f"the sandbox did not start: {self._last_words()}")
            process = Program(json.loads(data)["pid"], fds[0])
            without = "cgroups" in self.without
            name = f"grade-{os.getpid()}-{process.pid}"
            group = cgroups.Group() if without else cgroups.enclose(process.pid, name)
            self.born = _Born(process, group)
            self.control.sendall(json.dumps(self._order(group)).encode())
        return self.born

    @property
    def group(self) -> cgroups.Group:
        """The control groups around it."""
        return self._birth().group

    def ready(self) -> _Hello:
        """
        Wait until it has started.

        Raises:
            IsolationError: it did not, or student code would not be locked in.
        """
        if self.hello is None:
            pid = self.process.pid
            said = self._hear(START_SECONDS)
            self.hello = _Hello(said["layers"], said["missing"], said["packages"], frozenset(tree.below(pid)))
            if not self.unsafe:
                self._require_minimum(self.hello)
        return self.hello

    @property
    def layers(self) -> list[str]:
        """The layers around its sessions."""
        return self.ready().layers

    @property
    def own(self) -> frozenset[int]:
        """Its own processes: whatever else is below it belongs to a session."""
        return self.ready().own

    def _make_folders(self) -> None:
        self.folder.chmod(0o711)
        self.scratch.parent.mkdir(mode=0o711)
        for place in (self.scratch, self.run):
            place.mkdir(mode=0o700)
            if self.uid:
                os.chown(place, self.uid, self.uid)
        # Where sessions have our own user id: nothing is laid beside their folder, and it keeps its name.
        self.scratch.parent.chmod(0o511)

    def _order(self, group: cgroups.Group) -> dict[str, Json]:
        return {
            "scratch": str(self.scratch),
            "run": str(self.run),
            "hidden": HIDDEN + self.preload.barred,
            "uid": self.uid,
            "preload": self.preload.modules,
            "layers": [] if "namespaces" in self.without else ["namespaces"],
            "without": self.without,
            "groups": group.controllers,
        }

    def _hear(self, seconds: float) -> dict[str, Json]:
        ready, _, _ = select.select([self.control], [], [], seconds)
        data = self.control.recv(1 << 20) if ready else b""
        if not data:
            raise IsolationError(f"the sandbox did not start: {self._last_words()}")
        return json.loads(data)  # type: ignore[no-any-return]

    def _last_words(self) -> str:
        self.close()
        return self.said or self.server.last_words() or "no message"

    def _require_minimum(self, hello: _Hello) -> None:
        lacking = {n: why for n, why in hello.missing.items() if n in ("seccomp", "landlock")}
        if lacking:
            self.close()
            raise not_locked_in(lacking)

    def begin_session(self, limits: Limits) -> None:
        """
        Let a session start while something else is done; `open_session` takes it.

        Raises:
            IsolationError: the sandbox is gone.
        """
        ours, theirs = socket.socketpair()
        order = {"ask": "session", "kind": self.preload.kind, "limits": limits.for_box()}
        try:
            socket.send_fds(self.control, [json.dumps(order).encode()], [theirs.fileno()])
        except OSError as e:
            ours.close()
            raise IsolationError(f"the sandbox is gone: {e.strerror}") from e
        finally:
            theirs.close()
        self.begun = _Begun(ours, limits)

    def open_session(self, limits: Limits) -> Session:
        """A fresh confined process; the one before must be closed."""
        self.ready()
        if self.begun is not None and self.begun.limits.for_box() != limits.for_box():
            self._begun_session(self.begun.limits).close()
        if self.begun is None:
            self.begin_session(limits)
        session = self._begun_session(limits)
        try:
            session.wait_until_confined()
        except BaseException:
            session.close()
            raise
        return session

    def _begun_session(self, limits: Limits) -> Session:
        from grader.sandbox.session import Session  # with numpy: a zygote is started before that is loaded

        assert self.begun is not None
        ours, self.begun = self.begun.sock, None
        try:
            self.group.limit(limits.memory + limits.scratch, limits.processes)
            self.kills, self.machine_kills = self.group.kills(), machine_kills()
            ready, _, _ = select.select([self.control], [], [], SESSION_SECONDS)
            data, fds, _, _ = socket.recv_fds(self.control, 65536, 1) if ready else (b"", [], 0, None)
        except (OSError, ValueError) as e:
            ours.close()
            raise IsolationError(f"the sandbox is gone: {e}") from e
        if not data or not fds:
            ours.close()
            raise IsolationError(f"the sandbox could not open a session: {self._last_words()}")
        return Session(self, ours, fds[0], limits)

    def alive(self) -> bool:
        """Whether it can still open sessions, as far as is known of one that is not born yet."""
        return self.control.fileno() >= 0 and (self.born is None or self.born.process.alive())

    def cause(self) -> str:
        """What the session was stopped for using too much of, as the kernel and the watch say: a word of `watch`, or nothing."""
        with contextlib.suppress(OSError, ValueError):
            now = self.group.kills()
            if now.number > self.kills.number and now.full > self.kills.full:
                return "memory"
        return str(self._ask("cause") or "")

    def signal(self) -> int:
        """The signal that ended the session, 0 where it lives or ended by itself."""
        return int(self._ask("signal") or 0)

    def ran_out_of_memory(self) -> bool:
        """Whether the kernel ended something of the session's for want of memory that was not the session's fault."""
        with contextlib.suppress(OSError, ValueError):
            if self.group.memory is not None:
                now = self.group.kills()
                return now.number > self.kills.number and now.full == self.kills.full
            return machine_kills() > self.machine_kills
        return False

    def _ask(self, what: str) -> Json:
        try:
            self.control.sendall(json.dumps({"ask": what}).encode())
            return self._hear(5.0)[what]
        except (OSError, ValueError):  # it ends: its socket is gone before it is
            self.close()
        except IsolationError:
            pass  # closed already
        return None

    def end_session(self) -> None:
        """Wait until the session's process tree, whose end was asked for, is gone."""
        try:
            self._hear(SESSION_SECONDS)
        except (OSError, ValueError, IsolationError):
            self.close()  # the next session gets another zygote; what this one has graded stands
        self._clean()

    def _clean(self) -> None:
        for place in (self.scratch, self.run):
            with contextlib.suppress(OSError):
                for entry in os.scandir(place):
                    if entry.is_dir(follow_symlinks=False):
                        remove(entry.path)
                    else:
                        os.unlink(entry.path)

    def close(self) -> None:
        """End the zygote and everything below it."""
        if self.begun is not None:
            self.begun.sock.close()
        self.control.close()  # one that is born later sees that nobody wants it
        if self.born is not None:
            self._end(self.born)
        self.said = self.said or _read(self.words)
        if self.own_server:
            self.server.close()
        remove_whole(self.folder)

    def _end(self, born: _Born) -> None:
        if self.hello is None:  # nothing of a student's is in it
            born.process.kill()
        if not born.process.wait(15):
            tree.end(born.process.pid)
            born.process.kill()
            born.process.wait()
        born.process.release()
        born.group.remove()


def _read(words: IO[bytes]) -> str:
    if words.closed:
        return ""
    with words:
        return (words.read() or b"")[-2000:].decode("utf-8", "replace").strip()


class _Born(NamedTuple):
    """A zygote's process, and the groups around it."""

    process: Program
    group: cgroups.Group


@dataclass(frozen=True)
class _Hello:
    """What a zygote says when it has started, and the processes that it consists of."""

    layers: list[str]
    missing: dict[str, str]
    packages: dict[str, str]
    own: frozenset[int]


class _Begun(NamedTuple):
    """A session that was asked for: our end of its socket, and what it may use."""

    sock: socket.socket
    limits: Limits


def _session_uid(slot: int) -> int:
    """A user id that belongs to nobody and fits into the id range of a container."""
    return 61_000 + (os.getpid() * 16 + slot) % 4_000
