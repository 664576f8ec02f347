"""The JSON Schema of schedule.yaml, for editors: made of the same table of keys as the loader."""

from __future__ import annotations

import json
import sys
from typing import Any

from perihelion.schedule.keys import SCHEDULE

SCHEMA_FILE = "schedule.schema.json"
"""Where the repository keeps it; the first line of schedule.yaml names it."""


def build_json_schema() -> dict[str, Any]:
    """The schema as a JSON object (draft 2020-12), with a description on every key."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Perihelion's schedule",
        "description": "What is remembered, and who posts it. The guide is docs/the-schedule.md.",
    } | SCHEDULE.to_json_schema()


def render_json_schema() -> str:
    """The schema as the repository's file holds it."""
    return json.dumps(build_json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render_json_schema())
