"""
Mutilated hand-ins: `python -m tests.fuzz.mutilated ASSIGNMENT NUMBER [SEED] [FOLDER]`.

Takes the samples of `submissions/ASSIGNMENT`, damages each in one way after the other, grades them and says whether each has a report,
whether anything became an error of ours, and how long they took.
"""

from __future__ import annotations

import collections
import io
import json
import os
import random
import shutil
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
Bytes = Callable[[bytes, random.Random], bytes]


def _between(data: bytes, r: random.Random, most: int) -> tuple[int, int]:
    at = r.randrange(len(data) + 1)
    return at, min(len(data), at + r.randrange(1, most))


def _flipped(data: bytes, r: random.Random) -> bytes:
    out = bytearray(data or b"x")
    for _ in range(r.choice([1, 2, 5, 30])):
        out[r.randrange(len(out))] ^= 1 << r.randrange(8)
    return bytes(out)


def _again(data: bytes, r: random.Random) -> bytes:
    a, b = _between(data, r, 400)
    return data[:b] + data[a:b] * r.choice([1, 20]) + data[b:]


def _without(data: bytes, r: random.Random) -> bytes:
    a, b = _between(data, r, 400)
    return data[:a] + data[b:]


def _zeroed(data: bytes, r: random.Random) -> bytes:
    a, b = _between(data, r, 2000)
    return data[:a] + bytes(b - a) + data[b:]


def _swapped(data: bytes, r: random.Random) -> bytes:
    lines = data.splitlines(True) or [b""]
    i, j = r.randrange(len(lines)), r.randrange(len(lines))
    lines[i], lines[j] = lines[j] * r.choice([1, 2, 100]), lines[i]
    return b"".join(lines)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


DAMAGE: dict[str, Bytes] = {
    "flipped": _flipped,
    "cut": lambda d, r: d[: r.randrange(len(d) + 1)],
    "beginning lost": lambda d, r: d[r.randrange(len(d) + 1) :],
    "twice": lambda d, r: d + d,
    "a piece again": _again,
    "a piece lost": _without,
    "a piece zeroed": _zeroed,
    "lines swapped": _swapped,
    "foreign bytes": lambda d, r: _without(d, r) + r.randbytes(r.choice([1, 40, 4000])),
    "utf-16": lambda d, r: _text(d).encode("utf-16"),
    "utf-16 without a mark": lambda d, r: _text(d).encode(r.choice(["utf-16-le", "utf-16-be", "utf-32"])),
    "byte-order mark": lambda d, r: b"\xef\xbb\xbf" * r.choice([1, 2]) + d,
    "latin-1": lambda d, r: ("# ein Umlaut: \xfc\xdf\n" + _text(d)).encode("latin-1", "replace"),
    "nul bytes": lambda d, r: d.replace(b" ", b"\0 ", r.choice([1, 5, 10**6])),
    "carriage returns": lambda d, r: d.replace(b"\n", r.choice([b"\r", b"\r\n", b"\r\r\n", b"\n\r"])),
    "other line ends": lambda d, r: d.replace(b"\n", r.choice([b"\n\x0c", "\u2028\n".encode(), "\x85\n".encode()])),
    "tabs": lambda d, r: d.replace(b"    ", b"\t", r.choice([1, 10**6])),
    "other quotes": lambda d, r: _text(d).replace('"', "\u201c").replace("-", "\u2212", 3).encode(),
    "empty": lambda d, r: b"",
    "blanks": lambda d, r: b" \n\t" * 1000,
}  # fmt: skip
ODD: list[Any] = [
    None,
    5,
    -1,
    1e308,
    True,
    "x",
    [],
    {},
    [[]],
    [None],
    {"a": None},
    "\ud800",
    [["x"], 5],
    {"cells": []},
]


def damaged_json(data: bytes, r: random.Random) -> bytes:
    """A notebook whose parts are lost, doubled or of another kind."""
    try:
        whole = json.loads(data)
    except ValueError:
        return data
    for _ in range(r.choice([1, 1, 3, 10])):
        here, key = whole, None
        while isinstance(here, dict | list) and here and (key is None or r.random() < 0.8):
            parent, key = here, r.choice(list(here) if isinstance(here, dict) else range(len(here)))
            here = parent[key]
        if key is None:
            break
        what = r.randrange(4)
        if what == 0:
            del parent[key]
        elif what == 1 and isinstance(parent, list):
            parent[key:key] = [here] * r.choice([1, 50])
        else:
            parent[key] = r.choice([*ODD, [here], {"x": here}, {str(here)[:50]: key}])
    return json.dumps(whole).encode()


