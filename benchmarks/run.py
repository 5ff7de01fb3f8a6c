"""
`make bench`: the grader beside its peers, its budgets, and the page that is made of it.

    python -m benchmarks.run [peers] [overhead] [classes] [start] [--students 40] [--sizes 100,1000,10000]

Each part replaces its own numbers in `results.json`; `docs/performance.md` is written from that file at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell

from benchmarks import question
from benchmarks.measure import run
from benchmarks.peers import KERNEL, Peers
from grader.intake import discover
from grader.record import Record
from grader.worker import Task, Worker, work

HERE = Path(__file__).resolve().parent
RESULTS, PAGE = HERE / "results.json", HERE.parent / "docs" / "performance.md"
GRADE = [sys.executable, "-c", "from grader.cli.main import main; main()"]


def script_class(folder: Path, number: int) -> Path:
    """Hand-ins of the linear layer alone: nothing to compute."""
    for n in range(number):
        place = folder / f"s{n:05d}"
        place.mkdir(parents=True)
        (place / "net.py").write_text(f"import numpy as np\n\n{question.LAYER}\n# {n}\n")
    return folder


def write_cells(path: Path, cells: list[str]) -> None:
    """A notebook of code cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[new_code_cell(c) for c in cells], metadata=KERNEL), path)


def spread(seconds: list[float]) -> dict[str, float]:
    """Median, least and most."""
    return {"median": statistics.median(seconds), "least": min(seconds), "most": max(seconds)}


class Ours:
    """A warm worker of ours, over one rubric."""

    def __init__(self, root: Path, rubric: Path, submissions: Path) -> None:
        self.out, self.rubric = root, rubric
        root.mkdir(parents=True)
        Record(root / "record.sqlite").close()
        self.sources = {s.student: s for s in discover(submissions).sources}
        self.worker = Worker(0, False)

    def grade(self, student: str) -> tuple[float, float]:
        """Seconds for one submission, everything written, and its points."""
        began = time.perf_counter()
        result = work(self.worker, Task(self.sources[student], self.rubric, self.out, True))
        return time.perf_counter() - began, result.row.points or 0.0


def floor(source: str, train: bool) -> float:
    """The students' own compute and the tests, in this warm process."""
    code, tests = (
        compile(source, "student.py", "exec"),
        [compile(t, name, "exec") for _, name, _, _, t in question.TESTS],
    )
    space: dict[str, Any] = {"__name__": "student"}
    began = time.perf_counter()
    exec(code, space)
    if train:
        exec(question.TRAIN, space)
        for test in tests:
            exec(test, space)
    return time.perf_counter() - began


# --- beside the peers ----------------------------------------------------------------------------------------------


def peers(root: Path, students: int) -> dict[str, Any]:
    """All over the same hand-ins, one student after the other, so that what disturbs the machine disturbs all."""
    seeds = list(range(1, students + 1))
    theirs = Peers(root / "peers", seeds)
    for seed in seeds:
        place = root / "scripts" / str(seed)
        place.mkdir(parents=True)
        (place / "student.py").write_text(question.script(seed))
        write_cells(root / "notebooks" / str(seed) / "hw.ipynb", question.cells(seed))
    scripts = Ours(root / "g1", HERE / "linear" / "script.yaml", root / "scripts")
    notebooks = Ours(root / "g2", HERE / "linear" / "notebook.yaml", root / "notebooks")

    def full(found: tuple[float, float]) -> float:
        assert found[1] == question.POINTS, found
        return found[0]

    def fresh(kind: str, seed: int) -> list[str]:
        name = "student.py" if kind == "script" else "hw.ipynb"
        rubric = str(HERE / "linear" / f"{kind}.yaml")
        return [
            *GRADE,
            str(root / f"{kind}s" / str(seed) / name),
            "--rubric",
            rubric,
            "--out",
            str(root / f"one-{kind}"),
            "--fresh",
            "--workers",
            "1",
        ]

    ways: dict[str, Callable[[int], float]] = {
        "floor": lambda seed: floor(question.script(seed), True),
        "ours, script, in a class": lambda seed: full(scripts.grade(str(seed))),
        "ours, script, `grade FILE`": lambda seed: run(fresh("script", seed), HERE.parent).wall,
        "gradescope-utils, script": lambda seed: theirs.gradescope(seed).wall,
        "ours, notebook, in a class": lambda seed: full(notebooks.grade(str(seed))),
        "ours, notebook, `grade FILE`": lambda seed: run(fresh("notebook", seed), HERE.parent).wall,
        "nbgrader autograde, notebook": lambda seed: theirs.nbgrader(seed).wall,
        "otter run, notebook": lambda seed: theirs.otter(seed).wall,
    }
    for way in ways.values():
        way(seeds[0])  # file caches; not counted
    walls: dict[str, list[float]] = {name: [] for name in ways}
    for seed in seeds:
        for name, way in ways.items():
            walls[name].append(way(seed))
    scripts.worker.close()
    notebooks.worker.close()
    first = seeds[0]
    peaks = {
        "ours, script, `grade FILE`": run(fresh("script", first), HERE.parent, memory=True).peak,
        "ours, notebook, `grade FILE`": run(fresh("notebook", first), HERE.parent, memory=True).peak,
        "gradescope-utils, script": theirs.gradescope(first, memory=True).peak,
        "nbgrader autograde, notebook": theirs.nbgrader(first, memory=True).peak,
        "otter run, notebook": theirs.otter(first, memory=True).peak,
    }
    return {"students": students, "seconds": {n: spread(w) for n, w in walls.items()}, "peak_mb": peaks}


