"""What the walls promise, seen from outside: descriptors, layers by situation, limits, the end of a tree."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.errors import IsolationError, StudentFault
from grader.live import Sandboxes
from grader.record import Tape
from grader.sandbox.box import protocol, tree
from grader.sandbox.box.watch import Watch
from grader.sandbox.cgroups import Group, Kills, enclose
from grader.sandbox.host import Zygote
from grader.sandbox.limits import Limits, Preload
from grader.sandbox.minimum import require_minimum
from grader.sandbox.session import Session
from grader.student import Clock

from .harness import SITUATIONS, Arena, arena
from .suite import PRELUDE, Attack, returns

ORDER = {"files": [], "sources": [], "entries": [], "homes": {}, "seed": 1, "seconds": 5.0, "barred": []}


def order(code: str, name: str = "double") -> dict[str, object]:
    sources = [{"path": "net.py", "text": code}]
    return {
        **ORDER,
        "files": [{"path": "net.py", "data": code.encode()}],
        "sources": sources,
        "entries": ["net.py"],
        "homes": {name: "net.py"},
    }


def ask(session: Session, name: str = "double", seconds: float = 5.0) -> dict[str, object]:
    talk = session.converse()
    try:
        asked = {"op": "call", "name": name, "args": [], "kwargs": {}, "of": None, "seed": 1}
        return protocol.opened(talk.ask(protocol.pack(asked), seconds))
    finally:
        talk.close()


@pytest.fixture(scope="module", params=SITUATIONS)
def zygote(request: pytest.FixtureRequest) -> Iterator[Zygote]:
    made = Zygote(Preload(), without=SITUATIONS[request.param])
    yield made
    made.close()


def test_the_minimum_holds_everywhere(zygote: Zygote) -> None:
    """In every situation system calls, files, memory, processes and disk are limited by something that has a name."""
    has = set(zygote.layers)
    assert {"seccomp", "rlimits", "no-new-privs", "no-capabilities"} <= has
    assert any(layer.startswith("landlock-") for layer in has)
    assert has & {"memory-cgroup", "memory-watch"}
    assert has & {"pids-cgroup", "processes-watch", "own-user-id", "user-namespace"}
    assert has & {"scratch-quota", "disk-watch"}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can look into the descriptors of another user")
def test_no_descriptor_is_inherited(zygote: Zygote) -> None:
    """A session has the null device three times and its own socket, as a privileged observer sees it."""
    session = zygote.open_session(Limits())
    try:
        session.load(order("def double(): return 1\n"), 5.0)
        found = sorted(os.readlink(p).partition(":")[0] for p in Path(f"/proc/{session.pid}/fd").iterdir())
        assert found == ["/dev/null"] * 3 + ["socket"]
    finally:
        session.close()


def test_the_tree_of_a_submission_is_gone_when_its_session_is_closed(zygote: Zygote) -> None:
    """Children, daemons and their children end with the session, whatever they ignore."""
    code = PRELUDE + (
        "def deaf():\n    [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 3, 15)]\n    time.sleep(60)\n"
        "def double():\n    for _ in range(5):\n        daemon(deaf)\n    time.sleep(0.2)\n    return 1\n"
    )
    session = zygote.open_session(Limits())
    session.load(order(code), 5.0)
    assert ask(session)["value"] == 1
    session.close()
    assert set(tree.below(zygote.process.pid)) <= zygote.own


def test_a_session_that_is_begun_while_one_ends_sees_nothing_of_it(zygote: Zygote) -> None:
    """The next session starts after the last one's processes are gone and finds its folder empty; one that nobody takes ends with the zygote."""
    first = zygote.open_session(Limits())
    first.load(order("open('trace', 'w').close()\ndef double(): return 1\n"), 5.0)
    first.begin_close()
    zygote.begin_session(Limits())
    first.close()
    second = zygote.open_session(Limits())
    second.load(order("import os\ndef double(): return sorted(os.listdir('.'))\n"), 5.0)
    assert ask(second)["value"] == ["net.py"]
    second.begin_close()
    zygote.begin_session(Limits(scratch=16 << 20))
    second.close()
    zygote.open_session(Limits()).close()  # other limits: the begun one is of no use
    assert set(tree.below(zygote.process.pid)) <= zygote.own


