"""The trusted side of the zygotes: starts them, asks them for sessions, ends them."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from grader.errors import IsolationError
from grader.sandbox import cgroups
from grader.sandbox.box import tree
from grader.sandbox.ending import machine_kills
from grader.sandbox.limits import Limits, Preload
from grader.sandbox.program import Program

if TYPE_CHECKING:
    from grader.sandbox.session import Session

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
SESSION_SECONDS = 30.0
"""For a session to be forked, or ended."""


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
        self.unsafe = unsafe
        self.hello: _Hello | None = None
        self.begun: _Begun | None = None

    def ready(self) -> _Hello:
        """
        Wait until it has started.

        Raises:
            IsolationError: it did not, or student code would not be locked in.
        """
        if self.hello is None:
            said = self._hear(START_SECONDS)
            own = frozenset(tree.below(self.process.pid))
            self.hello = _Hello(said["layers"], said["missing"], said["packages"], own)
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

    def _start(self, theirs: socket.socket) -> Program:
        box = str(Path(__file__).parent)
        threads = {f"{n}_NUM_THREADS": "1" for n in ("OMP", "OPENBLAS", "MKL")}
        home = {
            "HOME": str(self.scratch),
            "TMPDIR": str(self.scratch),
            "MPLCONFIGDIR": str(self.scratch / ".mpl"),
            "IPYTHONDIR": str(self.scratch / ".ipython"),
        }
        return Program(
            subprocess.Popen(
                [sys.executable, "-I", "-c", _BOOT, box, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=ENVIRONMENT | threads | home,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
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

    def _require_minimum(self, hello: _Hello) -> None:
        lacking = {n: why for n, why in hello.missing.items() if n in ("seccomp", "landlock")}
        if lacking:
            self.close()
            raise _not_locked_in(lacking)

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
        """Whether it can still open sessions."""
        return self.control.fileno() >= 0 and self.process.alive()

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
                        _remove(entry.path)
                    else:
                        os.unlink(entry.path)

    def close(self) -> None:
        """End the zygote and everything below it."""
        if self.begun is not None:
            self.begun.sock.close()
        self.control.close()
        if self.hello is None:  # nothing of a student's is in it, and it may still be importing
            self.process.kill()
        if not self.process.wait(15):
            tree.end(self.process.pid)
            self.process.kill()
            self.process.wait()
        self.words = self.words or self.process.last_words()
        self.group.remove()
        _remove(str(self.folder))


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


def _remove(folder: str) -> None:
    """Remove a folder, however deep student code made it: Python's own way is recursive, `rm` is not."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except RecursionError:
        subprocess.run(["rm", "-rf", "--", folder], stderr=subprocess.DEVNULL, check=False)


def require_minimum() -> None:
    """
    The same before anything is started, from what can be told without a sandbox.

    Raises:
        IsolationError: student code would not be locked in here.
    """
    missing = {}
    if not sys.platform.startswith("linux"):
        missing["Landlock and seccomp"] = f"{sys.platform} has none"
    else:
        from grader.sandbox.box import callfilter, kernel_calls

        if not kernel_calls.landlock_abi():
            missing["landlock"] = "the kernel has none"
        try:
            callfilter.seccomp_program(signals=True)
        except (ImportError, OSError, RuntimeError) as e:
            missing["seccomp"] = f"{type(e).__name__}: {e}"
    if missing:
        raise _not_locked_in(missing)


def _not_locked_in(missing: Mapping[str, str]) -> IsolationError:
    reasons = "; ".join(f"{name}: {why}" for name, why in missing.items())
    return IsolationError(
        f"student code would not be locked in here ({reasons}). Grade in the container of docs/operator.md, "
        "or accept the risk with --unsafe."
    )


def _clear_away() -> None:
    """Folders of graders that were killed."""
    for old in Path(tempfile.gettempdir()).glob(f"{_PREFIX}[0-9]*-*"):
        with contextlib.suppress(OSError):
            if (
                not Path("/proc", old.name.split("-")[1]).exists()
                and time.time() - old.stat().st_mtime > 3600
            ):
                _remove(str(old))


def _session_uid(slot: int) -> int:
    """A user id that belongs to nobody and fits into the id range of a container."""
    return 61_000 + (os.getpid() * 16 + slot) % 4_000
