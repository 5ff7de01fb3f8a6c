"""A mistake by its id and in words."""

from __future__ import annotations

from grader.diagnosis.registry import sentence
from grader.model import Diagnosis


def named(id: str, says: str = "") -> Diagnosis:
    """The diagnosis of this id; in the words of the catalogue where none are given."""
    return Diagnosis(id=id, says=says or sentence([id]))