# --- the budgets ---------------------------------------------------------------------------------------------------


def overhead(root: Path, students: int) -> dict[str, Any]:
    """What one warm worker needs for a hand-in beyond the hand-in's own compute."""
    script_class(root / "scripts", students)
    for n in range(students):
        write_cells(
            root / "notebooks" / f"s{n:05d}" / "hw.ipynb", ["import numpy as np", f"{question.LAYER}\n# {n}"]
        )
    rubric = HERE / "layer.yaml"
    kinds = {
        "script": Ours(root / "g1", rubric, root / "scripts"),
        "notebook": Ours(root / "g2", rubric, root / "notebooks"),
    }
    walls: dict[str, list[float]] = {name: [] for name in kinds}
    names = [f"s{n:05d}" for n in range(students)]
    for name, ours in kinds.items():
        ours.grade(names[0])
        for student in names:
            walls[name].append(ours.grade(student)[0] - floor(f"import numpy as np\n{question.LAYER}", False))
        ours.worker.close()
    return {"students": students, "seconds": {n: spread(w) for n, w in walls.items()}}


def classes(root: Path, sizes: list[int]) -> list[dict[str, Any]]:
    """Classes graded, then graded again with other points and with another tolerance, through the command."""
    found = []
    for size in sizes:
        place = root / str(size)
        folder, rubric = script_class(place / "hand-ins", size), place / "layer.yaml"
        shutil.copy(HERE / "layer.yaml", rubric)
        text = rubric.read_text()
        command = [
            *GRADE,
            str(folder),
            "--rubric",
            str(rubric),
            "--out",
            str(place / "grades"),
            "--workers",
            "2",
        ]
        row: dict[str, Any] = {"students": size}
        edits = {
            "first": text,
            "points": text.replace("points: 6", "points: 9").replace("points: 2,", "points: 3,"),
            "tolerance": text.replace("against: ref.weights", "against: ref.weights, rtol: 1.0e-4"),
        }
        for name, content in edits.items():
            rubric.write_text(content)
            done = run(command, HERE.parent, memory=True, limit=3600)
            line = next(x for x in done.output.splitlines() if x.startswith("lin   "))
            row[name] = {
                "wall": done.wall,
                "cpu": done.cpu,
                "peak_mb": done.peak,
                "made": int(line.split()[6]),
            }
        row["record_bytes"] = (place / "grades" / "record.sqlite").stat().st_size
        found.append(row)
        shutil.rmtree(place)
    return found


def start() -> dict[str, Any]:
    """`grade --help` from nothing."""
    walls = [run([*GRADE, "--help"], HERE.parent).wall for _ in range(15)]
    bare = [run([sys.executable, "-c", "pass"], HERE.parent).wall for _ in range(15)]
    return {"help": spread(walls), "python": spread(bare)}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", default=[])
    parser.add_argument("--students", type=int, default=40)
    parser.add_argument("--sizes", default="100,1000,10000")
    given = parser.parse_args()
    parts = given.parts or ["start", "overhead", "classes", "peers"]
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for part in parts:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            root, before = Path(folder), os.getloadavg()[0]
            sizes = [int(s) for s in given.sizes.split(",")]
            made: dict[str, Callable[[], Any]] = {
                "start": start,
                "overhead": lambda: overhead(root, given.students),  # noqa: B023 - called at once
                "classes": lambda: classes(root, sizes),  # noqa: B023
                "peers": lambda: peers(root, given.students),  # noqa: B023
            }
            measured = made[part]()
            results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
            results[part] = measured
            about = {
                "python": platform.python_version(),
                "cores": os.cpu_count(),
                "when": time.strftime("%Y-%m-%d"),
            }
            results.setdefault("about", {}).update(about)
            results["about"].setdefault("load", {})[part] = [round(before, 1), round(os.getloadavg()[0], 1)]
            RESULTS.write_text(json.dumps(results, indent=1) + "\n")
            print(part, json.dumps(results[part]), flush=True)
    from benchmarks.page import page

    PAGE.write_text(page(results))


if __name__ == "__main__":
    main()
