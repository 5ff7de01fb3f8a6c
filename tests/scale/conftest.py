"""A small course, graded once through the command, and copies of it to change."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ..core.conftest import DOUBLE, LAYER, RIGHT, RUBRIC, folder_of

STUDENTS = {
    "right": RIGHT,
    "mean": RIGHT.replace("G.sum(axis=0)", "G.mean(axis=0)"),
    "half": LAYER,
    "other": DOUBLE,
    "fault": RIGHT.replace("self.X.T @ G", "self.Y.T @ G") + "\n# crashes in the middle of a recipe\n",
}
ROOT = Path(__file__).parents[2]


def grade(course: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from grader.cli.main import main; main()", *args]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    return subprocess.run(command, cwd=course, capture_output=True, text=True, timeout=180, env=environment)


def calls(done: subprocess.CompletedProcess[str]) -> tuple[int, int]:
    """Made and replayed, of the summary's line."""
    words = next(x for x in done.stdout.splitlines() if x.startswith("demo   ")).split()
    return int(words[6]), int(words[7])


def without_times(value: Any) -> Any:
    """A report without what is another one in every run."""
    if isinstance(value, dict):
        return {
            k: without_times(v) for k, v in value.items() if k not in ("seconds", "started", "execution_time")
        }
    return [without_times(v) for v in value] if isinstance(value, list) else value


def files(out: Path, name: str = "report.json") -> dict[str, Any]:
    """What was written for each student, without times."""
    return {p.parent.name: without_times(json.loads(p.read_text())) for p in out.glob(f"demo/*/{name}")}


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("scale")
    (root / "rubrics" / "demo").mkdir(parents=True)
    (root / "rubrics" / "demo" / "rubric.yaml").write_text(RUBRIC)
    folder_of(root, {f"demo/{n}": code for n, code in STUDENTS.items()})
    done = grade(root, "submissions/")
    assert done.returncode == 0, done.stdout + done.stderr
    return root


@pytest.fixture
def course(graded: Path, tmp_path: Path) -> Path:
    """The graded course, to be changed."""
    return Path(shutil.copytree(graded, tmp_path / "course"))


Change = Callable[[str, str], None]


@pytest.fixture
def change(course: Path) -> Change:
    """Replace text in the rubric."""

    def replace(old: str, new: str) -> None:
        path = course / "rubrics" / "demo" / "rubric.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return replace
