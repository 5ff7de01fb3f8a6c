"""A class: discovered, graded over the pool, written, replayed; through the command."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.cli.main import several

from .conftest import DOUBLE, LAYER, RIGHT, RUBRIC, folder_of

STUDENTS = {
    "right": RIGHT,
    "mean": RIGHT.replace("G.sum(axis=0)", "G.mean(axis=0)"),
    "nothing": "x = 1\n",
    "half": LAYER,
    "other": DOUBLE,
    "broken": "def double(x:\n    return 2 * x\n",
}
POINTS = {"right": "5", "mean": "4", "nothing": "0", "half": "3", "other": "2", "broken": "0"}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("course")
    (root / "rubrics" / "demo").mkdir(parents=True)
    (root / "rubrics" / "demo" / "rubric.yaml").write_text(RUBRIC)
    folder_of(root, {f"demo/{n}": code for n, code in STUDENTS.items()})
    return root


def grade(course: Path, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from grader.cli.main import main; main()", *args]
    root = str(Path(__file__).parents[2])
    return subprocess.run(
        command,
        cwd=course,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": root, **environment},
    )


def reports(out: Path) -> dict[str, Any]:
    return {p.parent.name: json.loads(p.read_text()) for p in out.glob("demo/*/report.json")}


def without_times(report: Any) -> Any:
    if isinstance(report, dict):
        return {k: without_times(v) for k, v in report.items() if k not in ("seconds", "started")}
    return [without_times(v) for v in report] if isinstance(report, list) else report


@pytest.fixture(scope="module")
def graded(course: Path) -> subprocess.CompletedProcess[str]:
    return grade(course, "submissions/", "--workers", "2")


def test_the_class_is_graded(course: Path, graded: subprocess.CompletedProcess[str]) -> None:
    """`grade submissions/` finds the assignment by its folder's name, grades everyone, and ends with 0."""
    assert graded.returncode == 0, graded.stdout + graded.stderr
    rows = list(csv.DictReader((course / "grades" / "demo" / "grades.csv").read_text().splitlines()))
    assert {r["student"]: r["points"] for r in rows} == POINTS
    assert list(rows[0]) == ["student", "status", "points", "max_points", "Q1", "Q2"]


def test_every_file_is_written(course: Path, graded: subprocess.CompletedProcess[str]) -> None:
    """The output folder is that of the interface."""
    out = course / "grades"
    assert (out / "record.sqlite").exists()
    assert (out / "index.html").exists()
    assert (out / "demo" / "index.html").exists()
    for student in STUDENTS:
        assert sorted(p.name for p in (out / "demo" / student).iterdir()) == [
            "report.html",
            "report.json",
            "results.json",
        ]


def test_a_syntax_error_is_named(course: Path, graded: subprocess.CompletedProcess[str]) -> None:
    """A file that is no Python loses with the line of the error."""
    report = reports(course / "grades")["broken"]
    assert "net.py:1" in report["questions"][1]["checks"][0]["message"]


def test_the_second_run_replays(course: Path, graded: subprocess.CompletedProcess[str]) -> None:
    """A second run makes no call, says so, and writes the same reports, byte for byte apart from times."""
    before = {n: without_times(r) for n, r in reports(course / "grades").items()}
    again = grade(course, "submissions")
    assert again.returncode == 0
    line = next(x for x in again.stdout.splitlines() if x.startswith("demo   "))
    assert line.split()[6] == "0"
    assert int(line.split()[7]) > 0
    assert {n: without_times(r) for n, r in reports(course / "grades").items()} == before


