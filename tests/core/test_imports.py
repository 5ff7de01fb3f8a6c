"""Imports point one way."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Each room may import from itself and from the rooms before it.
ORDER = [
    {"errors", "alarm"},
    {"model"},
    {"compare", "points", "intake", "late"},
    {"sandbox"},
    {"record"},
    {"student"},
    {"plan", "ahead", "talk", "live", "diagnosis", "answers", "usage", "predictions", "groups"},
    {"checks"},
    {"rubric"},
    {"assemble"},
    {"run"},
    {"report"},
    {"adapters"},
    {"pool"},
    {"apart"},
    {"cluster"},
    {"desk"},
    {"worker"},
    {"far"},
    {"course"},
    {"selftest", "gradescope", "explain", "similarity", "scaffold", "diff"},
    {"cli"},
]


def room(path: Path) -> str:
    return path.relative_to(ROOT / "grader").parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Rooms of the grader that a file imports, `compare` for the protocol's value types excepted."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
        names += [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module == "grader":
            names = [f"grader.{a.name}" for a in node.names if not a.name.startswith("__")]
        found |= {n for n in names if n.startswith("grader.")}
    return {n.split(".")[1] for n in found if n != "grader.sandbox.box.protocol"}


FILES = [
    f
    for f in sorted((ROOT / "grader").rglob("*.py"))
    if f.name != "__init__.py" or f.parent != ROOT / "grader"
]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_room_imports_only_from_rooms_before_it(path: Path) -> None:
    """No file imports from a room that comes after its own."""
    place = next(i for i, rooms in enumerate(ORDER) if room(path) in rooms)
    allowed = set().union(*ORDER[: place + 1])
    assert imported(path) <= allowed


def test_references_know_nothing_of_the_grader() -> None:
    """`reference/` imports nothing from `grader/`."""
    files = sorted((ROOT / "reference").glob("*.py"))
    assert files
    assert [f.name for f in files if imported(f)] == []


def test_the_inside_knows_only_itself() -> None:
    """What runs beside student code imports nothing of ours but its own folder."""
    for file in sorted((ROOT / "grader" / "sandbox" / "box").glob("*.py")):
        tree = ast.parse(file.read_text())
        absolute = [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and not n.level]
        absolute += [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
        assert not [n for n in absolute if n.split(".")[0] in ("grader", "reference")], file.name
        assert all(n.level < 2 for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)), file.name
