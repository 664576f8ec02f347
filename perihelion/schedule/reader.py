"""libyaml's events, one after the other, with every mistake noted at its place.

The file never becomes a tree of nodes: value types (see `scalar_types.py`,
`mapping_types.py`) ask for the next event and turn it into a value at once, which is what makes
100,000 events fast and small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.schedule.suggestions import quote_text
from perihelion.schedule.yaml_errors import YamlPosition, explain_yaml_error, read_rest_of_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from yaml.events import Event

MAX_DEPTH = 32
"""How deep unknown content may nest. The format's own keys nest 6 deep; libyaml itself needs a
time that grows with the square of the depth."""

NULL_TEXTS = frozenset({"", "~", "null", "Null", "NULL"})
"""How a plain text says that there is no value."""

_CONTENT_EVENTS = (ScalarEvent, CollectionStartEvent)
_START_EVENTS = (MappingStartEvent, SequenceStartEvent)
_END_EVENTS = (MappingEndEvent, SequenceEndEvent)
_EVENT_DESCRIPTIONS = {
    MappingStartEvent: "a mapping",
    SequenceStartEvent: "a list",
    ScalarEvent: "a text",
}


class YamlReader:
    """One pass over the bytes of one file; `mistakes` grows as it goes.

    After a syntax error `broken` is true and `next` gives only None, so that everything read
    so far still becomes values and shows its own mistakes.
    """

    def __init__(self, data: bytes, file: str) -> None:
        self.file = file
        self.mistakes: list[Mistake] = []
        self.is_stopped = False
        self.has_unreadable = False
        """Set when the bytes hold something that is not text; see `encoding.py`."""
        self._data = data
        self._interned: dict[Any, Any] = {}
        self._last_content: Event | None = None
        self._mistakes_before = 0
        """How many mistakes had been noted when `_last_content` was read."""
        parser = yaml.CLoader if yaml.__with_libyaml__ else yaml.Loader
        self._get_event: Callable[[], Event | None] = _no_event
        try:
            self._get_event = parser(data).get_event
        except yaml.YAMLError as error:  # the parser without libyaml reads ahead at once
            self._handle_yaml_error(error)

    def next_event(self) -> Event | None:
        """The next event, or None after a syntax error. Anchors, aliases and tags are refused."""
        try:
            event = self._get_event()
        except (yaml.YAMLError, UnicodeError) as error:
            self._handle_yaml_error(error)
            return None
        if isinstance(event, _CONTENT_EVENTS):
            self._last_content, self._mistakes_before = event, len(self.mistakes)
            if event.anchor is not None or event.tag is not None:
                self._report_anchor_and_tag(event)
        elif type(event) is AliasEvent:
            self._report_alias(event)
        return event

    def locate_position(self, position: YamlPosition | None) -> SourceLocation:
        """A place of libyaml's (it counts from 0) as a mark (which counts from 1)."""
        if position is None:  # so its types say; every event that libyaml makes has its place
            return SourceLocation(self.file)
        return SourceLocation(self.file, position.line + 1, position.column + 1)

    def add_mistake(self, position: YamlPosition | None, code: str, message: str) -> None:
        """Note a mistake."""
        self.mistakes.append(Mistake(self.locate_position(position), code, message))

    def forget_mistakes(self, code: str) -> None:
        """Forget the mistakes of that code."""
        self.mistakes = [one for one in self.mistakes if one.code != code]

    def report_wrong_type(self, event: Event | None, expected: str) -> None:
        """Note that `event` starts another kind of thing than `wanted`, and step over it."""
        if event is None:
            return
        if is_null(event):
            self.report_missing_value(event, expected)
        elif type(event) is not AliasEvent:  # an alias has had its complaint
            kind = _EVENT_DESCRIPTIONS.get(type(event), "something else")
            self.add_mistake(event.start_mark, "wrong-type", f"found {kind}; write {expected}")
        self.skip_value(event)

    def report_missing_value(self, event: Event, expected: str) -> None:
        """Note that nothing stands where `wanted` should."""
        message = f"the value is missing; write {expected}, or remove the key if it is optional"
        if event.start_mark and read_rest_of_line(event.start_mark, self._data).strip()[:1] == "#":
            message = f"the value is missing, as ` #` begins a comment; write {expected}"
        self.add_mistake(event.start_mark, "empty", message)

    def skip_value(self, event: Event | None) -> None:
        """Step over what `event` starts."""
        depth = 0
        while event is not None:
            if isinstance(event, _START_EVENTS):
                depth += 1
            elif isinstance(event, _END_EVENTS):
                depth -= 1
            if depth <= 0:
                return
            if depth > MAX_DEPTH:
                self._report_too_deep(event.start_mark)
            event = self.next_event()

    def intern_value(self, value: Any) -> Any:  # noqa: ANN401 - any hashable value, given back as it is
        """The first value seen that equals `value`: what repeats is kept once."""
        return self._interned.setdefault(value, value)

    def _report_alias(self, event: AliasEvent) -> None:
        message = f"the alias `*{event.anchor}` is not allowed; write the value out"
        self.add_mistake(event.start_mark, "alias", message)

    def _report_anchor_and_tag(self, event: ScalarEvent | CollectionStartEvent) -> None:
        if event.anchor is not None:
            message = f"the anchor `&{event.anchor}` is not allowed; remove it"
            self.add_mistake(event.start_mark, "anchor", message)
        if event.tag is not None:
            message = f"the YAML tag {quote_text(event.tag)} is not allowed; remove it"
            self.add_mistake(event.start_mark, "yaml-tag", message)

    def _report_too_deep(self, position: YamlPosition | None) -> None:
        self.add_mistake(
            position,
            "too-deep",
            f"nested over {MAX_DEPTH} levels deep; a schedule never needs that",
        )
        self._stop_reading()

    def _handle_yaml_error(self, error: Exception) -> None:
        if isinstance(error, yaml.reader.ReaderError):
            self.has_unreadable = True
        else:
            position, code, message = explain_yaml_error(error, self._data)
            self._drop_consequences(position)
            self.add_mistake(position, code, message)
        self._stop_reading()

    def _drop_consequences(self, position: YamlPosition) -> None:
        """Forget the mistakes that the syntax error at `position` has only made look like some.

        Such are a mapping that ended too early, a value that went on over the next lines, and one
        in the very line of the error.
        """
        last = self._last_content
        if last is None or last.start_mark is None or last.end_mark is None:
            return
        lines = last.end_mark.line - last.start_mark.line
        runs_on = type(last) is ScalarEvent and not last.style and lines > 0
        self.mistakes[self._mistakes_before :] = [
            one
            for one in self.mistakes[self._mistakes_before :]
            if one.code != "missing-key" and not runs_on and one.location.line <= position.line
        ]

    def _stop_reading(self) -> None:
        self.is_stopped = True
        self._get_event = _no_event


def is_null(event: Event | None) -> bool:
    """Whether `event` is a text that says that there is no value."""
    if type(event) is not ScalarEvent:
        return False
    return not event.value.strip() or (event.implicit[0] and event.value in NULL_TEXTS)


def _no_event() -> None:
    return None
