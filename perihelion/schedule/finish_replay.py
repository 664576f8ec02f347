"""What is kept of the keys of a replay, and what is wrong between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from perihelion.model.missions import DayCounter
from perihelion.schedule.finish import finish_mission
from perihelion.schedule.suggestions import quote_text, suggest_choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perihelion.schedule.mapping_types import ParsedMapping
    from perihelion.schedule.reader import YamlReader
    from perihelion.schedule.yaml_errors import YamlPosition


MAX_PARTS = 8
"""Of one story, without its first post."""


class LocatedCounter(NamedTuple):
    """A counter, and where its two events are named."""

    counter: DayCounter
    from_position: YamlPosition | None
    to_position: YamlPosition | None


def finish_counter(mapping: ParsedMapping, _: YamlReader) -> LocatedCounter | None:
    """The counter, if it has both ends."""
    if not {"from", "to"} <= mapping.values.keys():
        return None
    values, found = mapping.values, mapping.key_events
    ends = (found[name][1].start_mark for name in ("from", "to"))
    return LocatedCounter(DayCounter(values["from"], values["to"]), *ends)


def drop_wrong_parts(mapping: ParsedMapping) -> None:
    """Leave out the parts of a story that are mistakes."""
    if "parts" in mapping.values:
        mapping.values["parts"] = tuple(one for one in mapping.values["parts"] if one)


def mark_only_replay(mapping: ParsedMapping) -> None:
    """Turn an event's `only` into `only_replay`, with its place for `finish_replayed_mission`."""
    if mapping.values.pop("only", None) is not None:
        mapping.values["only_replay"] = True
        mapping.values["only_position"] = mapping.key_events["only"][1].start_mark


def finish_replayed_mission(mapping: ParsedMapping, reader: YamlReader) -> dict[str, Any]:
    """The values of a mission; what would do nothing, or names no event, becomes a mistake."""
    values = finish_mission(mapping, reader)
    events = values.get("events", [])
    _check_only_replay(events, mapping, reader)
    values["has_day_threads"] = values.pop("threads", "none") == "same-day"
    located = values.pop("counter", None)
    if located is not None:
        values["counter"] = located.counter
        _check_counter(located, events, mapping, reader)
    return values


def _check_only_replay(
    events: Sequence[dict[str, Any]], mapping: ParsedMapping, reader: YamlReader
) -> None:
    for event in events:
        position = event.pop("only_position", None)
        if position is not None and "replay" not in mapping.key_events:
            message = "its mission has no `replay`, so nothing would post this; add one to it"
            reader.add_mistake(position, "bad-only", message)


def _check_counter(
    located: LocatedCounter,
    events: Sequence[dict[str, Any]],
    mapping: ParsedMapping,
    reader: YamlReader,
) -> None:
    if "replay" not in mapping.key_events:
        message = "a counter counts the days of a replay; add `replay` to the mission"
        reader.add_mistake(mapping.key_events["counter"][0].start_mark, "bad-counter", message)
    names = tuple(event["id"] for event in events if "id" in event)
    counter = located.counter
    ends = (
        (counter.from_event, located.from_position),
        (counter.to_event, located.to_position),
    )
    for name, position in ends:
        if name not in names and not reader.is_stopped:
            hint = suggest_choice(name, names) if names else "add it to `events`"
            message = f"the mission has no event {quote_text(name)}; {hint}"
            reader.add_mistake(position, "bad-counter", message)
