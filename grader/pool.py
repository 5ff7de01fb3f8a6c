"""
An executor of our own for one reason: a worker that dies takes only its own task with it.

Each worker is a process with state (zygotes, rubrics) that gets one task at a time over a pipe. The standard library's pool
gives up all its tasks when one process dies; here the task is tried once more in a fresh worker, then reported as lost.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

TRIES = 2


@dataclass(frozen=True)
class Done:
    """The outcome of one task: a result, or what went wrong on our side."""

    task: Any
    result: Any = None
    failure: str = ""


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    task: Any = None
    tries: int = 0


class Pool:
    """
    Worker processes that run `function(state, task)`.

    Args:
        workers: how many.
        setup: called once in each with its number; its result is the `state`, closed at the end if it can be.
        function: at module level.
    """

    def __init__(
        self, workers: int, setup: Callable[[int], Any], function: Callable[[Any, Any], Any]
    ) -> None:
        self.context = multiprocessing.get_context("fork")
        self.setup = setup
        self.function = function
        self.workers = [self._start(i) for i in range(workers)]

    def _start(self, number: int) -> _Worker:
        ours, theirs = self.context.Pipe()
        others = [w.pipe for w in getattr(self, "workers", [])]
        process = self.context.Process(
            target=_work, args=(theirs, [ours, *others], self.setup, self.function, number), daemon=False
        )
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def map(self, tasks: Iterable[Any]) -> Iterator[Done]:
        """Results as they come, in any order; tasks are taken from the iterable only when a worker is free."""
        todo, again = iter(tasks), deque[tuple[Any, int]]()
        for worker in self.workers:
            self._give(worker, todo, again)
        while busy := {w.pipe: w for w in self.workers if w.task is not None}:
            for pipe in wait(list(busy)):
                worker = busy[pipe]  # type: ignore[index]
                done = self._take(worker, again)
                self._give(worker, todo, again)
                if done is not None:
                    yield done

    def _give(self, worker: _Worker, todo: Iterator[Any], again: deque[tuple[Any, int]]) -> None:
        worker.task, worker.tries = again.popleft() if again else (next(todo, None), 0)
        if worker.task is None:
            return
        try:
            worker.pipe.send(worker.task)
        except OSError:  # it died between two tasks
            self._replace(worker)
            worker.pipe.send(worker.task)

    def _take(self, worker: _Worker, again: deque[tuple[Any, int]]) -> Done | None:
        try:
            ok, result = worker.pipe.recv()
            return Done(worker.task, result) if ok else Done(worker.task, failure=result)
        except (EOFError, OSError):
            worker.process.join()
            code, task, tries = worker.process.exitcode, worker.task, worker.tries + 1
            self._replace(worker)
            if tries < TRIES:
                again.append((task, tries))
                return None
            return Done(
                task,
                failure=f"the worker process ended (exit status {code}) {TRIES} times on this submission",
            )

    def _replace(self, worker: _Worker) -> None:
        fresh = self._start(self.workers.index(worker))
        worker.process, worker.pipe = fresh.process, fresh.pipe

    def close(self) -> None:
        """End the workers."""
        for worker in self.workers:
            worker.pipe.close()
        for worker in self.workers:
            worker.process.join(10)
            if worker.process.is_alive():
                worker.process.terminate()
                worker.process.join()


def _end_with_the_parent() -> None:
    """Where the kernel can: a run that was killed leaves nobody who still writes its files."""
    if sys.platform == "linux":
        from grader.sandbox.box import kernel_calls as k

        k.prctl(k.PR_SET_PDEATHSIG, signal.SIGKILL)


def _work(
    pipe: Connection,
    others: list[Connection],
    setup: Callable[[int], Any],
    function: Callable[[Any, Any], Any],
    number: int,
) -> None:
    _end_with_the_parent()
    for other in others:
        other.close()
    serve(pipe, lambda: setup(number), function)


def serve(pipe: Connection, setup: Callable[[], Any], function: Callable[[Any, Any], Any]) -> None:
    """Answer the tasks that come over a pipe until it is closed, each with whether it went well and the result or what went wrong."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever sends the tasks decides what Ctrl-C means
    state = setup()
    try:
        while True:
            try:
                task = pipe.recv()
            except (EOFError, OSError):
                break
            try:
                answer = (True, function(state, task))
            except Exception:
                answer = (False, traceback.format_exc()[-4000:])
            try:
                pipe.send(answer)
            except OSError:  # the run was stopped
                break
    finally:
        if hasattr(state, "close"):
            state.close()
