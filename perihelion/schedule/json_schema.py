"""The JSON Schema of schedule.yaml, for editors: made of the same table of keys as the loader."""

from __future__ import annotations

import json
import sys
from typing import Any

from perihelion.schedule.keys import SCHEDULE

SCHEMA_FILE = "schedule.schema.json"
"""Where the repository keeps it; the first line of schedule.yaml names it."""

INCLUDED_SCHEMA_FILE = "missions.schema.json"
"""It refers to the other for missions; the first line of an included file names it."""


def build_json_schema() -> dict[str, Any]:
    """The schema as a JSON object (draft 2020-12), with a description on every key."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Perihelion's schedule",
        "description": "What is remembered, and who posts it. The guide is docs/the-schedule.md.",
    } | SCHEDULE.to_json_schema()


def build_included_json_schema() -> dict[str, Any]:
    """The schema of a file that a schedule includes; its missions are those of SCHEMA_FILE."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Missions of Perihelion's schedule",
        "description": "A file that a schedule includes. The guide is docs/the-schedule.md.",
        "type": "object",
        "additionalProperties": False,
        "properties": {"missions": {"$ref": f"./{SCHEMA_FILE}#/properties/missions"}},
        "required": ["missions"],
    }


def render_json_schema(schema: dict[str, Any]) -> str:
    """The schema as the repository's file holds it."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render_json_schema(build_json_schema()))
