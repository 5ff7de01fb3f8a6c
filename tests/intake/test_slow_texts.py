"""Texts that are slow to read: a bound for all of a hand-in, and no pattern that needs it."""

from __future__ import annotations

import time

import pytest

from grader.intake import collect_answers, gather
from grader.intake.modules import read_module
from grader.intake.notebook import parses
from grader.model import HandedFile, Source, Submission

SLOW = {
    "a key and spaces": "P1.2b " + " " * 20_000 + "x\n",
    "a heading and spaces": "# " + " \t" * 10_000 + "x\n",
    "bold and spaces": "**" + "\t" * 20_000 + "x\n",
    "letters": "a" * 20_000 + "\n",
    "spaces": "\n ".join([" "] * 10_000),
}


def handed(text: str) -> Submission:
    return Submission(Source("ada", ("made",)), (HandedFile("w.md", text.encode()),))


@pytest.mark.parametrize("kind", SLOW)
def test_long_lines_cost_little(kind: str) -> None:
    """A write-up is read in time that grows with its length and no faster."""
    began = time.thread_time()
    collect_answers(handed(SLOW[kind]), ["P1.2b"])
    assert time.thread_time() - began < 1.0


def test_a_file_that_is_slow_to_read_is_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is slow all the same is the student's problem, said in a sentence; the other files are read."""

    def slow(*_: object) -> None:
        while True:
            pass

    monkeypatch.setattr(gather, "_SECONDS", 0.05)
    monkeypatch.setitem(gather._READERS, "tex", slow)
    files = (HandedFile("w.tex", b"x"), HandedFile("answers.yaml", b"P1.2b: 3\n"))
    found = collect_answers(Submission(Source("ada", ("made",)), files), ["P1.2b"])
    assert found.answers["P1.2b"].text == "3"
    [problem] = found.problems
    assert (problem.path, problem.ours) == ("w.tex:1", False)
    assert problem.message == "is not searched for answers: it takes too long to read."


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('x = f"' + "{1}" * 300_000 + '"\n', "has 300000 braces, more than the 20000"),
        ("x = 1\n" * 30_000, "has 30000 lines, more than the 20000"),
    ],
    ids=["f-strings", "lines"],
)
def test_code_that_python_itself_would_parse_for_minutes_is_refused(text: str, says: str) -> None:
    """Python's parser cannot be interrupted: what takes it too long is not given to it, in a script and in a cell."""
    module = read_module(HandedFile("net.py", text.encode()))
    assert module is not None and module.broken is not None
    assert says in module.broken.message
    assert not parses(text)
