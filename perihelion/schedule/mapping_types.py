"""Mappings of the schedule: tables of known keys, and what is read by them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from yaml.events import (
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
)

from perihelion.schedule.suggestions import find_closest_match, quote_text, suggest_choice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from yaml.events import Event

    from perihelion.schedule.reader import YamlReader
    from perihelion.schedule.scalar_types import ValueType
    from perihelion.schedule.yaml_errors import YamlPosition

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeySpec:
    """One key that a mapping may hold: its type, and what it is for (messages, editors, docs)."""

    name: str
    value_type: ValueType[Any]
    description: str
    required: bool = False
    default: str | int | None = None
    also_called: tuple[str, ...] = ()
    """What people write instead of the name."""


@dataclass(slots=True)
class ParsedMapping:
    """A mapping just read: its good values by key, and what was found where."""

    position: YamlPosition | None
    values: dict[str, Any]
    key_events: dict[str, tuple[Event, Event]]
    """The events that each key, right or wrong, and its value begin with."""
    meant_keys: set[str | None] = field(default_factory=set)
    """Keys that unknown ones probably are: they are not missing as well."""


class RecordType(Generic[T]):
    """A mapping with known keys. `finish` turns what was parsed into its value, or None.

    Of the two `exclusive_keys` only one may stand there; of `any_of` at least one must.
    """

    def __init__(  # noqa: PLR0913 - one for each rule about its keys
        self,
        noun: str,
        keys: tuple[KeySpec, ...],
        finish: Callable[[ParsedMapping, YamlReader], T | None],
        *,
        exclusive_keys: tuple[str, ...] = (),
        any_of: tuple[str, ...] = (),
        elsewhere: Mapping[str, str] | None = None,
    ) -> None:
        """`elsewhere` says of the keys of other mappings where they belong."""
        self.noun, self.keys, self.finish = noun, keys, finish
        self._elsewhere = elsewhere or {}
        self._other_names = {other: key.name for key in keys for other in key.also_called}
        self._exclusive_keys, self._any_of = exclusive_keys, any_of
        self._keys_by_name = {key.name: key for key in keys}
        self._required = frozenset(key.name for key in keys if key.required)
        self._expected = f"{noun}, a mapping with keys such as `{keys[0].name}:`"

    def read_value(self, event: Event | None, reader: YamlReader) -> T | None:
        """The finished value."""
        mapping = self.read_mapping(event, reader)
        return None if mapping is None else self.finish(mapping, reader)

    def read_mapping(self, event: Event | None, reader: YamlReader) -> ParsedMapping | None:
        """Every key that is right; each that is not has become a mistake."""
        if type(event) is not MappingStartEvent:
            reader.report_wrong_type(event, self._expected)
            return None
        mapping = ParsedMapping(event.start_mark, {}, {})
        self._read_pairs(mapping, reader)
        if not (reader.is_stopped or self._required <= mapping.key_events.keys()):
            self._report_missing_keys(mapping, reader)
        if self._exclusive_keys and mapping.key_events.keys() >= set(self._exclusive_keys):
            self._report_exclusive_keys(mapping, reader)
        if self._any_of and mapping.key_events.keys().isdisjoint(self._any_of):
            self._report_none_of_keys(mapping, reader)
        return mapping

    def _read_pairs(self, mapping: ParsedMapping, reader: YamlReader) -> None:
        values, found, known = mapping.values, mapping.key_events, self._keys_by_name
        while True:
            name = reader.next_event()
            if type(name) is MappingEndEvent or name is None:
                return
            text = name.value if type(name) is ScalarEvent else ""
            key = known.get(text) if text not in found else None
            if key is None:
                self._report_wrong_key(name, mapping, reader)
                continue
            event = reader.next_event()
            if event is None:
                return
            found[key.name] = name, event
            value = key.value_type.read_value(event, reader)
            if value is not None:
                values[key.name] = value

    def _report_wrong_key(self, name: Event, mapping: ParsedMapping, reader: YamlReader) -> None:
        """Note a key that is unknown, is repeated or is not a text, and skip its value."""
        if type(name) is not ScalarEvent:
            reader.report_wrong_type(name, "a key, which is a plain word")
        elif name.value in mapping.key_events:
            _report_duplicate_key(name.value, name, mapping, reader)
        else:
            mapping.meant_keys.add(self._guess_key(name.value))
            reader.add_mistake(
                name.start_mark, "unknown-key", self.describe_unknown_key(name.value)
            )
        reader.skip_value(reader.next_event())

    def describe_unknown_key(self, name: str) -> str:
        """What is wrong with the key `name`, which is none of these."""
        if name[:1] == "-" and name[1:] in self._keys_by_name:
            advice = f"write a space after the dash: `- {name[1:]}`"
        elif guess := self._guess_key(name):
            advice = f"did you mean `{guess}`?"
        elif name in self._elsewhere:
            advice = f"it belongs in {self._elsewhere[name]}"
        else:
            advice = suggest_choice(name, tuple(self._keys_by_name))
        return f"unknown key {quote_text(name)}; {advice}"

    def _guess_key(self, name: str) -> str | None:
        meant = self._other_names.get(name.lower())
        if meant or name in self._elsewhere:
            return meant
        return find_closest_match(name, tuple(self._keys_by_name))

    def _report_none_of_keys(self, mapping: ParsedMapping, reader: YamlReader) -> None:
        if not reader.is_stopped:
            names = " or ".join(f"`{name}`" for name in self._any_of)
            reader.add_mistake(mapping.position, "missing-key", f"{self.noun} needs {names}")

    def _report_missing_keys(self, mapping: ParsedMapping, reader: YamlReader) -> None:
        for key in self.keys:
            if key.required and key.name not in mapping.key_events.keys() | mapping.meant_keys:
                message = f"{self.noun} needs `{key.name}`: {key.description}"
                reader.add_mistake(mapping.position, "missing-key", message)

    def _report_exclusive_keys(self, mapping: ParsedMapping, reader: YamlReader) -> None:
        first, second = (name for name in mapping.key_events if name in self._exclusive_keys)
        message = f"`{second}` and `{first}` exclude each other; keep one of them"
        reader.add_mistake(mapping.key_events[second][0].start_mark, "not-both", message)

    def to_json_schema(self) -> dict[str, Any]:
        """An object with these keys and no others."""
        schema: dict[str, Any] = {
            "type": "object",
            "additionalProperties": False,
            "properties": {key.name: _make_key_schema(key) for key in self.keys},
        }
        if self._required:
            schema["required"] = [key.name for key in self.keys if key.required]
        if self._exclusive_keys:
            schema["not"] = {"required": list(self._exclusive_keys)}
        if self._any_of:
            schema["anyOf"] = [{"required": [name]} for name in self._any_of]
        return schema


class MappingType(Generic[T]):
    """A mapping whose keys the author chooses, each of the type `key`."""

    def __init__(
        self,
        key: ValueType[str],
        value: ValueType[Any],
        expected: str,
        finish: Callable[[ParsedMapping, YamlReader], T],
    ) -> None:
        self._key, self._value, self._expected, self._finish = key, value, expected, finish

    def read_value(self, event: Event | None, reader: YamlReader) -> T | None:
        """What `finish` makes of the pairs, in the order of the file."""
        if type(event) is not MappingStartEvent:
            reader.report_wrong_type(event, self._expected)
            return None
        mapping = ParsedMapping(event.start_mark, {}, {})
        while (name := reader.next_event()) is not None and type(name) is not MappingEndEvent:
            self._read_pair(name, mapping, reader)
        return self._finish(mapping, reader)

    def _read_pair(self, name: Event, mapping: ParsedMapping, reader: YamlReader) -> None:
        key = self._key.read_value(name, reader)
        again = key in mapping.key_events
        if key is not None and again:
            _report_duplicate_key(key, name, mapping, reader)
        event = reader.next_event()
        if key is None or again or event is None:
            reader.skip_value(event)
            return
        mapping.key_events[key] = name, event
        value = self._value.read_value(event, reader)
        if value is not None:
            mapping.values[key] = value

    def to_json_schema(self) -> dict[str, Any]:
        """An object with keys of one pattern."""
        return {
            "type": "object",
            "propertyNames": self._key.to_json_schema(),
            "additionalProperties": self._value.to_json_schema(),
        }


def _report_duplicate_key(
    key: str, name: Event, mapping: ParsedMapping, reader: YamlReader
) -> None:
    first = reader.locate_position(mapping.key_events[key][0].start_mark).line
    message = f"duplicate key {quote_text(key)}; the first is on line {first}"
    if key == next(iter(mapping.key_events)) and mapping.position is not None:
        message += "; if a new item begins here, write `- ` before it"
    reader.add_mistake(name.start_mark, "duplicate-key", message)


def _make_key_schema(key: KeySpec) -> dict[str, Any]:
    schema = {"description": key.description} | key.value_type.to_json_schema()
    if key.default is not None:
        schema["default"] = key.default
    return schema
