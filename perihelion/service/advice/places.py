"""Where a key of an event stands in its file, for advice about what it says."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.model.source_location import SourceLocation
from perihelion.service.local_faults import locate_event

if TYPE_CHECKING:
    from perihelion.model.missions import Event


def locate_key(event: Event, key: str) -> SourceLocation:
    """The place of the event's `key`; of the event itself if its file does not show it there.

    The schedule keeps only where events begin, which spares memory. Reads the file again.
    """
    start = locate_event(event)
    margin = start.column - 1
    lines = _read_lines(start.file)
    for number in range(max(start.line, 1), len(lines) + 1):
        line = lines[number - 1]
        if number > start.line and line[:margin].strip():
            break
        if line[margin:].startswith(f"{key}:"):
            return SourceLocation(start.file, number, start.column)
    return start


def _read_lines(file: str) -> list[str]:
    try:
        state = Path(file).stat()
        return _read_lines_once(file, state.st_mtime_ns, state.st_size)
    except (OSError, ValueError):
        return []


@lru_cache(maxsize=4)
def _read_lines_once(file: str, _changed: int, _size: int) -> list[str]:
    return Path(file).read_bytes().decode("utf-8-sig", "replace").splitlines()
