"""The code files of a submission, parsed as far as they can be: scripts, notebooks, and files with a syntax error."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from grader.intake.definitions import Binding, bindings
from grader.intake.limits import MB
from grader.intake.names import ending
from grader.intake.newer import older
from grader.intake.notebook import NotANotebookError, beyond, looks_like_notebook, read_notebook, static_code
from grader.model import HandedFile, Submission

ModuleKind = Literal["script", "notebook"]
_MAX_CODE_BYTES = MB
_MAX_MODULES = 300
_TEXT_ENDINGS = ("", ".txt", ".py3", ".pyw", ".text", ".ipy", ".json")
_BINARY = re.compile(r"(?:[\x01-\x08\x0e-\x1f]\s*){4}")
_CODE_LINE = re.compile(r"^(?:def \w+\s*\(|class \w+\s*[:(]|import \w+|from \w[\w.]* import )", re.MULTILINE)
_PYTHON_2 = re.compile(
    r"Missing parentheses in call to 'print'|multiple exception types must be parenthesized|leading zeros in"
)


@dataclass(frozen=True)
class Broken:
    """A code file that Python (or we) cannot read."""

    file: str
    line: int
    message: str
    """For the student: `net.py:12: syntax error: ...`."""
    help: str = ""


@dataclass(frozen=True)
class Spot:
    """A binding and the cell of a notebook that it is in (0 in a script)."""

    binding: Binding
    cell: int = 0


@dataclass(frozen=True)
class Module:
    """One code file."""

    path: str
    kind: ModuleKind
    text: str
    names: Mapping[str, Spot] = field(default_factory=dict)
    stars: tuple[str, ...] = ()
    broken: Broken | None = None
    newer: int = 0
    """The first line in the syntax of a newer Python than ours, 0 for none; see `newer.older`."""


def modules(submission: Submission) -> list[Module]:
    """The code files of a submission in the order of their paths, whatever their endings are."""
    return list(_modules(tuple(submission.files)))


@lru_cache(maxsize=2)
def _modules(files: tuple[HandedFile, ...]) -> tuple[Module, ...]:
    """Every group of code asks for them."""
    found: list[Module] = []
    for file in files:
        if len(found) < _MAX_MODULES and (module := read_module(file)) is not None:
            found.append(module)
    return tuple(found)


def read_module(file: HandedFile) -> Module | None:
    """The file as code, or None when it is none."""
    kind = ending(file.path)
    if kind not in (".py", ".ipynb", *_TEXT_ENDINGS) or (
        kind not in (".py", ".ipynb") and len(file.data) > 64 * MB
    ):
        return None
    if looks_like_notebook(file.data) or kind == ".ipynb":
        return _notebook(file, strict=kind in (".ipynb", ".py"))
    if kind == ".json" or (
        kind not in (".py", ".pyw") and not _CODE_LINE.search(code_text(file.data[:20_000]))
    ):
        return None
    if len(file.data) > _MAX_CODE_BYTES:
        text = f"{file.path}: is too large for a code file ({len(file.data) // MB} MB)."
        return Module(
            file.path, "script", "", broken=Broken(file.path, 0, text, "Keep data out of the code.")
        )
    return _script(file.path, code_text(file.data))


def code_text(data: bytes) -> str:
    """Source code as text: byte-order marks, UTF-16, null bytes and every kind of line end are dealt with."""
    text = HandedFile("", data).text()
    if text.count("\0") * 3 > len(text):
        text = data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", "replace")
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")


def _script(path: str, text: str) -> Module:
    tree, broken, newer = _parsed(path, text)
    if tree is None and _BINARY.search(text[:20_000]):
        what = f"{path}: is not text but binary data."
        broken = Broken(path, 0, what, "Hand in the .py file itself, as an editor shows it.")
    if tree is None:
        return Module(path, "script", text, broken=broken)
    return replace(_module(path, "script", text, [(b, 0) for b in bindings(tree)], broken), newer=newer)


def _notebook(file: HandedFile, strict: bool) -> Module | None:
    try:
        notebook = read_notebook(file.text())
    except NotANotebookError as error:
        if not strict:
            return None
        if _CODE_LINE.search(text := code_text(file.data[:_MAX_CODE_BYTES])):
            return _script(file.path, text)
        broken = Broken(
            file.path, 0, f"{file.path}: {error}.", "Open it in Jupyter, save it and hand it in again."
        )
        return Module(file.path, "notebook", "", broken=broken)
    found: list[tuple[Binding, int]] = []
    first, newer = None, 0
    for cell in notebook.code:
        tree, wrong, line = _parsed(f"{file.path} cell {cell.index}", static_code(cell.source))
        found.extend((b, cell.index) for b in (bindings(tree) if tree else ()))
        first, newer = first or wrong, newer or line
    text = "\n".join(c.source for c in notebook.code)
    return replace(_module(file.path, "notebook", text, found, first), newer=newer)


def _module(
    path: str, kind: ModuleKind, text: str, found: list[tuple[Binding, int]], broken: Broken | None
) -> Module:
    names: dict[str, Spot] = {}
    for binding, cell in found:
        if binding.how != "star" and not (binding.how == "main" and binding.name in names):
            names[binding.name] = Spot(binding, cell)
    stars = tuple(b.module for b, _ in found if b.how == "star")
    return Module(path, kind, text, names, stars, broken)


def parse(where: str, text: str) -> tuple[ast.Module | None, Broken | None]:
    """The syntax tree, or what is wrong, with the line."""
    return _parsed(where, text)[:2]


def _parsed(where: str, text: str) -> tuple[ast.Module | None, Broken | None, int]:
    """The same, and the first line that only a newer Python reads."""
    if too_much := beyond(text):
        return None, Broken(where, 0, f"{where}: has {too_much}.", "Keep data out of the code."), 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text), None, 0
    except SyntaxError as error:
        if (rewritten := older(text)).changed:
            return ast.parse(rewritten.text), None, error.lineno or 1
        return None, _syntax_error(where, error), 0
    except (RecursionError, MemoryError, ValueError):
        says = f"{where}: Python cannot read this file."
        return None, Broken(where, 0, says, "It is nested too deeply or not text."), 0


def _syntax_error(where: str, error: SyntaxError) -> Broken:
    line, what = error.lineno or 0, error.msg or "invalid syntax"
    if _PYTHON_2.search(what):
        return Broken(
            where,
            line,
            f"{where}:{line}: this is Python 2 ({what}).",
            "Run it with Python 3 and hand it in again.",
        )
    if isinstance(error, TabError):
        return Broken(
            where, line, f"{where}:{line}: tabs and spaces are mixed.", "Indent with four spaces everywhere."
        )
    if isinstance(error, IndentationError):
        return Broken(
            where, line, f"{where}:{line}: wrong indentation: {what}.", "Align the line with its block."
        )
    return Broken(
        where,
        line,
        f"{where}:{line}: syntax error: {what}.",
        "Correct the line and run the file once before you hand it in.",
    )
