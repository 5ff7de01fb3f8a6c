"""
The hand-ins that a rubric is tried on: the reference solution and the blank handout.

    rubrics/<assignment>/solution.py     the code file of the handout, written; or
    rubrics/<assignment>/solution/       all files of a right hand-in, those that are written by hand
    rubrics/<assignment>/handout/        what the students get

Written answers and experiments that `solution/` does not have are made from the rubric itself.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageError
from grader.model import HandedFile, Source, Submission
from grader.rubric import Rubric
from grader.selftest.tree import functions
from grader.selftest.written import answers_yaml, experiments_yaml


@dataclass(frozen=True)
class Handin:
    """
    A right hand-in and a blank one.

    Args:
        files: of the reference solution, by name.
        blank: of the handout, by name.
        targets: by code file, the functions that the students write.
    """

    files: Mapping[str, bytes]
    blank: Mapping[str, bytes]
    targets: Mapping[str, tuple[str, ...]]

    def with_file(self, name: str, content: str | bytes) -> dict[str, bytes]:
        """The files of the reference solution, one of them another."""
        return {**self.files, name: content.encode() if isinstance(content, str) else content}


def submission(files: Mapping[str, bytes], name: str = "selftest") -> Submission:
    """A submission of these files."""
    return Submission(Source(name, ()), tuple(HandedFile(path, data) for path, data in sorted(files.items())))


def handin_of(rubric: Rubric) -> Handin:
    """
    The hand-ins of a rubric.

    Raises:
        UsageError: there is no reference solution beside it.
    """
    folder = rubric.path.parent
    blank = _folder(folder / "handout")
    files = _folder(folder / "solution")
    if (folder / "solution.py").exists():
        data = (folder / "solution.py").read_bytes()
        files[_place_of(data, blank, rubric)] = data
    if not files and rubric.specs:
        raise UsageError(
            f"{folder}: no reference solution: the self-test needs solution.py, or a folder solution/, beside the rubric."
        )
    for name, text in (("answers.yaml", answers_yaml(rubric)), ("experiments.yaml", experiments_yaml(rubric))):
        if text and name not in files:
            files[name] = text.encode()
    code = {n: d for n, d in files.items() if n.endswith(".py") and not n.startswith("answers")}
    targets = {name: _written_by_students(data, blank) for name, data in sorted(code.items())}
    return Handin(files, blank, {name: names for name, names in targets.items() if names})


def _folder(folder: Path) -> dict[str, bytes]:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def _place_of(solution: bytes, blank: Mapping[str, bytes], rubric: Rubric) -> str:
    """The name under which the solution is handed in: that of the handout's file with the same definitions."""
    ours = _top_names(solution)
    best = max((n for n in blank if n.endswith(".py")), key=lambda n: len(ours & _top_names(blank[n])), default="")
    if best and ours & _top_names(blank[best]):
        return best
    usual = [name for spec in rubric.specs for name in spec.usual]
    return usual[0] if usual else "solution.py"


def _top_names(source: bytes) -> set[str]:
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return set()
    return {part.name for part in body if isinstance(part, ast.ClassDef | ast.FunctionDef)}


def _written_by_students(source: bytes, blank: Mapping[str, bytes]) -> tuple[str, ...]:
    """Functions that the handout does not have, or has in another form."""
    given: dict[str, str] = {}
    for name, data in blank.items():
        if name.endswith(".py"):
            given |= {n: ast.dump(f) for n, f in functions(ast.parse(data)).items()}
    ours = functions(ast.parse(source))
    return tuple(name for name, function in ours.items() if given.get(name) != ast.dump(function))
