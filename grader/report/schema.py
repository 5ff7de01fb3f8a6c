"""The published JSON Schema of report.json. `python -m grader.report.schema` writes it again."""

from __future__ import annotations

import json
from pathlib import Path

from grader.model import Report

PATH = Path(__file__).with_name("report.schema.json")


def schema_json() -> str:
    """The schema as the file holds it."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema |= Report.model_json_schema(by_alias=True, mode="serialization")
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(schema_json(), "utf-8")
