"""The pool: a worker that dies takes only its own task with it."""

from __future__ import annotations

import os
import signal

from grader.pool import Pool


def work(state: dict[str, int], task: int) -> int:
    if task < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    if task == 13:
        raise ValueError("thirteen")
    state["done"] += 1
    return task * state["factor"]


def run(tasks: list[int], workers: int) -> dict[int, tuple[object, str]]:
    pool = Pool(workers, lambda n: {"factor": 10, "done": 0}, work)
    try:
        return {d.task: (d.result, d.failure) for d in pool.map(tasks)}
    finally:
        pool.close()


def test_every_task_is_done_once() -> None:
    """All tasks come back with their results, with more tasks than workers and the other way round."""
    for tasks, workers in (([*range(2, 30, 2)], 2), ([1], 3), ([], 2)):
        assert run(list(tasks), workers) == {t: (t * 10, "") for t in tasks}


def test_a_raise_fails_its_own_task() -> None:
    """An exception is the failure of its task, with its text."""
    done = run([1, 13, 2], 1)
    assert done[1] == (10, "")
    assert "ValueError: thirteen" in done[13][1]
    assert done[2] == (20, "")


def test_a_dead_worker_fails_its_own_task() -> None:
    """A task whose worker dies is tried once more, then reported; the others are done."""
    done = run([1, -1, 2, -2, 3, 4], 2)
    assert {t: r for t, (r, _) in done.items() if t > 0} == {1: 10, 2: 20, 3: 30, 4: 40}
    assert all("ended (exit status -9) 2 times" in done[t][1] for t in (-1, -2))