def test_a_zygote_ends_with_a_session_that_nobody_took() -> None:
    """However far the starting of the session was."""
    for wait in (0.0, 0.05):
        for without in SITUATIONS.values():
            zygote = Zygote(Preload(), without=without)
            session = zygote.open_session(Limits())
            session.begin_close()
            zygote.begin_session(Limits())
            time.sleep(wait)
            below = tree.below(zygote.process.pid)
            zygote.close()
            session.sock.close()
            os.close(session.pidfd)
            assert not any(tree.look(pid) for pid in below)


def test_what_a_conversation_leaves_ends_before_the_next(zygote: Zygote) -> None:
    """A daemon of one call does not see the next one."""
    code = PRELUDE + (
        "def touch():\n    while True:\n        open('trace', 'w').close()\n        time.sleep(0.001)\n"
        "def double():\n    daemon(touch)\n    time.sleep(0.1)\n    return 1\n"
        "def later():\n    os.path.exists('trace') and os.remove('trace')\n    time.sleep(0.2)\n    return os.path.exists('trace')\n"
    )
    session = zygote.open_session(Limits())
    try:
        session.load(order(code), 5.0)
        ask(session)
        assert ask(session, "later")["value"] is False
    finally:
        session.close()


@pytest.mark.parametrize(
    "orphans", ["", "            if os.fork():\n                os._exit(0)\n"], ids=["", "orphans"]
)
def test_memory_is_limited_for_the_tree(zygote: Zygote, orphans: str) -> None:
    """Eight processes of which each stays below the limit do not get eight times the memory, with parents or without; the student is told."""
    code = PRELUDE + (
        f"def double():\n    for _ in range(7):\n        if os.fork() == 0:\n{orphans}            break\n"
        "    keep = np.ones(12 << 20)\n    time.sleep(2)\n    return 1\n"
    )
    session = zygote.open_session(Limits(memory=160 << 20, scratch=16 << 20))
    try:
        session.load(order(code), 5.0)
        with contextlib.suppress(protocol.Closed):
            ask(session, seconds=8.0)
        assert zygote.cause() == "memory"
    finally:
        session.close()


def test_a_large_load_is_not_counted_twice(zygote: Zygote) -> None:
    """Data that a submission loads once may be read by its calls without being held against it again."""
    code = "import numpy as np, time\nbig = np.ones(13 << 20)\ndef double():\n    time.sleep(0.3)\n    return float(big.sum())\n"
    session = zygote.open_session(Limits(memory=160 << 20, scratch=16 << 20))
    try:
        assert session.load(order(code), 5.0)["faults"] == []
        assert ask(session)["value"] == 13 << 20
    finally:
        session.close()


def test_disk_is_limited(zygote: Zygote) -> None:
    """What is written over the limit fails or ends the code, and never fills the disk."""
    code = "import time\ndef double():\n    for n in range(100):\n        open(f'f{n}', 'wb').write(bytes(4 << 20))\n        time.sleep(0.02)\n    return 1\n"
    session = zygote.open_session(Limits(scratch=16 << 20))
    try:
        session.load(order(code), 5.0)
        try:
            assert "fault" in ask(session, seconds=8.0)
        except protocol.Closed:
            assert zygote.cause() == "disk"
    finally:
        session.close()


def test_a_dead_zygote_costs_nobody_anything() -> None:
    """Between two submissions a zygote that ended is replaced."""
    with arena() as place:
        [before] = place.live.zygotes.values()
        before.process.kill()
        before.process.wait()
        right = place.submission(Attack("right", "", "def double(x):\n    return 2 * x\n"))
        assert place.grade(right).report.points == 2.0


