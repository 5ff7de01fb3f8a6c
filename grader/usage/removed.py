"""Names of numpy that older code uses and that numpy has removed since, with their lines; found by reading the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache

from grader.model import HandedFile
from grader.sandbox.box.removed import missing
from grader.usage.program import Code, Piece, read_code

_MOST = 6


def removed_notes(files: Iterable[HandedFile], graded: Iterable[str]) -> list[str]:
    """
    For the student: `np.int (net.py:12) was removed from numpy; the old meaning was supplied`, one note for each name.

    Args:
        files: of the submission.
        graded: paths of the files that are graded.
    """
    code, gone = read_code(tuple(files)), missing()
    found: dict[str, list[str]] = {}
    for path in (p for p in graded if p in code and _could(code[p], gone)):
        for written, where in _uses(code[path], gone):
            found.setdefault(written, []).append(where)
    return [_note(written, list(dict.fromkeys(places))) for written, places in sorted(found.items())]


def _could(code: Code, gone: frozenset[str]) -> bool:
    """Whether the text has such a name behind a dot or imports from numpy; most has not, and is not read further."""
    return bool(gone) and any(_pattern(gone).search(piece.text) for piece in code.pieces)


@cache
def _pattern(gone: frozenset[str]) -> re.Pattern[str]:
    return re.compile(rf"\.[\s\\]*(?:{'|'.join(sorted(gone))})\b|from\s+numpy\s+import")


def _note(written: str, places: list[str]) -> str:
    more = f" and {len(places) - _MOST} more" if len(places) > _MOST else ""
    return (
        f"{written} ({', '.join(places[:_MOST])}{more}) was removed from numpy; the old meaning was supplied."
    )


def _uses(code: Code, gone: frozenset[str]) -> Iterator[tuple[str, str]]:
    aliases = {alias for piece in code.pieces for alias in _aliases(piece.tree)}
    for piece in code.pieces:
        for node in ast.walk(piece.tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if node.value.id in aliases and node.attr in gone:
                    yield f"{node.value.id}.{node.attr}", _where(piece, node.lineno)
            elif isinstance(node, ast.ImportFrom) and node.module == "numpy":
                for name in (a.name for a in node.names if a.name in gone):
                    yield f"numpy.{name}", _where(piece, node.lineno)


def _aliases(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "numpy" or (alias.name.startswith("numpy.") and not alias.asname):
                    yield alias.asname or "numpy"


def _where(piece: Piece, line: int) -> str:
    return f"{piece.file} cell {piece.cell}, line {line}" if piece.cell else f"{piece.file}:{line}"
