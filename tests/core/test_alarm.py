"""The bound on the grader's own work."""

from __future__ import annotations

import re
import signal
import threading

import pytest

from grader.alarm import TookTooLong, at_most

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
