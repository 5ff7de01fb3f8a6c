"""
The course that `grade new` begins with, and the JSON Schema of its rubric.

`course/` is copied as it is; `hw1` is replaced by the name of the assignment.
"""

from __future__ import annotations

from pathlib import Path

from grader.errors import UsageError

SAMPLE = "hw1"
_COURSE = Path(__file__).with_name("course")


def make(folder: Path, assignment: str) -> list[Path]:
    """
    Lay a course into a folder that is new or empty.

    Returns:
        The files that were made, relative to it.
    Raises:
        UsageError: something is there already, or the name is no folder's name.
    """
    if not assignment.replace("-", "").replace("_", "").isalnum():
        raise UsageError(
            f"--assignment {assignment}: expected letters, digits, - and _, as it names folders."
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: is not empty. Name a new folder; nothing was changed.")
    made = []
    for source in sorted(p for p in _COURSE.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        place = Path(*(part.replace(SAMPLE, assignment) for part in source.relative_to(_COURSE).parts))
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text(encoding="utf-8")
        (folder / place).write_text(text.replace(SAMPLE, assignment), encoding="utf-8")
        made.append(place)
    return made
