"""How far our clock is from a server's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SKEW_TOLERANCE = timedelta(minutes=10)
"""Clocks that differ by less are taken to agree."""


def measure_clock_skew(headers: Mapping[str, str], now: datetime) -> timedelta:
    """What to add to the server's instants to have them by our clock.

    Read from the Date of its answer: a rehearsal's clock runs elsewhere, and a machine's may be
    wrong.
    """
    try:
        theirs = parsedate_to_datetime(headers["Date"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return timedelta()
    skew = now - theirs.replace(tzinfo=theirs.tzinfo or UTC)
    return skew if abs(skew) > SKEW_TOLERANCE else timedelta()
