"""Reading zip archives of students: members one by one, also from archives that are cut off or damaged."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from grader.intake.limits import IntakeLimits
from grader.intake.members import BAD_DATA, DamagedError, Member, MemberKind, nothing

_END = b"PK\x05\x06"
_CHUNK = 1 << 16


def zip_members(stream: BinaryIO, limits: IntakeLimits) -> Iterator[Member]:
    """
    The members of a zip archive.

    Raises:
        DamagedError: after the last member that could be found, when the archive is damaged.
    """
    check_directory(stream, limits)
    try:
        archive = zipfile.ZipFile(stream)
    except BAD_DATA:
        yield from _salvaged(stream)
        raise DamagedError("is damaged or was cut off (perhaps the upload did not finish)") from None
    with archive:
        for info in archive.infolist():
            if not info.is_dir():
                yield zip_member(archive, info, member_name(info))


def check_directory(stream: BinaryIO, limits: IntakeLimits) -> None:
    """Refuse a directory that would take more memory than it is worth, before `zipfile` reads it whole."""
    stream.seek(0, 2)
    size = stream.tell()
    stream.seek(max(0, size - 65_600))
    tail = stream.read()
    stream.seek(0)
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        return
    (directory,) = struct.unpack_from("<L", tail, at + 12)
    if min(directory, size) > limits.entries * 400:
        raise DamagedError(f"lists more than {limits.entries} files")


def member_name(info: zipfile.ZipInfo) -> str:
    """The member's name; names in UTF-8 without the flag that says so (macOS, old tools) are repaired."""
    name = info.orig_filename.replace("\0", "")
    if info.flag_bits & 0x800:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _kind(info: zipfile.ZipInfo) -> MemberKind:
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode):
        return "link"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "device"
    if info.flag_bits & 0x1:
        return "encrypted"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "method"
    return "file"


def zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> Member:
    """One entry of an open archive under a name."""

    def read(most: int) -> bytes:
        parts: list[bytes] = []
        with archive.open(info) as file:
            while most > 0 and (part := file.read(min(most, _CHUNK))):
                parts.append(part)
                most -= len(part)
        return b"".join(parts)

    return Member(name, info.file_size, read, _kind(info), info.compress_size)


# --- archives without a directory ---------------------------------------------------------------------------------


def _salvaged(stream: BinaryIO) -> Iterator[Member]:
    """The members that the local headers tell of, up to the first that is not whole."""
    stream.seek(0)
    while (header := _local_header(stream)) is not None:
        name, flags, method, packed = header
        start = stream.tell()
        if flags & 0x1:
            yield Member(name, 0, nothing, "encrypted")
            return
        if method == 0 and not flags & 0x8:
            yield Member(name, packed, _Stored(stream, start, packed), "file", packed)
            stream.seek(start + packed)
        elif method == 8:
            reader = _Inflater(stream, start)
            yield Member(name, 0, reader.read)
            if not reader.skip():
                return
        else:
            return


def _local_header(stream: BinaryIO) -> tuple[str, int, int, int] | None:
    head = stream.read(30)
    if head.startswith(b"PK\x07\x08"):  # a data descriptor with its signature: 16 bytes
        stream.seek(stream.tell() - len(head) + 16)
        head = stream.read(30)
    if len(head) < 30 or not head.startswith(b"PK\x03\x04"):
        return None
    flags, method = struct.unpack_from("<HH", head, 6)
    packed, _, name_length, extra_length = struct.unpack_from("<LLHH", head, 18)
    name = stream.read(name_length)
    stream.seek(extra_length, 1)
    text = name.decode("utf-8", "replace")
    return (text, flags, method, packed) if len(name) == name_length else None


class _Stored:
    """A member without compression."""

    def __init__(self, stream: BinaryIO, start: int, packed: int) -> None:
        self.stream, self.start, self.packed = stream, start, packed

    def __call__(self, most: int) -> bytes:
        self.stream.seek(self.start)
        data = self.stream.read(min(most, self.packed))
        if len(data) < min(most, self.packed):
            raise DamagedError("ends in the middle")
        return data


class _Inflater:
    """A deflated member whose packed size need not be known."""

    def __init__(self, stream: BinaryIO, start: int) -> None:
        self.stream, self.start = stream, start

    def read(self, most: int) -> bytes:
        """At most that many bytes; `DamagedError` when the stream ends before."""
        parts: list[bytes] = []
        have = 0
        for part in self._parts():
            parts.append(part)
            have += len(part)
            if have >= most:
                break
        return b"".join(parts)[:most]

    def skip(self) -> bool:
        """Go to the end of the member; False when it has none."""
        total = 0
        try:
            for part in self._parts():
                total += len(part)
                if total > 1 << 30:
                    return False
        except (DamagedError, zlib.error):
            return False
        return True

    def _parts(self) -> Iterator[bytes]:
        self.stream.seek(self.start)
        engine = zlib.decompressobj(-15)
        while not engine.eof:
            raw = engine.unconsumed_tail or self.stream.read(_CHUNK)
            if not raw:
                raise DamagedError("ends in the middle")
            yield engine.decompress(raw, _CHUNK)
        self.stream.seek(self.stream.tell() - len(engine.unused_data))
