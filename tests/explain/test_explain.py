"""`grade explain`, `grade similarity` and `grade new`, through the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.checks._try import try_it
from grader.checks.recipe import Recipe
from grader.similarity import Code, Work, equal_predictions, similar, tokens

ROOT = Path(__file__).parents[2]


def run(folder: Path, *args: str, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from grader.cli.main import main; main()", *args]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    return subprocess.run(
        command, cwd=folder, input=text, capture_output=True, text=True, timeout=120, env=environment
    )


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course of `grade new`, graded."""
    root = tmp_path_factory.mktemp("new") / "mine"
    assert run(root.parent, "new", "mine").returncode == 0
    done = run(root, "submissions/", "--workers", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    return root


def test_a_new_course_can_be_graded(course: Path) -> None:
    """The three hand-ins of a new course get what the tutorial says, by the course's own reference."""
    rows = (course / "grades" / "hw1" / "grades.csv").read_text().splitlines()[1:]
    assert [r.split(",")[:3] for r in rows] == [
        ["ada", "needs_review", "4"],
        ["ben", "needs_review", "2.5"],
        ["cleo", "graded", "0"],
    ]


def test_a_full_folder_is_left_alone(course: Path) -> None:
    """`grade new` writes into no folder that has something in it."""
    done = run(course.parent, "new", "mine")
    assert done.returncode == 2
    assert "is not empty" in done.stderr


def test_the_schema_knows_every_kind(course: Path) -> None:
    """The JSON Schema has every kind of check, and is the one that lies in a new course."""
    from grader.checks.registry import built_in

    schema = json.loads(run(course, "schema").stdout)
    entry = schema["$defs"]["Question"]["properties"]["checks"]["items"]
    assert set(built_in()) <= set(entry["properties"])
    assert json.loads((course / "rubric.schema.json").read_text()) == schema


def test_explained_from_the_record(course: Path) -> None:
    """Inputs, what came, what was expected and the diagnosis are shown without running student code."""
    done = run(course, "explain", "ben", "Q1.value")
    assert done.returncode == 0, done.stderr
    for part in (
        "Q1.value (value): partial",
        "diagnosis variance-for-std",
        "X = float64[5, 3]",
        "> Z = standardize(X)",
        "came ",
        "expected ",
        "no student code was run",
    ):
        assert part in done.stdout


def test_explained_with_the_crash(course: Path) -> None:
    """A crash is told with its line."""
    assert "hw1.py:5" in run(course, "explain", "cleo", "Q1.value").stdout


@pytest.mark.parametrize(
    ("args", "says"),
    [(("dan", "Q1.value"), "dan: no such student"), (("ben", "Q9"), "Q9: there is no such check")],
)
def test_explaining_nothing(course: Path, args: tuple[str, str], says: str) -> None:
    """An unknown student or check is bad usage, with what there is."""
    done = run(course, "explain", *args)
    assert (done.returncode, says in done.stderr) == (2, True)


def test_the_shell_is_inside_the_sandbox(course: Path) -> None:
    """Lines are evaluated beside the student's code, at the case that went wrong, behind the walls."""
    done = run(
        course,
        "explain",
        "ben",
        "Q1.value",
        "--shell",
        text="Z.shape\nstandardize(X)[0, 0] == Z[0, 0]\n1 / 0\nimport os; os.listdir('/etc')\n",
    )
    after = done.stdout.partition("Inside the sandbox")[2]
    assert "(5, 3)" in after
    assert "True" in after
    assert "ZeroDivisionError" in after
    assert "PermissionError" in after


# --- similarity ------------------------------------------------------------------------------------------------------

OWN = "def f{n}(a):\n    total = 0\n    for i in range(len(a)):\n        if a[i] > {n}:\n            total += a[i] ** {n} - {n} * i\n    while total > {n}:\n        total = total // {n}\n    return [total, a[{n}:], -total]\n"


def work(student: str, text: str) -> Work:
    return Work(student, (Code("a.py", tuple(text.splitlines()), tuple(tokens(text))),))


def test_renaming_hides_nothing() -> None:
    """A copy with other names, comments and layout is found whole; who wrote their own is not."""
    copied = (
        OWN.format(n=3)
        .replace("total", "summe")
        .replace("i in", "k  in")
        .replace("[i]", "[k]")
        .replace("* i", "* k  # mine")
    )
    pairs = similar(
        [
            work("a", OWN.format(n=3)),
            work("b", copied),
            work("c", OWN.format(n=7).replace("while", "if").replace("range(len(a))", "range(7)")),
        ]
    )
    assert [(p.left, p.right) for p in pairs][:1] == [("a", "b")]
    assert pairs[0].share > 0.8


def test_every_process_finds_the_same() -> None:
    """Python salts its hash of texts in each process; what is found must not depend on it."""
    code = (
        "from tests.explain.test_explain import OWN, work; print(work('a', OWN.format(n=3)).files[0].grams)"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            cwd=ROOT,
        ).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1] != b""


