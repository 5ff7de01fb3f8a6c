"""Reading a notebook without running it: cells, their text, and code that Python's parser can read line for line."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from grader.intake.limits import MB

CellKind = Literal["code", "markdown", "raw"]
_MAX_BYTES = 64 * MB
_MAX_DEPTH = 100
_MAX_CELLS = 5_000
_MAX_LINE = 5_000
_MAX_LINES = 20_000
_MAX_BRACES = 20_000
_F_STRING = re.compile(r"[fF][rR]?['\"]")


class NotANotebookError(Exception):
    """The file is not a notebook that can be read; the text says why in the student's words."""


@dataclass(frozen=True)
class Cell:
    """One cell."""

    kind: CellKind
    source: str
    index: int
    """Its place in the notebook, from 1."""
    figures: int = 0
    """Images among its outputs."""
    output: str = ""
    """What it printed, and its text results; at most 20,000 characters."""
    error: str = ""
    """The error that its stored output ends in: `NameError: ...`."""


@dataclass(frozen=True)
class Notebook:
    """The cells of a notebook."""

    cells: tuple[Cell, ...]
    version: int = 4

    @property
    def code(self) -> tuple[Cell, ...]:
        """The code cells."""
        return tuple(cell for cell in self.cells if cell.kind == "code")


def looks_like_notebook(data: bytes) -> bool:
    """Is it a notebook by its content, whatever its name is?"""
    head = data[:4096].replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").lstrip()
    if not head.startswith(b"{"):
        return False
    flat = data.replace(b"\0", b"") if data[:2] in (b"\xff\xfe", b"\xfe\xff") else data
    return (b'"cells"' in flat or b'"worksheets"' in flat) and b'"nbformat"' in flat


def read_notebook(text: str) -> Notebook:
    """
    The cells of an .ipynb file (format 3 or 4; missing ids and metadata are fine).

    Raises:
        NotANotebookError: it is not JSON, not a notebook, or too large or too deep to be one.
    """
    if len(text) > _MAX_BYTES:
        raise NotANotebookError(
            f"is too large for a notebook ({len(text) // MB} MB): clear the outputs and save it again"
        )
    if _too_deep(text):
        raise NotANotebookError("is not a notebook: its JSON is nested too deeply")
    try:
        tree = json.loads(text.lstrip("\ufeff"))
    except json.JSONDecodeError as error:
        raise NotANotebookError(f"is not a notebook: line {error.lineno} is not JSON ({error.msg})") from None
    except (ValueError, RecursionError):
        raise NotANotebookError("is not a notebook: its JSON cannot be read") from None
    return _notebook(tree)


def _too_deep(text: str) -> bool:
    """Does it nest deeper than any notebook? Looks at brackets only outside of strings."""
    depth = 0
    for found in re.finditer(r'"(?:[^"\\]|\\.)*+(?:"|\Z)|[\[{]|[\]}]', text, re.DOTALL):
        first = text[found.start()]
        if first in "[{":
            depth += 1
            if depth > _MAX_DEPTH:
                return True
        elif first in "]}":
            depth -= 1
    return False


def _notebook(tree: Any) -> Notebook:
    if not isinstance(tree, dict):
        raise NotANotebookError("is not a notebook: it has no cells")
    cells = tree.get("cells")
    version = tree.get("nbformat")
    if not isinstance(cells, list):
        sheets = tree.get("worksheets")
        if not isinstance(sheets, list):
            raise NotANotebookError("is not a notebook: it has no cells")
        cells = [cell for sheet in sheets if isinstance(sheet, dict) for cell in _list(sheet.get("cells"))]
    found = tuple(_cell(cell, i) for i, cell in enumerate(cells[:_MAX_CELLS], 1) if isinstance(cell, dict))
    return Notebook(found, version if isinstance(version, int) else 4)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _joined(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "".join(part for part in _list(value) if isinstance(part, str))


def _cell(cell: dict[str, Any], index: int) -> Cell:
    stated = cell.get("cell_type")
    kind: CellKind = "code" if stated == "code" else "raw" if stated == "raw" else "markdown"
    source = _joined(cell.get("source", cell.get("input", "")))
    if stated == "heading":
        level = cell.get("level")
        source = f"{'#' * (level if isinstance(level, int) and 0 < level < 7 else 1)} {source}"
    figures, texts, error = 0, [], ""
    for output in _list(cell.get("outputs")):
        if isinstance(output, dict):
            data = output.get("data") if isinstance(output.get("data"), dict) else output
            figures += any(
                str(key).startswith("image/") or key in ("png", "jpeg", "svg") for key in data or ()
            )
            texts.append(_joined(output.get("text")) or _joined((data or {}).get("text/plain")))
            if output.get("output_type") in ("error", "pyerr"):
                error = f"{output.get('ename')}: {output.get('evalue')}"[:500]
    return Cell(kind, source.replace("\r\n", "\n"), index, figures, "".join(texts)[:20_000], error)


# --- code for static reading ---------------------------------------------------------------------------------------

_CELL_MAGIC = re.compile(r"^\s*%%(\w+)")
_PYTHON_MAGICS = frozenset(("time", "timeit", "capture", "prun"))
_LINE_MAGIC = re.compile(r"^(\s*)(?:%\w|!|\?|[\w.]+\?{1,2}\s*$)")
_ASSIGNED_MAGIC = re.compile(r"^(\s*[\w, ]+=\s*)[!%].*$")


def static_code(source: str) -> str:
    """The code of a cell with IPython's own syntax replaced by Python of as many lines, for parsing only."""
    if parses(source):
        return source
    lines = source.split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    magic = _CELL_MAGIC.match(lines[first])
    if magic and magic[1] not in _PYTHON_MAGICS:
        return "\n".join("#" + line for line in lines)
    return "\n".join(_neutral(lines))


def beyond(source: str) -> str:
    """
    Of what it has more than code may have, in words; nothing where it can be parsed.

    Python's parser takes time that grows with the square of the expressions in f-strings, and nothing interrupts it.
    """
    if (lines := source.count("\n")) > _MAX_LINES:
        return f"{lines} lines, more than the {_MAX_LINES} that a code file may have"
    if (braces := source.count("{")) > _MAX_BRACES and _F_STRING.search(source):
        return f"{braces} braces, more than the {_MAX_BRACES} that code with f-strings may have"
    return ""


def parses(source: str) -> bool:
    """Is it Python as it stands, of a size that code has?"""
    if beyond(source):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _neutral(lines: list[str]) -> Iterator[str]:
    indent = None
    for line in lines:
        if indent is not None or (
            len(line) <= _MAX_LINE and (_CELL_MAGIC.match(line) or _LINE_MAGIC.match(line))
        ):
            indent = line[: len(line) - len(line.lstrip())] if indent is None else indent
            yield f"{indent}pass  # {line.strip()}".replace("\\", "/")
            indent = indent if line.rstrip().endswith("\\") else None
        elif assigned := _ASSIGNED_MAGIC.match(line[:_MAX_LINE]):
            yield f"{assigned[1]}None"
        else:
            yield line
