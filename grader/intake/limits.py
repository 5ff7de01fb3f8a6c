"""How much of a hand-in is read: caps that no honest homework reaches and no hostile archive gets past."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1024 * 1024


@dataclass(frozen=True)
class IntakeLimits:
    """Caps on one student's hand-in; what lies beyond is named as a problem, and the rest is kept."""

    files: int = 1000
    """Files that are kept."""
    entries: int = 20_000
    """Entries that are looked at, junk included."""
    file_bytes: int = 32 * MB
    """Size of one file."""
    total_bytes: int = 128 * MB
    """Size of all files together, unpacked."""
    archive_bytes: int = 1024 * MB
    """Size of an archive on disk, and how much of a compressed tar is unpacked in passing."""
    ratio: int = 300
    """Unpacked to packed size of one member; looked at from 1 MB on."""
    depth: int = 24
    """Folders inside folders."""
    name_chars: int = 240
    """Length of a file's path."""
    nested: int = 1
    """Archives inside archives (or inside a folder) that are opened."""
    problems: int = 50
    """Problems that are listed one by one; the rest are counted."""


DEFAULT_LIMITS = IntakeLimits()
