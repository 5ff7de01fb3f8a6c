"""`read`: what is kept of a hand-in, what is refused, and in which words."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from intake_making import (
    linked_zip,
    messages,
    paths,
    read_file,
    special_zip,
    tarred,
    write_tree,
    zipped,
)

from grader.intake import IntakeLimits, read
from grader.model import Source

CODE = "class LinearLayer: pass\n"
TWO = [("net.py", CODE), ("answers.yaml", "Q1.b: 1\n")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("hw.zip", zipped(TWO)),
        ("hw.zip", zipped(TWO, zipfile.ZIP_STORED)),
        ("hw.zip", zipped([(f"hw3/{n}", c) for n, c in TWO])),
        ("hw.zip", zipped([(f"a/b/{n}", c) for n, c in TWO])),
        ("hw.zip", zipped([(f"hw3\\{n}", c) for n, c in TWO])),
        ("hw.zip", zipped([(f"./{n}", c) for n, c in TWO])),
        ("hw.zip", zipped([*TWO, ("__MACOSX/._net.py", "x"), (".DS_Store", "x"), ("Thumbs.db", "x")])),
        (
            "hw.zip",
            zipped(
                [*TWO, (".git/config", "x"), ("__pycache__/n.pyc", "x"), (".ipynb_checkpoints/a.ipynb", "{}")]
            ),
        ),
        ("hw.zip", tarred(TWO)),
        ("hw.zip", tarred(TWO, "w")),
        ("hw.tar.gz", tarred(TWO)),
        ("hw.tgz", tarred(TWO)),
        ("hw.tar.xz", tarred(TWO, "w:xz")),
        ("hw.tar.bz2", tarred(TWO, "w:bz2")),
        ("hw.tar", tarred(TWO, "w")),
        ("hw.tar", tarred([(f"./hw/{n}", c) for n, c in TWO], "w")),
        ("hw.py", zipped(TWO)),
        ("hw.ipynb", zipped(TWO)),
        ("hw", zipped(TWO)),
        ("HW.ZIP", zipped(TWO)),
        ("hw.zip", zipped([("hw.zip", zipped(TWO))])),
        ("hw.zip", zipped([("hw/inner.tar.gz", tarred(TWO))])),
    ],
)
def test_every_way_of_packing_gives_the_same_files(tmp_path: Path, name: str, content: bytes) -> None:
    """However a hand-in is packed and named, the same files come out and nothing is complained about."""
    submission = read_file(tmp_path, name, content)
    assert paths(submission) == ["answers.yaml", "net.py"]
    assert messages(submission) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            zipped([*TWO, ("../evil.py", "x")]),
            "../evil.py points outside of the hand-in (`..`); it was left out.",
        ),
        (
            zipped([*TWO, ("a/../../evil.py", "x")]),
            "a/../../evil.py points outside of the hand-in (`..`); it was left out.",
        ),
        (
            zipped([*TWO, ("..\\evil.py", "x")]),
            "..\\evil.py points outside of the hand-in (`..`); it was left out.",
        ),
        (zipped([*TWO, ("/etc/cron.d/x", "x")]), "/etc/cron.d/x has an absolute path; it was left out."),
        (zipped([*TWO, ("C:\\x.py", "x")]), "C:\\x.py has an absolute path; it was left out."),
        (zipped([*TWO, ("a\nb.py", "x")]), "a?b.py has control characters in its name; it was left out."),
        (zipped([*TWO, ("d/" * 30 + "x.py", "x")]), "lies more than 24 folders deep; it was left out."),
        (zipped([*TWO, ("n" * 300, "x")]), "has a name that is too long; it was left out."),
        (zipped([*TWO, ("NET.py", "x")]), "NET.py has the same name as net.py but for upper and lower case"),
        (zipped([("net.py", "old"), *TWO]), "net.py is in the hand-in twice; the last one was taken."),
        (
            tarred([*TWO, ("ln", "")], kinds={"ln": tarfile.SYMTYPE}),
            "ln is a link, and links are not followed.",
        ),
        (
            tarred([*TWO, ("ln", "")], kinds={"ln": tarfile.LNKTYPE}),
            "ln is a link, and links are not followed.",
        ),
        (
            tarred([*TWO, ("dev", "")], kinds={"dev": tarfile.CHRTYPE}),
            "dev is not an ordinary file and was left out.",
        ),
        (
            tarred([*TWO, ("pipe", "")], kinds={"pipe": tarfile.FIFOTYPE}),
            "pipe is not an ordinary file and was left out.",
        ),
        (
            zipped([*TWO, ("z.7z", b"7z\xbc\xaf\x27\x1c")]),
            "z.7z is a 7-Zip archive, which cannot be opened here.",
        ),
        (
            zipped([*TWO, ("z.rar", b"Rar!\x1a\x07\x01\x00")]),
            "z.rar is a RAR archive, which cannot be opened here.",
        ),
        (
            zipped([*TWO, ("a.zip", zipped([("b.zip", zipped(TWO))]))]),
            "a/b.zip is an archive inside an archive inside an archive and was not opened.",
        ),
        (zipped([*TWO, ("big.csv", b"0" * 3_000_000)]), "big.csv unpacks to far more than its packed size"),
        (zipped(TWO)[:-60] + b"\0" * 60, "hw.zip is damaged or was cut off"),
    ],
)
def test_what_is_refused_is_named_and_the_rest_kept(tmp_path: Path, content: bytes, message: str) -> None:
    """Each thing that cannot be used has its own message, and costs nothing but itself."""
    submission = read_file(tmp_path, "hw.zip", content)
    assert set(paths(submission)) >= {"answers.yaml", "net.py"}
    assert submission.file("net.py") and submission.file("net.py").data == CODE.encode()  # type: ignore[union-attr]
    assert len(submission.problems) == 1
    assert message in messages(submission)[0]
    assert submission.problems[0].help
    assert not submission.problems[0].fatal


def test_a_link_or_a_device_in_a_zip_is_refused(tmp_path: Path) -> None:
    """A zip member with the Unix type of a link or a device is not read."""
    assert (
        messages(read_file(tmp_path, "a.zip", linked_zip("ln")))[1]
        == "ln is a link, and links are not followed."
    )
    assert (
        "is not an ordinary file"
        in messages(read_file(tmp_path, "b.zip", special_zip("dev", stat.S_IFCHR)))[1]
    )


def test_a_password_is_named(tmp_path: Path) -> None:
    """An encrypted member is named as such, not as damaged."""
    data = bytearray(zipped(TWO))
    for signature, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        start = -1
        while (start := data.find(signature, start + 1)) >= 0:
            data[start + at] |= 1
    submission = read_file(tmp_path, "hw.zip", bytes(data))
    assert messages(submission)[1] == "net.py is protected by a password and cannot be opened."
    assert submission.problems[0].fatal


def test_an_unusual_compression_is_named(tmp_path: Path) -> None:
    """Only stored and deflated members are read: the others could unpack to gigabytes in one step."""
    submission = read_file(tmp_path, "hw.zip", zipped(TWO, zipfile.ZIP_BZIP2))
    assert messages(submission)[1] == "net.py is compressed in a way that cannot be read here."


@pytest.mark.parametrize("damage", range(20, 260, 16))
def test_a_truncated_zip_keeps_what_is_whole(tmp_path: Path, damage: int) -> None:
    """Of an upload that stopped, the files that came through are graded."""
    data = zipped([("a.py", CODE * 5), ("b.py", os.urandom(400)), ("c.py", CODE)])
    submission = read_file(tmp_path, "hw.zip", data[:-damage])
    assert "a.py" in paths(submission) or damage > 350
    assert any(
        "is damaged or was cut off (perhaps the upload did not finish): what could be read" in m
        for m in messages(submission)
    )


def test_a_truncated_tar_keeps_what_is_whole(tmp_path: Path) -> None:
    """Of a tar that was cut off, the whole files are kept; the cut one and the archive are named."""
    submission = read_file(tmp_path, "hw.tgz", tarred([*TWO, ("x.py", os.urandom(9000))])[:-4000])
    assert paths(submission) == ["answers.yaml", "net.py"]
    assert messages(submission)[0] == "x.py is damaged and could not be read."
    assert messages(submission)[1].startswith(
        "hw.tgz is damaged or was cut off (perhaps the upload did not finish)"
    )


def test_one_damaged_member_costs_only_itself(tmp_path: Path) -> None:
    """A member whose checksum fails is named; its neighbours are kept."""
    data = bytearray(zipped([("a.py", CODE), ("b.py", "x" * 50)], zipfile.ZIP_STORED))
    data[data.find(b"xxxx")] = ord("y")
    submission = read_file(tmp_path, "hw.zip", bytes(data))
    assert paths(submission) == ["a.py"]
    assert messages(submission) == ["b.py is damaged and could not be read."]


@pytest.mark.parametrize(
    ("limits", "files", "message", "kept"),
    [
        (
            IntakeLimits(files=2),
            {f"{i}.py": "x" for i in range(5)},
            "2.py was left out: at most 2 files are read.",
            2,
        ),
        (
            IntakeLimits(entries=3),
            {f"{i}.py": "x" for i in range(5)},
            "ada has too many files: the rest of it",
            3,
        ),
        (
            IntakeLimits(file_bytes=1 << 20),
            {"a.py": "x", "b.csv": "x" * (2 << 20)},
            "b.csv is too large (2 MB; at most 1 MB",
            1,
        ),
        (
            IntakeLimits(total_bytes=1 << 20),
            {"a.csv": "x" * 700_000, "b.csv": "x" * 700_000},
            "b.csv was left out: all files together",
            1,
        ),
    ],
)
def test_caps(tmp_path: Path, limits: IntakeLimits, files: dict[str, str], message: str, kept: int) -> None:
    """Count and sizes are capped; the message says the cap, and what came before it is kept."""
    folder = write_tree(tmp_path / "ada", files)
    submission = read(Source("ada", (str(folder),)), limits)
    assert message in messages(submission)[0]
    assert len(submission.files) == kept


def test_a_huge_file_is_never_read(tmp_path: Path) -> None:
    """A file over the cap costs no memory (300 MB here, sparse)."""
    folder = write_tree(tmp_path / "ada", {"net.py": CODE})
    with open(folder / "mnist.csv", "wb") as file:
        file.truncate(300 << 20)
    submission = read(Source("ada", (str(folder),)))
    assert messages(submission) == [
        "mnist.csv is too large (300 MB; at most 32 MB are read) and was left out."
    ]


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress])
def test_a_bomb_in_a_compressed_tar_ends(tmp_path: Path, pack: object) -> None:
    """A compressed tar that unpacks to far more than it holds stops at the cap."""
    block = tarfile.TarInfo("zeros")
    block.size = 64 << 20
    data = pack(block.tobuf() + b"\0" * (64 << 20))  # type: ignore[operator]
    path = tmp_path / "hw.tar"
    path.write_bytes(data)
    submission = read(Source("ada", (str(path),)), IntakeLimits(file_bytes=1 << 20, archive_bytes=8 << 20))
    assert submission.files == ()
    assert any("unpacks to far more than a homework needs" in m for m in messages(submission))
