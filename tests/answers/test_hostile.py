"""Hostile answers: refused quickly, never run, never accepted."""

from __future__ import annotations

import re
import time
from importlib import import_module

import pytest

from grader.answers import judge

from .harness import specs

HOSTILE: list[object] = [
    "9**9**9**9", "9" * 100_000, "{" * 1_000_000, "(" * 3000, "__import__('os').system('true')", r"\sum_{i=1}^{1000000000} 1",
    r"\sum_{i=1}^{1000}\sum_{j=1}^{1000}\sum_{k=1}^{1000} 1", "1e400", "9^9^9^9", r"\frac{" * 500, "x" * 5000, "-" * 5000 + "1", "1/0",
    r"\log 0", "10000!", r"\binom{10}{1000000000}", r"I_{100000}", r"\prod_{i=1}^{2000} 9^{9}", "[" * 200 + "]" * 200, [[[[[[1]]]]]],
    10**5000, float("nan"), float("inf"), "\x00\x01", "\\", "^", "_", "$", r"\begin{pmatrix}", r"\begin{cases}\end{cases}", "|" * 1001,
    "a_" * 1000, "^{" * 1000, r"\hat" * 1000, r"\sqrt" * 1000, r"\log" * 1400, "()", "[]", "[,]", "=", "= = =", "1=", "&", r"\\", "%",
    "𝟙" * 500, r"\sum_{i}" * 300 + "1", "if " * 1000, "1 if 1 else " * 300 + "1", "where " * 900, "a=b," * 1400, "n " * 2900,
    "theta[:,1]" * 200, "^".join(["2"] * 600), "prod_i " * 400 + "x_i", r"\sum_{i,j,k,l,m,o,p,q} 1",
]  # fmt: skip


@pytest.mark.parametrize("label", ["P1.2b", "P2.1", "P3.1.W1", "P2.5"])
@pytest.mark.parametrize(
    "text", HOSTILE, ids=lambda text: repr(text)[:30] if not isinstance(text, int) else "bigint"
)
def test_hostile_answers_end_quickly(text: object, label: str) -> None:
    """No text earns points by force, raises, or takes longer than a second (two on a loaded machine)."""
    started = time.thread_time()
    judgement = judge(text, specs("cs181-hw3")[label], label=label)
    assert time.thread_time() - started < 2
    assert judgement.outcome in ("wrong", "unreadable", "stub")
    assert len(judgement.message) < 500


def test_nothing_is_imported_or_evaluated(tmp_path: object) -> None:
    """Python in an answer is text."""
    text = f"__import__('pathlib').Path('{tmp_path}/x').touch()"
    assert judge(text, specs("cs181-hw3")["P1.2b"], label="P1.2b").outcome == "unreadable"


LABELS = {"C.5.min": "cs577-a2", "A.18b": "cs577-a2", "P3.1.b1": "cs181-hw3"}
SLOW = ["1" * 60 + r"\to", "0." + "3" * 60 + " m", "1 " * 60 + "x", "(sum" + " " * 5000, " " * 3000 + "N" + " " * 2900, "A" * 6000, "1" * 3000 + "\n" * 2900]  # fmt: skip


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("text", SLOW, ids=lambda text: repr(text)[:20])
def test_how_an_answer_is_read_costs_little(text: str, label: str) -> None:
    """What could be taken apart in many ways is not tried in all of them."""
    started = time.thread_time()
    assert judge(text, specs(LABELS[label])[label], label=label).outcome in ("wrong", "unreadable", "stub")
    assert time.thread_time() - started < 2


def test_an_answer_that_is_slow_in_one_step_waits_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound also holds in the middle of one regular expression."""
    forever = re.compile("(a+)+$")
    room = import_module("grader.answers.judge")
    monkeypatch.setattr(room, "as_text", lambda text: forever.match("a" * 60 + "b"))
    monkeypatch.setattr(room, "SECONDS", 0.05)
    found = judge("x", specs("cs181-hw3")["P1.2b"], label="P1.2b")
    assert (found.outcome, found.message) == (
        "unreadable", "P1.2b: the answer could not be read: it takes too long to read."
    )  # fmt: skip
