"""Small hand-ins made for the tests of intake."""

from __future__ import annotations

import io
import json
import stat
import tarfile
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from grader.intake import read
from grader.model import HandedFile, Source, Submission

Content = str | bytes


def as_bytes(content: Content) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


def handed(files: Mapping[str, Content]) -> Submission:
    """A submission as `read` would give it."""
    return Submission(Source("ada", ()), tuple(HandedFile(p, as_bytes(c)) for p, c in sorted(files.items())))


def zipped(files: Iterable[tuple[str, Content]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with these members, names as they are."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names that are there twice are what some tests are about
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name), as_bytes(content), method)
    return out.getvalue()


def special_zip(name: str, mode: int, content: Content = "/etc/passwd") -> bytes:
    """A zip with one member of a Unix file type (a link, a device)."""
    out = io.BytesIO()
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (mode | 0o644) << 16
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, as_bytes(content))
    return out.getvalue()


def linked_zip(name: str) -> bytes:
    return special_zip(name, stat.S_IFLNK)


def tarred(
    files: Iterable[tuple[str, Content]], mode: str = "w:gz", kinds: Mapping[str, bytes] | None = None
) -> bytes:
    """A tar with these members; `kinds` gives the tar type of those that are not ordinary files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files:
            info = tarfile.TarInfo(name)
            if kinds and name in kinds:
                info.type, info.linkname = kinds[name], "/etc/passwd"
                archive.addfile(info)
            else:
                info.size = len(as_bytes(content))
                archive.addfile(info, io.BytesIO(as_bytes(content)))
    return out.getvalue()


def notebook(*cells: tuple[str, str]) -> str:
    """A notebook of format 4 with cells of (kind, source)."""
    listed = [
        {"cell_type": kind, "metadata": {}, "source": source.splitlines(keepends=True), **_outputs(kind)}
        for kind, source in cells
    ]
    return json.dumps({"cells": listed, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _outputs(kind: str) -> dict[str, object]:
    return {"outputs": [], "execution_count": None} if kind == "code" else {}


def write_tree(root: Path, files: Mapping[str, Content]) -> Path:
    """The files below a folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_bytes(content))
    return root


def read_file(folder: Path, name: str, content: Content) -> Submission:
    """A student's single file or archive, read."""
    path = folder / name
    path.write_bytes(as_bytes(content))
    return read(Source("ada", (str(path),)))


def paths(submission: Submission) -> list[str]:
    return [file.path for file in submission.files]


def messages(submission: Submission) -> list[str]:
    return [f"{p.path} {p.message}" for p in submission.problems]
