"""The file names of the platforms' exports: Canvas and Moodle (`docs`: file formats, sections 5 and 6)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CANVAS = re.compile(
    r"^(?:(?P<name>(?!LATE_anon_|anon_).+?)_)?(?:(?P<late>LATE)_)?(?P<uid>\d+|anon_[0-9A-Za-z]+)_"
    r"(?:(?P<att>\d+)_(?P<file>.+)|(?P<kind>text|link)\.html)$"
)
_MOODLE = re.compile(r"^(?P<name>.+?)(?:_(?P<id>\d+))?_assignsubmission_(?P<type>[a-z]+)(?:_(?P<file>.*))?$")
_BLIND = re.compile(r"^Participant_(?P<id>\d+)_assignsubmission_(?P<type>[a-z]+)(?:_(?P<file>.*))?$")
_COPY = re.compile(r"^(?P<stem>.+)-\d{1,2}(?P<ending>\.\w+)$")


@dataclass(frozen=True)
class ExportedName:
    """What the name of one entry of an export says."""

    platform: str
    id: str
    name: str
    file: str
    """The student's own name of the file; empty for a folder of files."""
    late: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What the entries of one student have in common."""
        return (self.name, self.id)


def parse_canvas(name: str) -> ExportedName | None:
    """`smithbob_LATE_340934_208490284_hw1.py`, `anon_ab12C_99_x.ipynb`, `doe_55_text.html`."""
    found = _CANVAS.match(name)
    if found is None:
        return None
    file = found["file"] or f"online_{found['kind']}.html"
    return ExportedName("canvas", found["uid"], found["name"] or "", file, bool(found["late"]))


def parse_moodle(name: str) -> ExportedName | None:
    """
    `Jane Doe_1234567_assignsubmission_file_hw1.ipynb`, or the folder `Jane Doe_1234567_assignsubmission_file`.

    The group of those who are in none has no number: `Default group_assignsubmission_file_hw1.ipynb`.
    """
    found = _BLIND.match(name) or _MOODLE.match(name)
    if found is None:
        return None
    person = found.groupdict().get("name") or ""
    file = found["file"] or ""
    if found["type"] == "onlinetext":
        file = "online_text.html" if file else ""
    return ExportedName("moodle", found["id"] or "", person, file)


def parse_name(name: str, platform: str = "") -> ExportedName | None:
    """The entry of whichever export it is (or of the one given)."""
    if platform != "canvas" and (moodle := parse_moodle(name)):
        return moodle
    return parse_canvas(name) if platform != "moodle" else None


def without_copy_number(name: str) -> str:
    """`hw1-2.ipynb`, as Canvas renames the third attempt, is `hw1.ipynb`."""
    found = _COPY.match(name)
    return f"{found['stem']}{found['ending']}" if found else name
