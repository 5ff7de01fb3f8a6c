"""The self-test of a small rubric: what it says of a good one, and of one with each kind of hole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.cli.selftest import run_selftest
from grader.errors import RubricError, UsageError
from grader.selftest.findings import Findings, redundant_groups
from grader.selftest.marks import read_marks, reason_for, unused
from grader.selftest.selftest import Options, selftest
from grader.selftest.written import _terms

RUBRIC = """
assignment: demo
title: A demonstration
seed: 7
code:
  - {names: [centred, gradient], usual: [net.py], call_seconds: 5}
answers: {specs: answers.yaml}
recipes:
  centred: {sizes: [{n: 5, k: 3}, {n: 2, k: 4}], draw: {x: "normal(n, k)"}, steps: [y = centred(x)], reference: x - x.mean(axis=0)}
  gradient: {sizes: [{n: 5, k: 3}, {n: 4, k: 2}], draw: {x: "normal(n, k)", g: "normal(n, 1)"}, steps: ["y = gradient(x, g)"], reference: x.T @ g}
questions:
  - id: Q1
    title: Code
    points: 2
    checks:
      - {id: Q1.centred, points: 1, value: {recipe: centred, of: y, called: centred, keeps: [y]}}
      - {id: Q1.gradient, points: 1, gradient: {recipe: gradient, of: y, called: gradient, keeps: [y]}}
  - {id: Q2, title: An answer, points: 1, checks: [{id: Q2.a, points: 1, answer: {}}]}
"""
ANSWERS = """
symbols: {none: {a: {}, b: {}}}
labels: {Q2.a: {group: none, truth: a - 2 b}}
"""
SOLUTION = """
import numpy as np


def centred(x):
    return x - np.mean(x, axis=0)


def gradient(x, g):
    return x.T @ g
"""
BLANK = """
import numpy as np


def centred(x):
    raise NotImplementedError("centred is yours to write")


def gradient(x, g):
    raise NotImplementedError("gradient is yours to write")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "handout").mkdir()
    files = {"rubric.yaml": RUBRIC, "answers.yaml": ANSWERS, "solution.py": SOLUTION, "handout/net.py": BLANK}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def run(folder: Path, seeds: int = 1) -> Findings:
    return selftest(folder / "rubric.yaml", Options(seeds=seeds))


def change(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))


