"""The bound on the grader's own work."""

from __future__ import annotations

import re
import signal
import threading
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

from grader.alarm import TookTooLong, at_most
from grader.errors import GraderError
from grader.model import Source
from grader.worker import Task, Worker

FOREVER = re.compile("(a+)+$")


def forever() -> object:
    return FOREVER.match("a" * 60 + "b")


def test_work_is_stopped_in_the_middle_of_one_step() -> None:
    """Work that does not end is stopped, and the timer with it; work that ends gives its result."""
    assert at_most(5.0, lambda: 7) == 7
    with pytest.raises(TookTooLong):
        at_most(0.02, forever)
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def test_an_alarm_within_an_alarm() -> None:
    """The inner one rings for itself, and the outer one still rings."""

    def both() -> object:
        with pytest.raises(TookTooLong):
            at_most(0.02, forever)
        return forever()

    with pytest.raises(TookTooLong, match=r"0\.1 s"):
        at_most(0.1, both)
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def test_what_the_work_raises_goes_through() -> None:
    """Errors of the work are not touched."""
    with pytest.raises(ZeroDivisionError):
        at_most(1.0, lambda: 1 // 0)
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def test_elsewhere_than_in_the_main_thread_work_is_done_without_a_bound() -> None:
    """Another thread cannot set an alarm: it does the work."""
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(at_most(0.01, lambda: sum(range(10**6)))))
    thread.start()
    thread.join()
    assert found == [499999500000]


def test_a_hand_in_that_takes_too_much_of_our_own_work_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The class goes on: the submission is not graded, with a reason, and its sandboxes are ended."""
    closed: list[bool] = []
    worker = Worker(0, False, {Path("r"): SimpleNamespace(assignment="a")})  # type: ignore[dict-item]
    monkeypatch.setattr(worker, "close", lambda: closed.append(True))
    room = import_module("grader.worker")
    monkeypatch.setattr(room, "given", lambda *_: forever())
    monkeypatch.setattr(room, "OWN_SECONDS", 0.02)
    with pytest.raises(GraderError, match="took more than"):
        room.work(worker, Task(Source("ada", ()), Path("r"), Path("out"), False))
    assert closed
