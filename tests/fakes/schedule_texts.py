"""Schedules for tests: small ones by hand, large ones by number."""

from __future__ import annotations

from typing import Any

import yaml

from perihelion.model.errors import ConfigurationError
from perihelion.schedule.load import parse_schedule

FILE = "schedule.yaml"


def find_mistakes(text: str | bytes) -> list[tuple[int, int, str]]:
    """Line, column and code of every mistake in `text`; an empty list for a good schedule."""
    return [(m[0], m[1], m[2]) for m in find_mistakes_with_messages(text)]


def find_mistakes_with_messages(text: str | bytes) -> list[tuple[int, int, str, str]]:
    """As `mistakes_of`, with the messages."""
    data = text.encode() if isinstance(text, str) else text
    try:
        parse_schedule(data, FILE)
    except ConfigurationError as error:
        return [(m.location.line, m.location.column, m.code, m.message) for m in error.mistakes]
    return []


def schedule_with_one_event(**keys: str) -> str:
    """A schedule with one event in block style: its `id` in line 5, and a line for each key.

    The keys of a good event are there unless given; an empty text leaves a key out.
    """
    good = {"id": "landing", "at": "2016-03-02T04:26Z", "title": "Landing", "sources": "NASA"}
    lines = [f"{name}: {value}" for name, value in (good | keys).items() if value]
    head = "missions:\n  - id: year-in-space\n    name: One-Year Mission\n    events:\n      - "
    return head + "\n        ".join(lines) + "\n"


class EditorLoader(yaml.SafeLoader):
    """Reads YAML as editors do (YAML 1.2): a date is a text."""


EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_as_editor(written: str) -> Any:  # noqa: ANN401 - YAML may hold anything
    """What an editor makes of a YAML text."""
    return yaml.load(written, Loader=EditorLoader)  # noqa: S506 - a SafeLoader with one rule fewer
