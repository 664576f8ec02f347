"""What a wall clock in an IANA zone shows, and when it shows it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


@cache
def load_zone(name: str) -> ZoneInfo:
    """The zone of that name; raises ZoneInfoNotFoundError.

    ZoneInfo itself keeps only the eight zones used last, and reads a file for every other.
    """
    return ZoneInfo(name)


def local_to_utc(day: date, at: time, zone: str) -> datetime:
    """The UTC instant at which clocks in `zone` show `at` on `day`.

    PEP 495 with fold=0: a time shown twice means the first; a time that a gap skips is read as
    if the gap had not come yet, and so moves forward by its length. 02:30 in a skipped hour is
    03:30, and 15:00 on Apia's skipped 30 December 2011 is 15:00 on the 31st.
    """
    shown = datetime.combine(day, at.replace(fold=0), tzinfo=load_zone(zone))
    return shown.astimezone(UTC)


def local_day(instant: datetime, zone: str) -> date:
    """The calendar day in `zone` at `instant`."""
    return instant.astimezone(load_zone(zone)).date()


def end_of_day(instant: datetime, zone: str) -> datetime:
    """The UTC instant at which the calendar day in `zone` that contains `instant` is over.

    Where clocks go back across midnight that midnight comes twice: the first after `instant`.
    """
    following = local_day(instant, zone) + ONE_DAY
    midnight = datetime.combine(following, time(), tzinfo=load_zone(zone))
    end = midnight.astimezone(UTC)
    return end if end > instant else midnight.replace(fold=1).astimezone(UTC)
