"""What the readers of zips, tars and folders have in common: a member that is read only as far as it is allowed to."""

from __future__ import annotations

import errno
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from grader.intake.names import ending

MemberKind = Literal["file", "link", "device", "encrypted", "method"]


class DamagedError(Exception):
    """An archive, or one member of it, cannot be read (to its end); the text says how in the student's words."""


BAD_DATA = (
    DamagedError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    struct.error,
    ValueError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    IndexError,
    KeyError,
    MemoryError,
)
"""What Python's own readers raise on archives that are damaged or made to hurt."""


@dataclass(frozen=True)
class Member:
    """One entry of an archive or folder, not yet read."""

    name: str
    size: int
    """Unpacked size as stated (it may lie)."""
    read: Callable[[int], bytes]
    """At most that many bytes from the start; raises one of BAD_DATA, or OSError."""
    kind: MemberKind = "file"
    packed: int = 0
    """Packed size, 0 when not known."""


def nothing(_: int) -> bytes:
    """The reader of a member that is never read."""
    return b""


def is_ours(error: BaseException) -> bool:
    """Did the operating system refuse (our side), and not the data? A damaged archive sends one to impossible places."""
    return isinstance(error, OSError) and error.errno not in (None, errno.EINVAL, errno.EOVERFLOW)


def kind_of(name: str, head: bytes) -> str:
    """What a file is by its first bytes; what only its name calls an archive is `zip`, or `none` when that is no use."""
    return sniff(head) or _CALLED.get(ending(name), "")


def sniff(head: bytes) -> str:
    """What the first bytes (300 are enough) say: `zip`, `tar`, `gz`, `xz`, `bz2`, `zst`, `rar`, `7z` or the empty string."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    return "tar" if head[257:262] == b"ustar" else ""


_CALLED = {
    ".zip": "zip",
    **dict.fromkeys((".tar.gz", ".tar.xz", ".tar.bz2", ".tgz", ".tar", ".rar", ".7z"), "none"),
}
_MAGIC = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08", "zip"),
    (b"\x1f\x8b", "gz"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"BZh", "bz2"),
    (b"\x28\xb5\x2f\xfd", "zst"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
)
