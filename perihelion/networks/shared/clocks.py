"""How far our clock is from a server's, and how far a look-up reaches back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.model.posts import Post

AGREE = timedelta(minutes=10)
"""Clocks that differ by less are taken to agree."""
REACH = timedelta(days=3)
"""How much older than its `created_at` a post may look: clocks jump, and texts hardly recur."""


def skew(headers: Mapping[str, str], now: datetime) -> timedelta:
    """What to add to the server's instants to have them by our clock.

    From the Date of its answer; a rehearsal's clock runs elsewhere, and a machine's may be wrong.
    """
    try:
        theirs = parsedate_to_datetime(headers["Date"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return timedelta()
    ahead = now - theirs.replace(tzinfo=theirs.tzinfo or UTC)
    return ahead if abs(ahead) > AGREE else timedelta()


def earliest(post: Post) -> datetime:
    """The instant (UTC) before which nothing on a timeline is taken for `post`."""
    return datetime.fromisoformat(post.created_at) - REACH


def lag(headers: Mapping[str, str], now: datetime) -> timedelta:
    """What to add to the instants of a server's posts: none looks older than by either clock.

    A look-up that takes a post for too old posts it again; one that reaches too far does no harm.
    """
    return max(skew(headers, now), timedelta())
