"""Answers in LaTeX: `\\answer{P1.2b}{...}`, and the `\\boxed{...}` under the headings of the problems."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from grader.intake.headings import Opened
from grader.intake.labels import Labels
from grader.intake.macros import expanded, macros_of
from grader.intake.pieces import Box, Complaint, Gathered, HandedAnswer, boxes_in, braced, line_of

_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*")
_BLANKED = re.compile(
    r"\\begin\{(verbatim\*?|lstlisting|minted|comment|Verbatim)\}.*?(?:\\end\{\1\}|\Z)|\\iffalse\b.*?(?:\\fi\b|\Z)"
    r"|\\verb\*?(?P<q>[^A-Za-z\s*])[^\n]{0,300}?(?P=q)",
    re.DOTALL,
)
_ANSWER = re.compile(
    r"\\answer(?![A-Za-z])\s{0,40}(?:\[[^\]\n]{0,200}\]\s{0,40})?\{([^{}\n]{0,80})\}\s{0,40}(?:\[[^\]\n]{0,200}\]\s{0,40})?"
)
_HEADING = re.compile(
    r"\\(?P<command>part|chapter|section|subsection|subsubsection|paragraph|problem|question|exercise)\*?\s{0,40}(?:\[[^\]\n]{0,200}\])?\s{0,40}(?=\{)"
    r"|\\begin\s{0,40}\{(?P<env>problem|question|exercise|homeworkProblem|hwproblem)\*?\}\s{0,40}(?:[\[{](?P<title>[^\]}\n]{0,200})[\]}])?"
    r"|\\textbf\s{0,40}(?=\{\s{0,40}(?:Problem|Question|Exercise|Part|Theory)\s{0,40}\w)"
)
_MOST = 500
_MOST_COMPLAINTS = 10
_LEVELS = {"part": 1, "chapter": 1, "section": 1, "subsection": 2, "subsubsection": 3, "paragraph": 4}


def read_latex(file: str, text: str, labels: Labels, sections: Sequence[str]) -> Gathered:
    """The answers and boxes of one LaTeX file."""
    clean = without_comments(text)
    macros = macros_of(clean)
    boxing = {name: macro for name, macro in macros.items() if r"\boxed" in macro.body}
    clean = expanded(clean, boxing) if boxing else clean
    gathered = Gathered()
    taken: list[tuple[int, int]] = []
    for found in islice(_ANSWER.finditer(clean), _MOST):
        _one_answer(file, clean, found, labels, gathered, taken)
    del gathered.complaints[_MOST_COMPLAINTS:]
    gathered.answers[:] = [replace(answer, text=expanded(answer.text, macros)) for answer in gathered.answers]
    for at, box, opened in _boxes(clean, sections):
        if not any(start <= at < end for start, end in taken) and "#" not in box:
            box = expanded(box, macros)
            gathered.boxes.append(Box(opened.section, box, file, line_of(clean, at), 0, opened.titles))
    return gathered


def without_comments(text: str) -> str:
    """The document with comments, verbatim text and what follows its end blanked; every line keeps its number."""
    text = _BLANKED.sub(lambda m: "\n" * m[0].count("\n"), text)
    text = _COMMENT.sub(lambda m: m[1], text)
    end = text.find("\\end{document}")
    return text if end < 0 else text[:end]


def _one_answer(
    file: str,
    text: str,
    found: re.Match[str],
    labels: Labels,
    gathered: Gathered,
    taken: list[tuple[int, int]],
) -> None:
    line = line_of(text, found.start())
    typed = found[1].strip()
    if "#" in typed or not typed:
        return
    label = labels.match(typed)
    if text[found.end() : found.end() + 1] != "{":
        if label is not None:
            advice = r"Write \answer{label}{your answer}."
            gathered.complaints.append(
                Complaint(file, line, rf"\answer{{{typed}}} has no answer behind it.", advice)
            )
        return
    end = braced(text, found.end())
    if end < 0:
        end = _open_end(text, found.end())
        advice = "Every { needs its }; what was read ends before the next empty line."
        gathered.complaints.append(
            Complaint(file, line, rf"the braces of \answer{{{typed}}} are not balanced.", advice)
        )
        body = text[found.end() + 1 : end]
    else:
        body = text[found.end() + 1 : end - 1]
    taken.append((found.start(), end))
    if label is None:
        gathered.complaints.append(unknown(file, line, typed, labels))
    else:
        gathered.answers.append(HandedAnswer(label, body.strip(), file, line, form="tex"))


def _open_end(text: str, at: int) -> int:
    found = re.search(r"\n\s*\n|\\answer|\\section|\\subsection", text[at:])
    return at + found.start() if found else len(text)


def unknown(file: str, line: int, typed: str, labels: Labels) -> Complaint:
    """The complaint about a label that the assignment does not ask for."""
    near = labels.near(typed)
    advice = f"Did you mean {near}?" if near else "Use the labels of the assignment page."
    return Complaint(file, line, f"`{typed[:60]}` is not a label of this assignment.", advice)


def _boxes(text: str, sections: Sequence[str]) -> Iterator[tuple[int, str, Opened]]:
    """Each box with the headings that it stands under."""
    headings = list(_headings(text))
    opened, next_heading, numbered = Opened(), 0, 0
    for at, box in boxes_in(text):
        while next_heading < len(headings) and headings[next_heading][0] < at:
            _, level, title = headings[next_heading]
            if title.startswith("#"):
                numbered += 1
                title = f"Problem {numbered} {title[1:]}" if not re.search(r"\d", title) else title[1:]
            opened = opened.after(level, title, sections)
            next_heading += 1
        yield at, box, opened


def _headings(text: str) -> Iterator[tuple[int, int, str]]:
    """Place, level and title of each heading; an environment's title begins with `#`: it may be only counted."""
    for found in _HEADING.finditer(text):
        if found["env"]:
            yield found.start(), 1, f"#{found['title'] or ''}"
            continue
        end = braced(text, found.end())
        title = re.sub(
            r"\\[a-zA-Z]+\*?|[{}]", " ", text[found.end() : end if end > 0 else found.end() + 80]
        ).strip()
        command = found["command"]
        if command in ("problem", "question", "exercise"):
            title = f"Problem {title}"
        yield found.start(), _LEVELS.get(command or "", 1 if command else 5), title
