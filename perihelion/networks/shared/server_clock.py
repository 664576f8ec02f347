"""How far our clock is from a server's, and how far a look-up reaches back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.model.posts import Post

SKEW_TOLERANCE = timedelta(minutes=10)
"""Clocks that differ by less are taken to agree."""
LOOKUP_MARGIN = timedelta(days=3)
"""How much older than its `created_at` a post may look: clocks jump, and texts hardly recur."""


def measure_clock_skew(headers: Mapping[str, str], now: datetime) -> timedelta:
    """What to add to the server's instants to have them by our clock.

    From the Date of its answer; a rehearsal's clock runs elsewhere, and a machine's may be wrong.
    """
    try:
        theirs = parsedate_to_datetime(headers["Date"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return timedelta()
    clock_lag = now - theirs.replace(tzinfo=theirs.tzinfo or UTC)
    return clock_lag if abs(clock_lag) > SKEW_TOLERANCE else timedelta()


def lookup_start(post: Post) -> datetime:
    """The instant (UTC) before which nothing on a timeline is taken for `post`."""
    return datetime.fromisoformat(post.created_at) - LOOKUP_MARGIN


def measure_clock_lag(headers: Mapping[str, str], now: datetime) -> timedelta:
    """What to add to the instants of a server's posts: none looks older than by either clock.

    A look-up that takes a post for too old posts it again; one that reaches too far does no harm.
    """
    return max(measure_clock_skew(headers, now), timedelta())
