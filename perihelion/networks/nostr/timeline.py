"""A key's own notes on one relay, read back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from perihelion.networks.nostr.events import NOTE_KIND, Event, is_genuine
from perihelion.networks.nostr.relay import MAX_EVENTS, RelayTimeouts, query_events
from perihelion.networks.shared.timeline_reader import Entry, Page


def fetch_notes(
    relay: str, author: str, since: datetime, timeouts: RelayTimeouts, cursor: str
) -> Page[Event]:
    """The newest genuine notes of `author` up to the second `cursor`. Raises NotSent.

    A relay may have cut a page within its oldest second, which is therefore asked for again. Where
    that shows nothing older, nothing older may be there.
    """
    wanted: dict[str, Any] = {"authors": [author], "kinds": [NOTE_KIND], "limit": MAX_EVENTS}
    wanted |= {"since": max(int(since.timestamp()), 0)}
    until = {"until": int(cursor)} if cursor else {}
    events = [
        one for one in query_events(relay, [wanted | until], timeouts) if is_genuine(one, author)
    ]
    entries = [
        Entry(one["id"], datetime.fromtimestamp(one["created_at"], UTC), one) for one in events
    ]
    seconds = {str(one["created_at"]) for one in events}
    if seconds != {cursor}:
        return Page(entries, min(seconds, key=int, default=""))
    older = query_events(relay, [wanted | {"until": int(cursor) - 1}], timeouts)
    return Page(entries, has_more=bool(older))
