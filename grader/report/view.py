"""A report as the student's page shows it: what comes first, what is folded, what is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from markupsafe import Markup

from grader.model import CheckReport, CodeFile, Diagnosis, Outcome, QuestionReport, Report
from grader.report import wording
from grader.report.blocks import Block, Limits, blocks
from grader.report.code import split
from grader.report.evidence import Line
from grader.report.text import apart, clip, points, prose

Highlighter = Callable[[CodeFile], str]
AROUND = 2


@dataclass(frozen=True)
class CheckView:
    """One check."""

    anchor: str
    id: str
    title: str
    outcome: str
    word: str
    points: str
    message: str
    help: str
    diagnosis: Diagnosis | None
    blocks: list[Block]
    opened: bool
    root: tuple[str, str] | None = None
    """Of a check that was not tried: anchor and id of the one that failed first."""
    comment: str = ""
    """Words of the staff."""


@dataclass(frozen=True)
class QuestionView:
    """One question with its checks."""

    anchor: str
    id: str
    title: str
    outcome: str
    word: str
    points: str
    max_points: str
    checks: list[CheckView]
    opened: bool
    extra: bool
    left_out: int


@dataclass
class Mend:
    """One thing to mend: a cause and everything that it cost, here and in what could not be tried because of it."""

    message: str
    help: str
    diagnosis: Diagnosis | None
    extra: bool
    lost: float = 0.0
    checks: list[tuple[str, str]] = field(default_factory=list)
    """Anchor and id of each check."""

    def count(self, check: CheckReport, anchor: str) -> None:
        """One more check that lost points by it."""
        self.lost += check.max_points - (check.points or 0.0)
        self.checks.append((anchor, clip(check.id, 80)))


@dataclass(frozen=True)
class Excerpt:
    """Lines of a file around the one that matters."""

    title: str
    target: str
    html: Markup


class Listing:
    """One file of the student's, highlighted when first needed."""

    def __init__(self, index: int, file: CodeFile, highlighter: Highlighter) -> None:
        self.anchor = f"file-{index}"
        self.file = file
        self._highlighter = highlighter

    @cached_property
    def lines(self) -> list[Markup]:
        """The highlighted lines."""
        return split(self._highlighter(self.file))

    def excerpt(self, line: Line) -> Excerpt:
        """The marked line with its neighbours and the note below it."""
        first = max(1, line["line"] - AROUND)
        last = min(len(self.lines), line["line"] + AROUND)
        html = "".join(
            self._line(n, line["note"] if n == line["line"] else None) for n in range(first, last + 1)
        )
        target = f"{self.anchor}-{line['line']}" if line["line"] in self.file.marks else self.anchor
        return Excerpt(f"{self.file.path}, line {line['line']}", target, Markup(html))

    def body(self, budget: int) -> Markup:
        """All lines with their notes; stops, visibly, when `budget` characters are used up."""
        parts: list[str] = []
        for number in range(1, len(self.lines) + 1):
            parts.append(self._line(number, self.file.marks.get(number), f"{self.anchor}-{number}"))
            budget -= len(parts[-1])
            if budget < 0:
                left = len(self.lines) - number
                parts.append(
                    f'<span class="cut">\u2026 {left:,} more lines are not shown.</span>' if left else ""
                )
                break
        return Markup("".join(parts))

    def _line(self, number: int, note: str | None, anchor: str = "") -> str:
        code = self.lines[number - 1]
        if note is None:
            return f'<span class="l" data-n="{number}">{code}\n</span>'
        mark = f' id="{anchor}"' if anchor else ""
        said = "" if note == "here" else note
        comment = f'<span class="note">{prose(clip(said, 600))}</span>' if said else ""
        return f'<span class="l hit" data-n="{number}"{mark}>{code}\n</span>{comment}'


class Listings:
    """All files of a report by their path."""

    def __init__(self, files: list[CodeFile], highlighter: Highlighter) -> None:
        self.all = [Listing(i, file, highlighter) for i, file in enumerate(files[:30])]
        self._by_path = {listing.file.path: listing for listing in self.all}

    def excerpt(self, line: Line) -> Excerpt:
        """The excerpt of a line, or only its place and note when the file is not shown."""
        listing = self._by_path.get(line["file"])
        if listing is not None and 1 <= line["line"] <= len(listing.lines):
            return listing.excerpt(line)
        note = Markup('<span class="note">{}</span>').format(prose(clip(line["note"], 600)))
        return Excerpt(f"{line['file']}, line {line['line']}", "", note)


def questions(report: Report, limits: Limits) -> list[QuestionView]:
    """All questions in order; checks beyond the limit are counted, not shown."""
    left = limits.checks
    drawn = limits.blocks
    views = []
    places = anchors(report)
    for index, question in enumerate(report.questions):
        shown = question.checks[: max(left, 0)]
        left -= len(shown)
        checks = []
        told = Told()
        for check in shown:
            checks.append(_check(check, places, limits if drawn > 0 else None, limits.text, told))
            drawn -= len(checks[-1].blocks)
        views.append(_question(question, f"q{index + 1}", checks))
    return views


def anchors(report: Report) -> dict[str, str]:
    """The anchor of each check by its id."""
    return {
        check.id: f"q{index}-{number}"
        for index, question in enumerate(report.questions, 1)
        for number, check in enumerate(question.checks, 1)
    }


