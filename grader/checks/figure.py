"""The kind `figure`."""

from __future__ import annotations

import ast
import base64
import binascii
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader.checks.registry import check
from grader.errors import StudentFault
from grader.intake.notebook import NotANotebookError, read_notebook, static_code
from grader.model import Verdict, earned, lost, manual
from grader.student import Student

CURVES = frozenset(
    "plot semilogy semilogx loglog scatter lineplot step errorbar relplot fill_between stem set_data set_ydata".split()
)
PICTURES = frozenset("imshow matshow pcolormesh show_images make_grid".split())
LARGEST = 400_000
_AXES = re.compile(r"(?:plt|pyplot|ax|axes|axs|axis|fig)(?![a-z])")


@dataclass(frozen=True)
class Made:
    """A figure, and what the code that made it calls."""

    cell: int
    image: str
    """Base64; empty for one that the report cannot show: drawn in SVG, or too large."""
    calls: frozenset[str]
    after: frozenset[str] = frozenset()
    """What is called from the statement on that calls the function that has to come first."""


@check
def figure(
    student: Student, *, of: str, after: str = "", what: str = "the training progress", hint: str = ""
) -> Verdict:
    """
    The notebook, run as it was left, shows a figure with curves.

    Args:
        of: a name that the notebook defines: it tells which file is meant.
        after: a function that the notebook has called by then.
        what: the figure shows, for the messages.
        hint: what to look at next.
    """
    group = student.group(of)
    if not student.choices[group].files:
        student.require(of)
    try:
        student.loaded(group)
    except StudentFault:
        return _handed_in(student, group, what) or _none(what, hint)
    name = student.choices[group].primary or ""
    executed = student.executed().get(name)
    if executed is None:
        return lost(
            f"There is no notebook with a figure of {what}: {name} is a script.", "Hand in the notebook."
        )
    return (
        _verdict(list(_figures(_tree(executed), after)), executed, after, what)
        or _handed_in(student, group, what)
        or _none(what, hint)
    )


def _verdict(made: Sequence[Made], executed: bytes, after: str, what: str) -> Verdict | None:
    if not made:
        return None
    start = _first_call(_tree(executed), after) if after else 0
    by_then = [replace(m, calls=m.after) if m.cell == start else m for m in made]
    curves = [m for m in by_then if m.calls & CURVES and start is not None and m.cell >= start]
    if curves:
        return earned(f"Cell {curves[-1].cell} shows {what}.", **_image(curves[-1], what))
    if all(m.calls & PICTURES and not m.calls & CURVES for m in made):
        return lost(
            f"The notebook shows pictures but no figure of {what}.",
            "Plot the losses against the epochs.",
            **_image(made[-1], what),
        )
    if any(m.calls & CURVES for m in made):
        return lost(
            f"The figure comes before any call of {after}: it cannot show {what}.",
            "Plot what the training gave.",
            **_image(made[-1], what),
        )
    return manual(
        f"Does the figure of cell {made[-1].cell} show {what}? A person looks at it.",
        **_image(made[-1], what),
    )


def _handed_in(student: Student, group: int, what: str) -> Verdict | None:
    """A figure that the file had when it was handed in, and that our run of it did not make."""
    file = student.submission.file(student.choices[group].primary or "")
    try:
        tree = json.loads(file.text()) if file else {}
    except (ValueError, RecursionError):
        return None
    made = list(_figures(tree)) if isinstance(tree, dict) else []
    if not made:
        return None
    text = f"The notebook came with a figure that running it did not make again. Does it show {what}? A person looks at it."
    return manual(text, "Restart the kernel and run all cells before you hand in.", **_image(made[-1], what))


def _none(what: str, hint: str) -> Verdict:
    return lost(
        f"The notebook shows no figure of {what}.",
        hint or "Plot the losses against the epochs, in a cell of the notebook.",
    )


def _image(made: Made, what: str) -> dict[str, Any]:
    shown = {"data": made.image, "alt": f"Figure of cell {made.cell}: {what}"}
    return {"image": shown} if made.image else {}


