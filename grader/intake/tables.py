"""Learning curves and results that are handed in as data: CSV, JSON and numpy files that an experiment's label names."""

from __future__ import annotations

import csv
import io
import json
import math
import posixpath
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

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
        found = list(_by_label(file.path, head, rows, labels))
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
    """Is there a label in the first row below the header? Most tables (predictions, images) are none of ours."""
    lines = [line for line in code_text(data).splitlines() if line.strip()]
    return len(lines) > 1 and any(labels.match(c.strip("\"' ")) for c in re.split(r"[,;\t]", lines[1])[:3])


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
    text = cell.removesuffix("%").strip()
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
