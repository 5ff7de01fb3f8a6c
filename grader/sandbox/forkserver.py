"""
The trusted side of a fork server: one interpreter imports what the zygotes of all workers need, and forks them.

Its socket is inherited by the workers: each message on it is a whole one, whoever sends it, and what is born answers on its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.errors import IsolationError
from grader.sandbox.program import Program

_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from box import forkserver; del sys.path[0]; forkserver.main(int(sys.argv[2]))"
_PREFIX = "grade-"
ABOVE = "w"
"""In a zygote's folder: what is around the scratch folder."""
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "Agg",
    "USER": "student",
    "LOGNAME": "student",
    "TZ": "UTC",
} | {f"{n}_NUM_THREADS": "1" for n in ("OMP", "OPENBLAS", "MKL")}


class ForkServer:
    """
    Started at once; it imports what the first that asks for a zygote wants, and nothing else later.

    Raises:
        OSError: no process could be started.
    """

    def __init__(self) -> None:
        _clear_away()
        self.folder = new_folder()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.sock = ours
        self.owner = os.getpid()
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-I", "-c", _BOOT, str(Path(__file__).parent), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=ENVIRONMENT | home(self.folder),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        assert process.stderr is not None
        self.stderr = process.stderr
        self.program = Program.child(process)

    def alive(self) -> bool:
        """Whether it can be asked."""
        return self.sock.fileno() >= 0 and self.program.alive()

    def fork(
        self, modules: Sequence[str], environment: Mapping[str, str], control: socket.socket, stderr: int
    ) -> None:
        """
        Ask for a zygote, which will say on `control` that it was born.

        Args:
            modules: what it must have imported: the same for all of one server.
            environment: what is other than here.
            control: the zygote's end of its socket.
            stderr: the writing end of the pipe for what it says there.

        Raises:
            IsolationError: the server is gone.
        """
        asked = json.dumps({"preload": list(modules), "environment": dict(environment)})
        try:
            socket.send_fds(self.sock, [asked.encode()], [control.fileno(), stderr])
        except OSError as e:
            raise IsolationError(f"the sandbox did not start: {self.last_words() or e.strerror}") from e

    def last_words(self) -> str:
        """What it said at last, if it has ended."""
        if self.stderr.closed or self.program.alive():
            return ""
        with self.stderr as stderr:
            return stderr.read()[-2000:].decode("utf-8", "replace").strip()

    def close(self) -> None:
        """End it, when its zygotes have been closed; in a process that only inherited it: leave it to the others."""
        self.sock.close()
        if os.getpid() != self.owner:
            return
        self.program.kill()  # it holds nothing that could be lost, and may still be importing
        self.program.wait()
        self.program.release()
        self.stderr.close()
        remove(str(self.folder))


def new_folder() -> Path:
    """A private folder that is cleared away by a later run if this one is killed."""
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))


def home(folder: Path) -> dict[str, str]:
    """The variables that say where a process may keep files of its own."""
    return {
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "MPLCONFIGDIR": str(folder / ".mpl"),
        "IPYTHONDIR": str(folder / ".ipython"),
    }


def remove(folder: str) -> None:
    """Remove a folder, however deep student code made it: Python's own way is recursive, `rm` is not."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except RecursionError:
        subprocess.run(["rm", "-rf", "--", folder], stderr=subprocess.DEVNULL, check=False)


def remove_whole(folder: Path) -> None:
    """Remove the folder of a zygote, whose parts nobody but us could name."""
    with contextlib.suppress(OSError):
        (folder / ABOVE).chmod(0o711)
    remove(str(folder))


def _clear_away() -> None:
    """Folders of graders that were killed."""
    for old in Path(tempfile.gettempdir()).glob(f"{_PREFIX}[0-9]*-*"):
        with contextlib.suppress(OSError):
            if (
                not Path("/proc", old.name.split("-")[1]).exists()
                and time.time() - old.stat().st_mtime > 3600
            ):
                remove_whole(old)
