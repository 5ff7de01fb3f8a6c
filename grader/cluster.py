"""
The executor over a Dask cluster: the same `map` as the pool's, on other machines.

A task travels to a worker once, compressed, and its result comes back compressed. Only a few tasks per worker are under way at a
time, so that the scheduler's memory does not grow with the class. Dask gives the tasks of a worker that is lost to another one; a task
that takes several workers with it is reported as failed. Each worker has a process of its own beside it (`apart.py`), because Dask runs tasks in threads. Workers are
trusted machines: what is between us and them is pickled.
"""

from __future__ import annotations

import importlib
import threading
import traceback
import uuid
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from grader.apart import Apart, squeeze, unsqueeze
from grader.errors import UsageError
from grader.pool import Done

AHEAD = 3
"""Tasks under way for each worker: one that runs, the others already there."""
_CONNECT_SECONDS = 15
_apart: dict[str, Apart] = {}
_one_at_a_time = threading.Lock()


class Cluster:
    """
    Workers of a Dask cluster that run `function(state, parcel)`.

    Args:
        address: of the scheduler (`tcp://host:8786`), or the path of its scheduler file.
        setup: called once in each worker process; its result is the `state`, closed at the end if it can be.
        function: at module level.
        pack: from a task to what travels; called when its turn comes.
        unpack: from a task and what came back to the result.

    Raises:
        UsageError: no `distributed` here, or no scheduler there.
    """

    def __init__(
        self,
        address: str,
        setup: Callable[[], Any],
        function: Callable[[Any, Any], Any],
        *,
        pack: Callable[[Any], Any],
        unpack: Callable[[Any, Any], Any],
    ) -> None:
        try:
            distributed: Any = importlib.import_module("distributed")
        except ImportError:
            raise UsageError("--cluster needs the extra `cluster`: pip install 'grade[cluster]'.") from None
        where = {"scheduler_file": address} if address.endswith(".json") else {"address": address}
        try:
            self.client = distributed.Client(**where, timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError) as e:
            raise UsageError(
                f"--cluster {address}: no scheduler answers there ({type(e).__name__})."
            ) from None
        self.distributed = distributed
        self.name = uuid.uuid4().hex
        self.setup = (
            self.client.scatter(squeeze(setup), broadcast=True, hash=False)
            if self._workers()
            else squeeze(setup)
        )
        self.function, self.pack, self.unpack = function, pack, unpack

    def _workers(self) -> int:
        return len(self.client.scheduler_info(n_workers=-1)["workers"])

    def map(self, tasks: Iterable[Any]) -> Iterator[Done]:
        """Results as they come, in any order; tasks are taken from the iterable only when there is room for them."""
        under_way, todo = dict[str, Any](), iter(tasks)
        done = self.distributed.as_completed(loop=self.client.loop)
        room = AHEAD * max(1, self._workers())

        def fill() -> Iterator[Done]:
            for task in islice(todo, room - len(under_way)):
                try:
                    future = self._submit(task)
                except Exception:  # it could not be read
                    yield Done(task, failure=traceback.format_exc()[-4000:])
                    continue
                under_way[future.key] = task
                done.add(future)

        yield from fill()
        for future in done if under_way else ():
            yield self._done(under_way.pop(future.key), future)
            yield from fill()

    def _submit(self, task: Any) -> Any:
        parcel = squeeze(self.pack(task))
        return self.client.submit(run, self.name, self.setup, self.function, parcel, pure=False)

    def _done(self, task: Any, future: Any) -> Done:
        if future.status != "finished":
            return Done(task, failure=f"the cluster gave this submission up: {future.exception()!s:.500}")
        ok, answer = unsqueeze(future.result())
        return Done(task, self.unpack(task, answer)) if ok else Done(task, failure=answer)

    def close(self) -> None:
        """End what was set up in the workers; they stay."""
        self.client.run(end, self.name, on_error="ignore")
        self.client.close()


def run(name: str, setup: bytes, function: Callable[[Any, Any], Any], parcel: bytes) -> bytes:
    """One task, in a worker: one at a time in each process, in a process of its own beside it."""
    with _one_at_a_time:
        if name not in _apart:
            _apart[name] = Apart(setup, function)
        return _apart[name].ask(parcel)


def end(name: str) -> None:
    """End what was begun for a run, in a worker."""
    with _one_at_a_time:
        if (apart := _apart.pop(name, None)) is not None:
            apart.close()
