"""`equivalent.yaml` beside a rubric: mutants that are as right as the solution, each with the reason."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from grader.errors import RubricError

NAME = "equivalent.yaml"


def read_marks(folder: Path) -> dict[str, str]:
    """
    Mutant keys to reasons. In a key `*` stands for anything: of what it fits, some may well be killed.

    Raises:
        RubricError: the file is not a mapping of texts, or a reason is missing.
    """
    path = folder / NAME
    if not path.exists():
        return {}
    try:
        data = YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {}
    except (OSError, YAMLError) as e:
        raise RubricError(f"{path}:1: not YAML: {e}") from e
    if not isinstance(data, dict):
        raise RubricError(f"{path}:1: expected a mapping of mutant keys to reasons")
    for key, reason in data.items():
        if not isinstance(key, str) or not isinstance(reason, str) or not reason.strip():
            raise RubricError(
                f"{path}:1: {key}: expected the reason why this mutant is as right as the solution"
            )
    return data


def reason_for(key: str, marks: dict[str, str]) -> str:
    """Why a mutant is equivalent, or nothing."""
    return next((reason for mark, reason in marks.items() if fnmatchcase(key, mark)), "")


def unused(marks: dict[str, str], keys: set[str]) -> list[str]:
    """Marks that fit no mutant any more."""
    return [mark for mark in marks if not any(fnmatchcase(key, mark) for key in keys)]
