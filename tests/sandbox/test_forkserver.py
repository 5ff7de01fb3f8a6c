"""The fork server: imports once, forks zygotes that know nothing of each other, and says why where it cannot."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.errors import IsolationError
from grader.live import Sandboxes
from grader.sandbox.forkserver import ForkServer
from grader.sandbox.host import Zygote
from grader.sandbox.limits import Limits, Preload


@pytest.fixture
def server() -> Iterator[ForkServer]:
    made = ForkServer()
    yield made
    made.close()
    assert not Path("/proc", str(made.program.pid)).exists() and not made.folder.exists()


def opens(zygote: Zygote) -> bool:
    zygote.open_session(Limits()).close()
    return zygote.alive()


def test_zygotes_of_one_server_end_one_by_one(server: ForkServer) -> None:
    """What becomes of one is nothing to the other, and none is left as a zombie."""
    first, second = (Zygote(Preload(barred=b), slot=n, server=server) for n, b in enumerate(((), ("csv",))))
    assert opens(first) and opens(second) and first.process.pid != second.process.pid
    assert first.scratch != second.scratch
    gone = [first.process.pid, second.process.pid]
    first.process.kill()
    assert first.process.wait(10.0) and opens(second)
    first.close()
    second.close()
    deadline = time.monotonic() + 10
    while any(Path("/proc", str(pid)).exists() for pid in gone) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not [pid for pid in gone if Path("/proc", str(pid)).exists()]


def test_what_cannot_be_imported_is_named(server: ForkServer) -> None:
    """The error of the import reaches whoever wanted it, and the server serves on."""
    with pytest.raises(IsolationError, match="no_such_module_here"):
        Zygote(Preload(modules=("no_such_module_here",)), server=server).ready()
    zygote = Zygote(Preload(), server=server)
    assert opens(zygote)
    with pytest.raises(IsolationError, match="has imported"):
        Zygote(Preload(modules=("json",)), server=server).ready()
    zygote.close()


def test_one_that_is_not_wanted_any_more_leaves_nothing(server: ForkServer) -> None:
    """Closed before it was born: its folder goes, and no process of it stays."""
    zygote = Zygote(Preload(), server=server)
    zygote.close()
    assert not zygote.folder.exists() and not zygote.alive()
    other = Zygote(Preload(), server=server)
    assert opens(other)
    children = Path(f"/proc/{server.program.pid}/task/{server.program.pid}/children")
    assert children.read_text().split() == [str(other.process.pid)]
    other.close()


def test_a_server_that_was_ended_is_replaced() -> None:
    """Its zygotes end with it where they can; the next submission finds another."""
    live = Sandboxes(Limits())
    try:
        before = live.zygote(Preload())
        before.server.program.kill()
        before.server.program.wait()
        before.process.kill()
        before.process.wait(10.0)
        after = live.zygote(Preload())
        assert after is not before and after.server is not before.server and opens(after)
    finally:
        live.close()


def test_a_dead_server_says_so() -> None:
    """Asked for a zygote it cannot fork any more."""
    made = ForkServer()
    made.program.kill()
    made.program.wait()
    assert not made.alive()
    with pytest.raises(IsolationError, match="did not start"):
        Zygote(Preload(), server=made)
    made.close()