def test_workers_and_order_do_not_matter(
    course: Path, graded: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    """One worker gives the reports of two, apart from times."""
    alone = grade(course, "submissions/demo", "--workers", "1", "--out", str(tmp_path / "g"))
    assert alone.returncode == 0, alone.stderr
    first = {n: without_times(r) for n, r in reports(course / "grades").items()}
    assert {n: without_times(r) for n, r in reports(tmp_path / "g").items()} == first


def test_only_one_student(course: Path, graded: subprocess.CompletedProcess[str]) -> None:
    """`--only` grades one and keeps the others in the class's files."""
    assert grade(course, "submissions", "--only", "mean", "--fresh").returncode == 0
    rows = list(csv.DictReader((course / "grades" / "demo" / "grades.csv").read_text().splitlines()))
    assert {r["student"]: r["points"] for r in rows} == POINTS


def test_one_file_by_its_rubric(course: Path, tmp_path: Path) -> None:
    """A single file is graded with `--rubric`."""
    file = tmp_path / "handed.py"
    file.write_text(RIGHT)
    done = grade(course, str(file), "--rubric", "rubrics/demo", "--out", str(tmp_path / "g"))
    assert done.returncode == 0, done.stderr
    assert reports(tmp_path / "g")["handed"]["points"] == 5.0


def test_a_change_of_points_runs_nothing(
    course: Path, graded: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    """New points are counted from the record; no student code runs."""
    rubric = tmp_path / "rubric.yaml"
    rubric.write_text(RUBRIC.replace("points: 3", "points: 5").replace("Q1.w, points: 1", "Q1.w, points: 3"))
    done = grade(course, "submissions/demo", "--rubric", str(rubric))
    line = next(x for x in done.stdout.splitlines() if x.startswith("demo   "))
    assert line.split()[6] == "0"
    assert reports(course / "grades")["right"]["points"] == 7.0
    grade(course, "submissions/demo")


ONLY = [
    ("run subs --only ada", "run subs --only ada"),
    ("run subs --only ada ben --fresh", "run subs --only ada --only ben --fresh"),
    ("run --only ada ben subs", "run --only ada --only ben subs"),
    ("run --out g --only ada subs --workers 2", "run --out g --only ada subs --workers 2"),
    ("run --only ada --only ben subs", "run --only ada --only ben subs"),
    ("run subs --only ada --only ben cleo", "run subs --only ada --only ben --only cleo"),
    ("run subs --fresh", "run subs --fresh"),
]


@pytest.mark.parametrize(("given", "meant"), ONLY)
def test_only_takes_several_names(given: str, meant: str) -> None:
    """`--only` takes every name up to the next option, but never the folder of the hand-ins."""
    assert several(given.split()) == meant.split()


BAD = [
    (["nowhere/"], "there is no such file or folder"),
    (["submissions", "--rubric", "none.yaml"], "there is no such rubric"),
    (["submissions", "--only", "nobody"], "no such student"),
    (["elsewhere"], "no folder here has the name of an assignment (rubrics in rubrics: demo)"),
]


@pytest.mark.parametrize(("args", "phrase"), BAD)
def test_bad_usage_ends_with_2(course: Path, args: list[str], phrase: str) -> None:
    """Bad usage ends with status 2 and a sentence that says what to do."""
    (course / "elsewhere").mkdir(exist_ok=True)
    done = grade(course, *args)
    assert done.returncode == 2
    assert phrase in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_a_rubric_mistake_ends_with_2(course: Path, tmp_path: Path) -> None:
    """A mistake in a rubric ends with status 2 and its place, before anything runs."""
    rubric = tmp_path / "rubric.yaml"
    rubric.write_text(RUBRIC.replace("gradient:", "gradiant:", 1))
    done = grade(course, "submissions/demo", "--rubric", str(rubric), "--out", str(tmp_path / "g"))
    assert done.returncode == 2
    assert "Did you mean 'gradient'?" in done.stderr
    assert not (tmp_path / "g").exists()


def test_a_damaged_record_is_named(course: Path, tmp_path: Path) -> None:
    """A record that is no database stops the run with what to do, and stays as it is."""
    out = tmp_path / "g"
    out.mkdir()
    (out / "record.sqlite").write_bytes(b"not a database, " * 100)
    done = grade(course, "submissions/demo", "--out", str(out))
    assert done.returncode == 1
    assert "is damaged or not a record" in done.stderr
    assert (out / "record.sqlite").read_bytes().startswith(b"not a database")


def test_help_is_quick_to_import() -> None:
    """`grade --help` imports neither numpy nor pydantic."""
    code = "import sys; sys.argv = ['grade', '--help']\nfrom grader.cli.main import main\ntry:\n    main()\nexcept SystemExit:\n    print([m for m in ('numpy', 'pydantic', 'rich', 'torch') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    assert done.stdout.strip().endswith("[]"), done.stdout[-200:]
