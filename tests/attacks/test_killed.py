"""Sandboxes that somebody outside ends: tried once more, never a loss; and ends that only look like it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from grader.live import Sandboxes
from grader.model import HandedFile, Outcome, Source, Submission
from grader.run import Graded
from grader.sandbox import ending, session
from grader.sandbox.cgroups import Kills

from .harness import RIGHT, SITUATIONS, Arena, arena, notebook

SLOW = "import time\ntime.sleep(0.2)\ndef double(x):\n    time.sleep(0.2)\n    return 2 * x\n"
Victim = Callable[[Sandboxes, int], int]
VICTIMS: dict[str, Victim] = {
    "the zygote": lambda live, pid: next(iter(live.zygotes.values())).process.pid,
    "the fork server": lambda live, pid: next(iter(live.servers.values())).program.pid,
    "the process that is waited for": lambda live, pid: pid,
    "the session": lambda live, pid: live.session.pid if live.session else pid,
}


@pytest.fixture(scope="module", params=["namespaces", "without both"])
def place(request: pytest.FixtureRequest) -> Iterator[Arena]:
    with arena(SITUATIONS[request.param]) as made:
        yield made


class Killer:
    """Ends a victim whenever student code is waited for, as often as it is told."""

    def __init__(self, place: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place, self.waits, self.todo = place, 0, dict[int, Victim]()
        real = session.wait_for

        def wait_for(sock: Any, pid: int, seconds: float) -> None:
            self.waits += 1
            if (victim := self.todo.get(self.waits)) is not None:
                os.kill(victim(place.live, pid), signal.SIGKILL)
            real(sock, pid, seconds)

        monkeypatch.setattr(session, "wait_for", wait_for)

    def grade(self, code: str, victim: Victim | None = None, at: tuple[int, ...] = ()) -> Graded:
        self.waits, self.todo = 0, dict.fromkeys(at, victim) if victim else {}
        return self.place.grade(Submission(Source("ada", ("made",)), (HandedFile("net.py", code.encode()),)))


@pytest.fixture
def killer(place: Arena, monkeypatch: pytest.MonkeyPatch) -> Killer:
    # Others on this machine may run out of memory while the tests run.
    monkeypatch.setattr("grader.sandbox.host.machine_kills", lambda: 0)
    return Killer(place, monkeypatch)


@pytest.mark.parametrize("victim", VICTIMS)
@pytest.mark.parametrize("at", [1, 2], ids=["while it loads", "in a call"])
def test_what_is_ended_from_outside_is_tried_once_more(killer: Killer, victim: str, at: int) -> None:
    """Whoever of the sandbox is killed while student code runs: the report is that of an undisturbed run."""
    report = killer.grade(SLOW, VICTIMS[victim], (at,)).report
    assert (report.status, report.points) == ("graded", 2.0)


def test_ended_twice_it_is_not_graded(killer: Killer) -> None:
    """A sandbox that is killed again when it is tried again is nobody's loss, and the staff reads why; the next student is graded."""

    def everything(live: Sandboxes, pid: int) -> int:
        os.kill(pid, signal.SIGKILL)  # without a namespace it would live on and answer
        return VICTIMS["the zygote"](live, pid)

    graded = killer.grade(SLOW, everything, (2, 4))  # a load and a call, twice
    first, second = graded.report.questions[0].checks
    assert (first.outcome, second.outcome) == (Outcome.ERROR, Outcome.EARNED)
    assert graded.report.status == "not_graded"
    assert "ended from outside, twice" in graded.staff[first.id]
    assert "Traceback" not in graded.staff[first.id]
    assert killer.grade(RIGHT).report.points == 2.0


def test_whoever_ends_himself_gains_one_second_try_in_all(killer: Killer) -> None:
    """A SIGKILL of one's own is the student's, after one more try of the same; no call is ever our fault."""
    report = killer.grade("import os\n" + SLOW.replace("return 2 * x", "os.kill(os.getpid(), 9)")).report
    assert [(c.outcome, c.message) for c in report.questions[0].checks] == [
        (Outcome.LOST, "double: the program ended instead of returning.")
    ] * 2
    assert killer.waits <= 6  # two loads, three calls and one that meets a dead end


def test_a_notebook_that_is_ended_from_outside_runs_once_more(
    place: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notebook's sandbox that somebody kills between the cells and the calls costs nothing."""
    if "pid-namespace" not in next(iter(place.live.zygotes.values())).layers:
        pytest.skip("once is enough")
    killed: list[int] = []
    real = session.Session.converse

    def converse(self: session.Session, seconds: float = 10.0) -> session.Conversation:
        if not killed:
            killed.append(self.pid)
            os.kill(self.zygote.process.pid, signal.SIGKILL)
        return real(self, seconds)

    monkeypatch.setattr(session.Session, "converse", converse)
    file = HandedFile("net.ipynb", notebook(SLOW))
    report = place.grade(Submission(Source("ada", ("made",)), (file,))).report
    assert (report.status, report.points, len(killed)) == ("graded", 2.0, 1)


@pytest.mark.parametrize(
    ("own", "machine", "outside"),
    [
        (Kills(1, 1), 1, False),  # its own ceiling
        (Kills(1, 0), 1, True),  # below its ceiling: the machine's memory was over
        (Kills(0, 0), 1, False),  # somebody else's process
        (None, 1, True),  # without a group, the machine's count is all there is
        (None, 0, False),
    ],
)
def test_whose_memory_was_over(
    place: Arena, monkeypatch: pytest.MonkeyPatch, own: Kills | None, machine: int, outside: bool
) -> None:
    """A process that the kernel ended below the ceiling of its group was ended from outside."""
    zygote = next(iter(place.live.zygotes.values()))

    class Group:
        memory = own

        def kills(self) -> Kills:
            return own or Kills()

    assert zygote.born is not None
    monkeypatch.setattr(zygote, "born", zygote.born._replace(group=Group()))
    monkeypatch.setattr(zygote, "kills", Kills())
    monkeypatch.setattr(zygote, "machine_kills", 0)
    monkeypatch.setattr("grader.sandbox.host.machine_kills", lambda: machine)
    assert zygote.ran_out_of_memory() is outside


def test_the_machine_tells_its_kills() -> None:
    """A number, whatever the kernel says."""
    assert ending.machine_kills() >= 0