def _zipped(folder: Path, inner: bool) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            z.write(file, file.relative_to(folder))
        if inner:
            link = zipfile.ZipInfo("link.py")
            link.external_attr = 0o120777 << 16
            z.writestr(link, "/etc/passwd")
    return out.getvalue()


def _tarred(folder: Path) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as t:
        t.add(folder, "hw")
        for name, kind in (
            ("link.py", tarfile.SYMTYPE),
            ("hard.py", tarfile.LNKTYPE),
            ("pipe", tarfile.FIFOTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "../../etc/passwd"
            t.addfile(info)
    return out.getvalue()


def wrapped(folder: Path, r: random.Random) -> None:
    """In the place of a folder an archive of it, or of an archive of it, whole or damaged; or links beside the files."""
    what = r.randrange(5)
    if what == 0:
        for name, target in (
            ("loop", "loop"),
            ("up", ".."),
            ("out.py", "/etc/passwd"),
            ("gone.py", "nowhere"),
        ):
            os.symlink(target, folder / name)
        return
    data = _tarred(folder) if what == 1 else _zipped(folder, inner=what > 2)
    if what > 2:
        (folder / "inner.zip").write_bytes(data)
        data = _zipped(folder, inner=False)
    data = (
        DAMAGE[r.choice(["flipped", "cut", "a piece lost", "twice"])](data, r) if r.random() < 0.5 else data
    )
    shutil.rmtree(folder)
    folder.with_name(folder.name + (".tar.gz" if what == 1 else ".zip")).write_bytes(data)


def mutilate(sample: Path, target: Path, number: int, r: random.Random) -> str:
    """One hand-in; what was done to it."""
    if sample.is_file():
        target.mkdir()
        shutil.copy(sample, target)
    else:
        shutil.copytree(sample, target)
    files = sorted(p for p in target.rglob("*") if p.is_file())
    books = [p for p in files if p.suffix == ".ipynb"]
    turn = number % (len(DAMAGE) + 6)
    if turn < len(DAMAGE):
        name = list(DAMAGE)[turn]
        code = [p for p in files if p.suffix in (".py", ".ipynb")] or files
        for file in r.sample(files, len(files)) if r.random() < 0.2 else [r.choice(code)]:
            file.write_bytes(DAMAGE[name](file.read_bytes(), r))
        return name
    if turn < len(DAMAGE) + 3 and books:
        for file in books:
            file.write_bytes(damaged_json(file.read_bytes(), r))
        return "parts of a notebook"
    wrapped(target, r)
    return "archives and links"


def judge(out: Path, made: dict[str, str]) -> int:
    """Say what became of them; the number of those without a report or with an error of ours."""
    seconds, bad, status = [], 0, collections.Counter[str]()
    for name, how in made.items():
        path = out / name / "report.json"
        if not path.exists():
            bad += 1
            print(f"{name}: no report ({how})")
            continue
        report = json.loads(path.read_text())
        status[report["status"]] += 1
        seconds.append((report["provenance"]["seconds"], name))
        errors = [c["id"] for q in report["questions"] for c in q["checks"] if c["outcome"] == "error"]
        if errors or report["status"] == "not_graded":
            bad += 1
            print(f"{name}: errors of ours in {errors} ({how})")
    seconds.sort()
    print(
        f"{len(made)} mutilated, {len(seconds)} reports, {bad} bad, {dict(status)}; seconds: median {seconds[len(seconds) // 2][0]}, longest {seconds[-3:]}"
    )
    return bad


def main(assignment: str, number: int, seed: int = 0, folder: str = "") -> int:
    from grader.cli.main import main as command

    r, work = random.Random(seed), Path(folder or tempfile.mkdtemp(prefix="mutilated-"))
    samples = sorted((ROOT / "submissions" / assignment).iterdir())
    handed = work / "submissions" / assignment
    handed.mkdir(parents=True)
    made = {}
    for n in range(number):
        name = f"m{n:04d}"
        made[name] = mutilate(samples[n % len(samples)], handed / name, n // len(samples) + n, r)
    sys.argv = [
        "grade",
        str(handed),
        "--rubric",
        str(ROOT / "rubrics" / assignment),
        "--out",
        str(work / "grades"),
        "--workers",
        "1",
    ]
    try:
        command()
    except SystemExit as e:
        print(f"exit status {e.code}")
    return judge(work / "grades" / assignment, made)


if __name__ == "__main__":
    assignment_, number_, *rest = sys.argv[1:]
    raise SystemExit(bool(main(assignment_, int(number_), *map(int, rest[:1]), *rest[1:])))
