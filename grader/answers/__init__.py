"""Answers that are formulas, numbers, vectors, matrices, shapes or choices, judged by their meaning."""

from __future__ import annotations

from grader.answers.faults import SpecError, Unreadable
from grader.answers.followup import left_hand_side_matches, read, value_of
from grader.answers.judge import judge
from grader.answers.judgement import Judgement
from grader.answers.spec import AnswerSpec, Misconception, Truth, specs_from
from grader.answers.symbols import Declaration

__all__ = [
    "AnswerSpec",
    "Declaration",
    "Judgement",
    "Misconception",
    "SpecError",
    "Truth",
    "Unreadable",
    "judge",
    "left_hand_side_matches",
    "read",
    "specs_from",
    "value_of",
]
