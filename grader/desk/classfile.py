"""`grades/<assignment>/class.json`: where a class came from and who is who, for the staff's own commands. Never for students."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from pydantic import BaseModel, ValidationError

from grader.errors import UsageError
from grader.report.classes import AssignmentRow
from grader.report.write import write_whole

NAME = "class.json"


class ClassFile(BaseModel):
    """What a run leaves for `review`, `explain` and `similarity`."""

    rubric: str
    submissions: str
    roster: str = ""
    names: dict[str, str] = {}
    """Student to the person's name, where the platform gives one."""
    staff: dict[str, dict[str, str]] = {}
    """Student to check to the details of our own errors."""
    row: AssignmentRow

    def write(self, folder: Path) -> None:
        """Write it."""
        data = self.model_dump_json(indent=1).encode("utf-8", "replace")
        write_whole(folder / NAME, data + b"\n")
        (folder / NAME).chmod(0o600)

    def with_row(self, row: AssignmentRow) -> ClassFile:
        """The same with other numbers for the index."""
        return self.model_copy(update={"row": row})


def read_class(folder: Path) -> ClassFile:
    """
    The file of one assignment.

    Raises:
        UsageError: there is none, or it cannot be read.
    """
    try:
        return ClassFile.model_validate_json((folder / NAME).read_bytes())
    except OSError as e:
        raise UsageError(
            f"{folder / NAME}: {e.strerror}. Run `grade SUBMISSIONS` into this folder first."
        ) from e
    except ValidationError as e:
        raise UsageError(
            f"{folder / NAME}: cannot be read ({e.errors()[0]['msg']}). Run `grade SUBMISSIONS` again."
        ) from e


def classes(out: Path) -> dict[str, ClassFile]:
    """All graded assignments below a folder of grades, by name."""
    return {p.parent.name: read_class(p.parent) for p in sorted(out.glob(f"*/{NAME}"))}


def rows(out: Path, fresh: dict[str, AssignmentRow]) -> list[AssignmentRow]:
    """The rows of the index: those of this run, and those of earlier runs into the same folder."""
    found = {name: dataclasses.replace(file.row) for name, file in classes(out).items()}
    return [row for _, row in sorted((found | fresh).items())]