# --- reading the notebook ------------------------------------------------------------------------------------------


def _tree(executed: bytes) -> dict[str, Any]:
    return json.loads(executed)  # type: ignore[no-any-return]  # ours: made by the runner


def _figures(tree: dict[str, Any], after: str = "") -> Iterator[Made]:
    bodies: dict[str, frozenset[str]] = {}
    cells = [c for c in tree.get("cells", []) if isinstance(c, dict)]
    sources = [_source(c) if c.get("cell_type") == "code" else "" for c in cells]
    for source in sources:
        bodies |= _functions(source)
    number = 0
    for cell, source in zip(cells, sources, strict=True):
        if cell.get("cell_type") != "code" or not source.strip():
            continue
        number += 1
        parsed = _parsed(source)
        calls = _reached(_calls(parsed), bodies)
        later = _reached(_calls(_from_call(parsed, after, bodies)), bodies)
        for output in cell.get("outputs") or []:
            image = _picture(output)
            if image is not None:
                yield Made(number, image, calls, later)


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    return "".join(s for s in source if isinstance(s, str)) if isinstance(source, list) else str(source)


def _picture(output: Any) -> str | None:
    """The picture of an output, empty when it cannot be shown, None when there is none."""
    data = output.get("data") if isinstance(output, dict) else None
    if not isinstance(data, dict) or not any(
        str(mime).startswith("image/") or mime == "application/pdf" for mime in data
    ):
        return None
    found = data.get("image/png") or data.get("image/jpeg")
    text = "".join(found) if isinstance(found, list) else found
    if not isinstance(text, str) or not 0 < len(text) <= LARGEST:
        return ""
    try:
        return base64.b64encode(base64.b64decode(text)).decode()
    except (binascii.Error, ValueError):
        return ""


def _parsed(source: str) -> ast.Module:
    try:
        return ast.parse(static_code(source))
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module([], [])


def _functions(source: str) -> dict[str, frozenset[str]]:
    """Functions and methods of a cell, with what they call."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return {n.name: _calls(n) for n in ast.walk(_parsed(source)) if isinstance(n, kinds)}


def _calls(node: ast.AST) -> frozenset[str]:
    """Last names of everything that is called below a node; bodies of functions count where they are called."""
    found: set[str] = set()
    todo = list(ast.iter_child_nodes(node))
    while todo:
        part = todo.pop()
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(part, ast.Call):
            found.add(_last_name(part.func))
        todo += ast.iter_child_nodes(part)
    return frozenset(found - {""})


def _last_name(called: ast.expr) -> str:
    """The name of what is called; `step` is a curve of axes, and anything else's is a step of the training."""
    if not isinstance(called, ast.Attribute):
        name = getattr(called, "id", "")
        return "" if name == "step" else name
    if called.attr == "step" and not _AXES.match(ast.unparse(called.value)):
        return ""
    return called.attr


def _from_call(tree: ast.Module, name: str, bodies: dict[str, frozenset[str]]) -> ast.Module:
    """The statements from the first one on that calls the function."""
    places = (
        k for k, part in enumerate(tree.body) if name in _reached(_calls(ast.Module([part], [])), bodies)
    )
    return ast.Module(tree.body[next(places, 0) :], [])


def _reached(calls: frozenset[str], bodies: dict[str, frozenset[str]]) -> frozenset[str]:
    found, todo = set(calls), list(calls)
    while todo:
        for name in bodies.get(todo.pop(), frozenset()) - found:
            found.add(name)
            todo.append(name)
    return frozenset(found)


def _first_call(tree: dict[str, Any], name: str) -> int | None:
    """The number of the first code cell that calls the function, directly or through others; None for none."""
    try:
        cells = [c.source for c in read_notebook(json.dumps(tree)).code if c.source.strip()]
    except NotANotebookError:
        return None
    bodies: dict[str, frozenset[str]] = {}
    for source in cells:
        bodies |= _functions(source)
    return next(
        (k for k, source in enumerate(cells, 1) if name in _reached(_calls(_parsed(source)), bodies)), None
    )
