"""The record at scale: large arrays once, what nobody uses dropped, replay after each kind of change."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from grader.errors import GraderError
from grader.record import Dropped, Record, Tape, squeeze, unsqueeze
from grader.sandbox.box.protocol import pack

from .conftest import Change, calls, files, grade


def count(path: Path, table: str) -> int:
    with sqlite3.connect(path) as db:
        return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


@pytest.mark.parametrize("size", [0, 3, 255, 256, 5000])
def test_a_reply_comes_back_as_it_was(size: int) -> None:
    """Packing keeps every byte, whether the arrays stand apart or not."""
    reply = pack({"value": np.arange(float(size)), "seconds": 0.25})
    assert unsqueeze(squeeze(reply)) == reply


def test_the_same_large_array_is_stored_once(tmp_path: Path) -> None:
    """Replies of two students that differ in their times share their arrays, and both come back whole."""
    path = tmp_path / "record.sqlite"
    record = Record(path)
    replies = [
        pack({"value": np.random.default_rng(0).normal(size=(50, 40)), "seconds": s}) for s in (0.1, 0.2)
    ]
    for name, reply in zip("ab", replies, strict=True):
        tape = Tape()
        tape.add(b"key", reply)
        record.store(name, tape.additions())
    assert [record.tape(name).find(b"key") for name in "ab"] == replies
    assert count(path, "bodies") == 1
    record.keep("a", [], [])
    record.shrink()
    assert count(path, "bodies") == 1
    assert record.keep("b", [], []) == Dropped(1, 0)
    record.shrink()
    assert count(path, "bodies") == 0


def test_a_lost_body_is_named(tmp_path: Path) -> None:
    """A record whose arrays are gone is damaged, and says so."""
    record = Record(tmp_path / "record.sqlite")
    tape = Tape()
    tape.add(b"key", pack({"value": np.zeros(5000)}))
    record.store("a", tape.additions())
    record.db.execute("DELETE FROM bodies")
    with pytest.raises(GraderError, match="is damaged or not a record"):
        record.tape("a")


CHANGES = {
    "points": ("Q1.w, points: 1", "Q1.w, points: 2"),
    "tolerance": ("of: gw, ", "of: gw, rtol: 1.0e-4, "),
    "message": ("called: grad_weights", "called: the weights"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_decided_outside_runs_nothing(course: Path, change: Change, what: str) -> None:
    """Points, tolerances and words are counted anew from the record."""
    change(*CHANGES[what])
    if what == "points":
        change("points: 3", "points: 4")
    done = grade(course, "submissions")
    assert done.returncode == 0, done.stdout + done.stderr
    assert calls(done)[0] == 0


def test_a_new_check_runs_only_its_calls(course: Path, change: Change) -> None:
    """A check on a further recipe makes the calls of that recipe and no other."""
    change(
        "  twice:\n",
        "  thrice:\n    sizes: [{n: 2}]\n    draw: {x: normal(n)}\n    steps: [y = double(x)]\n    reference: 2 * x\n  twice:\n",
    )
    change("    points: 2\n", "    points: 3\n")
    change(
        "      - {id: Q2.defined",
        "      - {id: Q2.more, points: 1, value: {recipe: thrice, of: y, called: double}}\n      - {id: Q2.defined",
    )
    done = grade(course, "submissions")
    assert done.returncode == 0, done.stdout + done.stderr
    assert 0 < calls(done)[0] <= 5


def test_prune_keeps_what_is_used(course: Path) -> None:
    """Nothing that the present rubric uses goes: the next run makes no call, not even with another tolerance."""
    before = files(course / "grades")
    path = course / "grades" / "record.sqlite"
    kept = count(path, "calls")
    done = grade(course, "prune", "submissions")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 calls and 0 verdicts dropped" in done.stdout
    assert count(path, "calls") == kept
    assert calls(grade(course, "submissions"))[0] == 0
    assert files(course / "grades") == before


def test_prune_drops_what_is_not(course: Path, change: Change) -> None:
    """Calls for inputs that are gone and everything of a hand-in that was replaced go; a dry run only counts them."""
    path = course / "grades" / "record.sqlite"
    kept = count(path, "calls")
    change("sizes: [{n: 3}, {n: 4}]", "sizes: [{n: 4}, {n: 3}]")
    (course / "submissions" / "demo" / "half" / "net.py").write_text("def double(x):\n    return x + x\n")
    assert grade(course, "submissions").returncode == 0
    grown = count(path, "calls")
    assert grown > kept
    said = grade(course, "prune", "submissions", "--dry-run").stdout
    assert "would be dropped, all that was recorded of 1 submissions" in said
    assert count(path, "calls") == grown
    assert (
        grade(course, "prune", "submissions").stdout.split(".")[0]
        == said.replace("would be dropped", "dropped").split(".")[0]
    )
    assert count(path, "calls") < grown
    assert calls(grade(course, "submissions"))[0] == 0
