"""Mappings of the schedule: tables of known keys, and what is read by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from yaml.events import (
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
)

from perihelion.schedule.suggest import instead, quote

if TYPE_CHECKING:
    from collections.abc import Callable

    from yaml.events import Event

    from perihelion.schedule.shapes import Scalar, Shape
    from perihelion.schedule.syntax import Place
    from perihelion.schedule.walk import Walk

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Key:
    """One key that a mapping may hold: its shape, and what it is for (messages, editors, docs)."""

    name: str
    shape: Shape[Any]
    about: str
    required: bool = False
    default: str | int | None = None


@dataclass(slots=True)
class Draft:
    """A mapping just read: its good values by key, and what was found where."""

    place: Place | None
    values: dict[str, Any]
    found: dict[str, tuple[Event, Event]]
    """The events that each key, right or wrong, and its value begin with."""


class Record(Generic[T]):
    """A mapping with known keys. `finish` makes its value of the draft, or None if it cannot.

    Of the two keys `apart` only one may stand there.
    """

    def __init__(
        self,
        noun: str,
        keys: tuple[Key, ...],
        finish: Callable[[Draft, Walk], T | None],
        *,
        apart: tuple[str, ...] = (),
    ) -> None:
        self.noun, self.keys, self.finish = noun, keys, finish
        self._apart = apart
        self._known = {key.name: key for key in keys}
        self._required = frozenset(key.name for key in keys if key.required)
        self._wanted = f"{noun}, a mapping with keys such as `{keys[0].name}:`"

    def read(self, event: Event | None, walk: Walk) -> T | None:
        """The finished value."""
        draft = self.draft(event, walk)
        return None if draft is None else self.finish(draft, walk)

    def draft(self, event: Event | None, walk: Walk) -> Draft | None:
        """Every key that is right; each that is not has become a mistake."""
        if type(event) is not MappingStartEvent:
            walk.mismatch(event, self._wanted)
            return None
        draft = Draft(event.start_mark, {}, {})
        self._fill(draft, walk)
        if not (walk.broken or self._required <= draft.found.keys()):
            self._miss(draft, walk)
        if self._apart and draft.found.keys() >= set(self._apart):
            self._part(draft, walk)
        return draft

    def _fill(self, draft: Draft, walk: Walk) -> None:
        values, found, known = draft.values, draft.found, self._known
        while True:
            name = walk.next()
            if type(name) is MappingEndEvent or name is None:
                return
            text = name.value if type(name) is ScalarEvent else ""
            key = known.get(text) if text not in found else None
            if key is None:
                self._refuse(name, draft, walk)
                continue
            event = walk.next()
            if event is None:
                return
            found[key.name] = name, event
            value = key.shape.read(event, walk)
            if value is not None:
                values[key.name] = value

    def _refuse(self, name: Event, draft: Draft, walk: Walk) -> None:
        """Note a key that is unknown, stands twice or is no text, and step over its value."""
        if type(name) is not ScalarEvent:
            walk.mismatch(name, "a key, which is a plain word")
        elif name.value in draft.found:
            _complain_again(name.value, name, draft, walk)
        else:
            message = f"unknown key {quote(name.value)}; {instead(name.value, tuple(self._known))}"
            walk.complain(name.start_mark, "unknown-key", message)
        walk.skip(walk.next())

    def _miss(self, draft: Draft, walk: Walk) -> None:
        for key in self.keys:
            if key.required and key.name not in draft.found:
                message = f"{self.noun} needs `{key.name}`: {key.about}"
                walk.complain(draft.place, "missing-key", message)

    def _part(self, draft: Draft, walk: Walk) -> None:
        first, second = (name for name in draft.found if name in self._apart)
        message = f"`{second}` and `{first}` cannot both stand here; keep one of them"
        walk.complain(draft.found[second][0].start_mark, "not-both", message)

    def schema(self) -> dict[str, Any]:
        """An object with these keys and no others."""
        schema: dict[str, Any] = {
            "type": "object",
            "additionalProperties": False,
            "properties": {key.name: _described(key) for key in self.keys},
        }
        if self._required:
            schema["required"] = [key.name for key in self.keys if key.required]
        if self._apart:
            schema["not"] = {"required": list(self._apart)}
        return schema


class Either(Generic[T]):
    """A text where that is enough, a mapping where there is more to say."""

    def __init__(self, text: Scalar[str], record: Record[T], made_of: Callable[[str], T]) -> None:
        self._text, self._record, self._made_of = text, record, made_of

    def read(self, event: Event | None, walk: Walk) -> T | None:
        """The value of either."""
        if type(event) is MappingStartEvent:
            return self._record.read(event, walk)
        text = self._text.read(event, walk)
        return None if text is None else self._made_of(text)

    def schema(self) -> dict[str, Any]:
        """Either."""
        return {"anyOf": [self._text.schema(), self._record.schema()]}


class Mapping(Generic[T]):
    """A mapping whose keys are the writer's own, each of the shape `key`."""

    def __init__(
        self, key: Scalar[str], value: Shape[Any], wanted: str, finish: Callable[[Draft, Walk], T]
    ) -> None:
        self._key, self._value, self._wanted, self._finish = key, value, wanted, finish

    def read(self, event: Event | None, walk: Walk) -> T | None:
        """What `finish` makes of the pairs, in the order of the file."""
        if type(event) is not MappingStartEvent:
            walk.mismatch(event, self._wanted)
            return None
        draft = Draft(event.start_mark, {}, {})
        while (name := walk.next()) is not None and type(name) is not MappingEndEvent:
            self._take(name, draft, walk)
        return self._finish(draft, walk)

    def _take(self, name: Event, draft: Draft, walk: Walk) -> None:
        key = self._key.read(name, walk)
        again = key in draft.found
        if key is not None and again:
            _complain_again(key, name, draft, walk)
        event = walk.next()
        if key is None or again or event is None:
            walk.skip(event)
            return
        draft.found[key] = name, event
        value = self._value.read(event, walk)
        if value is not None:
            draft.values[key] = value

    def schema(self) -> dict[str, Any]:
        """An object with keys of one pattern."""
        return {
            "type": "object",
            "propertyNames": self._key.schema(),
            "additionalProperties": self._value.schema(),
        }


def _complain_again(key: str, name: Event, draft: Draft, walk: Walk) -> None:
    first = walk.mark(draft.found[key][0].start_mark).line
    message = f"the key {quote(key)} stands here twice; the first is in line {first}"
    walk.complain(name.start_mark, "duplicate-key", message)


def _described(key: Key) -> dict[str, Any]:
    schema = {"description": key.about} | key.shape.schema()
    if key.default is not None:
        schema["default"] = key.default
    return schema
