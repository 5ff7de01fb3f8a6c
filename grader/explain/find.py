"""Which check of which student is meant, and what is recorded of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from grader.errors import UsageError
from grader.intake import discover, read
from grader.model import Submission
from grader.record import Record, Tape
from grader.rubric import Check, Rubric


def find_check(rubrics: Mapping[str, Rubric], check: str, assignment: str) -> tuple[str, Check]:
    """
    The assignment and the check of that id.

    Raises:
        UsageError: there is none, or several.
    """
    chosen = {n: r for n, r in rubrics.items() if assignment in ("", n)}
    found = [(n, c) for n, r in chosen.items() for _, checks in r.questions for c in checks if c.id == check]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{check}: in {', '.join(n for n, _ in found)}. Name one with --assignment.")
    known = [c.id for r in chosen.values() for _, checks in r.questions for c in checks]
    raise UsageError(
        f"{check}: there is no such check in {', '.join(chosen) or assignment}. There are: {', '.join(known[:40])}."
    )


def submission_of(student: str, folder: Path, roster: str, rubric: Rubric) -> Submission:
    """
    What a student handed in.

    Raises:
        UsageError: there is no such student.
    """
    usual = [name for group in rubric.file.code for name in group.usual]
    found = discover(folder, roster=Path(roster) if roster else None, usual=usual)
    source = next((s for s in found.sources if student in (s.student, s.name)), None)
    if source is None:
        raise UsageError(
            f"{student}: no such student in {folder}. There are: {', '.join(s.student for s in found.sources[:20])}."
        )
    return read(source)


def tape_of(out: Path, submission: Submission) -> Tape:
    """What is recorded of a hand-in; nothing, where there is no record."""
    path = out / "record.sqlite"
    if not path.exists():
        return Tape()
    record = Record(path, read_only=True)
    try:
        return record.tape(submission.digest)
    finally:
        record.db.close()