def test_the_zygote_may_die_under_a_submission() -> None:
    """The grade of a submission stands when the zygote dies before its session is closed."""
    with arena() as place:
        right = place.submission(Attack("right", "", "def double(x):\n    return 2 * x\n"))
        from grader.run import grade_one

        graded = grade_one(right, place.rubric, Tape(), place.live)
        [zygote] = place.live.zygotes.values()
        zygote.process.kill()
        place.live.end()
        assert graded.report.points == 2.0


def test_one_deadline_for_a_submission() -> None:
    """When the time of a submission is used up nothing more is run, and the message says so."""
    with arena(limits=Limits(load=0.6, call=0.4, total=0.3)) as place:
        slow = place.submission(
            Attack("slow", "", "import time\ntime.sleep(0.4)\ndef double(x):\n    return 2 * x\n")
        )
        report = place.grade(slow).report
        assert report.points == 0
        assert all("took its 0.3 s before" in c.message for q in report.questions for c in q.checks)


def test_a_clock_of_check_and_submission() -> None:
    """A call gets what is left of its check and of its submission; a long call that a check asks for is allowed."""
    clock, limits = Clock(), Limits(check=10.0, total=100.0)
    assert clock.left("f", 5.0, limits) == 5.0
    clock.check, clock.total = 8.0, 8.0
    assert clock.left("f", 5.0, limits) == 2.0
    assert clock.left("f", 60.0, limits) == 52.0
    clock.check = 10.0
    with pytest.raises(StudentFault, match="calls of this check took their 10 s"):
        clock.left("f", 5.0, limits)
    clock.check, clock.total = 0.0, 99.0
    assert clock.left("f", 5.0, limits) == 1.0
    clock.total = 100.0
    with pytest.raises(StudentFault, match="as a whole took its 100 s"):
        clock.left("f", 5.0, limits)


def test_descriptors_that_come_with_a_greeting_are_closed(zygote: Zygote) -> None:
    """What a conversation sends along with its first byte does not stay open in the grader."""
    code = PRELUDE + (
        "real = socket.recv_fds\ndef recv_fds(sock, size, most):\n    data, fds, *rest = real(sock, size, most)\n    for fd in fds:\n"
        "        socket.send_fds(socket.socket(fileno=os.dup(fd)), [b'h'], [0] * 9)\n    return (data, fds, *rest)\n"
        "socket.recv_fds = recv_fds\ndef double():\n    return 1\n"
    )
    session = zygote.open_session(Limits())
    try:
        session.load(order(code), 5.0)
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(3):
            with contextlib.suppress(protocol.ProtocolError):
                ask(session)
        assert len(os.listdir("/proc/self/fd")) == before
    finally:
        session.close()


def test_the_watch_sees_what_is_too_much(tmp_path: Path) -> None:
    """Disk and processes of a tree are counted; below the limits nothing is said."""
    limits = {"memory": 1 << 40, "processes": 1000, "scratch": 1 << 20}
    watch = Watch(frozenset({"disk", "processes", "memory"}), limits, str(tmp_path), os.getpid())
    assert not watch._too_much()
    (tmp_path / "f").write_bytes(bytes(2 << 20))
    os.sync()
    assert watch._too_much()
    assert watch.cause == "disk"


@pytest.mark.parametrize("unified", [False, True])
def test_groups_are_made_where_they_can_be(tmp_path: Path, unified: bool) -> None:
    """Where the controllers cannot be had there is no group, and no error."""
    if unified:
        (tmp_path / "cgroup.controllers").write_text("cpu")
    assert enclose(os.getpid(), "grade-1-1", tmp_path).controllers == []
    assert Group().kills() == Kills()


