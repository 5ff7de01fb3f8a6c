"""A course with a small rubric, and the three exports made by the rules of the file formats."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUBRIC = """
assignment: demo
title: Homework 3
seed: 7
late: {grace: 10 min, per_day: 10 %, cap: 50 %, due: "2026-04-26T12:00:00-05:00", extensions: extensions.csv}
code:
  - {names: [double], usual: [hw3.py, hw3.ipynb]}
recipes:
  twice:
    sizes: [{n: 3}, {n: 4}]
    draw: {x: normal(n)}
    steps: [y = double(x)]
    reference: 2 * x
questions:
  - id: Q1
    title: A function
    points: 10
    checks:
      - {id: Q1.shape, points: 5, shape: {recipe: twice, of: y, shapes: ["(n,)"]}}
      - {id: Q1.value, points: 5, value: {recipe: twice, of: y, called: double}}
"""
RIGHT = "def double(x):\n    return 2 * x\n"
WRONG = "def double(x):\n    return 3 * x\n"


def notebook(code: str) -> str:
    cell = {
        "cell_type": "code",
        "source": code,
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "id": "a",
    }
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def zipped(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


GRADESCOPE = """---
submission_409194023:
  :submitters:
  - :name: Ada O'Neil-Smith
    :sid: '0123456789'
    :email: ada@x.edu
  - :name: "Zo\\u00EB Beta"
    :sid: 77
    :email: zoe@x.edu
  :created_at: 2026-04-26 16:34:00.861687000 Z
  :score: 2.0
  :status: processed
  :results: {score: 2.0, tests: []}
submission_409194024:
  :submitters:
  - :name: Late Larry
    :email: larry@x.edu
  :created_at: 2026-04-28 17:34:00.861687000 Z
submission_409194025:
  :submitters:
  - :name: Extended Eve
    :email: eve@x.edu
  :created_at: 2026-04-28 16:59:00.861687000 Z
submission_409194026:
  :submitters: []
  :created_at: 2026-04-26 16:34:00.861687000 Z
submission_409194099:
  :submitters:
  - :name: Gone Gerda
"""


def gradescope_export(place: Path) -> None:
    """A folder, with a group, someone late, someone extended, a nameless hand-in, one that is in the metadata only, and a stray file."""
    files: dict[str, dict[str, str | bytes]] = {
        "submission_409194023": {
            "hw3 (2).ipynb": notebook(RIGHT),
            "__MACOSX/._hw3.ipynb": "junk",
            ".DS_Store": "junk",
        },
        "submission_409194024": {"src/deep/hw3-1.py": RIGHT},
        "submission_409194025": {"all.zip": zipped({"inner.zip": zipped({"hw3.py": RIGHT})})},
        "submission_409194026": {"hw3.py": WRONG},
    }
    top = place / "assignment_25828_export"
    for folder, inside in files.items():
        for name, data in inside.items():
            (top / folder / name).parent.mkdir(parents=True, exist_ok=True)
            (top / folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    (top / "submission_metadata.yml").write_text(GRADESCOPE, encoding="utf-8")
    (top / "stray.txt").write_text("?")


CANVAS: dict[str, str | bytes] = {
    "smithbob_340934_208490284_hw3.py": RIGHT,
    "oneilsmithzoë_LATE_340935_208490285_hw3-1.py": RIGHT,
    "team_7_red_340936_208490286_hw3 (2).ipynb": notebook(WRONG),
    "李小龙_340937_208490287_all.zip": zipped({"hw3/hw3.py": RIGHT, "hw3/__MACOSX/._hw3.py": "x"}),
    "doe_340938_text.html": "<p>I forgot my file</p>",
    "doe_340938_208490288_hw3.py": RIGHT,
    "anon_ab12C_208490289_hw3.py": RIGHT,
    "linkonly_LATE_340939_link.html": "<a href='https://example.org/x'>x</a>",
    "grades-template.xlsx": "not a student's",
}
MOODLE: dict[str, str | bytes] = {
    "Jane Doe_1234567_assignsubmission_file_hw3.py": RIGHT,
    "Group A-Zoë O'Neil_1234568_assignsubmission_file_/hw3 (2).ipynb": notebook(RIGHT),
    "Jean Luc Picard_1234569_assignsubmission_file/sub/hw3-1.py": WRONG,
    "Participant_1234570_assignsubmission_file_hw3.py": RIGHT,
    "Text Tina_1234571_assignsubmission_onlinetext_onlinetext.html": "<p>no code</p>",
    "Text Tina_1234571_assignsubmission_file_hw3.py": RIGHT,
}


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("course")
    (root / "rubrics" / "demo").mkdir(parents=True)
    (root / "rubrics" / "demo" / "rubric.yaml").write_text(RUBRIC)
    (root / "rubrics" / "demo" / "extensions.csv").write_text(
        "email,until\neve@x.edu,2026-04-30T12:00:00-05:00\n"
    )
    for platform in ("gradescope", "canvas", "moodle"):
        (root / platform / "demo").mkdir(parents=True)
    gradescope_export(root / "gradescope" / "demo")
    (root / "canvas" / "demo" / "cs-434-homework-3_submissions.zip").write_bytes(zipped(CANVAS))
    (root / "moodle" / "demo" / "CS434-Homework 3-9876.zip").write_bytes(zipped(MOODLE))
    (root / "roster.csv").write_text(
        "Name,SID,Email\nAda O'Neil-Smith,0123456789,ada@x.edu\nNobody Ned,5,ned@x.edu\n"
    )
    return root


def grade(course: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from grader.cli.main import main; sys.argv[0] = 'grade'; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=course, capture_output=True, text=True, timeout=240, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1", "COLUMNS": "400"},
    )  # fmt: skip


@pytest.fixture(scope="session")
def graded(course: Path) -> dict[str, subprocess.CompletedProcess[str]]:
    """The three exports, each by one command."""
    done = {}
    for platform in ("gradescope", "canvas", "moodle"):
        roster = ("--roster", "roster.csv") if platform == "gradescope" else ()
        done[platform] = grade(
            course, f"{platform}/demo", "--out", f"{platform}/grades", "--workers", "1", *roster
        )
    return done