class Told:
    """What a question has shown already: the same lines are not shown again for its next check."""

    def __init__(self) -> None:
        self._lines: set[str] = set()
        self._setups: dict[str, str] = {}

    def first_time(self, blocks: list[Block], check: str) -> list[Block]:
        """The blocks without excerpts that were shown; of lines to try, only what differs."""
        return [new for block in blocks if (new := self._shortened(block, check)) is not None]

    def _shortened(self, block: Block, check: str) -> Block | None:
        if block.kind == "lines":
            new = [line for line in block.lines if repr(line) not in self._lines]
            self._lines |= {repr(line) for line in new}
            return replace(block, lines=new) if new else None
        if block.kind == "try_it":
            setup, ending = _parts(block.text)
            before = self._setups.setdefault(setup, check)
            return block if before == check else replace(block, text=ending, where=before)
        return block


def _parts(lines: str) -> tuple[str, str]:
    """Lines to try: those that set up, and from the first that measures or prints on."""
    found = lines.split("\n")
    cut = next((i for i, line in enumerate(found) if line.startswith(("def ", "print("))), len(found))
    return "\n".join(found[:cut]).rstrip(), "\n".join(found[cut:])


def _question(question: QuestionReport, anchor: str, checks: list[CheckView]) -> QuestionView:
    sure = wording.known(question) or question.points > 0
    return QuestionView(
        anchor=anchor,
        id=clip(question.id, 80),
        title=clip(question.title, 200),
        outcome=question.outcome.value,
        word=wording.OUTCOMES[question.outcome],
        points=points(question.points if sure else None),
        max_points=points(question.max_points),
        checks=checks,
        opened=question.outcome is not Outcome.EARNED or any(c.comment for c in checks),
        extra=question.extra,
        left_out=len(question.checks) - len(checks),
    )


def _check(
    check: CheckReport, places: Mapping[str, str], limits: Limits | None, text: int, told: Told
) -> CheckView:
    ours = check.outcome is Outcome.ERROR
    comment = clip(check.review.comment, text) if check.review else ""
    shown = [] if ours or limits is None else blocks(check.evidence, limits, check.kind)
    return CheckView(
        anchor=places[check.id],
        id=clip(check.id, 80),
        title=clip(wording.title(check), 200),
        outcome=check.outcome.value,
        word=wording.OUTCOMES[check.outcome],
        points=_of_check(check),
        message=clip(apart(wording.message(check), check.id), text),
        help="" if ours else clip(check.help, text),
        diagnosis=None if ours else cause_of(check),
        blocks=told.first_time(shown, check.id) if check.outcome is not Outcome.EARNED else shown,
        opened=check.outcome is not Outcome.EARNED or comment != "",
        root=_root(check, places),
        comment=comment,
    )


def _of_check(check: CheckReport) -> str:
    """`1.5 / 2`; nothing for a check without points."""
    open_points = check.outcome in (Outcome.MANUAL, Outcome.ERROR)
    if not check.max_points:
        return ""
    return f"{points(None if open_points else check.points)} / {points(check.max_points)}"


def cause_of(check: CheckReport) -> Diagnosis | None:
    """The diagnosis, unless the message says just that."""
    found = check.diagnosis
    said = check.message.strip().lower().endswith(found.says.strip().lower()) if found else True
    return None if said else found


def _root(check: CheckReport, places: Mapping[str, str]) -> tuple[str, str] | None:
    because = check.evidence.get("because")
    if check.outcome is not Outcome.NOT_RUN or not isinstance(because, str) or because not in places:
        return None
    return places[because], clip(because, 80)


def mend(report: Report, count: int = 3) -> list[Mend]:
    """
    The causes that cost most points, most first; checks that share a message, or what their diagnosis says, are one cause.

    What could not be tried, and what is wrong only because of another check, counts with that one. Order: extra points last; then
    points lost, then causes with a diagnosis, then the order of the report. A cause that costs nothing is none.
    """
    causes: dict[str, Mend] = {}
    keys: dict[str, str] = {}
    followed: list[tuple[CheckReport, bool]] = []
    places = anchors(report)
    for question in report.questions:
        for check in question.checks:
            if "because" in check.evidence:
                followed.append((check, question.extra))
            elif check.outcome in (Outcome.LOST, Outcome.PARTIAL):
                keys[check.id] = _add(causes, check, places[check.id], question.extra)
    for check, extra in followed:
        cause = causes.get(keys.get(str(check.evidence["because"]), ""))
        if check.outcome is Outcome.NOT_RUN and cause is not None:
            cause.lost += check.max_points
        elif check.outcome in (Outcome.LOST, Outcome.PARTIAL):
            if cause is None:
                _add(causes, check, places[check.id], extra)
            else:
                cause.count(check, places[check.id])
    costly = [cause for cause in causes.values() if cause.lost > 0]
    return sorted(costly, key=lambda m: (m.extra, -round(m.lost, 6), m.diagnosis is None))[:count]


def _add(causes: dict[str, Mend], check: CheckReport, anchor: str, extra: bool) -> str:
    """Count a check to its cause; gives the cause's key."""
    said = apart(check.message, check.id)
    # Without anything to show for itself it says no more than the next one that says the same: there is no answer.
    own = check.message if check.evidence else said
    key = f"d {check.diagnosis.id} {check.diagnosis.says}" if check.diagnosis else f"m {own}"
    fresh = Mend(clip(said, 400), clip(check.help, 400), cause_of(check), extra)
    causes.setdefault(key, fresh).count(check, anchor)
    return key
