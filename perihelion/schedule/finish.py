"""What is kept of each mapping once its keys have been read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from perihelion.model.source_location import SourceLocation
    from perihelion.schedule.mapping_types import ParsedMapping
    from perihelion.schedule.reader import YamlReader


def finish_values(mapping: ParsedMapping, _: YamlReader) -> dict[str, Any]:
    """The values alone."""
    return mapping.values


def finish_pairs(mapping: ParsedMapping, _: YamlReader) -> tuple[tuple[str, Any], ...]:
    """The values with their keys, in the order of the file."""
    return tuple(mapping.values.items())


class LocatedOptions(NamedTuple):
    """An account's options, and where each of them stands."""

    pairs: tuple[tuple[str, str], ...] = ()
    key_locations: tuple[tuple[str, SourceLocation], ...] = ()


def finish_options(mapping: ParsedMapping, reader: YamlReader) -> LocatedOptions:
    """The options, with their places by the names that `Account.place` takes."""
    key_locations = [
        (f"options.{name}", reader.locate_position(key.start_mark))
        for name, (key, _) in mapping.key_events.items()
    ]
    return LocatedOptions(finish_pairs(mapping, reader), tuple(key_locations))


def finish_defaults(mapping: ParsedMapping, reader: YamlReader) -> dict[str, Any]:
    """The values, with the place of the times that may contradict each other."""
    values = mapping.values
    _sort_posting_times(values)
    values["location"] = _locate_posting_times(mapping, reader)
    return values


def _sort_posting_times(values: dict[str, Any]) -> None:
    if "post_at" in values:
        values["post_at"] = tuple(sorted(set(values["post_at"])))


def _locate_posting_times(mapping: ParsedMapping, reader: YamlReader) -> SourceLocation | None:
    """Where `post_at` stands, or else `quiet_hours`; None if neither is there."""
    for name in ("post_at", "quiet_hours"):
        if name in mapping.key_events:
            return reader.locate_position(mapping.key_events[name][1].start_mark)
    return None


def finish_account(mapping: ParsedMapping, reader: YamlReader) -> dict[str, Any]:
    """The values; an account without a name is named after its network."""
    values, found = mapping.values, mapping.key_events
    _sort_posting_times(values)
    if "name" not in found and "network" in values:
        values["name"] = values["network"]
        found["name"] = found["network"]
    chosen = values.pop("options", LocatedOptions())
    key_locations = (
        [("network", reader.locate_position(found["network"][1].start_mark))]
        if "network" in found
        else []
    )
    posting_times = _locate_posting_times(mapping, reader)
    if posting_times is not None:
        key_locations.append(("post_at", posting_times))
    values["options"] = chosen.pairs
    values["location"], values["key_locations"] = (
        reader.locate_position(mapping.position),
        (*key_locations, *chosen.key_locations),
    )
    return values


def finish_mission(mapping: ParsedMapping, reader: YamlReader) -> dict[str, Any]:
    """The values, with the place of the id, by which missions of several files are compared."""
    values = finish_zone(mapping)
    locate_milestones(mapping, reader)
    if "place" in values and values["place"].day is not None:
        message = "a mission's place has no `day`; write the place into the event it belongs to"
        reader.add_mistake(mapping.key_events["place"][1].start_mark, "bad-place", message)
    if "id" in values:
        values["id_location"] = reader.locate_position(mapping.key_events["id"][1].start_mark)
    return values


def finish_zone(mapping: ParsedMapping) -> dict[str, Any]:
    """The values; a zone that could not be read becomes UTC, so that it counts as one mistake."""
    if "zone" in mapping.key_events:
        mapping.values.setdefault("zone", "UTC")
    return mapping.values


def locate_milestones(mapping: ParsedMapping, reader: YamlReader) -> None:
    """Keep in `milestones_location` where the milestones stand, if there are any."""
    if "milestones" in mapping.values:
        position = mapping.key_events["milestones"][1].start_mark
        mapping.values["milestones_location"] = reader.locate_position(position)
