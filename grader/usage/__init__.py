"""
Where a student's code uses what an assignment does not allow, found by reading it and never by running it.

Names are followed through imports, aliases, assignments, default arguments, class attributes, computed attribute names
and code in constant strings. `reached` says which uses the code of a question depends on: only those cost points.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from grader.intake import find_code
from grader.model import HandedFile, Submission
from grader.usage.analyse import analyse
from grader.usage.models import model_behind
from grader.usage.program import read_code
from grader.usage.reach import attribute_uses
from grader.usage.scope import Analysis
from grader.usage.spec import Spec, Use, UseKind

__all__ = ["Spec", "Use", "UseKind", "entry_files", "model_behind", "reached", "unread", "uses"]

_DYNAMIC = (
    "exec",
    "eval",
    "import_module",
    "__import__",
    "modules",
    "builtins",
    "globals",
    "importlib",
    "compile",
)


@lru_cache(maxsize=4)
def _analysis(files: tuple[HandedFile, ...], spec: Spec) -> Analysis:
    """The several checks of one submission ask for the same."""
    return analyse(files, spec)


def uses(
    files: Iterable[HandedFile],
    spec: Spec,
    entries: Sequence[str] = (),
    where: Mapping[str, str] | None = None,
) -> list[Use]:
    """
    Everything in the code that the assignment does not allow, in the order of files and lines.

    Args:
        files: of the submission; those that are no code are passed over.
        spec: what is not allowed.
        entries: names whose code counts; each use tells which of them reaches it (`Use.entry`).
        where: for each entry, the file that is graded; an entry without one is looked for in every file.

    Returns:
        Uses, imports, mentions, dead code and what only a person can judge (`Use.kind`).
    """
    handed = tuple(files)
    if not _worth_reading(handed, spec):
        return []
    return attribute_uses(_analysis(handed, spec), entries, where or {})


def _worth_reading(files: Iterable[HandedFile], spec: Spec) -> bool:
    """
    False when no file has even a word by which something forbidden could be reached: most hand-ins, in no time.

    Words can be hidden in other alphabets (Python takes full-width letters for plain ones) and in the escapes of a
    notebook's JSON: such files are always read.
    """
    words = [word.encode() for word in (*spec.roots, *spec.all_methods, *_DYNAMIC)]
    return any(
        any(word in file.data for word in words) or not file.data.isascii() or b"\\u" in file.data
        for file in files
    )


def reached(
    submission: Submission, entries: Sequence[str], spec: Spec, where: Mapping[str, str] | None = None
) -> list[Use]:
    """
    The uses that cost the question that these entries belong to its points.

    Args:
        submission: the hand-in.
        entries: what the question asks for: functions, classes, methods, globals.
        spec: what is not allowed.
        where: for each entry, the file that is graded; default: as `find_code` finds them.
    """
    places = entry_files(submission, entries) if where is None else where
    return [use for use in uses(submission.files, spec, entries, places) if use.counts]


def entry_files(submission: Submission, entries: Sequence[str]) -> dict[str, str]:
    """For each entry that is defined, the file to load for it."""
    return {name: found.file for name, found in find_code(submission, list(entries)).found.items()}


def unread(files: Iterable[HandedFile]) -> list[str]:
    """Scripts and cells that Python cannot read, and that were not looked at."""
    return [place for code in read_code(tuple(files)).values() for place in code.unread]
