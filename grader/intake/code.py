"""Which files of a hand-in define the names that an assignment asks for, whatever the files are called."""

from __future__ import annotations

import difflib
import posixpath
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from grader.intake.modules import Broken, Module, ModuleKind, modules
from grader.intake.names import folded, stem
from grader.model import Submission

FoundHow = Literal["defined", "imported", "main", "text"]
_OLD = re.compile(r"old|backup|bak|copy|template|skeleton|starter|original|orig|draft|archive", re.IGNORECASE)
_NUMBER = re.compile(r"(?: ?\((\d+)\)|[-_ ]v?(\d{1,2}))$", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """Where a name is bound."""

    name: str
    file: str
    """The file to load in order to have the name."""
    line: int
    cell: int = 0
    """The notebook's cell (from 1), 0 in a script; the line is then counted in the cell."""
    how: FoundHow = "defined"
    """`imported`: not the student's own definition, or one in another file; `main`: only inside
    `if __name__ == "__main__"`; `text`: seen in the text only (a syntax error, `setattr`, `globals()`)."""
    origin: str = ""
    """The file of the submission that defines it, when `file` imports it."""

    @property
    def where(self) -> str:
        """`net.py:12` or `hw.ipynb cell 3, line 12`."""
        return f"{self.file} cell {self.cell}, line {self.line}" if self.cell else f"{self.file}:{self.line}"


@dataclass(frozen=True)
class CodeChoice:
    """The files that define the names asked for."""

    primary: str | None
    """The file with most of the names, None when there is no code that has any."""
    kind: ModuleKind | None
    found: Mapping[str, Found]
    missing: Mapping[str, tuple[Found, ...]]
    """Each name that is nowhere, with what has a similar name."""
    notes: tuple[str, ...] = ()
    """For the student: which file was taken, and why."""
    broken: tuple[Broken, ...] = ()
    """Code files that cannot be read as Python, each with its line."""
    code_files: tuple[str, ...] = ()
    """All code files of the hand-in."""
    newer: tuple[str, ...] = ()
    """Files in the syntax of a newer Python than ours."""

    @property
    def files(self) -> tuple[str, ...]:
        """The files to load: the primary one, then those that have what it lacks."""
        return tuple(
            dict.fromkeys([*([self.primary] if self.primary else []), *(f.file for f in self.found.values())])
        )

    def complaint(self, name: str) -> tuple[str, str]:
        """What to tell the student about a name of `missing`: the message, and what to do."""
        if not self.code_files:
            return (
                f"{name} was not found: there is no code file in the hand-in.",
                "Hand in your .py or .ipynb file.",
            )
        listed = ", ".join(self.code_files[:3]) + (", ..." if len(self.code_files) > 3 else "")
        message = f"{name} is not defined in {listed}."
        if near := self.missing.get(name):
            return message, f"Did you mean {near[0].name} ({near[0].where})? Call it {name}."
        if self.broken:
            return message, f"{self.broken[0].message} {self.broken[0].help}".strip()
        return message, f"Define {name} at the top level of your file, with exactly this name."


def find_code(submission: Submission, names: Sequence[str], usual: Sequence[str] = ()) -> CodeChoice:
    """
    The files that define the names.

    Args:
        submission: the hand-in.
        names: top-level names, or `Class.method`.
        usual: names of files as students usually call them; they break ties, earlier before later.

    Returns:
        The primary file is the one with most of the names; ties go to its own definitions before imports, the usual
        name, the name that looks newest (`hw3 (2).py` over `hw3.py`, both over `old_hw3.py`), the folder nearest to
        the top, and the alphabet.
    """
    code = modules(submission)
    by_path = {module.path: module for module in code}
    have = {m.path: {n: f for n in names if (f := _find(m, n, by_path)) is not None} for m in code}
    ranked = sorted((m for m in code if have[m.path]), key=lambda m: _rank(m, have[m.path], usual))
    found: dict[str, Found] = {}
    for module in ranked:
        for name, spot in have[module.path].items():
            if name not in found or (found[name].how == "text" and spot.how != "text"):
                found[name] = spot
    primary = ranked[0] if ranked else None
    return CodeChoice(
        primary=primary.path if primary else None,
        kind=primary.kind if primary else None,
        found={name: found[name] for name in names if name in found},
        missing={name: tuple(_near(name, code)) for name in names if name not in found},
        notes=tuple(_notes(ranked, have)),
        broken=tuple(module.broken for module in code if module.broken),
        code_files=tuple(module.path for module in code),
        newer=tuple(module.path for module in code if module.newer),
    )


def _rank(module: Module, have: Mapping[str, Found], usual: Sequence[str]) -> tuple[object, ...]:
    certain = sum(1 for f in have.values() if f.how in ("defined", "imported"))
    own = sum(1 for f in have.values() if f.how == "defined")
    base = _plain(stem(module.path))
    wanted = [_plain(stem(name)) for name in usual]
    place = wanted.index(base) if base in wanted else len(wanted)
    old, number = _age(module.path)
    return (-certain, -len(have), -own, old, place, -number, module.path.count("/"), folded(module.path))


def _plain(name: str) -> str:
    """The stem without the number of a copy: `hw3 (2)` and `hw3-1` are `hw3`."""
    return folded(_NUMBER.sub("", name)).strip()


def _age(path: str) -> tuple[bool, int]:
    """Does it look like an old copy or a template, and the number of the copy."""
    number = _NUMBER.search(stem(path))
    return bool(_OLD.search(path)), int(number[1] or number[2]) if number else 0


# --- one name in one module -----------------------------------------------------------------------------------------


def _find(module: Module, name: str, by_path: Mapping[str, Module]) -> Found | None:
    top, _, method = name.partition(".")
    spot = _bound(module, name, top, by_path, frozenset())
    if spot is not None and spot.how != "main" and method and not _has_method(spot, top, method, by_path):
        return None
    if spot is not None and spot.how != "main":
        return spot
    return _in_text(module, name, top) or spot


def _bound(
    module: Module, name: str, top: str, by_path: Mapping[str, Module], seen: frozenset[str]
) -> Found | None:
    """The binding, followed through imports of the submission's own modules."""
    if module.path in seen:
        return None
    seen |= {module.path}
    if (spot := module.names.get(top)) is not None:
        binding = spot.binding
        if binding.how != "imported":
            how: FoundHow = "main" if binding.how == "main" else "defined"
            return Found(name, module.path, binding.line, spot.cell, how)
        origin = _local(module, binding.module, by_path)
        if origin is None:
            missing = binding.module.startswith(".") or not binding.module
            return (
                None
                if missing and not binding.module
                else Found(name, module.path, binding.line, spot.cell, "imported")
            )
        inner = _bound(origin, name, binding.original or top, by_path, seen) or _in_text(
            origin, name, binding.original or top
        )
        source = (inner.origin or inner.file) if inner else ""
        return Found(name, module.path, binding.line, spot.cell, "imported", source) if inner else None
    for star in reversed(module.stars):
        origin = _local(module, star, by_path)
        inner = _bound(origin, name, top, by_path, seen) if origin else None
        if inner is not None:
            return Found(name, module.path, inner.line, 0, "imported", inner.origin or inner.file)
    return None


def _local(module: Module, imported: str, by_path: Mapping[str, Module]) -> Module | None:
    """The submission's own module of an import, beside the importing file or at the top."""
    dots = len(imported) - len(imported.lstrip("."))
    folder = posixpath.dirname(module.path)
    for _ in range(dots - 1):
        folder = posixpath.dirname(folder)
    relative = imported.lstrip(".").replace(".", "/")
    for base in dict.fromkeys([folder, ""] if not dots else [folder]):
        for path in (f"{relative}.py", f"{relative}/__init__.py"):
            if (found := by_path.get(posixpath.join(base, path))) is not None and found is not module:
                return found
    return None


def _has_method(spot: Found, top: str, method: str, by_path: Mapping[str, Module]) -> bool:
    module = by_path.get(spot.origin or spot.file)
    where = module.names.get(top) if module else None
    if where is None or where.binding.how == "imported":
        return True
    binding = where.binding
    return method in binding.methods or binding.bases or not binding.methods


def _in_text(module: Module, name: str, top: str) -> Found | None:
    """A definition that only the text shows: in a file with a syntax error, or made by `setattr` or `globals()`."""
    word = re.escape(top)
    patterns = (
        [rf"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+{word}\b", rf"^{word}[ \t]*(?::[^=\n]+)?=(?!=)"]
        if module.broken
        else []
    )
    if re.search(r"\b(?:setattr|globals|exec|locals|vars)\s*\(", module.text):
        patterns.append(
            r"(?:setattr\s*\(|globals\(\)|locals\(\)|vars\(\)|exec\s*\()[^\n]{0,200}?"
            + rf"""["']{word}["']"""
        )
        patterns.append(rf"^[ \t]*(?:def|class)[ \t]+{word}\b")
    for pattern in patterns:
        if found := re.search(pattern, module.text, re.MULTILINE):
            return Found(name, module.path, module.text.count("\n", 0, found.start()) + 1, 0, "text")
    return None


# --- what to say ----------------------------------------------------------------------------------------------------


def _normal(name: str) -> str:
    return name.replace("_", "").casefold()


def _near(name: str, code: Iterable[Module]) -> list[Found]:
    """Definitions of the student whose names look like the one asked for, best first, at most three."""
    wanted = _normal(name.partition(".")[0])
    scored: list[tuple[float, Found]] = []
    for module in code:
        for other, spot in module.names.items():
            if spot.binding.how == "imported":
                continue
            ratio = difflib.SequenceMatcher(None, wanted, _normal(other)).ratio()
            if ratio >= 0.75 or (len(wanted) > 3 and wanted in _normal(other)):
                scored.append((ratio, Found(other, module.path, spot.binding.line, spot.cell)))
    scored.sort(key=lambda pair: (-pair[0], pair[1].file, pair[1].line))
    return [found for _, found in scored[:3]]


def _notes(ranked: Sequence[Module], have: Mapping[str, Mapping[str, Found]]) -> Iterable[str]:
    if not ranked:
        return
    first = ranked[0]
    own = {n for n, f in have[first.path].items() if f.how == "defined"}
    rivals = [m for m in ranked[1:] if any(f.how == "defined" and n in own for n, f in have[m.path].items())]
    if rivals:
        listed = ", ".join(m.path for m in rivals[:3]) + (", ..." if len(rivals) > 3 else "")
        more = len(have[first.path]) > len(have[rivals[0].path])
        why = (
            "it defines the most of the names asked for"
            if more
            else "by its name and place it looks like the final one"
        )
        yield f"{first.path} was graded and not {listed}, where the same names are defined: {why}."
    for module in ranked:
        if module.broken and module.kind == "script":
            yield f"{module.broken.message} {module.broken.help}"
        if module.newer:
            ours = f"{sys.version_info.major}.{sys.version_info.minor}"
            yield (
                f"{module.path}:{module.newer}: this is the syntax of a newer Python than the {ours} that runs here; the file was "
                "rewritten for it, with the same meaning, and graded."
            )
    for name, found in have[first.path].items():
        if found.how == "main":
            yield f'{found.where}: {name} is defined only inside `if __name__ == "__main__"`; move it out of it.'
