"""How late a post leaves, so that none says "today" of another day. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import Anniversary


def count_days_late(anniversary: Anniversary, account: Account, leaves_at: datetime) -> int:
    """How many days after the observed day a post leaves at `leaves_at`: 0 if it is still that day.

    The day is that of the account's zone; for an exact instant, that of the event's zone will do.
    """
    zones = {account.timezone}
    if anniversary.instant is not None:
        zones.add(anniversary.event.moment.zone)
    today = min(leaves_at.astimezone(ZoneInfo(zone)).date() for zone in zones)
    return max(0, (today - anniversary.day).days)
