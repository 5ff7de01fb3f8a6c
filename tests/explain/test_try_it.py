"""The lines under "Try it yourself", run as a student would run them."""

from __future__ import annotations

import builtins
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.checks._try import lines_for
from grader.checks.recipe import Case, Observation
from grader.errors import StudentFault
from grader.groups import choose, united
from grader.intake import discover, read
from grader.model import lost
from grader.rubric import Check, Rubric, load

ROOT = Path(__file__).parents[2]


def rubric_of(assignment: str) -> Rubric:
    return load(ROOT / "rubrics" / assignment / "rubric.yaml")


def check_of(rubric: Rubric, id: str) -> Check:
    return next(c for _, checks in rubric.questions for c in checks if c.id == id)


def lines_of(assignment: str, student: str, id: str, failed: str = "", **evidence: Any) -> str:
    """What the report of a sample hand-in shows for a check that it loses."""
    rubric = rubric_of(assignment)
    found = discover(ROOT / "submissions" / assignment)
    submission = read(next(s for s in found.sources if s.student == student))
    check = check_of(rubric, id)
    recipe: Any = getattr(check.options, "recipe", None)
    results = {"grad_weights": 1.0} | ({failed: StudentFault("it failed", kind="crashed")} if failed else {})
    memory = {("recipe", builtins.id(recipe)): [Observation(Case(evidence.get("case", 0), {}), results)]}
    choices = choose(submission, united(submission, rubric.specs))
    someone: Any = SimpleNamespace(choices=choices, memory=memory)
    return lines_for(lost("x", **evidence), check.options, someone, check.entry.try_it)


def run_beside(student: Path, lines: str, folder: Path) -> str:
    """What the lines print in a fresh process."""
    (folder / "try_it.py").write_text(lines)
    environment = os.environ | {"PYTHONPATH": str(student), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, "try_it.py"], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


LINES = [
    ("cs434-hw3", "s06-averages", "Q3.grad_weights", 0, "from net import LinearLayer", "slopes that your own"),
    ("cs434-hw3", "s08-not-summed", "Q3.grad_bias", 1, "from net import LinearLayer", "slopes that your own"),
    ("cs434-hw3", "s12-accumulates", "Q3.grad_bias", 0, "from net import LinearLayer", "slopes that your own"),
    ("nyu-dl-hw1", "s08-batch-mean", "M.backward.dJdW1", 0, "import MLP", "dJdb2, yours:"),
    ("nyu-dl-hw1", "s08-batch-mean", "M.mse.grad", 0, "import mse_loss", "from your loss:"),
    ("nyu-dl-hw1", "s08-batch-mean", "M.bce.grad", 0, "import bce_loss", "from your loss:"),
    ("cs181-hw3", "s05-classics", "P3.code.dW1", 0, "from estimators import mlp_gradients", "slopes of the loss"),
]  # fmt: skip


@pytest.mark.parametrize(("assignment", "student", "check", "case", "line", "shown"), LINES)
def test_lines_run_beside_the_students_file(
    assignment: str, student: str, check: str, case: int, line: str, shown: str, tmp_path: Path
) -> None:
    """Saved beside the student's own file the lines run as they stand and show what they promise."""
    lines = lines_of(assignment, student, check, case=case)
    assert line in lines
    assert shown in run_beside(ROOT / "submissions" / assignment / student, lines, tmp_path)


def test_a_step_that_failed_beside_the_result_is_left_out(tmp_path: Path) -> None:
    """What the grader got past the lines get past too: a step that failed, and whose result nothing needs."""
    student = ROOT / "submissions" / "cs434-hw3" / "s07-transposed"
    lines = lines_of("cs434-hw3", student.name, "Q3.grad_weights", failed="stepped", case=0)
    assert "stepped" not in lines
    ran = run_beside(student, lines, tmp_path)
    assert "grad_weights, shape (3, 4)" in ran


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [({"case": 1}, "n, i, o = 1,"), ({"fault": "missing"}, ""), ({"case": 1, "recipe": 5}, "")],
)
def test_lines_are_of_the_case_that_went_wrong(evidence: dict[str, Any], expected: str) -> None:
    """The sizes are those of the case that the verdict speaks of; where the name is missing there is nothing to try."""
    lines = lines_of("cs434-hw3", "s06-averages", "Q3.grad_weights", **evidence)
    assert expected in lines if expected else lines == ""


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("net.py", "from net import LinearLayer"),
        ("src/net.py", "from net import LinearLayer  # in the folder src"),
        ("hw 3.py", "# below your own code, hw 3.py"),
        ("class.py", "# below your own code, class.py"),
        ("hw3.ipynb", "# in a new cell at the end of hw3.ipynb"),
        ("", "# below your own code"),
    ],
)
def test_where_the_names_come_from(file: str, line: str) -> None:
    """An import where the file can be imported, else a word about where the lines belong."""
    from grader.checks._try import try_it

    recipe = check_of(rubric_of("cs434-hw3"), "Q3.grad_weights").options.recipe  # type: ignore[attr-defined]
    assert line in try_it(recipe, "grad_weights", {"LinearLayer": file}).split("\n")
