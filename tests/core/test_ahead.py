"""The head start: what is started before the rubric is read is what the rubric needs, and nobody of it is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.ahead import HeadStart, code_groups
from grader.live import Sandboxes
from grader.pool import Pool
from grader.rubric import load
from grader.sandbox.limits import Limits, Preload

RUBRICS = sorted((Path(__file__).parents[2] / "rubrics").glob("*/rubric.yaml"))


@pytest.mark.parametrize("path", RUBRICS, ids=lambda p: p.parent.name)
def test_the_guess_reads_the_code_block_as_the_rubric_does(path: Path) -> None:
    """Read alone, the `code:` block says of preloaded and barred modules what the whole rubric says."""
    guessed = [
        (tuple(g.get("preload", ["numpy"])), tuple(g.get("barred", [])))
        for g in code_groups(path.read_text())
    ]
    assert guessed == [(s.preload, s.barred) for s in load(path).specs]


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("title: x\n", []),
        ("code:\n- {names: [f]}\nquestions: []\n", [{"names": ["f"]}]),
        ("code: [{names: [f]}]\nother: 1\n", [{"names": ["f"]}]),
        ("code:\n  # why\n\n  - names: [f]\nx: 1\n", [{"names": ["f"]}]),
    ],
)
def test_the_code_block_ends_where_the_next_key_begins(text: str, groups: list[dict[str, list[str]]]) -> None:
    """However it is laid out, with comments and empty lines in it."""
    assert code_groups(text) == groups


def test_a_rubric_that_cannot_be_read_starts_nothing(tmp_path: Path) -> None:
    """The complaint about it is the rubric reader's; the guess keeps silent."""
    for text in ("code: [}\n", "code: 3\n", "code: [3]\n", "code:\n  a: b\n"):
        (tmp_path / "rubric.yaml").write_text(text)
        with HeadStart(1) as ahead:
            ahead.guess(tmp_path / "rubric.yaml", tmp_path)
            assert ahead.of == {0: {}}
    with HeadStart(0) as none:
        none.guess(tmp_path / "none.yaml", tmp_path)
        assert none.of == {}


class State:
    """A worker that only knows its sandboxes."""

    def __init__(self, ahead: HeadStart, number: int) -> None:
        self.live = Sandboxes(Limits(), slot=number, started=ahead.taken(number))

    def close(self) -> None:
        self.live.close()


def used(state: State, preload: Preload) -> tuple[int, bool]:
    """Which zygote answers, and that it opens a session."""
    zygote = state.live.zygote(preload)
    session = zygote.open_session(Limits())
    session.close()
    return zygote.process.pid, zygote.alive()


def test_workers_take_the_zygotes_that_were_started_for_them() -> None:
    """Each worker its own, what was not guessed it starts itself, and after the run none is left."""
    with HeadStart(3) as ahead:
        ahead.start([Preload()], 3)
        pids = [ahead.of[n][Preload()].process for n in range(3)]
        pool = Pool(2, lambda number: State(ahead, number), used)
        ahead.let_go()
        other = Preload(barred=("csv",))
        done = [d.result for d in pool.map([Preload(), Preload(), other])]
        pool.close()
    assert {pid for pid, _ in done[:2]} <= {p.pid for p in pids[:2]}
    assert done[2][0] not in {p.pid for p in pids}
    assert all(alive for _, alive in done)
    for pid in [p.pid for p in pids] + [done[2][0]]:
        assert not Path("/proc", str(pid)).exists()
