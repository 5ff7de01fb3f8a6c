"""Which file of a hand-in has the predictions, whatever it came to be called."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass

from grader.model import HandedFile
from grader.predictions.cells import read_cells

_COPY = re.compile(r"(?i)(?: ?\((\d+)\)|[-_ ](\d{1,2})|(?: -)? copy(?: ?\(?(\d+)\)?)?)$")


@dataclass(frozen=True)
class Choice:
    """The file, or why there is none."""

    file: HandedFile | None
    problem: str = ""
    notes: tuple[str, ...] = ()


def choose(files: Sequence[HandedFile], name: str, header: Sequence[str]) -> Choice:
    """
    The file called `name` in any folder, in any case, also as a numbered copy; else the only CSV file that fits.

    Args:
        files: of the hand-in.
        name: as the assignment gives it.
        header: the columns, by which a file with another name is known.
    """
    usable = [f for f in files if not posixpath.basename(f.path).startswith("._")]
    named = sorted((f for f in usable if _age(f.path, name) is not None), key=lambda f: _rank(f.path, name))
    if named:
        others = [f.path for f in named[1:] if f.digest != named[0].digest]
        note = (f"{named[0].path} was graded, not {', '.join(others[:3])}",) if others else ()
        return Choice(named[0], notes=note)
    return _by_header(usable, name, header)


def _age(path: str, name: str) -> int | None:
    """The number of the copy (0 for the name itself), or None when it is another file."""
    stem, ending = posixpath.splitext(posixpath.basename(path).casefold().strip())
    if ending == ".txt" and stem.endswith(".csv"):
        stem, ending = posixpath.splitext(stem)
    wanted, wanted_ending = posixpath.splitext(name.casefold())
    if ending != wanted_ending:
        return None
    if stem == wanted:
        return 0
    copy = _COPY.search(stem)
    if copy is None or stem[: copy.start()].strip() != wanted:
        return None
    return int(copy[1] or copy[2] or copy[3] or 1)


def _rank(path: str, name: str) -> tuple[int, int, str]:
    """The newest copy first, then the one nearest to the top."""
    return -(_age(path, name) or 0), path.count("/"), path


def _by_header(files: Sequence[HandedFile], name: str, header: Sequence[str]) -> Choice:
    tables = [f for f in files if f.path.casefold().endswith((".csv", ".tsv"))]
    fitting = [f for f in tables if _fits(f, header)]
    if len(fitting) == 1:
        return Choice(fitting[0], notes=(f"there is no {name}; {fitting[0].path} was graded, by its header",))
    if len(fitting) > 1:
        listed = ", ".join(f.path for f in fitting[:3])
        return Choice(
            None, f"there is no file of this name, and {len(fitting)} files could be meant: {listed}."
        )
    wanted = posixpath.splitext(name.casefold())[0]
    sheet = next(
        (
            f.path
            for f in files
            if re.search(rf"(?i){re.escape(wanted)}[^/]*\.(xlsx?|ods|numbers|json|txt|npy)$", f.path)
        ),
        None,
    )
    if sheet:
        return Choice(None, f"there is no file of this name; {sheet} is not a CSV file.")
    others = f" ({', '.join(f.path for f in tables[:3])} has another header)" if tables else ""
    return Choice(None, f"there is no file of this name in the hand-in{others}.")


def _fits(file: HandedFile, header: Sequence[str]) -> bool:
    rows = read_cells(file.data, most_rows=1).rows
    return bool(rows) and {h.casefold() for h in header} <= {c.casefold() for c in rows[0].cells}
