"""Lists that may be as long as a class: some of it on the screen, all of it in a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.report.write import write_whole

MOST = 20


def shortened(lines: Sequence[str], place: Path) -> Iterator[str]:
    """
    The lines; of more than twenty the first ones, how many more there are, and the file that has them all.

    Args:
        lines: one per entry.
        place: of the file; one of an earlier run goes where it is not needed.
    """
    if len(lines) <= MOST:
        place.unlink(missing_ok=True)
        yield from lines
        return
    write_whole(place, "".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
    yield from lines[:MOST]
    yield f"... and {len(lines) - MOST:,} more: {place}"
