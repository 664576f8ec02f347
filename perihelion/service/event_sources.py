"""Which bytes of the schedule's files each event was read from, and which all events share."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from perihelion.model.missions import Event

_OTHER_LINE_BREAKS = (b"\0", b"\r", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9")
"""What ends a line in YAML apart from `\\n`, and what shows that a file is in UTF-16."""


class FileContents(dict[Path, bytes]):
    """The bytes of every file that was asked for, each read once. Raises what reading raises."""

    def __missing__(self, file: Path) -> bytes:
        data = self[file] = file.read_bytes()
        return data


class EventSources(NamedTuple):
    """The lines of each event, in the order of the events, and all lines that belong to none."""

    own: list[bytes]
    shared: list[bytes]


def split_sources(files: Mapping[Path, bytes], events: Sequence[Event]) -> EventSources | None:
    """Each event's own lines and the shared ones; what an event says is in no other line.

    `events` are all events of the files, in the order of the schedule. None if lines cannot be
    told apart: an event does not begin its line, or a file has unusual line breaks.
    """
    by_file: dict[str, list[Event]] = {}
    for event in events:
        by_file.setdefault(event.location.file if event.location else "", []).append(event)
    found: dict[int, bytes] = {}
    shared: list[bytes] = []
    for file, data in files.items():
        if any(one in data for one in _OTHER_LINE_BREAKS):
            return None
        lines = data.split(b"\n")
        shared.append(str(file).encode("utf-8", "surrogateescape"))
        end = 0
        for event, first, after in _find_lines(lines, by_file.pop(str(file), [])):
            if first < end or after < first:
                return None
            found[id(event)] = b"\n".join(lines[first:after])
            shared += lines[end:first]
            end = after
        shared += lines[end:]
    if len(found) < len(events):
        return None
    return EventSources([found[id(event)] for event in events], shared)


def _find_lines(lines: list[bytes], events: list[Event]) -> Iterator[tuple[Event, int, int]]:
    """Each event, its first line, and the line after its last; a line of -1 where none tells.

    Within a mission an event goes on to the next one. What is a mission's last goes on to a line
    that begins further left: if it is still the event's, that line counts as shared.
    """
    for event, following in zip_longest(events, events[1:]):
        location = event.location
        assert location is not None  # noqa: S101 - they were grouped by it
        first, margin = location.line - 1, location.column - 1
        if lines[first][:margin].strip() != b"-":
            yield event, first, -1
        elif following and following.location and following.mission is event.mission:
            yield event, first, following.location.line - 1
        else:
            rest = range(first + 1, len(lines))
            yield event, first, next((n for n in rest if lines[n][:margin].strip()), len(lines))
