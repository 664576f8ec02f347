"""An event as flat fields, for tables and calendars of other programs.

What has no place in one row is left out: translations, pictures, more texts, parts and milestones.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from perihelion.almanac.observance import is_leap_day
from perihelion.model.julian_dates import JulianDate
from perihelion.model.moments import CountMode, Precision

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perihelion.model.missions import Event, Link
    from perihelion.model.moments import Moment
    from perihelion.model.sources import Source

MISSION_FIELDS = ("mission", "mission_name", "agencies")
"""The fields that belong to the event's mission."""

LIST_FIELDS = ("agencies", "people", "tags", "links", "sources")
"""The fields that hold several values: a list in JSON, a value on each line of a table's cell."""

FIELDS = (
    *MISSION_FIELDS,
    *("id", "at", "zone", "clock", "kind", "title", "lead", "text", "people", "tags"),
    *("importance", "tone", "observe", "count", "leap_day", "links", "sources"),
)
"""All fields: those of a mission, and keys of an event as the schedule calls them."""

_PAGE = re.compile(
    r"(?P<title>.*?)(?: ?<(?P<url>https?://[^<>\s]+)>)?"
    r"(?: \[supports (?P<supports>\w+)\])?(?: \[read (?P<read>[\d-]+)\])?"
)


def list_fields(event: Event) -> dict[str, Any]:
    """The fields of an event as JSON can hold them; a field without a value is not there."""
    moment = event.moment
    found = {
        "mission": event.mission.id,
        "mission_name": event.mission.name,
        "agencies": list(event.mission.agencies),
        "id": event.id,
        "at": format_moment(moment),
        "zone": moment.zone if moment.zone != "UTC" else "",
        "clock": event.clock.value if event.clock else "",
        "kind": event.kind,
        "title": event.title,
        "lead": event.lead,
        "text": event.text,
        "people": list(event.people),
        "tags": list(event.tags),
        "importance": event.importance,
        "tone": event.tone.value,
        "observe": _name_observance(event),
        "count": event.count.value if event.count is not CountMode.YEARS else "",
        "leap_day": event.leap_day.value if is_leap_day(moment.day) else "",
        "links": [_describe_link(one) for one in event.links],
        "sources": [_describe_source(one) for one in event.sources],
    }
    return {name: value for name, value in found.items() if value not in ("", [])}


def list_cells(event: Event) -> dict[str, str]:
    """The fields of an event as texts: several values stand on lines of their own.

    A link or a source is its title and, in brackets, its address and what else is known of it.
    """
    cells = {name: _format_cell(value) for name, value in list_fields(event).items()}
    return {name: cells.get(name, "") for name in FIELDS}


def parse_page(text: str) -> dict[str, str]:
    """The keys of a link or a source in `title <https://...> [read 2026-11-28]`.

    Each part may be missing. An address alone needs no brackets.
    """
    match = _PAGE.fullmatch(text)
    if match is None or re.fullmatch(r"https?://\S+", text):
        return {"url": text}
    return {name: value for name, value in match.groupdict().items() if value}


def format_moment(moment: Moment) -> str:
    """The moment as `at` states it: a day, or a UTC instant to the minute or second."""
    if moment.instant is None:
        if moment.is_julian:
            year, month, day = JulianDate.from_gregorian(moment.day)
            return f"{year:04}-{month:02}-{day:02} julian"
        return moment.day.isoformat()
    unit = "seconds" if moment.precision is Precision.SECOND else "minutes"
    return moment.instant.replace(tzinfo=None).isoformat(timespec=unit) + "Z"


def _name_observance(event: Event) -> str:
    if event.rule is not None:
        return event.rule.text
    return event.observe.value if event.observe else ""


def _describe_link(link: Link) -> dict[str, str]:
    return {"url": link.url, **({"title": link.title} if link.title else {})}


def _describe_source(source: Source) -> dict[str, str]:
    found = {
        "title": source.title,
        "url": source.url,
        "supports": source.supports.value if source.supports else "",
        "read": source.read.isoformat() if source.read else "",
    }
    return {name: value for name, value in found.items() if value}


def _format_cell(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(map(_format_cell, value))
    if isinstance(value, dict):
        return " ".join(_list_page_parts(value))
    return str(value)


def _list_page_parts(page: dict[str, str]) -> Iterable[str]:
    if page.get("title"):
        yield page["title"]
    if page.get("url"):
        yield f"<{page['url']}>"
    for name in ("supports", "read"):
        if page.get(name):
            yield f"[{name} {page[name]}]"
