"""Reading tar archives of students, plain or compressed, forward only and with bounded reads."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
from collections.abc import Iterator
from typing import BinaryIO, cast

from grader.intake.limits import IntakeLimits
from grader.intake.members import BAD_DATA, DamagedError, Member, MemberKind, is_ours, nothing

_BLOCK = 512
_CHUNK = 1 << 16
_MAX_HEADER = 1 << 16
_REGULAR = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_LINKS = (tarfile.SYMTYPE, tarfile.LNKTYPE)
_CUT = "is damaged or was cut off (perhaps the upload did not finish)"


class _Forward:
    """The unpacked bytes in order; counts them, so that a bomb ends."""

    def __init__(self, stream: BinaryIO, most: int) -> None:
        self.stream, self.left = stream, most

    def exactly(self, n: int) -> bytes:
        data = self.upto(n)
        if len(data) < n:
            raise DamagedError(_CUT)
        return data

    def upto(self, n: int) -> bytes:
        """The next n bytes, fewer at the end."""
        parts: list[bytes] = []
        while n > 0 and (part := self._some(n)):
            parts.append(part)
            n -= len(part)
        return b"".join(parts)

    def skip(self, n: int) -> None:
        while n > 0:
            part = self._some(n)
            if not part:
                raise DamagedError(_CUT)
            n -= len(part)

    def _some(self, n: int) -> bytes:
        if self.left <= 0:
            raise DamagedError("unpacks to far more than a homework needs")
        try:
            part = self.stream.read(min(n, _CHUNK))
        except OSError as error:
            if is_ours(error):
                raise
            raise DamagedError(_CUT) from None
        except BAD_DATA:
            raise DamagedError(_CUT) from None
        self.left -= len(part)
        return part


def unpacked(stream: BinaryIO, kind: str) -> BinaryIO:
    """The stream behind a compression that `sniff` named; `tar` is as it is."""
    match kind:
        case "gz":
            return cast(BinaryIO, gzip.open(stream))
        case "xz":
            return cast(BinaryIO, lzma.open(stream))
        case "bz2":
            return cast(BinaryIO, bz2.open(stream))
    return stream


def tar_members(stream: BinaryIO, kind: str, single: str, limits: IntakeLimits) -> Iterator[Member]:
    """
    The members of a (compressed) tar, to be read while they pass; a compressed file that is no tar is its own member.

    Args:
        stream: the archive.
        kind: as `sniff` says: `tar`, `gz`, `xz`, `bz2`.
        single: the name of the content when it is no tar.
        limits: the caps.

    Raises:
        DamagedError: after the last whole member.
    """
    forward = _Forward(unpacked(stream, kind), limits.archive_bytes)
    first = forward.upto(_BLOCK)
    if not _is_header(first):
        yield Member(single, 0, lambda most: first[:most] + forward.upto(max(0, most - len(first))))
        return
    yield from _walk(forward, first)


def _is_header(block: bytes) -> bool:
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return len(block) == _BLOCK and not block.strip(b"\0")
    return True


def _walk(forward: _Forward, block: bytes) -> Iterator[Member]:
    long_name = ""
    while block.strip(b"\0"):
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError:
            raise DamagedError(_CUT) from None
        padded = -(-max(info.size, 0) // _BLOCK) * _BLOCK
        if info.type in (tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE):
            long_name = _long_name(info, _header_data(forward, padded)) or long_name
        elif info.type in (tarfile.XGLTYPE, tarfile.GNUTYPE_LONGLINK):
            forward.skip(padded)
        else:
            info.name, long_name = long_name or info.name, ""
            yield from _one(forward, info, padded)
        block = forward.upto(_BLOCK)
        if len(block) < _BLOCK:
            raise DamagedError(_CUT)


def _header_data(forward: _Forward, padded: int) -> bytes:
    if padded > _MAX_HEADER:
        raise DamagedError("has a damaged header")
    return forward.exactly(padded)


def _long_name(info: tarfile.TarInfo, data: bytes) -> str:
    """The name that a GNU long name or a pax header gives to the next member."""
    data = data[: info.size]
    if info.type == tarfile.GNUTYPE_LONGNAME:
        return data.split(b"\0")[0].decode("utf-8", "surrogateescape")
    at = data.find(b" path=")
    return data[at + 6 :].split(b"\n")[0].decode("utf-8", "surrogateescape") if at >= 0 else ""


def _one(forward: _Forward, info: tarfile.TarInfo, padded: int) -> Iterator[Member]:
    if info.isdir():
        return
    kind: MemberKind = "file" if info.type in _REGULAR else "link" if info.type in _LINKS else "device"
    before = forward.left

    def read(most: int) -> bytes:
        return forward.exactly(min(most, info.size))

    yield Member(info.name, info.size, read if kind == "file" else nothing, kind)
    if kind == "file":
        forward.skip(padded - (before - forward.left))
