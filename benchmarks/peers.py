"""otter-grader, nbgrader and gradescope-utils over the same hand-ins, in environments of their own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from benchmarks import question as q
from benchmarks.measure import Run, run

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = HERE / ".environments"
PACKAGES = {
    "notebooks": [
        "otter-grader==7.0.0",
        "nbgrader==0.9.6",
        "numpy==2.4.6",
        "scikit-learn==1.9.1",
        "ipykernel",
    ],
    "scripts": ["gradescope-utils==0.5.0", "numpy==2.4.6", "scikit-learn==1.9.1"],
}
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
RUNNER = """\
import sys, unittest
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner
with open(sys.argv[1], "w") as file:
    JSONTestRunner(stream=file).run(unittest.defaultTestLoader.discover("tests"))
"""


def environment(name: str) -> Path:
    """The folder of an environment's programs, made when it is not there."""
    home = ENVIRONMENTS / name
    if not (home / "done").exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        subprocess.run([home / "bin" / "pip", "install", "--quiet", *PACKAGES[name]], check=True)
        (home / "done").touch()
    return home / "bin"


def write_notebook(path: Path, cells: list[object]) -> None:
    """A notebook with numbered cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = new_notebook(cells=cells, metadata=KERNEL)
    for number, cell in enumerate(book.cells):
        cell["id"] = f"c{number}"
    nbformat.write(book, path)


def marked(name: str) -> str:
    """The first line of an answer cell."""
    return f"# {name}: answer"


class Peers:
    """
    The peers' courses below one folder.

    Args:
        root: an empty folder.
        seeds: of the hand-ins.
    """

    def __init__(self, root: Path, seeds: list[int]) -> None:
        self.root, self.seeds = root, seeds
        self.notebooks, self.scripts = environment("notebooks"), environment("scripts")
        self._otter()
        self._nbgrader()
        self._gradescope()

    def _otter(self) -> None:
        folder = self.root / "otter"
        cells: list[object] = [
            new_raw_cell("# ASSIGNMENT CONFIG\nname: linear\ncheck_all_cell: false\nexport_cell: false"),
            new_code_cell(q.SETUP),
        ]
        for name, source in q.answers(0).items():
            tail = q.TRAIN if name == "q3" else ""
            cells += [
                new_raw_cell(f"# BEGIN QUESTION\nname: {name}"),
                new_markdown_cell(name),
                new_raw_cell("# BEGIN SOLUTION"),
            ]
            cells += [
                new_code_cell(f"{marked(name)}\n# BEGIN SOLUTION NO PROMPT\n{source}{tail}# END SOLUTION"),
                new_raw_cell("# END SOLUTION"),
                new_raw_cell("# BEGIN TESTS"),
            ]
            for of, test, points, hidden, code in q.TESTS:
                if of == name:
                    head = f"name: {test}\npoints: {points}\nhidden: {str(hidden).lower()}"
                    cells.append(
                        new_code_cell(f'""" # BEGIN TEST CONFIG\n{head}\n""" # END TEST CONFIG\n{code}')
                    )
            cells += [new_raw_cell("# END TESTS"), new_raw_cell("# END QUESTION")]
        write_notebook(folder / "master.ipynb", cells)
        run([self.notebooks / "otter", "assign", "--no-run-tests", "master.ipynb", "dist"], folder)
        for seed in self.seeds:
            self._fill(folder / "dist" / "student" / "master.ipynb", folder / f"{seed}.ipynb", seed)

    def _nbgrader(self) -> None:
        folder = self.root / "nbgrader"
        cells: list[object] = [_cell(q.SETUP, "setup", locked=True)]
        for name, source in q.answers(0).items():
            tail = q.TRAIN if name == "q3" else ""
            cells.append(
                _cell(
                    f"{marked(name)}\n### BEGIN SOLUTION\n{source}{tail}### END SOLUTION", name, solution=True
                )
            )
            for of, test, points, hidden, code in q.TESTS:
                if of == name:
                    text = f"### BEGIN HIDDEN TESTS\n{code}### END HIDDEN TESTS" if hidden else code
                    cells.append(_cell(text, test, grade=True, points=points, locked=True))
        write_notebook(folder / "source" / "linear" / "linear.ipynb", cells)
        (folder / "nbgrader_config.py").write_text("get_config().CourseDirectory.course_id = 'bench'\n")
        run([self.notebooks / "nbgrader", "generate_assignment", "linear", "--force"], folder)
        for seed in self.seeds:
            self._fill(
                folder / "release/linear/linear.ipynb",
                folder / f"submitted/s{seed}/linear/linear.ipynb",
                seed,
            )

    def _fill(self, release: Path, target: Path, seed: int) -> None:
        book, mine = nbformat.read(release, 4), q.answers(seed)
        for cell in book.cells:
            for name, source in mine.items():
                if cell.source.startswith(marked(name)):
                    cell.source = f"{marked(name)}\n{source}{q.TRAIN if name == 'q3' else ''}"
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(book, target)

    def _gradescope(self) -> None:
        tests = [
            "import functools, unittest",
            "from gradescope_utils.autograder_utils.decorators import weight",
            "from student import *",
        ]
        tests += [
            "@functools.cache",
            "def trained():",
            "    return train_network(X_train, y_train)",
            "class Test(unittest.TestCase):",
        ]
        for of, test, points, _, code in q.TESTS:
            tests += [f"    @weight({points})", f"    def test_{of}_{test}(self):"] + (
                ["        predict = trained()"] if of == "q3" else []
            )
            tests.append(textwrap.indent(code, "        "))
        for seed in self.seeds:
            box = self.root / "gradescope" / str(seed)
            (box / "tests").mkdir(parents=True)
            (box / "tests" / "test_linear.py").write_text("\n".join(tests))
            (box / "run_tests.py").write_text(RUNNER)
            (box / "student.py").write_text(q.script(seed))

    def otter(self, seed: int, **how: bool) -> Run:
        """`otter run`: a fresh process."""
        out = self.root / "otter" / "graded" / str(seed)
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        [archive] = (self.root / "otter" / "dist" / "autograder").glob("*.zip")
        return run(
            [
                self.notebooks / "otter",
                "run",
                "--no-logo",
                "-a",
                archive,
                "-o",
                out,
                self.root / "otter" / f"{seed}.ipynb",
            ],
            out,
            **how,
        )

    def nbgrader(self, seed: int, **how: bool) -> Run:
        """`nbgrader autograde --student`: a fresh process."""
        return run(
            [self.notebooks / "nbgrader", "autograde", "linear", "--student", f"s{seed}", "--force"],
            self.root / "nbgrader",
            **how,
        )

    def gradescope(self, seed: int, **how: bool) -> Run:
        """gradescope-utils' way: a fresh interpreter."""
        return run(
            [self.scripts / "python", "run_tests.py", "results.json"],
            self.root / "gradescope" / str(seed),
            **how,
        )


def _cell(source: str, id: str, **flags: object) -> object:
    base = {
        "schema_version": 3,
        "grade_id": id,
        "locked": False,
        "grade": False,
        "solution": False,
        "task": False,
    }
    return new_code_cell(source, metadata={"nbgrader": {**base, **flags}})
