"""A report as the student's page shows it: what comes first, what is folded, what is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from markupsafe import Markup, escape

from grader.model import CheckReport, CodeFile, Diagnosis, Outcome, QuestionReport, Report
from grader.report import wording
from grader.report.blocks import Block, Limits, blocks
from grader.report.code import split
from grader.report.evidence import Line
from grader.report.text import clip, points, visible

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
    """One thing to mend: a cause and everything that it cost."""

    message: str
    help: str
    diagnosis: Diagnosis | None
    lost: float = 0.0
    checks: list[tuple[str, str]] = field(default_factory=list)
    """Anchor and id of each check."""


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
        comment = f'<span class="note">{escape(visible(clip(note, 600)))}</span>' if note else ""
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
        note = Markup('<span class="note">{}</span>').format(visible(clip(line["note"], 600)))
        return Excerpt(f"{line['file']}, line {line['line']}", "", note)


def questions(report: Report, limits: Limits) -> list[QuestionView]:
    """All questions in order; checks beyond the limit are counted, not shown."""
    left = limits.checks
    drawn = limits.blocks
    views = []
    for index, question in enumerate(report.questions):
        shown = question.checks[: max(left, 0)]
        left -= len(shown)
        checks = []
        for number, check in enumerate(shown, 1):
            checks.append(_check(check, f"q{index + 1}-{number}", limits if drawn > 0 else None, limits.text))
            drawn -= len(checks[-1].blocks)
        views.append(_question(question, f"q{index + 1}", checks))
    return views


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


def _check(check: CheckReport, anchor: str, limits: Limits | None, text: int) -> CheckView:
    ours = check.outcome is Outcome.ERROR
    open_points = check.outcome in (Outcome.MANUAL, Outcome.ERROR)
    comment = clip(check.review.comment, text) if check.review else ""
    return CheckView(
        anchor=anchor,
        id=clip(check.id, 80),
        title=clip(wording.title(check), 200),
        outcome=check.outcome.value,
        word=wording.OUTCOMES[check.outcome],
        points=f"{points(None if open_points else check.points)} / {points(check.max_points)}",
        message=clip(wording.message(check), text),
        help="" if ours else clip(check.help, text),
        diagnosis=None if ours else check.diagnosis,
        blocks=[] if ours or limits is None else blocks(check.evidence, limits),
        opened=check.outcome is not Outcome.EARNED or comment != "",
        comment=comment,
    )


def mend(report: Report, count: int = 3) -> list[Mend]:
    """
    The causes that cost most points, most first; checks that share a diagnosis or a message are one cause.

    Order: points lost, then causes with a diagnosis, then the order of the report.
    """
    causes: dict[str, Mend] = {}
    for index, question in enumerate(report.questions):
        for number, check in enumerate(question.checks, 1):
            if check.outcome in (Outcome.LOST, Outcome.PARTIAL):
                _add(causes, check, f"q{index + 1}-{number}")
    return sorted(causes.values(), key=lambda m: (-round(m.lost, 6), m.diagnosis is None))[:count]


def _add(causes: dict[str, Mend], check: CheckReport, anchor: str) -> None:
    key = f"d {check.diagnosis.id}" if check.diagnosis else f"m {check.message}"
    cause = causes.setdefault(key, Mend(clip(check.message, 400), clip(check.help, 400), check.diagnosis))
    cause.lost += check.max_points - (check.points or 0.0)
    cause.checks.append((anchor, clip(check.id, 80)))
