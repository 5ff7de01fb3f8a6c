"""
The hand-ins that a rubric is tried on: the reference solution and the blank handout.

The solution is, in this order: what `solution()` in the rubric's `make_handout.py` gives (file name to text, `answers` and
`experiments` by label), the files of `solution/`, or `solution.py`, which takes the place of the handout's code file. Written
answers and experiments that are not given are made from the rubric itself.
"""

from __future__ import annotations

import ast
import runpy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageError
from grader.model import HandedFile, Source, Submission
from grader.rubric import Rubric
from grader.selftest.cells import WRAPPED, script_of
from grader.selftest.tree import functions, is_docstring, loads
from grader.selftest.written import answers_yaml, dumped, experiments_yaml, predictions_files


@dataclass(frozen=True)
class Handin:
    """
    A right hand-in and a blank one.

    Args:
        files: of the reference solution, by name.
        blank: of the handout, by name.
        code: source by file, as mutants are made of it; a notebook is a script here.
        targets: by code file, the functions that the students write.
    """

    files: Mapping[str, bytes]
    blank: Mapping[str, bytes]
    code: Mapping[str, str]
    targets: Mapping[str, tuple[str, ...]]

    def without(self, name: str) -> dict[str, bytes]:
        """The files of the reference solution, but for one."""
        return {n: data for n, data in self.files.items() if n not in (name, _notebook(name))}

    def with_file(self, name: str, content: str | bytes) -> dict[str, bytes]:
        """The files of the reference solution, one of them another; a script stands for its notebook."""
        return {**self.without(name), name: content.encode() if isinstance(content, str) else content}


def _notebook(script: str) -> str:
    return script.removesuffix(".py") + ".ipynb"


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
    files = _folder(folder / "solution") | _made(folder / "make_handout.py")
    if (folder / "solution.py").exists():
        data = (folder / "solution.py").read_bytes()
        files[_place_of(data, blank, rubric)] = data
    if not files and rubric.specs:
        raise UsageError(
            f"{folder}: no reference solution: the self-test needs solution.py or a folder solution/ beside the rubric, or "
            "`solution()` in its make_handout.py."
        )
    made = {
        "answers.yaml": answers_yaml(rubric),
        "experiments.yaml": experiments_yaml(rubric),
    } | predictions_files(rubric)
    for name, text in made.items():
        if text and name not in files:
            files[name] = text.encode()
    wanted = [name for spec in rubric.specs for name in spec.all_names]
    code = _code(files, blank)
    given = "\n".join([*_code(blank, {}).values()])
    targets = {name: _written_by_students(source, given, wanted) for name, source in code.items()}
    return Handin(files, blank, code, {name: names for name, names in targets.items() if names})


def _code(files: Mapping[str, bytes], blank: Mapping[str, bytes]) -> dict[str, str]:
    """Sources by file; those of notebooks as scripts, whose training is left out."""
    found = {name: data.decode() for name, data in files.items() if name.endswith(".py")}
    for name, data in files.items():
        if name.endswith(".ipynb"):
            found[name.removesuffix(".ipynb") + ".py"] = script_of(data, blank.get(name, data))
    return dict(sorted(found.items()))


def _made(script: Path) -> dict[str, bytes]:
    """What the rubric's own script says that a right hand-in is."""
    if not script.exists() or "def solution(" not in script.read_text(encoding="utf-8"):
        return {}
    solution = runpy.run_path(str(script), run_name="handout")["solution"]()
    found: dict[str, bytes] = {}
    for name, content in solution.items():
        if isinstance(content, dict):
            found[f"{name}.yaml"] = dumped(content).encode()
        else:
            found[name] = content if isinstance(content, bytes) else content.encode()
    return found


def _folder(folder: Path) -> dict[str, bytes]:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def _place_of(solution: bytes, blank: Mapping[str, bytes], rubric: Rubric) -> str:
    """The name under which the solution is handed in: that of the handout's file with the same definitions."""
    ours = _top_names(solution)
    best = max(
        (n for n in blank if n.endswith(".py")), key=lambda n: len(ours & _top_names(blank[n])), default=""
    )
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


def _written_by_students(source: str, handout: str, wanted: Sequence[str]) -> tuple[str, ...]:
    """The functions that the asked names need and that the handout leaves to the students."""
    module, blank = ast.parse(source), functions(ast.parse(handout))
    known, ours = set(blank), functions(module)
    given = {
        n for n, f in blank.items() if not _is_stub(f) or (n in ours and ast.dump(ours[n]) == ast.dump(f))
    }
    needed = _needed(module, wanted)
    classes = {n.partition(".")[0] for n in known if "." in n}
    mentioned = {n.attr for n in ast.walk(module) if isinstance(n, ast.Attribute)}

    def asked(name: str) -> bool:
        """Whether a method is the assignment's, or a helper that something calls."""
        top, _, method = name.partition(".")
        return top not in classes or name in known or method in mentioned

    return tuple(
        n for n in ours
        if n.startswith(WRAPPED) or (n.partition(".")[0] in needed and n not in given and asked(n))
    )  # fmt: skip


def _is_stub(function: ast.FunctionDef) -> bool:
    """Whether a function of the handout is still to be written."""
    body = [line for line in function.body if not is_docstring(line)]
    text = ast.unparse(ast.Module(body, [])).strip()
    return text in ("", "pass", "...", "return", "return None") or "NotImplementedError" in text


def _needed(module: ast.Module, wanted: Sequence[str]) -> set[str]:
    """Functions and classes at the top that the wanted ones use, and those themselves."""
    tops = {p.name: p for p in module.body if isinstance(p, ast.FunctionDef | ast.ClassDef)}
    found: set[str] = set()
    todo = [name for name in wanted if name in tops]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += [n for n in loads(tops[name]) if n in tops]
    return found
