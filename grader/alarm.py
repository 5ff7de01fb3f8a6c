"""A bound on our own work: on what the grader itself computes from something that a student wrote, however slow that turns out to be."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

T = TypeVar("T")
AGAIN = 0.2
"""Seconds after which the alarm rings once more, should the first have been swallowed."""


class TookTooLong(Exception):
    """The work was stopped in the middle."""


class _Ring(BaseException):
    """Passes every `except Exception` on its way out."""


def _nothing(number: int, frame: FrameType | None) -> None:
    """An alarm that nobody waits for any more."""


def at_most(seconds: float, work: Callable[[], T], *, again: float = AGAIN) -> T:
    """
    The result of `work`, which is stopped when it has cost too much; it must leave nothing half done.

    A budget that is counted step by step does not see what one step costs: an alarm does, also in the middle of a regular expression. It
    can only be set in the main thread of a process, which is where submissions are graded, also on a cluster (`apart.py`): elsewhere the work is not bounded.

    Args:
        seconds: of processor time of this process, so that a busy machine stops nothing.
        again: seconds between further rings; 0 for work that has to tidy up when it is stopped.

    Raises:
        TookTooLong: it was stopped.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()

    def ring(number: int, frame: FrameType | None) -> None:
        raise _Ring

    outer = signal.signal(signal.SIGPROF, ring)
    left, interval = signal.setitimer(signal.ITIMER_PROF, seconds, again)
    try:
        try:
            return work()
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except _Ring as e:
        signal.setitimer(signal.ITIMER_PROF, 0)  # it may have rung while it was being switched off
        raise TookTooLong(f"stopped after {seconds:g} s") from e
    finally:
        # Not the default, which ends the process: one that was sent before the switch may still be on its way.
        signal.signal(signal.SIGPROF, outer if callable(outer) else _nothing)
        if left:  # an alarm around this one: it rings at the latest so much later
            signal.setitimer(signal.ITIMER_PROF, left, interval)
