"""The JSON Schema of rubric.yaml, from the code: completion and complaints in the editor, while the rubric is written."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError

from grader.checks.recipe import Recipe
from grader.checks.registry import built_in, kind
from grader.rubric import CheckEntry, RubricFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema of a whole rubric with all kinds of checks."""
    whole = RubricFile.model_json_schema(ref_template="#/$defs/{model}")
    defs = whole.setdefault("$defs", {})
    recipe = _inlined(Recipe, defs)
    whole["properties"]["recipes"] = {
        "type": "object",
        "additionalProperties": recipe,
        "description": "What checks do with the code, by name.",
    }
    entry = _inlined(CheckEntry, defs)
    kinds = {name: _options(name, defs) for name in built_in()}
    entry["properties"] |= kinds
    entry["additionalProperties"] = True
    """A course's own kinds have names of their own."""
    defs["Question"]["properties"]["checks"]["items"] = entry
    return {"$schema": DIALECT, "title": "A rubric", **whole}


def _options(name: str, defs: dict[str, Any]) -> dict[str, Any]:
    found = kind(name)
    assert found is not None
    try:
        options = _inlined(found.options, defs)
    except (PydanticSchemaGenerationError, PydanticInvalidForJsonSchema):
        return {"type": ["object", "null"], "description": found.title}
    for option in ("recipe", "recipes"):
        if option in options.get("properties", {}):
            recipe = {
                "anyOf": [{"type": "string"}, {"type": "object"}],
                "description": "By its name under `recipes:`, or written out.",
            }
            options["properties"][option] = (
                recipe if option == "recipe" else {"type": "array", "items": recipe}
            )
    return {**options, "type": ["object", "null"], "title": name, "description": found.title}


def _inlined(model: Any, defs: dict[str, Any]) -> dict[str, Any]:
    found = TypeAdapter(model).json_schema(ref_template="#/$defs/{model}")
    defs.update(found.pop("$defs", {}))
    return found
