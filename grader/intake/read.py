"""Opening one student's hand-in: folder, archive or files become a `Submission` in memory; nothing is unpacked to disk."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import replace
from pathlib import PurePosixPath

from grader.intake.basket import Basket
from grader.intake.exports import parse_name, without_copy_number
from grader.intake.folders import file_member, folder_members
from grader.intake.limits import DEFAULT_LIMITS, IntakeLimits
from grader.intake.members import BAD_DATA, kind_of
from grader.intake.modules import code_text
from grader.intake.names import ARCHIVE_ENDINGS, CODE_ENDINGS, ending, folded, stem
from grader.intake.online import ONLINE, as_text
from grader.intake.places import inside, members_inside
from grader.model import HandedFile, Problem, Source, Submission

_EMPTY = "Nothing was found in the hand-in."
_WHAT = "Hand in your code file (.py or .ipynb) and your answers (answers.yaml, .tex or .md), or one .zip with them."


def read(source: Source, limits: IntakeLimits = DEFAULT_LIMITS) -> Submission:
    """
    Open a hand-in. Never raises for what a student did; what cannot be used is a `Problem` of the submission.

    Args:
        source: where it lies, from `discover`.
        limits: the caps.

    Returns:
        The files (NFC paths, a single wrapping folder stripped) and the problems. No file at all is a problem that is
        `fatal`; a failure of our side (a permission, a disk) is a problem that is `ours`.
    """
    basket = Basket(limits)
    for path, name in _named(source):
        _read_one(basket, path, name, f"{stem(name)}/" if len(source.paths) > 1 else "")
    basket.open_archives()
    _online(basket)
    files = _unwrapped(basket.files)
    problems = basket.finished_problems()
    if not files:
        ours = any(p.ours for p in problems)
        fatal = Problem(
            "", _EMPTY if not problems else "Nothing in the hand-in could be read.", _WHAT, True, ours
        )
        problems = [fatal, *problems]
    handed = tuple(HandedFile(path, data) for path, data in sorted(files.items()))
    return Submission(source, handed, tuple(problems))


def _named(source: Source) -> list[tuple[str, str]]:
    """Each path with the name that the student gave the file, as far as the platform lets us know it."""
    names = [PurePosixPath(path.replace("!/", "/")).name for path in source.paths]
    if source.platform in ("canvas", "moodle"):
        parsed = [parse_name(name, source.platform) for name in names]
        names = [p.file if p and p.file else name for p, name in zip(parsed, names, strict=True)]
        if source.platform == "canvas":
            names = _without_copy_numbers(names)
    return list(zip(source.paths, names, strict=True))


def _without_copy_numbers(names: list[str]) -> list[str]:
    short = [without_copy_number(name) for name in names]
    unique = {name for name, count in Counter(folded(s) for s in short).items() if count == 1}
    return [s if folded(s) in unique else n for s, n in zip(short, names, strict=True)]


def _read_one(basket: Basket, path: str, name: str, prefix: str) -> None:
    """Put one path of a source into the basket."""
    try:
        if place := inside(path):
            members = (replace(m, name=m.name if place.is_folder else name) for m in members_inside(place))
            basket.fill(members, name, "", -1)
        elif os.path.isdir(path):
            basket.fill(folder_members(os.path.realpath(path), basket.limits.depth), name, "", -1)
        elif os.path.isfile(path):
            _read_file(basket, os.path.realpath(path), name, prefix)
        else:
            basket.problem(name, "does not exist any more, or is not an ordinary file.", _WHAT, ours=True)
    except OSError as error:
        basket.failed(name, error)
    except BAD_DATA:
        basket.problem(name, "lies in an export that cannot be read.", "The staff is informed.", ours=True)


def _read_file(basket: Basket, path: str, name: str, prefix: str) -> None:
    with open(path, "rb") as file:
        kind = kind_of(name, file.read(300))
        if kind and ending(name) in (*ARCHIVE_ENDINGS, *CODE_ENDINGS, ".txt", ""):
            file.seek(0)
            basket.archive(file, kind, name, prefix, 0)
            return
    basket.fill([file_member(path, name)], name, "", -1)


def _online(basket: Basket) -> None:
    """Turn what was typed into the platform's form into text; a link is only named."""
    text, link = ONLINE
    for path in [path for path in basket.files if path.rsplit("/", 1)[-1] == "onlinetext.html"]:
        basket.files[text] = basket.files.pop(path)
    if link in basket.files:
        del basket.files[link]
        basket.problem("the link that you handed in", "was not opened: links are not followed.", _WHAT)
    if text in basket.files:
        data = basket.files.pop(text)
        basket.files["online_text.md"] = as_text(code_text(data)).encode()


def _unwrapped(files: dict[str, bytes]) -> dict[str, bytes]:
    """Without the single folder that everything lies in, unless the code imports by that folder's name."""
    while files:
        top = next(iter(files)).split("/", 1)[0]
        if not all(path.startswith(f"{top}/") for path in files) or _imported(top, files):
            break
        files = {path[len(top) + 1 :]: data for path, data in files.items()}
    return files


def _imported(folder: str, files: dict[str, bytes]) -> bool:
    if f"{folder}/__init__.py" in files:
        return True
    line = re.compile(rb"^[ \t]*(from|import)[ \t]+" + re.escape(folder.encode()) + rb"\b", re.MULTILINE)
    return any(path.endswith(".py") and line.search(data) for path, data in files.items())
