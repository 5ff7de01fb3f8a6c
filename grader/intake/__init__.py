"""Intake: from a folder, archive or export to the submissions of a class, without trusting any of it."""

from grader.intake.answers import HandedAnswers, collect_answers
from grader.intake.code import CodeChoice, Found, find_code
from grader.intake.discover import Discovery, discover, discover_one
from grader.intake.limits import IntakeLimits
from grader.intake.modules import Broken
from grader.intake.pieces import Box, Experiment, HandedAnswer
from grader.intake.read import read
from grader.intake.survey import SurveyAnswer

__all__ = [
    "Box",
    "Broken",
    "CodeChoice",
    "Discovery",
    "Experiment",
    "Found",
    "HandedAnswer",
    "HandedAnswers",
    "IntakeLimits",
    "SurveyAnswer",
    "collect_answers",
    "discover",
    "discover_one",
    "find_code",
    "read",
]
