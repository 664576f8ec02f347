"""schedule.yaml → its missions, events and accounts, or all of its mistakes."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

from yaml.events import DocumentStartEvent, StreamEndEvent

from perihelion.model.errors import ConfigurationError
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.schedule.encoding import has_odd_line_breaks, is_utf16, replace_unreadable
from perihelion.schedule.inherit import build_schedule
from perihelion.schedule.keys import SCHEDULE
from perihelion.schedule.reader import YamlReader, is_null
from perihelion.schedule.yaml_errors import Position

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perihelion.model.missions import Schedule
    from perihelion.schedule.inherit import ParsedValues

START_POSITION = Position(0, 0)


def load_schedule(path: Path) -> Schedule:
    """Read the schedule in the file `path`.

    Raises ConfigurationError with every mistake of the file, sorted by place; marks name the file
    as `path` does. Reads nothing but this file and the time zone database.
    """
    return _raise_on_mistakes(*load_with_mistakes(path))


def parse_schedule(data: bytes, file: str) -> Schedule:
    """Read a schedule from bytes; `file` is what marks call it. Raises as `load` does."""
    return _raise_on_mistakes(*_parse_with_mistakes(data, file))


def load_with_mistakes(path: Path) -> tuple[Schedule, list[Mistake]]:
    """What is right in the file `path`, and every mistake, sorted by place. Raises nothing."""
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        return build_schedule({})[0], [_make_file_mistake(str(path), error)]
    return _parse_with_mistakes(data, str(path))


def _parse_with_mistakes(data: bytes, file: str) -> tuple[Schedule, list[Mistake]]:
    if is_utf16(data):
        message = "this is UTF-16 or UTF-32; save the file as UTF-8"
        return build_schedule({})[0], [Mistake(SourceLocation(file, 1, 1), "encoding", message)]
    with _garbage_collection_paused():
        parsed, mistakes = _read_values(data, file)
        schedule, more = build_schedule(parsed)
    return schedule, sorted(mistakes + more)


def _raise_on_mistakes(schedule: Schedule, mistakes: list[Mistake]) -> Schedule:
    if mistakes:
        raise ConfigurationError(mistakes)
    return schedule


def _read_values(data: bytes, file: str) -> tuple[ParsedValues, list[Mistake]]:
    """What was parsed from the file, and every mistake found on the way."""
    if not has_odd_line_breaks(data):
        reader = YamlReader(data, file)
        parsed = _read_document(reader)
        if not reader.has_unreadable:
            return parsed, reader.mistakes
    # libyaml reads ahead, and stops before it has reported what comes before the unreadable place:
    # go again without those characters, so that they hide no other mistake.
    data, mistakes = replace_unreadable(data, file)
    reader = YamlReader(data, file)
    parsed = _read_document(reader)
    return parsed, mistakes + reader.mistakes


def _read_document(reader: YamlReader) -> ParsedValues:
    """What was parsed from the only document of a schedule."""
    reader.next_event()  # the start of the stream
    root = reader.next_event()
    if type(root) is DocumentStartEvent:
        root = reader.next_event()
    if reader.is_stopped:
        return {}
    if type(root) is StreamEndEvent or is_null(root):
        message = "the file is empty; a schedule holds at least `missions: []`"
        reader.add_mistake(START_POSITION, "empty-file", message)
        return {}
    parsed = SCHEDULE.read_value(root, reader)
    _check_single_document(reader)
    return parsed or {}


def _check_single_document(reader: YamlReader) -> None:
    reader.next_event()  # the end of the document
    after = reader.next_event()
    if after is not None and type(after) is not StreamEndEvent:
        message = "a second document begins here; a schedule is one document, so remove the `---`"
        reader.add_mistake(after.start_mark, "documents", message)


def _make_file_mistake(file: str, error: Exception) -> Mistake:
    location = SourceLocation(file)
    if isinstance(error, FileNotFoundError):
        return Mistake(location, "no-file", "there is no such file; give the schedule's path")
    if isinstance(error, IsADirectoryError):
        return Mistake(location, "directory", "this is a folder; give the path of the file in it")
    reason = getattr(error, "strerror", None) or error
    return Mistake(location, "unreadable", f"cannot be read: {reason}; correct its permissions")


@contextmanager
def _garbage_collection_paused() -> Iterator[None]:
    """No garbage collection inside.

    Nothing that is read here is ever a cycle, and the collector would look through all of it again
    and again.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