def test_the_handout_does_not_count() -> None:
    """What everybody was given is no passage in common."""
    given = OWN.format(n=5)
    works = [work("a", given + "x = 1\n"), work("b", given + "y = {}\n")]
    assert similar(works, [work("", given).files[0]]) == []
    assert similar(works) != []


def test_members_of_a_group_are_not_compared() -> None:
    """Who hands in together shares code."""
    works = [work("a", OWN.format(n=5)), work("b", OWN.format(n=5))]
    assert similar(works, together={"a": "g", "b": "g"}) == []


def test_a_class_of_a_thousand() -> None:
    """A thousand hand-ins take seconds, and the one copy is found."""
    import random

    rng = random.Random(0)
    texts = [
        "".join(
            f"x{i} = {rng.choice('abcd')} {rng.choice('+-*/')} {rng.randint(0, 9)} {rng.choice('+-*/')} {rng.randint(0, 9)}\n"
            for i in range(80)
        )
        for _ in range(1000)
    ]
    texts[700] = texts[3].replace("x", "zeta")
    began = time.perf_counter()
    pairs = similar([work(f"s{i:03}", text) for i, text in enumerate(texts)])
    assert time.perf_counter() - began < 60
    assert (pairs[0].left, pairs[0].right) == ("s003", "s700")


def test_equal_predictions() -> None:
    """Students with the same predictions row by row are put together, others are not named."""
    assert equal_predictions({"a": "1", "b": "2", "c": "1"}) == [["a", "c"]]


def test_similarity_of_a_graded_class(course: Path) -> None:
    """The command prints a table and writes the page for the staff."""
    done = run(course, "similarity", "hw1")
    assert done.returncode == 0, done.stderr
    assert "never a verdict" in done.stdout
    assert "Nothing here changes a grade" in (course / "grades" / "hw1" / "similarity.html").read_text()


# --- try it yourself -------------------------------------------------------------------------------------------------


def test_lines_to_try(capsys: pytest.CaptureFixture[str]) -> None:
    """The lines run below a student's code, with the recipe's sizes, and hold nothing of the reference."""
    recipe = Recipe.model_validate(
        {
            "sizes": [{"n": 2, "k": 3}],
            "draw": {"X": "normal(n, k)", "y": "onehot(n, k)"},
            "steps": ["Z = f(X, y)"],
            "reference": "layers.secret(X)",
        }
    )
    lines = try_it(recipe, "Z")
    assert "secret" not in lines
    exec(lines, {"f": lambda X, y: X + y})
    assert "(2, 3)" in capsys.readouterr().out


@pytest.mark.parametrize(
    "changes", [{"draw": {"X": "digits.load_digit_split(28)"}}, {"routine": "def go(f): return f(1)"}]
)
def test_no_lines_without_what_they_need(changes: dict[str, object]) -> None:
    """Where the steps need what only the grader has there are no lines."""
    assert try_it(Recipe.model_validate({"steps": ["Z = f(1)"], **changes})) == ""


def test_values_are_shown_where_the_rubric_lets_them(course: Path) -> None:
    """`show_values` adds both arrays and where they differ; without it no number of the reference is in the report."""
    path = course / "rubrics" / "hw1" / "rubric.yaml"
    before = json.loads((course / "grades" / "hw1" / "ben" / "report.json").read_text())
    assert "arrays" not in before["questions"][0]["checks"][2]["evidence"]
    assert "standardize(X)" in before["questions"][0]["checks"][2]["evidence"]["try_it"]
    text = path.read_text()
    path.write_text(text.replace("          partial:", "          show_values: true\n          partial:"))
    assert run(course, "submissions/", "--workers", "1").returncode == 0
    path.write_text(text)
    [picture] = json.loads((course / "grades" / "hw1" / "ben" / "report.json").read_text())["questions"][0][
        "checks"
    ][2]["evidence"]["arrays"]
    assert len(picture["expected"]) == len(picture["got"]) == 5
    assert len(picture["wrong"]) == 15
