"""Limits count the student's own work: a busy machine costs nobody a point, a sleeper gains nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from grader.sandbox import patience as patience_module
from grader.sandbox.patience import Patience, Stopwatch, waiting

from .conftest import RIGHT, Grader, messages, outcomes


def child(code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code])


def waited(process: subprocess.Popen[bytes], seconds: float) -> float:
    patience, began = Patience(process.pid, seconds), time.monotonic()
    while not patience.over():
        time.sleep(min(0.05, patience.slice()))
    process.kill()
    process.wait()
    return time.monotonic() - began


def test_a_sleeper_is_stopped_soon_after_its_limit() -> None:
    """A process that sleeps gets no more time than its limit and a moment."""
    assert 0.3 <= waited(child("import time; time.sleep(60)"), 0.3) < 2.0


def test_a_process_that_waits_for_a_processor_is_given_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that computes slowly, because others have the processor, goes on until it has used its limit."""
    used = iter([0.0, 0.05, 0.05, 0.1, 0.2, 0.31])
    monkeypatch.setattr(patience_module, "usage", lambda pid: (next(used), True))
    patience = Patience(1, 0.3)
    patience.began -= 0.5
    assert [patience.over() for _ in range(5)] == [False, False, False, False, True]


def test_nobody_is_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A multiple of the limit ends the patience, whatever the process does."""
    monkeypatch.setattr(patience_module, "usage", lambda pid: (0.0, True))
    patience = Patience(1, 0.3)
    patience.began -= 0.3 * patience_module.MOST
    assert patience.over()


def test_a_gone_process_is_not_waited_for() -> None:
    """A process that is gone has no time left."""
    process = child("pass")
    process.wait()
    assert waited(process, 0.05) < 1.0


@pytest.mark.parametrize("body", ["import time; time.sleep(100)", "while True: pass"])
def test_sleeping_and_looping_are_stopped(grade: Grader, body: str) -> None:
    """Both an endless sleep and an endless loop lose with the limit in the message."""
    graded = grade(RIGHT.replace("return 2 * x", f"\n    {body}"))
    assert outcomes(graded)["Q2.shape"] == "lost"
    assert "no answer after 1.5 s" in messages(graded)["Q2.shape"]


def test_a_stopwatch_does_not_count_what_a_process_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time that a process waits for a processor is not its own; of one that is gone, all time is."""
    waits = iter([2.0, 2.5, 0.0])
    monkeypatch.setattr(patience_module, "waiting", lambda pid: next(waits))
    watch = Stopwatch(1)
    watch.began -= 10.0
    assert 9.5 <= watch.seconds() < 9.6
    assert watch.seconds() >= 10.0
    monkeypatch.undo()
    assert waiting(0) == 0.0 <= waiting(os.getpid())