def test_ceilings_are_written(tmp_path: Path) -> None:
    """A ceiling lies above what the zygote uses already; the kernel's kills are counted."""
    (tmp_path / "memory.current").write_text("1000")
    (tmp_path / "memory.events").write_text("oom 3\noom_kill 2\n")
    (tmp_path / "pids.current").write_text("2")
    group = Group(tmp_path, tmp_path, unified=True)
    group.limit(10_000, 16)
    assert int((tmp_path / "memory.max").read_text()) == 11_000 + (64 << 20)
    assert (tmp_path / "pids.max").read_text() == "18"
    assert group.kills() == Kills(2, 3)


def test_the_older_groups_tell_whether_they_were_full(tmp_path: Path) -> None:
    """Of version 1 the highest use says whether the kernel ended something because of the group's own ceiling."""
    (tmp_path / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n")
    (tmp_path / "memory.usage_in_bytes").write_text("1000")
    group = Group(tmp_path)
    group.limit(256 << 20, 16)
    assert group.kills() == Kills(2, 0)
    (tmp_path / "memory.max_usage_in_bytes").write_text((tmp_path / "memory.limit_in_bytes").read_text())
    assert group.kills() == Kills(2, 1)


def test_live_reports_nothing_that_the_student_says_of_the_walls() -> None:
    """The names of the layers are ours, not those of a forged report."""
    forged = Attack(
        "x",
        "",
        PRELUDE
        + "reply(message(names=message(double='function'), layers=['strong']))\ntime.sleep(3)\ndef double(x): return x\n",
    )
    with arena() as place:
        report = place.grade(place.submission(forged)).report
        assert "strong" not in report.provenance.isolation
        assert "seccomp" in report.provenance.isolation


def test_end_kills_generations(tmp_path: Path) -> None:
    """`tree.end` ends what is below a process, and nothing else."""
    reader, writer = os.pipe()
    top = os.fork()
    if top == 0:
        os.setsid()
        if os.fork() == 0:
            os.fork()
            os.write(writer, b"x")
            time.sleep(60)
            os._exit(0)
        time.sleep(60)
        os._exit(0)
    try:
        os.read(reader, 1), os.read(reader, 1)
        assert len(tree.below(top)) == 2
        assert tree.end(top)
        until = time.monotonic() + 10  # on a busy machine the last breath takes a while
        while (
            left := [p for n in tree.below(top) if (p := tree.look(n)) and not p.dead]
        ) and time.monotonic() < until:
            time.sleep(0.01)
        assert left == []
        assert tree.look(top) is not None
    finally:
        os.kill(top, 9)
        os.waitpid(top, 0)


def test_sandboxes_are_quiet_about_layers_before_they_start() -> None:
    """No zygote, no layers."""
    assert Sandboxes(Limits()).zygotes == {}


__all__ = ["Arena"]


def test_without_the_minimum_nothing_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the filter of system calls cannot be built the run is refused at once, with what is lacking and what to do."""

    def none(signals: bool, truncate: bool = False) -> bytes:
        raise ImportError("no libseccomp")

    require_minimum()
    monkeypatch.setattr("grader.sandbox.box.callfilter.seccomp_program", none)
    with pytest.raises(
        IsolationError, match=r"seccomp: ImportError: no libseccomp\)\. Grade in the container"
    ):
        require_minimum()


def test_folders_that_lie_too_deep_harm_nobody() -> None:
    """Without a scratch folder of its own: folders that Python's own way cannot walk or remove are gone for the next submission."""
    with arena(SITUATIONS["without both"]) as place:
        deep = returns(
            "deep", "leave deep folders", "for n in range(1100):\n    os.mkdir('d')\n    os.chdir('d')"
        )
        assert place.run(deep) == []


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_session_starts_ahead_only_with_a_scratch_folder_of_its_own(situation: str) -> None:
    """In a folder that it shares with the one before, what lies there until it is cleared would count to the next student."""
    with arena(SITUATIONS[situation]) as place:
        [zygote] = place.live.zygotes.values()
        ahead = zygote.begun is not None
        assert ahead == ("scratch-quota" in zygote.layers)
        assert not (ahead and SITUATIONS[situation])
