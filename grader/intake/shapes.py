"""One student's hand-in or a class folder? And who the students of a plain class folder are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from grader.intake.listing import Entry
from grader.intake.names import ARCHIVE_ENDINGS, CODE_ENDINGS, ending, folded, stem

_PART = re.compile(
    r"(answers?|experiments?|predictions?|write_?up|read_?me|requirements|setup|main|utils?|helpers?|config|train|model"
    r"|__init__|environment|pyproject|makefile|test_.*|.*_test)( ?\(\d+\))?",
    re.IGNORECASE,
)
_PART_FOLDERS = frozenset(
    [
        "src",
        "source",
        "code",
        "data",
        "dataset",
        "datasets",
        "figures",
        "figs",
        "images",
        "img",
        "plots",
        "notebooks",
        "tests",
        "test",
        "docs",
        "doc",
        "lib",
        "results",
        "output",
        "outputs",
        "report",
        "writeup",
        "latex",
        "tex",
        "models",
        "checkpoints",
        "logs",
        "scripts",
        "utils",
        "venv",
        "env",
    ]
)
_STAFF = re.compile(
    r".*(roster|gradebook|grades?|worksheet|students|classlist|class[_ -]list).*", re.IGNORECASE
)
_MOST_OPENED = 20
_HEAD = 200_000


def shape_of(entries: Sequence[Entry], usual: Sequence[str] = ()) -> Literal["class", "student"]:
    """
    Is a folder with these entries a class, or one student's hand-in?

    The rule, in this order:

    1. A file with the name of a part of a hand-in (`answers.yaml`, `predictions.csv`, `main.py`, a name of `usual`, ...)
       directly in it: one student.
    2. No code directly in it: a class when it has folders or archives (unless all are folders with names such as
       `src` and `data`), or several files; otherwise one student.
    3. Code directly in it, and one code file imports another (or a folder beside it): one student.
    4. Code and two or more other folders or archives, or two or more code files and nothing but code and archives: a class.
    5. Otherwise one student.
    """
    files = [e for e in entries if not e.is_folder and not _is_archive(e)]
    boxes = [e for e in entries if (e.is_folder and e.name.lower() not in _PART_FOLDERS) or _is_archive(e)]
    code = [e for e in files if ending(e.name) in CODE_ENDINGS]
    names = {folded(name.rsplit("/", 1)[-1]) for name in usual}
    if any(_PART.fullmatch(stem(e.name)) or folded(e.name) in names for e in files):
        return "student"
    if not code:
        return "class" if boxes or len(files) > 1 else "student"
    if len(code) <= _MOST_OPENED and _imports_another(code, entries):
        return "student"
    only_code = len(code) == len(files)
    return "class" if len(boxes) >= 2 or (only_code and len(code) >= 2) else "student"


def _is_archive(entry: Entry) -> bool:
    return not entry.is_folder and ending(entry.name) in ARCHIVE_ENDINGS


def _imports_another(code: Sequence[Entry], entries: Sequence[Entry]) -> bool:
    modules = {stem(e.name) for e in entries}
    for entry in code:
        try:
            with open(entry.path, "rb") as file:
                text = file.read(_HEAD).decode("utf-8", "replace")
        except OSError:
            continue
        imported = re.findall(r"^[ \t\"]*(?:from|import)[ \t]+\.?(\w+)", text, re.MULTILINE)
        if any(name in modules and name != stem(entry.name) for name in imported):
            return True
    return False


def plain_students(entries: Sequence[Entry], unmatched: list[str], beside: bool = False) -> list[list[Entry]]:
    """
    The hand-ins of a class folder without a platform: each folder and archive, and the bare files by their stem.

    A bare file that is neither code nor an archive is a hand-in of its own only where the class folder has nothing else:
    not `beside` an export.
    """
    bare: dict[str, list[Entry]] = {}
    students: list[list[Entry]] = []
    for entry in entries:
        if entry.is_link:
            unmatched.append(f"{entry.name}: is a link, and links are not followed")
        elif entry.is_folder:
            students.append([entry])
        else:
            bare.setdefault(folded(stem(entry.name)), []).append(entry)
    only = not beside and not students and not any(_hands_in(e) for group in bare.values() for e in group)
    for group in bare.values():
        if any(_hands_in(e) for e in group) or (only and not _STAFF.fullmatch(group[0].name)):
            students.append(group)
        else:
            unmatched.extend(f"{e.name}: is neither a folder, an archive nor a code file" for e in group)
    return students


def _hands_in(entry: Entry) -> bool:
    return ending(entry.name) in (*CODE_ENDINGS, *ARCHIVE_ENDINGS)
