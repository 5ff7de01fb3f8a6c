"""Which folders of hand-ins a command means, and the rubric of each."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageError


@dataclass(frozen=True)
class Assignment:
    """One folder of hand-ins and the rubric that grades it."""

    rubric: Path
    folder: Path


def plan(submissions: Path, rubric: Path | None) -> list[Assignment]:
    """
    The assignments that a command means.

    Raises:
        UsageError: nothing to grade there, or no rubric for it.
    """
    if not submissions.exists():
        raise UsageError(
            f"{submissions}: there is no such file or folder. Give the folder with the hand-ins."
        )
    if rubric is not None:
        path = rubric / "rubric.yaml" if rubric.is_dir() else rubric
        if not path.exists():
            raise UsageError(f"{path}: there is no such rubric.")
        return [Assignment(path, submissions)]
    rubrics = _rubrics_near(submissions)
    own = rubrics / submissions.resolve().name / "rubric.yaml"
    if own.exists():
        return [Assignment(own, submissions)]
    found = [Assignment(p, submissions / p.parent.name) for p in sorted(rubrics.glob("*/rubric.yaml"))]
    found = [a for a in found if a.folder.is_dir()]
    if not found:
        names = ", ".join(sorted(p.parent.name for p in rubrics.glob("*/rubric.yaml"))) or "none"
        raise UsageError(
            f"{submissions}: no folder here has the name of an assignment (rubrics in {rubrics}: {names}). "
            "Name one with --rubric rubrics/<assignment>/rubric.yaml."
        )
    return found


def _rubrics_near(submissions: Path) -> Path:
    for folder in [*submissions.resolve().parents, Path.cwd()]:
        if (folder / "rubrics").is_dir():
            with contextlib.suppress(ValueError):
                return (folder / "rubrics").relative_to(Path.cwd())
            return folder / "rubrics"
    raise UsageError(
        f"{submissions}: there is no folder `rubrics` beside or above it. Name the rubric with --rubric PATH."
    )
