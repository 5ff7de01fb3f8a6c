"""What the tests of answers share: the specs of the four pages."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from grader.answers import AnswerSpec, specs_from

RUBRICS = Path(__file__).parents[2] / "rubrics"
ASSIGNMENTS = ("cs434-hw3", "cs181-hw3", "nyu-dl-hw1", "cs577-a2")


@cache
def specs(assignment: str) -> dict[str, AnswerSpec]:
    """The specs of one assignment by label."""
    return specs_from(
        YAML(typ="safe").load((RUBRICS / assignment / "answers.yaml").read_text(encoding="utf-8"))
    )
