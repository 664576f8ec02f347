"""One event as its keepers look at it: when it returns, and what each network would say of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from perihelion.almanac.calendar import Calendar
from perihelion.almanac.due_anniversaries import list_due_in_span
from perihelion.model.errors import UsageError
from perihelion.networks import loader
from perihelion.schedule.suggestions import find_closest_match
from perihelion.service.post_preview import preview_due, select_accounts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.deliveries import Delivery
    from perihelion.model.missions import Event
    from perihelion.service.post_preview import PostPreview
    from perihelion.service.wiring import App

_LONGEST_WAIT = timedelta(days=8 * 366)
"""Within it every yearly event returns: 29 February rests from 1896 to 1904."""


def find_event(app: App, full_id: str) -> Event:
    """The event of that id. Raises UsageError, with the id that was probably meant."""
    by_id = {event.full_id: event for event in app.schedule.events}
    if full_id not in by_id:
        close = find_closest_match(full_id, tuple(by_id))
        hint = f"did you mean {close}?" if close else "`search WORDS` finds the ids"
        raise UsageError(f"there is no event {full_id!r}; {hint}")
    return by_id[full_id]


def find_next_anniversary(event: Event, today: date) -> Anniversary | None:
    """The next anniversary or milestone in the event's own zone, today's included."""
    seen = Calendar((event,)).find_anniversaries(today, today + _LONGEST_WAIT)
    return next(iter(seen), None)


def preview_on_networks(app: App, seen: Anniversary) -> Iterator[PostPreview]:
    """The first post of an anniversary on every network, those left out on the day as well."""
    accounts = [one for name in loader.usable_networks() for one in select_accounts(app, name)]
    # An account's zone may read the day as the one before or after.
    for due in list_due_in_span(app.calendar, accounts, seen.day - timedelta(days=1), 3):
        found = due.anniversary
        same = (found.event.full_id, found.count, found.unit, found.part)
        if same == (seen.event.full_id, seen.count, seen.unit, 1):
            yield preview_due(app, due)


def list_event_deliveries(app: App, event: Event) -> list[Delivery]:
    """The event's deliveries, the latest first; none where there is no ledger."""
    ledger = app.open_ledger()
    try:
        if ledger.get_version_or_none() is None:
            return []
        ledger.require_current_version()
        return [one for one in ledger.list_deliveries() if one.key.event == event.full_id]
    finally:
        ledger.close()
