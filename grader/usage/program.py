"""The code of a hand-in, parsed, and which of its modules an import means."""

from __future__ import annotations

import ast
import posixpath
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from grader.intake.modules import code_text, parse, read_module
from grader.intake.notebook import NotANotebookError, looks_like_notebook, read_notebook, static_code
from grader.model import HandedFile

_MAX_BYTES = 2_000_000


@dataclass(frozen=True, eq=False)
class Piece:
    """A script, or one cell of a notebook."""

    file: str
    cell: int
    text: str
    tree: ast.Module

    def written(self, node: ast.AST) -> str:
        """The student's own words for a node, on one line."""
        segment = ast.get_source_segment(self.text, node) or ""
        return textwrap.shorten(" ".join(segment.split()), 80, placeholder=" ...")


@dataclass(frozen=True)
class Code:
    """One code file."""

    path: str
    notebook: bool
    pieces: tuple[Piece, ...]
    unread: tuple[str, ...] = ()
    """Places that Python cannot read: they are not looked at."""


@lru_cache(maxsize=4)
def read_code(files: tuple[HandedFile, ...]) -> Mapping[str, Code]:
    """The code files, by path; the several checks of one submission ask for the same."""
    found = (_read(file) for file in files)
    return {code.path: code for code in found if code is not None}


def _read(file: HandedFile) -> Code | None:
    if looks_like_notebook(file.data):
        try:
            cells = read_notebook(file.text()).code
        except NotANotebookError:
            return None
        return _code(file.path, True, [(c.index, static_code(c.source)) for c in cells])
    if not file.path.endswith((".py", ".pyw")) and read_module(file) is None:
        return None
    if len(file.data) > _MAX_BYTES:
        return Code(file.path, False, (), (file.path,))
    return _code(file.path, False, [(0, code_text(file.data))])


def _code(path: str, notebook: bool, texts: list[tuple[int, str]]) -> Code:
    pieces, unread = [], []
    for cell, text in texts:
        tree, _ = parse(path, text)
        if tree is None:
            unread.append(f"{path} cell {cell}" if cell else path)
        else:
            pieces.append(Piece(path, cell, text, tree))
    return Code(path, notebook, tuple(pieces), tuple(unread))


def local_module(code: Mapping[str, Code], importer: str, name: str, level: int = 0) -> str | None:
    """The path of the hand-in's own module that an import means, `folder/` for a package without a file, or None."""
    folder = posixpath.dirname(importer)
    for _ in range(level - 1):
        folder = posixpath.dirname(folder)
    relative = name.replace(".", "/")
    for base in dict.fromkeys([folder] if level else [folder, ""]):
        place = posixpath.join(base, relative) if relative else base
        for path in (f"{place}.py", posixpath.join(place, "__init__.py")):
            if path in code and path != importer:
                return path
        if relative and any(path.startswith(f"{place}/") for path in code):
            return f"{place}/"
    return None