def test_a_good_rubric_is_in_order(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Everything is earned by right hand-ins and every mutant is killed; the command says so and exits with 0."""
    status = run_selftest(folder, 0, 1, 1, folder / "out.json", False)
    found = Findings.model_validate(json.loads((folder / "out.json").read_text()))
    assert [m.diff for m in found.mutants.survived] == []
    assert found.alarms == []
    assert status == 0
    assert (found.points, found.max_points, found.blank_points) == (3, 3, 0)
    assert found.mutants.made == found.mutants.killed > 30
    assert found.variants > 10
    assert found.complete
    assert found.useless == []
    assert 0 < (found.checks["Q1.centred"].strain or 0) < 0.1
    assert "demo: in order" in capsys.readouterr().out


def test_a_loose_tolerance_lets_mutants_survive(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a rubric does not see is shown with its difference, and the command exits with 1."""
    change(folder, "rubric.yaml", "of: y, called: gradient, keeps: [y]", "of: y, called: gradient, rtol: 3")
    assert run_selftest(folder, 0, 0, 1, None, False) == 1
    said = capsys.readouterr().out
    assert "SURVIVED net.py:gradient:factor:" in said
    assert "+    return 2 * (x.T @ g)" in said
    assert "demo: NOT in order" in said


def test_square_inputs_hide_a_transposed_gradient(folder: Path) -> None:
    """A rubric without sizes that differ does not see which operand was transposed."""
    change(folder, "rubric.yaml", "reference: x.T @ g}", "reference: x.T @ g}".replace("x.T", "x"))
    change(
        folder,
        "rubric.yaml",
        '{n: 5, k: 3}, {n: 4, k: 2}], draw: {x: "normal(n, k)", g',
        '{n: 1, k: 1}], draw: {x: "normal(n, k)", g',
    )
    survived = run(folder, 0).mutants.survived
    assert "transposed" in {m.operator for m in survived}


def test_a_check_that_is_too_strict_is_a_false_alarm(folder: Path) -> None:
    """A variant that loses something is named with its check and its difference."""
    change(folder, "rubric.yaml", "called: centred, keeps: [y]", "called: centred, rtol: 1.0e-12")
    alarms = run(folder, 0).alarms
    assert {a.check for a in alarms} == {"Q1.centred"}
    assert any("single-precision-inside" in a.what and a.diff for a in alarms)


def test_a_blank_handout_that_earns_something_is_an_alarm(folder: Path) -> None:
    """Points for the handout are named."""
    (folder / "handout/net.py").write_text(SOLUTION)
    change(folder, "solution.py", "import numpy as np", "import numpy as np\nY = 1")
    found = run(folder, 0)
    assert found.blank_points == 2
    assert "the blank handout" in {a.what for a in found.alarms}


def test_a_solution_that_loses_something_is_an_alarm(folder: Path) -> None:
    """A reference that does not earn everything is named once."""
    change(folder, "solution.py", "x.T @ g", "g.T @ x")
    alarms = run(folder, 0).alarms
    assert [(a.what, a.check) for a in alarms] == [("the reference solution", "Q1.gradient")]


def test_marks_make_survivors_equivalent_and_go_stale(folder: Path) -> None:
    """A marked mutant does not survive; one that is killed, and a mark without a mutant, are named."""
    change(folder, "rubric.yaml", "of: y, called: gradient, keeps: [y]", "of: y, called: gradient")
    first = run(folder, 0)
    survived, killed = first.mutants.survived, next(key for key in first.matrix if ":axis:" in key)
    assert {m.operator for m in survived} == {"input-changed"}
    marks = {m.key: "Nobody asked for it." for m in survived} | {
        "net.py:gone": "It was here once.",
        killed: "Wrong.",
        "net.py:centred:sign:*": "Of these some may be killed.",
    }
    (folder / "equivalent.yaml").write_text("\n".join(f"'{k}': {v}" for k, v in marks.items()))
    found = run(folder, 0)
    assert found.ok
    assert found.mutants.equivalent == len(survived)
    assert found.stale_marks == ["net.py:gone"]
    assert [m.key for m in found.mutants.marked_but_killed] == [killed]


def test_a_mark_needs_a_reason(tmp_path: Path) -> None:
    """Equivalent mutants are marked with the reason, or the rubric is refused."""
    (tmp_path / "equivalent.yaml").write_text("net.py:f:sign:12345678:\n")
    with pytest.raises(RubricError, match="expected the reason why"):
        read_marks(tmp_path)


def test_a_star_in_a_mark_stands_for_anything() -> None:
    """One mark can stand for several mutants."""
    marks = {"net.py:f:*": "Only g is asked."}
    assert reason_for("net.py:f:sign:1", marks) == "Only g is asked."
    assert reason_for("net.py:g:sign:1", marks) == ""
    assert unused(marks, {"net.py:g:sign:1"}) == ["net.py:f:*"]


def test_a_rubric_without_a_solution_is_refused(folder: Path) -> None:
    """Without a reference solution the command says where it looks for one."""
    (folder / "solution.py").unlink()
    with pytest.raises(UsageError, match=r"no reference solution: .* needs solution\.py"):
        run(folder)
    with pytest.raises(UsageError, match="there is no such rubric"):
        run_selftest(folder / "nothing.yaml", 0, 0, 1, None, False)


def test_a_budget_ends_in_time_and_says_what_was_left_out(folder: Path) -> None:
    """A small budget tries some mutants and counts the others."""
    found = selftest(folder / "rubric.yaml", Options(budget=1.0, seeds=50))
    assert found.mutants.left_out + found.mutants.tried == found.mutants.made
    assert found.right_left_out > 0
    assert not found.complete


def test_a_notebook_is_tried_as_a_script() -> None:
    """Training is left out, and lines outside of functions are mutated too."""
    from grader.selftest.cells import script_of
    from grader.selftest.mutants import mutants_of

    cells = [
        "import torch\nW = 0.01 * torch.randn(3)",
        "def train(n):\n    return W * n",
        "losses = train(3)\nprint(losses)",
    ]
    tree = {
        "cells": [
            {"cell_type": "code", "source": c, "metadata": {}, "outputs": [], "execution_count": None}
            for c in cells
        ]
    }
    notebook = json.dumps(tree | {"metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
    script = script_of(notebook, None)
    assert "losses" not in script
    made = mutants_of("nb.py", script, ["outside_functions_1", "train"])
    assert any("W = 0.01 + torch.randn(3)" in m.source for m in made)
    assert not any("outside_functions" in m.source for m in made)


def test_checks_that_always_fail_together_are_named() -> None:
    """Two checks with the same victims are redundant; a single victim says nothing."""
    matrix = {"m1": ["a", "b"], "m2": ["a", "b", "c"], "m3": ["d", "e"]}
    assert redundant_groups(matrix) == [["a", "b"]]


def test_terms_of_an_answer_are_split_outside_of_brackets_and_bars() -> None:
    """A term is dropped as a whole: signs inside of brackets, fractions and norms do not divide."""
    assert _terms(r"-\|Xw - y\|^2/(2\sigma^2) - \|w - \mu\|_1/\tau") == [
        r"-\|Xw - y\|^2/(2\sigma^2) ",
        r"- \|w - \mu\|_1/\tau",
    ]
    assert _terms(r"\frac{a + b}{c} + 2 (x - y)") == [r"\frac{a + b}{c} ", "+ 2 (x - y)"]
    assert _terms("a * -b") == ["a * -b"]
