"""The rubric: `rubrics/<assignment>/rubric.yaml`, read with line numbers and checked in full before anything runs."""

from grader.rubric.checked import Check, Rubric
from grader.rubric.entries import CheckEntry, Question, Rate, RubricFile
from grader.rubric.reading import load

__all__ = ["Check", "CheckEntry", "Question", "Rate", "Rubric", "RubricFile", "load"]
