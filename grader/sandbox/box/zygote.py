"""
The zygote: a process that has the heavy libraries and nothing of the course, and forks sessions. The fork server forked it.

It is asked over its control socket: `{"ask": "session", ...}` with a descriptor, `{"ask": "end"}`. It never reads a byte
that a student wrote: a session gets its files over its own descriptor, after it is confined.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import time
from typing import Any

from . import installation, lockdown, session, tree, watch
from . import kernel_calls as k
from .protocol import send


class Zygote:
    """One zygote: its walls, its folders, its control socket."""

    def __init__(self, control: socket.socket, order: dict[str, Any]) -> None:
        self.control = control
        self.order = order
        self.walls = lockdown.Walls(uid=order["uid"])
        self.places = lockdown.Places(
            order["scratch"], order["run"], installation.readable_places(tuple(order["hidden"]))
        )
        self.session = 0
        self.watch: watch.Watch | None = None

    def build(self) -> None:
        """Namespaces, kernel, rules; below, only forks."""
        if "namespaces" in self.order["layers"]:
            lockdown.enter_namespaces(self.walls)
        if self.walls.uid:
            installation.make_reachable(self.walls, self.walls.uid)
        if self.walls.uid:
            self.walls.layers.append("own-user-id")
        else:
            self.walls.missing.setdefault("own-user-id", "not root")
            if self.order["uid"]:  # the folders were given to a user id that the sessions cannot have
                for place in (self.places.scratch, self.places.run):
                    os.chown(place, os.getuid(), os.getgid())
        if "pid-namespace" in self.walls.layers:
            _become_init()
            self.walls.pid_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        else:
            k.prctl(k.PR_SET_CHILD_SUBREAPER, 1)
            # The end of the grader is seen at the socket: there is a tree to take along.
            k.prctl(k.PR_SET_PDEATHSIG, 0)
        lockdown.mount_scratch(self.walls, self.places, 1 << 20)
        if "ipykernel" in self.order["preload"]:
            from . import kernel

            kernel.build()
        lockdown.prepare(self.walls, self.places)
        for name in self.order["without"]:
            self.walls.missing[name] = "switched off"
        self._choose_watches()
        self.walls.layers += [
            "rlimits",
            "no-new-privs",
            "no-capabilities",
            "closed-descriptors",
            "empty-environment",
        ]

    def _choose_watches(self) -> None:
        """The kernel's own limits where there are some, the watch where not."""
        walls, groups = self.walls, self.order["groups"]
        walls.layers += [f"{name}-cgroup" for name in groups]
        held = {
            watch.MEMORY: "memory" in groups,
            watch.PROCESSES: "pids" in groups or bool(walls.uid) or "user-namespace" in walls.layers,
            watch.DISK: walls.tmpfs,
        }
        self.watched = frozenset(name for name, is_held in held.items() if not is_held)
        try:
            tree.me()
        except (OSError, ValueError) as e:
            walls.missing["watch"] = f"/proc cannot be read: {e}"
            self.watched = frozenset()
        walls.layers += [f"{name}-watch" for name in sorted(self.watched)]

    def serve(self) -> None:
        """Answer until the grader is gone."""
        self._tell({"layers": self.walls.layers, "missing": self.walls.missing, "packages": packages()})
        gc.collect()
        gc.freeze()
        while True:
            self._wait()
            data, fds = b"", list[int]()
            with contextlib.suppress(ConnectionResetError):  # it left without hearing the last answer
                data, fds, _, _ = socket.recv_fds(self.control, 65536, 1)
            if not data:
                self.end_session()
                os._exit(0)
            order = json.loads(data)
            if order["ask"] == "session":
                self.start_session(order, fds[0])
            elif order["ask"] == "end":
                self._tell({"ended": self.end_session()})
            elif order["ask"] == "cause":
                self._tell({"cause": self.watch.cause if self.watch else ""})
            elif order["ask"] == "signal":
                self._tell({"signal": _signal_of(self.session)})

    def _wait(self) -> None:
        """Until the grader asks something; meanwhile the session is watched."""
        while self.watch is not None and not select.select([self.control], [], [], watch.SECONDS)[0]:
            with contextlib.suppress(OSError, ValueError):
                self.watch.look()

    def start_session(self, order: dict[str, Any], fd: int) -> None:
        """Fork a session into namespaces of its own."""
        lockdown.mount_scratch(self.walls, self.places, order["limits"]["scratch"])
        if self.walls.pid_namespace >= 0:
            k.setns(self.walls.pid_namespace, k.CLONE_NEWPID)
            k.unshare(k.CLONE_NEWPID)
        pid = os.fork()
        if pid == 0:
            self._be_session(order, fd)
        os.close(fd)
        self.session = pid
        handle = os.pidfd_open(pid)
        with contextlib.suppress(
            BrokenPipeError
        ):  # the grader went meanwhile, as the next look at the socket shows
            socket.send_fds(self.control, [json.dumps({"pid": pid}).encode()], [handle])
        if self.watched:
            self.watch = watch.Watch(
                self.watched, order["limits"], self.places.scratch, tree.of_handle(handle)
            )
        os.close(handle)

    def _be_session(self, order: dict[str, Any], fd: int) -> None:
        try:
            sock = socket.socket(fileno=fd)
            try:
                self._confine(order["limits"], fd)
            except BaseException as e:
                # Still ours: no byte of a student has been seen.
                send(sock, {"broken": f"{type(e).__name__}: {e}"[:500]})
                os._exit(71)
            send(sock, {"ready": True})
            if order["kind"] == "notebook":
                from . import kernel

                kernel.run(sock, self.places.scratch)
            else:
                session.run(sock, self.places.scratch)
        finally:
            os._exit(70)

    def _confine(self, limits: dict[str, int], fd: int) -> None:
        os.setsid()  # signals to the own group reach nobody else
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as f:
            f.write("1000")  # where memory runs out, the kernel takes this one
        null = os.open("/dev/null", os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        lockdown.close_descriptors(
            {0, 1, 2, fd} | ({self.walls.ruleset} if self.walls.ruleset >= 0 else set())
        )
        os.umask(0o077)
        lockdown.confine(self.walls, limits)
        k.prctl(k.PR_SET_PDEATHSIG, signal.SIGKILL)

    def end_session(self) -> int:
        """Kill the session's whole tree and wait until nothing of it is left; returns how many processes were found late."""
        if not self.session:
            return 0
        _kill(self.session)
        late = 0
        if self.walls.pid_namespace >= 0:
            # The death of a namespace's first process takes all others with it before it can be waited for.
            _wait_for(self.session)
        else:
            late = _sweep()
        self.session, self.watch = 0, None
        _reap()
        return late

    def _tell(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.control.sendall(json.dumps(message).encode())


def _become_init() -> None:
    """Fork: the child is the first process of the pid namespace, the parent only waits for it."""
    pid = os.fork()
    if pid == 0:
        k.prctl(k.PR_SET_PDEATHSIG, signal.SIGKILL)
        return
    lockdown.close_descriptors({0, 1, 2})
    while True:
        with contextlib.suppress(ChildProcessError, InterruptedError):
            done, status = os.waitpid(pid, 0)
            if done == pid:
                os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _signal_of(pid: int) -> int:
    """What ended a child that stays to be waited for; 0 for a living one."""
    with contextlib.suppress(ChildProcessError):
        found = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is not None and found.si_code in (os.CLD_KILLED, os.CLD_DUMPED):
            return found.si_status
    return 0


def _wait_for(pid: int) -> None:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _sweep() -> int:
    """Stop, then kill, whatever is left below this process: stopped processes cannot fork away."""
    late, quiet, deadline = 0, 0, time.monotonic() + 10
    while quiet < 2 and time.monotonic() < deadline:
        alive = tree.below(os.getpid())
        late += len(alive)
        for sig in (signal.SIGSTOP, signal.SIGKILL):
            for pid in alive:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, sig)
        _reap()
        quiet = quiet + 1 if not alive else 0
    return late


def packages() -> dict[str, str]:
    """Versions of what the numbers depend on."""
    versions = {"python": sys.version.split()[0]}
    for name in ("numpy", "torch", "matplotlib", "ipykernel"):
        if name in sys.modules:
            versions[name] = str(getattr(sys.modules[name], "__version__", "?"))
    return versions


def main(fd: int) -> None:
    """In a fork of the server: the control socket's descriptor; the order is the first message on it."""
    control = socket.socket(fileno=fd)
    control.setblocking(True)
    data = control.recv(65536)
    if not data:
        return  # not needed after all
    zygote = Zygote(control, json.loads(data))
    zygote.build()
    zygote.serve()
