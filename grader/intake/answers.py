"""The answers of a hand-in by label, wherever the student wrote them: YAML, LaTeX, Markdown, notebook, boxes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from grader.intake.gather import gather
from grader.intake.labels import Labels
from grader.intake.pieces import PRECEDENCE, Box, Experiment, HandedAnswer, has_numbers
from grader.intake.survey import SurveyAnswer, read_survey
from grader.model import Problem, Submission

LeftHandSide = Callable[[str, str], bool]


@dataclass(frozen=True)
class HandedAnswers:
    """What a student answered."""

    answers: Mapping[str, HandedAnswer]
    """By label. A label that is not here was not answered."""
    boxes: Mapping[str, tuple[Box, ...]] = field(default_factory=dict)
    """By section: the boxes that belong to no label yet, for labels that have no answer."""
    experiments: Mapping[str, Experiment] = field(default_factory=dict)
    """By label: numbers, lists and mappings of experiments.yaml."""
    survey: Mapping[str, SurveyAnswer] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    """For the student: what could not be read, with its line."""
    notes: tuple[str, ...] = ()
    """For the student: which of several answers was taken."""


def collect_answers(
    submission: Submission,
    labels: Sequence[str],
    sections: Mapping[str, Sequence[str]] | None = None,
    left_hand_side_matches: LeftHandSide | None = None,
) -> HandedAnswers:
    """
    The answers of a submission.

    Args:
        submission: the hand-in.
        labels: the labels that the assignment asks for (prose and experiments included).
        sections: for boxes: the heading of each problem (`Problem 3`) and the labels that belong to it.
        left_hand_side_matches: `(label, latex) -> bool`: does the box carry the label's left-hand side? A box is
            given to a label only when it matches that label alone.

    Returns:
        Several answers for a label: equal ones are one; of different ones counts answers.yaml before LaTeX before Markdown
        before a notebook, in one file the last, and a note says so. A box counts only for a label without an answer.
    """
    sections = sections or {}
    known = Labels(labels)
    gathered = gather(submission, known, tuple(sections))
    notes: list[str] = []
    answers = {
        label: _decide(label, [a for a in gathered.answers if a.label == label], notes)
        for label in known.labels
        if any(a.label == label for a in gathered.answers)
    }
    boxes = _by_section(gathered.boxes, sections, answers)
    if left_hand_side_matches is not None:
        answers |= _boxed(boxes, sections, answers, left_hand_side_matches, notes)
    return HandedAnswers(
        answers=answers,
        boxes=boxes,
        experiments=_experiments([e for e in gathered.experiments if known.match(e.label)]),
        survey=read_survey(gathered.survey),
        problems=tuple(
            Problem(f"{c.file}:{c.line}" if c.file else "", c.message, c.help) for c in gathered.complaints
        ),
        notes=tuple(notes),
    )


def _decide(label: str, found: Sequence[HandedAnswer], notes: list[str]) -> HandedAnswer:
    """The answer that counts: by form, in one form the last file's last one, a filled one before an empty one."""
    ranked = sorted(
        enumerate(found), key=lambda pair: (not pair[1].text, PRECEDENCE.index(pair[1].form), -pair[0])
    )
    best = ranked[0][1]
    others = [answer for _, answer in ranked[1:] if answer.text]
    same = tuple(a.where for a in others if _bare(a.text) == _bare(best.text))
    different = [a.where for a in others if _bare(a.text) != _bare(best.text)]
    if different:
        listed = ", ".join(different[:3])
        notes.append(
            f"{label}: the answer at {best.where} was graded; another one at {listed} says something else."
        )
    return replace(best, also=same)


def _experiments(found: Sequence[Experiment]) -> dict[str, Experiment]:
    """
    Each experiment once: what was written down (experiments.yaml, the last one) before data; several files with data together.
    """
    chosen: dict[str, Experiment] = {}
    for label in dict.fromkeys(e.label for e in found):
        mine = [e for e in found if e.label == label]
        if written := [e for e in mine if not e.data and has_numbers(e.value)]:
            chosen[label] = written[-1]
        elif len(data := [e for e in mine if e.data]) > 1:
            chosen[label] = replace(data[0], value=[e.value for e in data])
        else:
            chosen[label] = (data or mine)[-1]
    return chosen


def _bare(text: str) -> str:
    """What two answers are compared by: without spaces and the dollars around it."""
    return re.sub(r"\s+", "", text).strip("$")


def _by_section(
    boxes: Iterable[Box], sections: Mapping[str, Sequence[str]], answers: Mapping[str, HandedAnswer]
) -> dict[str, tuple[Box, ...]]:
    """The boxes of each section that has a label without an answer."""
    open_ones = [s for s, labels in sections.items() if any(label not in answers for label in labels)]
    found = {section: tuple(box for box in boxes if box.section == section) for section in open_ones}
    return {section: boxes for section, boxes in found.items() if boxes}


def _boxed(
    boxes: Mapping[str, tuple[Box, ...]],
    sections: Mapping[str, Sequence[str]],
    answers: Mapping[str, HandedAnswer],
    matches: LeftHandSide,
    notes: list[str],
) -> dict[str, HandedAnswer]:
    """The boxes that carry the left-hand side of exactly one label."""
    found: dict[str, list[HandedAnswer]] = {}
    for section, here in boxes.items():
        for box in here:
            meant = [label for label in sections[section] if matches(label, box.text)]
            if len(meant) == 1 and meant[0] not in answers:
                answer = HandedAnswer(meant[0], box.text, box.file, box.line, box.cell, "box")
                found.setdefault(meant[0], []).append(answer)
    return {label: _decide(label, several, notes) for label, several in found.items()}
