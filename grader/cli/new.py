"""`grade new` and `grade schema`."""

from __future__ import annotations

import json
from pathlib import Path

from grader.report.write import write_whole
from grader.scaffold import make
from grader.scaffold.schema import schema

SCHEMA = "rubric.schema.json"


def new(course: Path, assignment: str) -> int:
    """The command; returns the exit status."""
    made = make(course, assignment)
    write_whole(course / SCHEMA, schema_text().encode())
    for place in [*made, Path(SCHEMA)]:
        print(f"  {course / place}")
    print(f"Grade it: cd {course} && grade submissions/")
    return 0


def print_schema() -> int:
    """The command; returns the exit status."""
    print(schema_text(), end="")
    return 0


def schema_text() -> str:
    """The JSON Schema of rubric.yaml."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
