"""The tables of an assignment page as rows, for the test that a rubric has what its page has."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ruamel.yaml import YAML

from .classes import ROOT

PAGES = ROOT.parent / "shared" / "assignments"


def page(assignment: str) -> str:
    """The text of an assignment page; skips where the pages are not at hand."""
    place = PAGES / f"{assignment}.md"
    if not place.exists():
        pytest.skip("the assignment pages are not here")
    return place.read_text(encoding="utf-8")


def question_points(text: str) -> dict[str, float]:
    """Question to points, from the table that begins with `question`."""
    table = text[text.index("| question | points") :].split("\n\n")[0].splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return {row[0]: float(row[1]) for row in rows}


def labels(text: str) -> set[str]:
    """The labels of the tables that begin with `label`; `A.9 to A.12` and `T1.2.z1 .z2` are written out."""
    found: set[str] = set()
    for table in text.split("| label | asked")[1:]:
        for line in table.split("\n\n")[0].splitlines()[2:]:
            cell = line.strip("|").split(" | ")[0].strip()
            found |= _expanded(cell)
    return found


def _expanded(cell: str) -> set[str]:
    found: set[str] = set()
    for part in cell.split(","):
        words = part.replace(" and ", " ").split()
        if len(words) == 3 and words[1] == "to":
            head, first = words[0].rsplit(".", 1)
            last = words[2].rsplit(".", 1)[1]
            if first.isdigit():
                found |= {f"{head}.{k}" for k in range(int(first), int(last) + 1)}
            continue
        base = ""
        for word in words:
            base = word.rsplit(".", 1)[0] if not word.startswith(".") else base
            found.add(base + word if word.startswith(".") else word)
    return {re.sub(r"[^\w.]", "", label) for label in found}


def rubric_of(assignment: str) -> Any:
    """The rubric as YAML gives it."""
    return YAML(typ="safe").load((ROOT / "rubrics" / assignment / "rubric.yaml").read_text(encoding="utf-8"))


def points_of(rubric: Any) -> dict[str, float]:
    """Check to points."""
    return {c["id"]: c.get("points", 0.0) for q in rubric["questions"] for c in q["checks"]}


def maker(assignment: str) -> ModuleType:
    """The assignment's `make_handout.py`."""
    place = ROOT / "rubrics" / assignment / "make_handout.py"
    spec = importlib.util.spec_from_file_location(f"make_{assignment.replace('-', '_')}", place)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_class(folder: Path, make: ModuleType) -> None:
    """A class of two: the blank handout and the solution."""
    for name, text in make.handout().items():
        _write(folder / "blank" / name, text)
    for name, content in make.solution().items():
        if name != "answers":
            _write(folder / "solution" / name, content)
    with (folder / "solution" / "answers.yaml").open("w", encoding="utf-8") as out:
        YAML().dump(make.solution()["answers"], out)


def _write(place: Path, text: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
