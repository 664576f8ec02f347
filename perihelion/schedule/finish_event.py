"""What is kept of an event, and of the mappings in it, once their keys have been read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from perihelion.model.missions import Link, Mention, Picture, Place, Translation, TurnText
from perihelion.model.moments import ObserveMode, Precision, YearlyRule
from perihelion.model.sources import Source
from perihelion.schedule.finish import finish_zone, locate_milestones
from perihelion.schedule.finish_replay import drop_wrong_parts, mark_only_replay

if TYPE_CHECKING:
    from perihelion.schedule.mapping_types import ParsedMapping
    from perihelion.schedule.reader import YamlReader
    from perihelion.schedule.yaml_errors import YamlPosition

MAX_PICTURES = 4
"""Of one event: as many as X, Bluesky and Mastodon show in one post."""


def finish_event(mapping: ParsedMapping, reader: YamlReader) -> dict[str, Any]:
    """The values, with the event's location; `at_location` for a local time that lacks a zone."""
    found = finish_zone(mapping)
    locate_milestones(mapping, reader)
    if "kind" in found:
        found["kind"] = reader.intern_value(found["kind"])
    if isinstance(found.get("observe"), YearlyRule):
        found["rule"], found["observe"] = found["observe"], ObserveMode.DAY
    found["location"] = reader.locate_position(mapping.position)
    mark_only_replay(mapping)
    drop_wrong_parts(mapping)
    count = merge_pictures(mapping)
    if "translations" in found:
        found["translations"] = finish_translations(found["translations"], count, reader)
    _check_flyby_kind(mapping, reader)
    written = found.get("at")
    if written is None:
        return found
    if written.is_local:
        found["at_location"] = reader.locate_position(mapping.key_events["at"][1].start_mark)
    _check_place_day(mapping, reader)
    if found.get("clock") is not None and written.precision is Precision.DAY:
        message = "`clock` says whose time `at` is: write the time into `at`, or remove `clock`"
        reader.add_mistake(mapping.key_events["clock"][1].start_mark, "bad-clock", message)
    if found.get("observe") is ObserveMode.TO_THE_MINUTE and written.precision is Precision.DAY:
        message = "to-the-minute needs an instant: write the time into `at`, or `observe: day`"
        reader.add_mistake(mapping.key_events["observe"][1].start_mark, "bad-observe", message)
    return found


def finish_picture(mapping: ParsedMapping, reader: YamlReader) -> Picture | None:
    """The picture with the mark of its file, if all that it needs is there."""
    if not {"file", "alt", "credit"} <= mapping.values.keys():
        return None
    return Picture(
        **mapping.values, location=reader.locate_position(mapping.key_events["file"][1].start_mark)
    )


def _check_flyby_kind(mapping: ParsedMapping, reader: YamlReader) -> None:
    kind_is_known = "kind" in mapping.values or "kind" not in mapping.key_events
    if "flyby" in mapping.key_events and kind_is_known and mapping.values.get("kind") != "flyby":
        message = "`flyby` is for events of the kind flyby: write `kind: flyby`, or remove `flyby`"
        reader.add_mistake(mapping.key_events["flyby"][0].start_mark, "bad-flyby", message)


def _check_place_day(mapping: ParsedMapping, reader: YamlReader) -> None:
    """A place may state its day if the event has no time: the day before or after."""
    place, written = mapping.values.get("place"), mapping.values["at"]
    if place is None or place.day is None:
        return
    message = ""
    if written.precision is not Precision.DAY:
        message = "`day` is for an `at` without a time; remove it: the zone gives the day"
    elif abs((place.day - written.when).days) != 1:
        message = "`day` is not the day before or after `at`; correct it or remove it"
    if message:
        reader.add_mistake(mapping.key_events["place"][1].start_mark, "bad-place", message)


