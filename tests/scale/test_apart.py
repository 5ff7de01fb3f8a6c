"""The process beside a worker whose main thread is somebody else's."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from grader.apart import Apart, squeeze, unsqueeze
from tests.scale import far_tasks


def asked(function: Callable[[Any, Any], Any], *tasks: object) -> list[tuple[bool, Any]]:
    """The answers to tasks that a thread asks."""
    apart = Apart(squeeze(dict), function)
    try:
        with ThreadPoolExecutor(1) as threads:
            return [unsqueeze(threads.submit(apart.ask, squeeze(t)).result()) for t in tasks]
    finally:
        apart.close()


def test_asked_from_a_thread_it_answers() -> None:
    """Results come back, and what goes wrong is told for its own task."""
    answers = asked(far_tasks.tenfold, 1, 13, 2)
    assert (answers[0], answers[2]) == ((True, 10), (True, 20))
    assert not answers[1][0]
    assert "ValueError: thirteen" in answers[1][1]


def test_the_alarm_rings_although_a_thread_asked() -> None:
    """Work that does not end is stopped, within one step too."""
    [(ok, said)] = asked(far_tasks.endless, 1)
    assert not ok
    assert "TookTooLong: stopped after 0.2 s" in said


def test_a_process_that_dies_is_made_up_for(tmp_path: Path) -> None:
    """The task is tried once more in a fresh process, then reported; the next task is done."""
    marker = str(tmp_path / "killed")
    assert asked(far_tasks.slow, (3, marker), (4, marker)) == [(True, 3), (True, 4)]
    [lost, after] = asked(far_tasks.dies, -1, 2)
    assert lost == (False, "the worker process ended (exit status -9) 2 times on this submission")
    assert after == (True, 2)
