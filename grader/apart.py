"""
A process of our own beside one that is somebody else's: a worker of Dask runs its tasks in threads.

What bounds our own work is an alarm, which rings only in the main thread of a process (`alarm.py`). So the tasks of a Dask worker go to a process beside
it, one at a time over a pipe, which is kept from one task to the next and ends with it.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import zlib
from collections.abc import Callable
from multiprocessing.connection import Connection, Pipe
from typing import Any

from grader.pool import TRIES, serve

_BOOT = """
import sys
from multiprocessing.connection import Connection
pipe = Connection(int(sys.argv[1]))
sys.path[:] = pipe.recv()
from grader.apart import begin
begin(pipe)
"""
END_SECONDS = 30.0


class Apart:
    """
    The process.

    Args:
        setup: packed; called once in it, its result is the `state`, closed at the end if it can be.
        function: at module level; called with the state and each task.
    """

    def __init__(self, setup: bytes, function: Callable[[Any, Any], Any]) -> None:
        self.setup, self.function = setup, function
        self.process, self.pipe = self._start()

    def _start(self) -> tuple[subprocess.Popen[bytes], Connection[Any, Any]]:
        ours, theirs = Pipe()
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-c", _BOOT, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        for said in (sys.path, self.setup, self.function):
            ours.send(said)
        return process, ours

    def ask(self, parcel: bytes) -> bytes:
        """The packed answer to a packed task: whether it went well, and the result or what went wrong. Tried twice if the process dies."""
        for _ in range(TRIES):
            try:
                self.pipe.send(parcel)
                return squeeze(self.pipe.recv())
            except (EOFError, OSError):
                self.close()
                code = self.process.returncode
                self.process, self.pipe = self._start()
        return squeeze(
            (False, f"the worker process ended (exit status {code}) {TRIES} times on this submission")
        )

    def close(self) -> None:
        """End it."""
        self.pipe.close()
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def begin(pipe: Connection[Any, Any]) -> None:
    """What runs in the process, until the pipe is closed."""
    setup, function = pipe.recv(), pipe.recv()
    serve(pipe, unsqueeze(setup), lambda state, parcel: function(state, unsqueeze(parcel)))


def squeeze(value: Any) -> bytes:
    """Packed for the way."""
    return zlib.compress(pickle.dumps(value, pickle.HIGHEST_PROTOCOL), 1)


def unsqueeze(packed: bytes) -> Any:
    """What was packed. Only for what a machine of ours sent."""
    return pickle.loads(zlib.decompress(packed))
