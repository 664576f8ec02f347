"""A text where that is enough, a mapping where there is more to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from yaml.events import MappingStartEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from yaml.events import Event

    from perihelion.schedule.mapping_types import RecordType
    from perihelion.schedule.reader import YamlReader
    from perihelion.schedule.scalar_types import ScalarType

T = TypeVar("T")


class TextOrRecordType(Generic[T]):
    """Either of the two; `from_text` makes of a text what a mapping would be."""

    def __init__(
        self, text: ScalarType[str], record: RecordType[T], from_text: Callable[[str], T]
    ) -> None:
        self._text, self._record, self._from_text = text, record, from_text

    def read_value(self, event: Event | None, reader: YamlReader) -> T | None:
        """The value of either."""
        if type(event) is MappingStartEvent:
            return self._record.read_value(event, reader)
        text = self._text.read_value(event, reader)
        return None if text is None else self._from_text(text)

    def to_json_schema(self) -> dict[str, Any]:
        """Either."""
        return {"anyOf": [self._text.to_json_schema(), self._record.to_json_schema()]}