def finish_place(mapping: ParsedMapping, reader: YamlReader) -> Place | None:
    """The place, if all that it needs is there; equal ones are one."""
    if not {"name", "zone"} <= mapping.values.keys():
        return None
    place: Place = reader.intern_value(Place(**mapping.values))
    return place


def finish_link(mapping: ParsedMapping, _: YamlReader) -> Link | None:
    """The link, if it leads anywhere."""
    return Link(**mapping.values) if "url" in mapping.values else None


def finish_source(mapping: ParsedMapping, _: YamlReader) -> Source | None:
    """The source, if it has a name."""
    return Source(**mapping.values) if "title" in mapping.values else None


def make_link(url: str) -> Link:
    """A link that is its URL alone."""
    return Link(url)


def finish_mentions(mapping: ParsedMapping, reader: YamlReader) -> tuple[Mention, ...]:
    """The handles of each network, with the place of its name."""
    return tuple(
        Mention(network, handles, reader.locate_position(mapping.key_events[network][0].start_mark))
        for network, handles in mapping.values.items()
    )


def finish_turn_text(mapping: ParsedMapping, _: YamlReader) -> TurnText | None:
    """The text, if there is one."""
    if "text" not in mapping.values:
        return None
    return TurnText(mapping.values["text"], mapping.values.get("for"))


def make_turn_text(text: str) -> TurnText:
    """A text of any year."""
    return TurnText(text)


class LocatedTranslation(NamedTuple):
    """A translation, however little it holds, and where its alt texts stand."""

    translation: Translation
    alt: YamlPosition | None = None
    alts: YamlPosition | None = None


def finish_translation(mapping: ParsedMapping, _: YamlReader) -> LocatedTranslation:
    """The translation; an alt text that is a mistake leaves an empty place."""
    drop_wrong_parts(mapping)
    alt, alts = mapping.values.pop("alt", ""), mapping.values.pop("alts", None)
    if alts is None:
        alts = (alt,) if alt else ()
    finished = Translation(**mapping.values, alts=tuple(text or "" for text in alts))
    positions = {
        name: mapping.key_events[name][1].start_mark
        for name in ("alt", "alts")
        if name in mapping.key_events
    }
    return LocatedTranslation(finished, **positions)


def merge_pictures(mapping: ParsedMapping) -> int | None:
    """Put an event's pictures into `pictures`; how many are written, where that is certain."""
    if not mapping.key_events.keys() & {"picture", "pictures"}:
        return 0
    alone, several = mapping.values.pop("picture", None), mapping.values.pop("pictures", ())
    mapping.values["pictures"] = tuple(one for one in (alone, *several) if one)
    if "pictures" not in mapping.key_events:
        return 1
    certain = "picture" not in mapping.key_events and len(several) in range(1, MAX_PICTURES + 1)
    return len(several) if certain else None


def finish_translations(
    pairs: tuple[tuple[str, LocatedTranslation], ...], count: int | None, reader: YamlReader
) -> tuple[tuple[str, Translation], ...]:
    """The translations, once their alt texts have been held against the `count` of pictures."""
    for _, one in pairs:
        if count is not None and not (one.alt and one.alts) and not reader.is_stopped:
            _check_alt_texts(one, count, reader)
    return tuple((language, one.translation) for language, one in pairs)


def _check_alt_texts(one: LocatedTranslation, count: int, reader: YamlReader) -> None:
    written = len(one.translation.alts)
    if one.alt and written and count > 1:
        message = f"the event has {count} pictures; write `alts`, a list with a text for each"
        reader.add_mistake(one.alt, "bad-alts", message)
    if one.alts and written != count and written in range(1, MAX_PICTURES + 1):
        advice = "write one text for each, in their order" if count else "leave the texts out"
        had = _format_count(count, "picture") if count else "no picture"
        message = f"{_format_count(written, 'alt text')} for {had}; {advice}"
        reader.add_mistake(one.alts, "bad-alts", message)


def _format_count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
