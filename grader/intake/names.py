"""Names that are safe to use: of files inside a submission, and of students as folders."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from grader.intake.limits import IntakeLimits

JUNK = frozenset(
    [
        "__macosx",
        "__pycache__",
        "thumbs.db",
        "desktop.ini",
        "ehthumbs.db",
        "icon\r",
        "node_modules",
        "site-packages",
        "$recycle.bin",
    ]
)
ARCHIVE_ENDINGS = (
    *(".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst", ".tgz", ".txz", ".tbz2", ".tbz", ".tar"),
    *(".zip", ".gz", ".xz", ".bz2", ".rar", ".7z"),
)
CODE_ENDINGS = (".py", ".ipynb", ".pyw")
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "index.html", "grades.csv", "record.sqlite", "."]
    + ["not-matched.txt", "not-graded.txt", "students.json", "class.json", "review.jsonl"]
    + ["canvas.csv", "moodle.csv", "export.csv", "moodle-feedback.zip"]
    + [f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)]
)
_BARE_ENDING = re.compile(r"\.(py|ipynb|zip|tex|md|ya?ml|csv|txt)", re.IGNORECASE)
_MAX_STUDENT_BYTES = 120


_INSIDE = "Make the archive again, inside the folder of your files."


class RefusedError(Exception):
    """A file name that cannot be used; the text completes the sentence `path ...`, and `help` says what to do."""

    def __init__(self, text: str, help: str = "Rename it and hand it in again.") -> None:
        super().__init__(text)
        self.help = help


def is_junk(path: str) -> bool:
    """Is it a file that a system or tool left behind, not something that the student made?"""
    return any(_junk_part(part) for part in re.split(r"[/\\]", path) if part)


def _junk_part(part: str) -> bool:
    low = part.lower()
    if low in JUNK or low.endswith((".pyc", ".pyo")) or part.startswith("~$"):
        return True
    return part.startswith(".") and part not in (".", "..") and not _BARE_ENDING.fullmatch(part)


def ending(name: str) -> str:
    """The file name's ending in lower case (`.tar.gz` as one), or the empty string."""
    low = name.rsplit("/", 1)[-1].lower()
    for known in ARCHIVE_ENDINGS:
        if low.endswith(known):
            return known
    dot = low.rfind(".")
    return low[dot:] if dot >= 0 else ""


def stem(name: str) -> str:
    """The file name without folder and ending; never empty for a name that is not."""
    base = name.rsplit("/", 1)[-1]
    return base[: len(base) - len(ending(base))] or base


def clean_path(raw: str, limits: IntakeLimits) -> str:
    """
    The path as it is kept: POSIX separators, NFC, without `.` parts.

    Raises:
        RefusedError: it is absolute, leaves the hand-in, has control characters, or is too long or too deep.
    """
    path = unicodedata.normalize("NFC", raw.replace("\\", "/"))
    if path.startswith("/") or re.match(r"[A-Za-z]:/", path):
        raise RefusedError("has an absolute path", _INSIDE)
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise RefusedError("points outside of the hand-in (`..`)", _INSIDE)
    if any(unicodedata.category(c) == "Cc" for c in path):
        raise RefusedError("has control characters in its name")
    if not parts:
        raise RefusedError("has no name")
    if len(parts) > limits.depth:
        raise RefusedError(
            f"lies more than {limits.depth} folders deep", "Put it into fewer folders and hand it in again."
        )
    if len(path) > limits.name_chars or any(len(p.encode("utf-8", "replace")) > 255 for p in parts):
        raise RefusedError("has a name that is too long")
    return "".join("_" if unicodedata.category(c) in ("Cs", "Cf") else c for c in "/".join(parts))


def shown(raw: str, length: int = 80) -> str:
    """A name for a message: without control characters, shortened in the middle."""
    text = "".join("?" if unicodedata.category(c)[0] == "C" else c for c in raw)
    if len(text) <= length:
        return text
    return f"{text[: length // 2 - 2]}...{text[-(length // 2 - 2) :]}"


def safe_student(text: str) -> str:
    """A folder name made of an identity: Unicode letters kept, everything that a path or a URL could trip over is `_`."""
    kept = "".join(c if _keep(c) else "_" for c in unicodedata.normalize("NFC", text))
    kept = re.sub(r"_{2,}", "_", kept).strip("._- ")
    if len(kept.encode()) > _MAX_STUDENT_BYTES:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        kept = f"{kept.encode()[: _MAX_STUDENT_BYTES - 9].decode(errors='ignore')}-{digest}"
    if not kept:
        return "student"
    return f"{kept}_" if kept.lower() in _RESERVED or kept.lower().split(".")[0] in _RESERVED else kept


def _keep(c: str) -> bool:
    return c in "-_.@+" or unicodedata.category(c)[0] in "LMN"


def folded(name: str) -> str:
    """The form in which two names are the same on some file system."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def make_unique(wanted: Iterable[str]) -> list[str]:
    """The names in order, a later one that is already taken (case-insensitively) with `-2`, `-3`, ... behind it."""
    wanted = list(wanted)
    taken: set[str] = set()
    reserved = {folded(name) for name in wanted}
    counts: dict[str, int] = {}
    result = []
    for name in wanted:
        unique = name
        while folded(unique) in taken or (unique != name and folded(unique) in reserved):
            counts[folded(name)] = counts.get(folded(name), 1) + 1
            unique = f"{name}-{counts[folded(name)]}"
        taken.add(folded(unique))
        result.append(unique)
    return result
