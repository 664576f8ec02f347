"""Reading values out of JSON from elsewhere, whose shape nobody promises."""

from __future__ import annotations

import json
from typing import Any


def parse_json(text: str | bytes | None) -> Any:  # noqa: ANN401 - JSON is anything
    """The value of a JSON text; None if there is no text or it is not JSON."""
    try:
        return json.loads(text or "")
    except (ValueError, RecursionError):
        return None


def get_value(data: object, *path: str) -> Any:  # noqa: ANN401 - JSON is anything
    """The value at `path`, one name inside another; None where there is none."""
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data


def get_text(data: object, *path: str) -> str:
    """The string or whole number at `path`, as text; the empty string where there is none."""
    value = get_value(data, *path)
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def get_int(data: object, *path: str) -> int:
    """The whole number at `path`; 0 where there is none."""
    value = get_value(data, *path)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def get_list(data: object, *path: str) -> list[Any]:
    """The list at `path`; an empty one where there is none."""
    value = get_value(data, *path)
    return value if isinstance(value, list) else []


def get_object(data: object, *path: str) -> dict[str, Any]:
    """The object at `path`; an empty one where there is none."""
    value = get_value(data, *path)
    return value if isinstance(value, dict) else {}
