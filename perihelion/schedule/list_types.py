"""Lists of the schedule: of mappings, and of what stands for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from yaml.events import SequenceEndEvent, SequenceStartEvent

from perihelion.schedule.suggestions import quote_text

if TYPE_CHECKING:
    from yaml.events import Event

    from perihelion.schedule.mapping_types import ParsedMapping, RecordType
    from perihelion.schedule.reader import YamlReader
    from perihelion.schedule.scalar_types import ValueType
    from perihelion.schedule.yaml_errors import YamlPosition

T = TypeVar("T")


class MappingListType(Generic[T]):
    """A list of mappings; the value of `unique`, where a mapping has it, must not come twice."""

    def __init__(self, item: RecordType[T], unique: str) -> None:
        self._item, self._unique = item, unique

    def read_value(self, event: Event | None, reader: YamlReader) -> list[T] | None:
        """The finished values."""
        if type(event) is not SequenceStartEvent:
            reader.report_wrong_type(
                event, f"a list, with `- ` before each item ({self._item.noun})"
            )
            return None
        seen: dict[str, YamlPosition | None] = {}
        items: list[T] = []
        while (item := reader.next_event()) is not None and type(item) is not SequenceEndEvent:
            mapping = self._item.read_mapping(item, reader)
            value = None if mapping is None else self._item.finish(mapping, reader)
            if mapping is None or value is None:
                continue
            self._report_duplicate(mapping, seen, reader)
            items.append(value)
        return items

    def _report_duplicate(
        self, mapping: ParsedMapping, seen: dict[str, YamlPosition | None], reader: YamlReader
    ) -> None:
        value = mapping.values.get(self._unique)
        if value is None:
            return
        position = mapping.key_events[self._unique][1].start_mark
        first = seen.setdefault(value, position)
        if first is not position:
            where = f"on line {reader.locate_position(first).line}"
            message = (
                f"the {self._unique} {quote_text(value)} is already used {where}; choose another"
            )
            reader.add_mistake(position, f"duplicate-{self._unique}", message)

    def to_json_schema(self) -> dict[str, Any]:
        """An array."""
        return {"type": "array", "items": self._item.to_json_schema()}


class ListType(Generic[T]):
    """A list of values; one value alone counts as a list of one."""

    def __init__(self, item: ValueType[T], *, min_items: int = 0) -> None:
        self._item, self._min_items = item, min_items

    def read_value(self, event: Event | None, reader: YamlReader) -> tuple[T, ...] | None:
        """The values; equal tuples are one tuple."""
        if type(event) is not SequenceStartEvent:
            value = self._item.read_value(event, reader)
            return None if value is None else reader.intern_value((value,))
        values: list[T] = []
        count = 0
        while (item := reader.next_event()) is not None and type(item) is not SequenceEndEvent:
            count += 1
            value = self._item.read_value(item, reader)
            if value is not None:
                values.append(value)
        if count < self._min_items and not reader.is_stopped:
            reader.add_mistake(
                event.start_mark, "empty", "the list is empty; it needs at least one"
            )
        shared: tuple[T, ...] = reader.intern_value(tuple(values))
        return shared

    def to_json_schema(self) -> dict[str, Any]:
        """One item, or an array of them."""
        item = self._item.to_json_schema()
        array: dict[str, Any] = {"type": "array", "items": item}
        if self._min_items:
            array["minItems"] = self._min_items
        return {"anyOf": [item, array]}


class BoundedListType(Generic[T]):
    """A list of one to `most` values; `noun` names one of them in messages."""

    def __init__(self, item: ValueType[T], noun: str, max_items: int) -> None:
        self._item, self._noun, self._max_items = item, noun, max_items

    def read_value(self, event: Event | None, reader: YamlReader) -> tuple[T | None, ...] | None:
        """What stands there, in order, with None for each that is a mistake."""
        if type(event) is not SequenceStartEvent:
            reader.report_wrong_type(event, f"a list, with `- ` before each item ({self._noun})")
            return None
        values: list[T | None] = []
        while (item := reader.next_event()) is not None and type(item) is not SequenceEndEvent:
            if len(values) == self._max_items:
                message = f"too many items; the list may have at most {self._max_items}"
                reader.add_mistake(item.start_mark, "too-many", message)
            values.append(self._item.read_value(item, reader))
        if not values and not reader.is_stopped:
            reader.add_mistake(
                event.start_mark, "empty", "the list is empty; it needs at least one"
            )
        return tuple(values)

    def to_json_schema(self) -> dict[str, Any]:
        """An array."""
        bounds = {"minItems": 1, "maxItems": self._max_items}
        return {"type": "array", "items": self._item.to_json_schema()} | bounds
