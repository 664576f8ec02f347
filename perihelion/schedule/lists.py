"""Lists of the schedule: of mappings, and of what stands for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from yaml.events import SequenceEndEvent, SequenceStartEvent

from perihelion.schedule.suggest import quote

if TYPE_CHECKING:
    from yaml.events import Event

    from perihelion.schedule.records import Draft, Record
    from perihelion.schedule.shapes import Shape
    from perihelion.schedule.syntax import Place
    from perihelion.schedule.walk import Walk

T = TypeVar("T")


class Records(Generic[T]):
    """A list of mappings; the value of `unique`, where a mapping has it, must not come twice."""

    def __init__(self, item: Record[T], unique: str) -> None:
        self._item, self._unique = item, unique

    def read(self, event: Event | None, walk: Walk) -> list[T] | None:
        """The finished values."""
        if type(event) is not SequenceStartEvent:
            walk.mismatch(event, f"a list, with `- ` before each item ({self._item.noun})")
            return None
        seen: dict[str, Place | None] = {}
        items: list[T] = []
        while (item := walk.next()) is not None and type(item) is not SequenceEndEvent:
            draft = self._item.draft(item, walk)
            value = None if draft is None else self._item.finish(draft, walk)
            if draft is None or value is None:
                continue
            self._compare(draft, seen, walk)
            items.append(value)
        return items

    def _compare(self, draft: Draft, seen: dict[str, Place | None], walk: Walk) -> None:
        value = draft.values.get(self._unique)
        if value is None:
            return
        place = draft.found[self._unique][1].start_mark
        first = seen.setdefault(value, place)
        if first is not place:
            where = f"the first stands in line {walk.mark(first).line}"
            message = f"the {self._unique} {quote(value)} is taken: {where}; choose another"
            walk.complain(place, f"duplicate-{self._unique}", message)

    def schema(self) -> dict[str, Any]:
        """An array."""
        return {"type": "array", "items": self._item.schema()}


class Several(Generic[T]):
    """A list of values; one value alone counts as a list of one."""

    def __init__(self, item: Shape[T], *, at_least: int = 0) -> None:
        self._item, self._at_least = item, at_least

    def read(self, event: Event | None, walk: Walk) -> tuple[T, ...] | None:
        """The values; equal tuples are one tuple."""
        if type(event) is not SequenceStartEvent:
            value = self._item.read(event, walk)
            return None if value is None else walk.share((value,))
        values: list[T] = []
        count = 0
        while (item := walk.next()) is not None and type(item) is not SequenceEndEvent:
            count += 1
            value = self._item.read(item, walk)
            if value is not None:
                values.append(value)
        if count < self._at_least and not walk.broken:
            walk.complain(event.start_mark, "empty", "the list is empty; it needs at least one")
        shared: tuple[T, ...] = walk.share(tuple(values))
        return shared

    def schema(self) -> dict[str, Any]:
        """One item, or an array of them."""
        item = self._item.schema()
        array: dict[str, Any] = {"type": "array", "items": item}
        if self._at_least:
            array["minItems"] = self._at_least
        return {"anyOf": [item, array]}


class Few(Generic[T]):
    """A list of one to `most` values; `noun` names one of them in messages."""

    def __init__(self, item: Shape[T], noun: str, most: int) -> None:
        self._item, self._noun, self._most = item, noun, most

    def read(self, event: Event | None, walk: Walk) -> tuple[T | None, ...] | None:
        """What stands there, in order, with None for each that is a mistake."""
        if type(event) is not SequenceStartEvent:
            walk.mismatch(event, f"a list, with `- ` before each item ({self._noun})")
            return None
        values: list[T | None] = []
        while (item := walk.next()) is not None and type(item) is not SequenceEndEvent:
            if len(values) == self._most:
                message = f"this is one too many; the list takes {self._most} at the most"
                walk.complain(item.start_mark, "too-many", message)
            values.append(self._item.read(item, walk))
        if not values and not walk.broken:
            walk.complain(event.start_mark, "empty", "the list is empty; it needs at least one")
        return tuple(values)

    def schema(self) -> dict[str, Any]:
        """An array."""
        bounds = {"minItems": 1, "maxItems": self._most}
        return {"type": "array", "items": self._item.schema()} | bounds
