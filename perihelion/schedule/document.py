"""The bytes of one file → what its keys hold, and every mistake in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yaml.events import DocumentStartEvent, StreamEndEvent

from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.schedule.encoding import (
    has_odd_line_breaks,
    has_odd_spaces,
    is_utf16,
    replace_odd_spaces,
    replace_unreadable,
)
from perihelion.schedule.reader import YamlReader, is_null
from perihelion.schedule.yaml_errors import Position

if TYPE_CHECKING:
    from perihelion.schedule.mapping_types import RecordType

    ParsedValues = dict[str, Any]
    Reading = tuple[ParsedValues, list[Mistake]]

START_POSITION = Position(0, 0)


def read_document(data: bytes, file: str, record: RecordType[ParsedValues]) -> Reading:
    """What `record` makes of the only document in `data`, and every mistake found on the way."""
    if is_utf16(data):
        message = "this is UTF-16 or UTF-32; save the file as UTF-8"
        return {}, [Mistake(SourceLocation(file, 1, 1), "encoding", message)]
    if not has_odd_line_breaks(data):
        reader = YamlReader(data, file)
        parsed = _read_root(reader, record)
        if not reader.has_unreadable:
            if reader.mistakes and has_odd_spaces(data):
                return _choose_reading((parsed, reader.mistakes), data, file, record)
            return parsed, reader.mistakes
    # libyaml reads ahead, and stops before it has reported what comes before the unreadable place:
    # go again without those characters, so that they hide no other mistake.
    data, mistakes = replace_unreadable(data, file)
    reader = YamlReader(data, file)
    parsed = _read_root(reader, record)
    return parsed, mistakes + reader.mistakes


def _choose_reading(
    reading: Reading, data: bytes, file: str, record: RecordType[ParsedValues]
) -> Reading:
    """`reading`, or the file read with ordinary spaces, if those of another kind were its mistakes.

    A text may well begin with one, where it does no harm.
    """
    corrected, odd = replace_odd_spaces(data, file)
    if not odd:
        return reading
    parsed, mistakes = read_document(corrected, file, record)
    return (parsed, odd + mistakes) if len(mistakes) < len(reading[1]) else reading


def _read_root(reader: YamlReader, record: RecordType[ParsedValues]) -> ParsedValues:
    reader.next_event()  # the start of the stream
    root = reader.next_event()
    if type(root) is DocumentStartEvent:
        root = reader.next_event()
    if reader.is_stopped:
        return {}
    if type(root) is StreamEndEvent or is_null(root):
        message = f"the file is empty; {record.noun} holds at least `missions: []`"
        reader.add_mistake(START_POSITION, "empty-file", message)
        return {}
    parsed = record.read_value(root, reader)
    _check_single_document(reader)
    return parsed or {}


def _check_single_document(reader: YamlReader) -> None:
    reader.next_event()  # the end of the document
    after = reader.next_event()
    if after is not None and type(after) is not StreamEndEvent:
        message = "a second document begins here; a schedule is one document, so remove the `---`"
        reader.forget_mistakes("missing-key")  # it may stand in the other document
        reader.add_mistake(after.start_mark, "documents", message)
