"""The schedule for other programs: tables, calendars and feeds."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from perihelion.model.errors import UsageError
from perihelion.service.event_fields import FIELDS, list_cells, list_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta

    from perihelion.model.missions import Event, Schedule
    from perihelion.publish.context import Clock
    from perihelion.service.settings import Settings


def select_events(schedule: Schedule, missions: Iterable[str]) -> list[Event]:
    """The events of the missions of these ids, or of all if none is named. Raises UsageError."""
    known = {one.id for one in schedule.missions}
    wanted = set(missions)
    unknown = sorted(wanted - known)
    if unknown:
        raise UsageError(f"there is no mission {unknown[0]!r}; `search WORDS` finds the ids")
    return [event for event in schedule.events if not wanted or event.mission.id in wanted]


def export_csv(events: Iterable[Event]) -> bytes:
    """A table with a row for each event; several values of a cell stand on lines of their own."""
    table = io.StringIO()
    writer = csv.DictWriter(table, FIELDS)
    writer.writeheader()
    writer.writerows(map(list_cells, events))
    return table.getvalue().encode()


def export_json(events: Iterable[Event]) -> bytes:
    """A list of objects, each with the fields of an event."""
    return _encode(json.dumps(list(map(list_fields, events)), ensure_ascii=False, indent=1))


def export_calendar(  # noqa: PLR0913 - each is asked for by name on the command line
    settings: Settings,
    schedule: Schedule,
    events: Iterable[Event],
    *,
    clock: Clock,
    language: str,
    alarm: timedelta | None,
) -> bytes:
    """A calendar as the website has it, with the events' fields, and an alarm if one is wanted."""
    from perihelion.service.web.calendars import (  # noqa: PLC0415 - only for calendars
        CalendarExtras,
        render_calendar,
    )
    from perihelion.service.web.site import Site  # noqa: PLC0415 - as above
    from perihelion.service.web.view import WebContext  # noqa: PLC0415 - as above
    from perihelion.service.web.words import Words  # noqa: PLC0415 - as above

    folder = settings.schedule.parent.absolute()
    context = WebContext(Site(schedule), clock, folder, settings.site)
    words, extras = Words(language), CalendarExtras(alarm, has_fields=True)
    return render_calendar(
        context, words["calendar_all"], events, words, settings.site, extras=extras
    )


def export_feed(environ: Mapping[str, str], site: str, path: str) -> bytes:
    """A feed as the website at the address `site` serves it at `path`.

    Raises UsageError without an address, as every entry of a feed leads to a page.
    """
    from perihelion.service.web.application import create_app  # noqa: PLC0415 - only for feeds

    if not site:
        raise UsageError(
            "a feed leads to the pages of a website: set PERIHELION_SITE to its address, such as "
            "https://example.org"
        )
    response = create_app(environ, as_files=True).test_client().get(path)
    return response.get_data()


def _encode(text: str) -> bytes:
    return f"{text}\n".encode()
