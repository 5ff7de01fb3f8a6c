"""`grade similarity`: a table, and a page for the staff."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.desk.classfile import NAME, read_class
from grader.errors import UsageError
from grader.intake import discover, read
from grader.model import HandedFile
from grader.report.classes import href
from grader.report.page import head, template
from grader.report.text import clip, visible
from grader.report.write import write_whole
from grader.rubric import Rubric, load
from grader.similarity import Code, Pair, Passage, Work, code_of, equal_predictions, similar

PAGE = "similarity.html"


@dataclass(frozen=True)
class Excerpt:
    """Lines of one hand-in."""

    title: str
    text: str


@dataclass(frozen=True)
class Shown:
    """A pair with its excerpts."""

    left: str
    right: str
    share: float
    shared: int
    excerpts: list[tuple[Excerpt, Excerpt]]


def similarity(assignment: str, out: Path, rubric: Path | None, top: int) -> int:
    """The command; returns the exit status."""
    folder, found, roster = _meant(assignment, out, rubric)
    sources = discover(folder, roster=roster).sources
    works = [Work(s.student, code_of(read(s).files)) for s in sources]
    together = {s.student: "+".join(sorted(s.members)) for s in sources if s.members}
    pairs = similar(works, handout(found), together)
    equal = equal_predictions(digests(out / found.assignment))
    page = out / found.assignment / PAGE
    write_whole(page, render(found, pairs[: max(top, 50)], works, equal).encode("utf-8", "replace"))
    _print(pairs[:top], len(pairs), equal, page)
    return 0


def _meant(assignment: str, out: Path, rubric: Path | None) -> tuple[Path, Rubric, Path | None]:
    """The folder of hand-ins, the rubric and the roster."""
    if (out / assignment / NAME).exists():
        known = read_class(out / assignment)
        return (
            Path(known.submissions),
            load(rubric or Path(known.rubric)),
            Path(known.roster) if known.roster else None,
        )
    folder = Path(assignment)
    if rubric is None or not folder.is_dir():
        raise UsageError(
            f"{assignment}: not graded in {out}. Grade it first, or give a folder of hand-ins and --rubric."
        )
    return folder, load(rubric / "rubric.yaml" if rubric.is_dir() else rubric), None


def handout(rubric: Rubric) -> tuple[Code, ...]:
    """What everybody was given: the handout's folder and the files that lie beside the students'."""
    place = rubric.path.parent / "handout"
    given = [
        HandedFile(str(p), p.read_bytes()) for p in sorted(place.rglob("*")) if p.suffix in (".py", ".ipynb")
    ]
    given += [HandedFile(path, data) for spec in rubric.specs for path, data in spec.provided.items()]
    return code_of(given)


def digests(folder: Path) -> dict[str, str]:
    """Student to the digest of the predictions, from the reports."""
    found = {}
    for path in sorted(folder.glob("*/report.json")):
        report = json.loads(path.read_bytes())
        known = [c["evidence"].get("predictions_digest") for q in report["questions"] for c in q["checks"]]
        if digest := next((d for d in known if isinstance(d, str)), ""):
            found[path.parent.name] = digest
    return found


def render(rubric: Rubric, pairs: Sequence[Pair], works: Sequence[Work], equal: list[list[str]]) -> str:
    """The page."""
    known = {w.student: w for w in works}
    shown = [
        Shown(
            p.left,
            p.right,
            p.share,
            p.shared,
            [_excerpts(x, known[p.left], known[p.right]) for x in p.passages],
        )
        for p in pairs
    ]
    return template("similarity.html.j2").render(
        head=head(("base.css", "class.css")),
        title=clip(rubric.file.title, 160),
        pairs=shown,
        predictions=equal,
        href=href,
    )


def _excerpts(passage: Passage, left: Work, right: Work) -> tuple[Excerpt, Excerpt]:
    return _excerpt(passage.left, left), _excerpt(passage.right, right)


def _excerpt(place: tuple[str, int, int], work: Work) -> Excerpt:
    path, first, last = place
    code = next(c for c in work.files if c.path == path)
    return Excerpt(
        f"{work.student}: {clip(path, 120)}, lines {first} to {last}",
        clip("\n".join(code.lines[first - 1 : last]), 4000),
    )


def _print(pairs: Sequence[Pair], count: int, equal: list[list[str]], page: Path) -> None:
    console = Console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("share", "tokens", "student", "student", "longest passage"):
        table.add_column(name, justify="right" if name in ("share", "tokens") else "left")
    for p in pairs:
        where = (
            f"{p.passages[0].left[0]}:{p.passages[0].left[1]} and {p.passages[0].right[0]}:{p.passages[0].right[1]}"
            if p.passages
            else ""
        )
        table.add_row(f"{p.share:.0%}", str(p.shared), *(Text(visible(t)) for t in (p.left, p.right, where)))
    console.print(table)
    if count > len(pairs):
        console.print(f"and {count - len(pairs)} more pairs with less in common", highlight=False)
    for group in equal:
        console.print(f"equal predictions: {', '.join(map(visible, group))}", markup=False, highlight=False)
    console.print(
        f"Passages side by side: {page}. Evidence for a person who reads both, never a verdict.",
        highlight=False,
        soft_wrap=True,
    )
