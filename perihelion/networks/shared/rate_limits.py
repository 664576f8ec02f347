"""When a rate limit ends, by the headers of an answer."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from perihelion.networks.shared.server_clock import measure_clock_skew

if TYPE_CHECKING:
    from collections.abc import Mapping

RESET_HEADERS = {
    "x-ratelimit-remaining": ("x-ratelimit-reset-after", "x-ratelimit-reset"),
    "x-rate-limit-remaining": ("x-rate-limit-reset",),
    "ratelimit-remaining": ("ratelimit-reset",),
}
"""The headers that say how much remains, each with those that say until when. A Reset-After comes
first, because it does not depend on clocks."""
DAILY_RESET_HEADERS = {
    f"x-{whose}-limit-24hour-remaining": (f"x-{whose}-limit-24hour-reset",)
    for whose in ("app", "user")
}
"""X's limits for a day, which apply in addition to those for 15 minutes."""
MIN_EPOCH_SECONDS = 1e9
"""A number from here on (the year 2001) is an instant in epoch seconds; a smaller one is a number
of seconds from now."""
MIN_EPOCH_MILLISECONDS = 1e11
"""A number from here on (the year 5138 in seconds) is an instant in epoch milliseconds."""
MAX_WAIT = timedelta(days=2)
"""A longer wait is a mistake of the server, and would silence the account permanently."""
TOO_MANY_REQUESTS = 429


def parse_rate_limit(status: int, headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the rate limit in an answer ends (UTC), or None.

    `Retry-After` (seconds, also with a fraction, or an HTTP date) counts whenever it lies ahead;
    `[X-]RateLimit-Reset` (epoch seconds or milliseconds, ISO 8601, or seconds from now) only when
    nothing remains of its limit; the latest of them if that is true of several. After a 429 the
    first reset counts, whatever remains. An instant is by the server's clock; the Date of the
    answer converts it to ours.
    """
    found = {name.lower(): value.strip() for name, value in headers.items()}
    skew = measure_clock_skew({"Date": found.get("date", "")}, now)

    def parse_first(*names: str) -> datetime | None:
        text = next((found[name] for name in names if found.get(name)), "")
        wait = _parse_wait(text, now, skew)
        return min(wait, now + MAX_WAIT) if wait and wait > now else None

    resets = RESET_HEADERS | DAILY_RESET_HEADERS
    exhausted = [
        parse_first(*resets[name]) for name in resets if _parse_number(found.get(name, "")) == 0
    ]
    until = parse_first("retry-after") or max(filter(None, exhausted), default=None)
    if until is None and status == TOO_MANY_REQUESTS:
        return parse_first(*(name for names in RESET_HEADERS.values() for name in names))
    return until


def parse_remaining(headers: Mapping[str, str]) -> int | None:
    """How many requests remain by the headers of an answer; the fewest if several limits apply."""
    found = {name.lower(): value.strip() for name, value in headers.items()}
    numbers = (_parse_number(found.get(name, "")) for name in RESET_HEADERS | DAILY_RESET_HEADERS)
    return min((int(number) for number in numbers if number is not None), default=None)


def instant_after(seconds: object, now: datetime) -> datetime | None:
    """The instant `seconds` after `now` (UTC); None unless it is a positive number."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds > 0:
        return None
    return now + timedelta(seconds=min(seconds, MAX_WAIT.total_seconds()))


def _parse_number(text: str) -> float | None:
    if not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{0,15})?", text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def _parse_wait(text: str, now: datetime, skew: timedelta) -> datetime | None:
    """A wait in any of its forms as an instant (UTC) by our clock; `skew` is ours minus theirs."""
    number = _parse_number(text)
    if number is not None and number < MIN_EPOCH_SECONDS:
        return now + timedelta(seconds=number)
    if number is not None and number >= MIN_EPOCH_MILLISECONDS:
        number /= 1000
    try:
        moment = _parse_date(text) if number is None else datetime.fromtimestamp(number, UTC)
        return moment and moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC) + skew
    except (OverflowError, ValueError, OSError):
        return now + MAX_WAIT


def _parse_date(text: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        with suppress(ValueError, TypeError, OverflowError, IndexError):
            return read(text)
    return None
