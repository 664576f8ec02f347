"""The key `at`: a date or an instant as a person writes it, and the moment it stands for."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from perihelion.model.moments import Moment, Precision
from perihelion.schedule.shapes import Scalar, Wrong
from perihelion.schedule.suggest import quote

FIRST_YEAR, LAST_YEAR = 1900, 2100

_WRITTEN = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:\d\d)?)?", re.ASCII
)
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?!\d)", re.ASCII)
_MONTH_AND_DAY = (
    r"(?:02-(?:0[1-9]|[12]\d)|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)"
    r"|(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01]))"
)
_HOUR, _SIXTY = r"(?:[01]\d|2[0-3])", r"[0-5]\d"
_PATTERN = (
    rf"^(?:19\d\d|20\d\d|2100)-{_MONTH_AND_DAY}"
    rf"(?:T{_HOUR}:{_SIXTY}(?::{_SIXTY})?(?:Z|[+-]{_HOUR}:{_SIXTY})?)?$"
)
"""As far as one regular expression can tell, for editors: all but 29 February in common years."""
_EXAMPLES = "2016-02-29, 2016-02-29T20:15Z or 2016-02-29T15:15-05:00"


class Written(NamedTuple):
    """What stands in `at`: a date, a UTC instant, or a local time (naive) that needs a zone."""

    when: date | datetime
    precision: Precision

    @property
    def is_local(self) -> bool:
        """Whether a zone must say which instant this is."""
        return isinstance(self.when, datetime) and self.when.tzinfo is None


class At(Scalar[Written]):
    """A date, or an instant with `Z` or an offset, or a local time."""

    wanted = f"a date or an instant such as {_EXAMPLES}"

    def parse(self, text: str) -> Written:
        """The date or instant; an offset has become UTC."""
        match = _WRITTEN.fullmatch(text)
        if match is None:
            raise Wrong("bad-date", _misread(text))
        year, month, day, hour, minute, second, offset = match.groups()
        on = _date(text, int(year), int(month), int(day))
        if hour is None:
            return Written(on, Precision.DAY)
        zone = UTC if offset == "Z" else _offset(text, offset)
        instant = _instant(text, on, (int(hour), int(minute), int(second or 0)), zone)
        if zone is not UTC and zone is not None:
            instant = instant.astimezone(UTC)
        return Written(instant, Precision.SECOND if second else Precision.MINUTE)

    def schema(self) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "pattern": _PATTERN}


def moment(written: Written, zone: str | None) -> Moment:
    """The moment that `written` is in `zone` (a valid IANA name; None: none was given).

    Raises Wrong for a local time without a zone, one that the zone's clocks skipped, and one
    that they showed twice.
    """
    when, precision = written
    name = zone or "UTC"
    if not isinstance(when, datetime):
        return Moment(when, None, precision, name)
    if when.tzinfo is not None:
        day = when.astimezone(ZoneInfo(zone)).date() if zone else when.date()
        return Moment(day, when, precision, name)
    if zone is None:
        message = f"{_show(when)} is a local time: add `zone:`, or write an offset or `Z` after it"
        raise Wrong("no-zone", message)
    return Moment(when.date(), _resolved(when, zone), precision, zone)


def _resolved(local: datetime, zone: str) -> datetime:
    first = local.replace(tzinfo=ZoneInfo(zone))
    second = first.replace(fold=1)
    instant = first.astimezone(UTC)
    if first.utcoffset() == second.utcoffset():
        return instant
    if instant.astimezone(first.tzinfo).replace(tzinfo=None) == local:
        choice = f"{first.isoformat(timespec='minutes')} or {second.isoformat(timespec='minutes')}"
        message = f"{_show(local)} came twice in {zone}; write an offset: {choice}"
        raise Wrong("local-twice", message)
    message = f"{_show(local)} never came in {zone}: clocks went forward; write an offset"
    raise Wrong("local-gap", message)


def _show(local: datetime) -> str:
    return f"`{local.isoformat(timespec='minutes')}`"


def _date(text: str, year: int, month: int, day: int) -> date:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        message = f"the year {year} is out of range; write {FIRST_YEAR} to {LAST_YEAR}"
        raise Wrong("bad-year", message)
    try:
        return date(year, month, day)
    except ValueError:
        message = f"{quote(text)} is on a day that does not exist; {_last_day(year, month)}"
        raise Wrong("bad-date", message) from None


def _last_day(year: int, month: int) -> str:
    if month not in range(1, 13):
        return "months go from 01 to 12"
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return f"{last:%B} {year} has {last.day} days"


def _instant(text: str, on: date, clock: tuple[int, int, int], zone: timezone | None) -> datetime:
    try:
        return datetime(on.year, on.month, on.day, *clock, tzinfo=zone)
    except ValueError:
        message = f"{quote(text)} has an impossible time; write 00:00 to 23:59 (or 23:59:59)"
        raise Wrong("bad-time", message) from None


def _offset(text: str, offset: str | None) -> timezone | None:
    if offset is None:
        return None
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    if hours > 23 or minutes > 59:  # noqa: PLR2004 - a day has 24 hours, an hour 60 minutes
        raise Wrong("bad-time", f"{quote(text)} has an impossible offset; write one like -05:00")
    shift = timedelta(hours=hours, minutes=minutes)
    return timezone(-shift if offset[0] == "-" else shift)


def _misread(text: str) -> str:
    match = _DAY.match(text)
    if match and text[match.end() : match.end() + 1] in {" ", "t"}:
        return f"{quote(text)} is no instant; write `T` between date and time, as in {_EXAMPLES}"
    return f"{quote(text)} is no date or instant; write it like {_EXAMPLES}"
