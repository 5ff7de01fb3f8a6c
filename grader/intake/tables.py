"""Learning curves and results that are handed in as data or tables: CSV, JSON and numpy files, tables in write-ups."""

from __future__ import annotations

import csv
import io
import json
import math
import posixpath
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from grader.intake.grids import Grid
from grader.intake.labels import Labels
from grader.intake.limits import MB
from grader.intake.modules import code_text
from grader.intake.names import ending, stem
from grader.intake.pieces import Experiment
from grader.model import HandedFile

MAX_BYTES = 4 * MB
"""Size of a file that is looked at."""
_MAX_ROWS = 20_000
_MAX_COLUMNS = 60
_MAX_ARRAYS = 60
_TEXT = (".csv", ".tsv")
_ARRAYS = (".npy", ".npz")
_MEASURED = re.compile(r"(?i)loss|acc|seed|run")
ENDINGS = (*_TEXT, ".json", *_ARRAYS)


def read_table(file: HandedFile, labels: Labels) -> list[Experiment]:
    """
    The experiments of a file with data.

    A file whose name carries a label (`curves/q4_1_loss.csv`, `Q6_seed3.npz`) is that experiment: its columns by name. A CSV
    with a column of labels is a table of experiments, a row for each number. Everything else is none.
    """
    named = _label_in(posixpath.basename(file.path), labels)
    if ending(file.path) in _TEXT:
        if not named and not _begins_with_labels(file.data[:2000], labels):
            return []
        head, rows = _rows(code_text(file.data), "\t" if ending(file.path) == ".tsv" else "")
        found = list(_labelled(file.path, head, rows, labels))
        return found or (
            [Experiment(named, _columns(head, rows), file.path, 1, data=True)] if named and head else []
        )
    if ending(file.path) == ".json":
        value = _json(file.data)
        inner = {label: v for key, v in _pairs(value) if (label := labels.match(key))}
        if inner or not (named and value):
            return [Experiment(label, v, file.path, 1, data=True) for label, v in inner.items()]
    else:
        value = _arrays(file.data, stem(file.path)) if named else None
    return [Experiment(named, value, file.path, 1, data=True)] if named and value else []


def read_grids(file: str, grids: Iterable[Grid], labels: Labels) -> list[Experiment]:
    """The experiments of tables in a write-up: those that speak of losses or accuracies, or of seeds."""
    found: list[Experiment] = []
    for grid in grids:
        words = " ".join([*grid.head, *(row[0] for row in grid.rows if row)])
        if _MEASURED.search(words):
            found += [replace(e, line=grid.line) for e in _labelled(file, grid.head, grid.rows, labels)]
    return found


def _label_in(name: str, labels: Labels) -> str | None:
    """The one label that a file's name carries."""
    base = stem(name)
    pieces = [p for p in re.split(r"[ _\-.()]+", base) if p]
    spans = (pieces[i:j] for i in range(len(pieces)) for j in range(i + 1, min(i + 3, len(pieces)) + 1))
    found = {label for span in spans if (label := labels.match(".".join(span)))}
    longest = max(found, key=len, default="")
    return longest if longest and all(longest.startswith(label) for label in found) else None


# --- text -----------------------------------------------------------------------------------------------------------


def _begins_with_labels(data: bytes, labels: Labels) -> bool:
    """Is there a label in the header or in the row below it? Most tables (predictions, images) are none of ours."""
    lines = [line for line in code_text(data).splitlines() if line.strip()]
    first = [re.split(r"[,;\t]", line) for line in lines[:2]]
    cells = [*first[0][1:4], *first[1][:3]] if len(first) > 1 else []
    return any(labels.match(c.strip("\"' ")) for c in cells)


def _rows(text: str, separator: str) -> tuple[list[str], list[list[str]]]:
    """The header and the rows below it."""
    lines = [line for line in text.splitlines()[: _MAX_ROWS + 1] if line.strip()]
    if not lines:
        return [], []
    separator = separator or next((s for s in ",;\t" if s in lines[0]), ",")
    try:
        cells = [[c.strip() for c in row][:_MAX_COLUMNS] for row in csv.reader(lines, delimiter=separator)]
    except csv.Error:
        return [], []
    return [c.lstrip("# ") for c in cells[0]], cells[1:]


def _columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, list[float]]:
    columns = {
        name: [v for row in rows if i < len(row) and (v := _number(row[i])) is not None]
        for i, name in enumerate(head)
    }
    return {name: values for name, values in columns.items() if values}


def _labelled(
    path: str, head: Sequence[str], rows: Sequence[Sequence[str]], labels: Labels
) -> Iterator[Experiment]:
    """A row for each experiment, or a column for each."""
    if sum(labels.match(name) is not None for name in head[1:]) * 2 > len(head) - 1:
        columns = list(zip(*([*row, *[""] * len(head)][: len(head)] for row in (head, *rows)), strict=True))
        yield from _by_label(path, columns[0], columns[1:], labels)
    else:
        yield from _by_label(path, head, rows, labels)


def _by_label(
    path: str, head: Sequence[str], rows: Sequence[Sequence[str]], labels: Labels
) -> Iterator[Experiment]:
    """Rows that begin with a label, or have one in a column of that kind."""
    for column in range(min(3, len(head))):
        marked = [(row, label) for row in rows if len(row) > column and (label := labels.match(row[column]))]
        if marked and 2 * len(marked) > len(rows):
            for label in dict.fromkeys(label for _, label in marked):
                mine = [[*row[:column], "", *row[column + 1 :]] for row, other in marked if other == label]
                yield Experiment(label, _columns(head, mine), path, 1, data=True)
            return


def _number(cell: str) -> float | None:
    text = cell.strip().removesuffix("%").strip()
    text = text.replace(",", ".") if re.fullmatch(r"[-+]?\d+,\d+", text) else text
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


# --- JSON and numpy -------------------------------------------------------------------------------------------------


def _json(data: bytes) -> Any:
    try:
        value = json.loads(code_text(data))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def _pairs(value: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The keys of a mapping and of the mapping that it may be wrapped in (`experiments: {Q4.1: ...}`, `Q4: {1: ...}`)."""
    for key, inner in value.items() if isinstance(value, dict) else ():
        yield key, inner
        if depth < 1:
            for below, deeper in _pairs(inner, depth + 1):
                yield from ((below, deeper), (f"{key}.{below}", deeper))


def _arrays(data: bytes, name: str) -> Any:
    """Arrays of numbers by name, the only one of a file by the file's name; never a pickle."""
    try:
        if zipfile.is_zipfile(io.BytesIO(data)):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                members = archive.infolist()
            if len(members) > _MAX_ARRAYS or sum(m.file_size for m in members) > MAX_BYTES:
                return None
        loaded = np.load(io.BytesIO(data), allow_pickle=False)
        named = {k: loaded[k] for k in loaded.files} if hasattr(loaded, "files") else {name: loaded}
    except Exception:  # whatever is wrong with a student's file, it is no data then
        return None
    lists = {k: a.astype(float).tolist() for k, a in named.items() if _is_numbers(a)}
    return (
        lists if hasattr(loaded, "files") or re.search("loss|acc", name, re.IGNORECASE) else lists.get(name)
    )


def _is_numbers(array: Any) -> bool:
    return array.dtype.kind in "fiu" and array.ndim <= 2 and array.size <= _MAX_ROWS
