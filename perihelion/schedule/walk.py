"""libyaml's events, one after the other, with every mistake noted at its place.

The file never becomes a tree of nodes: shapes (see `shapes.py`, `records.py`) ask for the next
event and turn it into a value at once, which is what makes 100,000 events fast and small.
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

from perihelion.model.marks import Mark, Mistake
from perihelion.schedule.suggest import quote
from perihelion.schedule.syntax import Place, explain

if TYPE_CHECKING:
    from collections.abc import Callable

    from yaml.events import Event

DEEPEST = 32
"""How deep unknown content may nest. The format's own keys nest 6 deep; libyaml itself needs a
time that grows with the square of the depth."""

NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
"""How a plain text says that there is no value."""

_CONTENT = (ScalarEvent, CollectionStartEvent)
_STARTS = (MappingStartEvent, SequenceStartEvent)
_ENDS = (MappingEndEvent, SequenceEndEvent)
_KINDS = {MappingStartEvent: "a mapping", SequenceStartEvent: "a list", ScalarEvent: "a text"}


class Walk:
    """One pass over the bytes of one file; `mistakes` grows as it goes.

    After a syntax error `broken` is true and `next` gives None for ever, so that everything read
    so far still becomes values and shows its own mistakes.
    """

    def __init__(self, data: bytes, file: str) -> None:
        self.file = file
        self.mistakes: list[Mistake] = []
        self.broken = False
        self.unreadable = False
        """Set when the bytes hold something that is no text; see `encoding.py`."""
        self._data = data
        self._shared: dict[Any, Any] = {}
        parser = yaml.CLoader if yaml.__with_libyaml__ else yaml.Loader
        self._get: Callable[[], Event | None] = _nothing
        try:
            self._get = parser(data).get_event
        except yaml.YAMLError as error:  # the parser without libyaml reads ahead at once
            self._stop(error)

    def next(self) -> Event | None:
        """The next event, or None after a syntax error. Anchors, aliases and tags are refused."""
        try:
            event = self._get()
        except (yaml.YAMLError, UnicodeError) as error:
            self._stop(error)
            return None
        if isinstance(event, _CONTENT):
            if event.anchor is not None or event.tag is not None:
                self._refuse_extras(event)
        elif type(event) is AliasEvent:
            self._refuse_alias(event)
        return event

    def mark(self, place: Place | None) -> Mark:
        """A place of libyaml's (it counts from 0) as a mark (which counts from 1)."""
        if place is None:  # so its types say; every event that libyaml makes has its place
            return Mark(self.file)
        return Mark(self.file, place.line + 1, place.column + 1)

    def complain(self, place: Place | None, code: str, message: str) -> None:
        """Note a mistake."""
        self.mistakes.append(Mistake(self.mark(place), code, message))

    def mismatch(self, event: Event | None, wanted: str) -> None:
        """Note that `event` starts another kind of thing than `wanted`, and step over it."""
        if event is None:
            return
        if is_nothing(event):
            self.lack(event, wanted)
        elif type(event) is not AliasEvent:  # an alias has had its complaint
            kind = _KINDS.get(type(event), "something else")
            self.complain(event.start_mark, "wrong-type", f"{kind} stands here; write {wanted}")
        self.skip(event)

    def lack(self, event: Event, wanted: str) -> None:
        """Note that nothing stands where `wanted` should."""
        message = f"nothing stands here; write {wanted}, or leave it out if it is optional"
        self.complain(event.start_mark, "empty", message)

    def skip(self, event: Event | None) -> None:
        """Step over what `event` starts."""
        depth = 0
        while event is not None:
            if isinstance(event, _STARTS):
                depth += 1
            elif isinstance(event, _ENDS):
                depth -= 1
            if depth <= 0:
                return
            if depth > DEEPEST:
                self._too_deep(event.start_mark)
            event = self.next()

    def share(self, value: Any) -> Any:  # noqa: ANN401 - any hashable value, given back as it is
        """The first value seen that equals `value`: what repeats is kept once."""
        return self._shared.setdefault(value, value)

    def _refuse_alias(self, event: AliasEvent) -> None:
        message = f"the alias `*{event.anchor}` is not allowed; write the value out"
        self.complain(event.start_mark, "alias", message)

    def _refuse_extras(self, event: ScalarEvent | CollectionStartEvent) -> None:
        if event.anchor is not None:
            message = f"the anchor `&{event.anchor}` is not allowed; remove it"
            self.complain(event.start_mark, "anchor", message)
        if event.tag is not None:
            message = f"the YAML tag {quote(event.tag)} is not allowed; remove it"
            self.complain(event.start_mark, "yaml-tag", message)

    def _too_deep(self, place: Place | None) -> None:
        self.complain(place, "too-deep", f"nested more than {DEEPEST} deep; the schedule never is")
        self._give_up()

    def _stop(self, error: Exception) -> None:
        if isinstance(error, yaml.reader.ReaderError):
            self.unreadable = True
        else:
            place, code, message = explain(error, self._data)
            self.complain(place, code, message)
        self._give_up()

    def _give_up(self) -> None:
        self.broken = True
        self._get = _nothing


def is_nothing(event: Event | None) -> bool:
    """Whether `event` is a text that says that there is no value."""
    if type(event) is not ScalarEvent:
        return False
    return not event.value.strip() or (event.implicit[0] and event.value in NOTHING)


def _nothing() -> None:
    return None
