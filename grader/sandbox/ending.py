"""Who ended a sandbox: the code itself, we because it used too much, or somebody outside."""

from __future__ import annotations

import contextlib
import enum
import select
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from grader.errors import KilledError

if TYPE_CHECKING:
    from grader.sandbox.session import Session

DYING_SECONDS = 0.3
"""Between the end of a process's sockets and its own."""


class Ending(enum.Enum):
    """Whose doing an end was."""

    OWN = "its own"
    PERHAPS = "nobody accounts for it"
    OUTSIDE = "somebody outside"


def machine_kills() -> int:
    """How many processes the kernel has ended so far because the machine ran out of memory; 0 where it does not say."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/vmstat").read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


def ending(session: Session) -> Ending:
    """
    Who ended a conversation, or the whole session, that has just closed its socket.

    Student code cannot reach the zygote: where that is gone, it was somebody else. Nor can it make the kernel end one of the
    group's processes while the group is below its ceiling. A SIGKILL that nobody accounts for may come from outside or from the code.
    """
    zygote = session.zygote
    if not zygote.alive():
        return Ending.OUTSIDE
    cause = zygote.cause()
    if not zygote.alive():  # it was about to end
        return Ending.OUTSIDE
    if cause or session.ended_by_us or _signal(session) != signal.SIGKILL:
        return Ending.OWN
    # Who kills one of them often kills all, and a process takes a moment to end.
    outside = zygote.process.wait(DYING_SECONDS) or zygote.ran_out_of_memory()
    return Ending.OUTSIDE if outside else Ending.PERHAPS


def _signal(session: Session) -> int:
    """Of the session itself where it is ending, as the zygote sees it; of its last conversation otherwise, as it says itself."""
    if (number := session.last_signal()) is not None:
        return number
    if select.select([session.pidfd], [], [], DYING_SECONDS)[0]:
        return session.zygote.signal()
    return 0


def never() -> bool:
    """No doubt at all."""
    return False


def unless_from_outside(session: Session, doubt: Callable[[], bool] = never) -> None:
    """
    Return where an end is the code's own.

    Args:
        doubt: whether an end that nobody accounts for counts as one from outside.

    Raises:
        KilledError: it came from outside.
    """
    found = ending(session)
    if found is Ending.OUTSIDE or (found is Ending.PERHAPS and doubt()):
        raise KilledError(found is Ending.OUTSIDE)
