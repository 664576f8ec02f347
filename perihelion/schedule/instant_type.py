"""Dates, instants and months as a person writes them, and the moment that `at` stands for."""

from __future__ import annotations

import re
from calendar import month_name, monthrange
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from perihelion.model.julian_dates import JulianDate, last_julian_day
from perihelion.model.moments import Moment, Precision
from perihelion.schedule.date_suggestions import suggest_date, suggest_swapped
from perihelion.schedule.invalid_value import InvalidValueError
from perihelion.schedule.scalar_types import ScalarType
from perihelion.schedule.suggestions import quote_text

FIRST_YEAR, LAST_YEAR = 1, 2100
FIRST_DAY_WITH_TIMES = date(1, 1, 3)
"""Before it, an instant may belong to the year 0 in some zone, which no calendar here has."""

_DATE_OR_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:\d\d)?)?( julian)?",
    re.ASCII,
)
_MONTH = re.compile(r"((?:19|20)\d\d)-(0[1-9]|1[0-2])", re.ASCII)
_LEADING_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?!\d)", re.ASCII)
_MONTH_AND_DAY = (
    r"(?:02-(?:0[1-9]|[12]\d)|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)"
    r"|(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01]))"
)
_HOUR, _MINUTE_OR_SECOND = r"(?:[01]\d|2[0-3])", r"[0-5]\d"
_SCHEMA_PATTERN = (
    rf"^(?!0000)(?:[01]\d\d\d|20\d\d|2100)-{_MONTH_AND_DAY}"
    rf"(?:T{_HOUR}:{_MINUTE_OR_SECOND}(?::{_MINUTE_OR_SECOND})?(?:Z|[+-]{_HOUR}:{_MINUTE_OR_SECOND})?)?"
    r"(?: julian)?$"
)
"""As far as one regular expression can tell, for editors: all but 29 February in common years."""
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_DATE_SCHEMA_PATTERN = rf"^(?!0000)(?:[01]\d\d\d|20\d\d|2100)-{_MONTH_AND_DAY}$"
_EXAMPLES = "2016-02-29, 2016-02-29T20:15Z or 2016-02-29T15:15-05:00"


class DateOrInstant(NamedTuple):
    """What stands in `at`: a date, a UTC instant, or a local time (naive) that needs a zone."""

    when: date | datetime
    precision: Precision
    is_julian: bool = False
    """It was written as a day of the Julian calendar; `when` is of today's."""

    @property
    def is_local(self) -> bool:
        """Whether a zone must say which instant this is."""
        return isinstance(self.when, datetime) and self.when.tzinfo is None


class DateOrInstantType(ScalarType[DateOrInstant]):
    """A date, or an instant with `Z` or an offset, or a local time."""

    expected = f"a date or an instant such as {_EXAMPLES}"

    def parse(self, text: str) -> DateOrInstant:
        """The date or instant; an offset has become UTC."""
        match = _DATE_OR_INSTANT.fullmatch(text)
        if match is None:
            raise InvalidValueError("bad-date", _describe_format_mistake(text))
        year, month, day, hour, minute, second, offset, julian = match.groups()
        on = _make_date(text, (int(year), int(month), int(day)), is_julian=bool(julian))
        if hour is None:
            return DateOrInstant(on, Precision.DAY, bool(julian))
        if on < FIRST_DAY_WITH_TIMES:
            raise InvalidValueError(
                "bad-year", f"{quote_text(text)} is too early for a time of day"
            )
        zone = UTC if offset == "Z" else _parse_offset(text, offset)
        instant = _make_instant(text, on, (int(hour), int(minute), int(second or 0)), zone)
        if zone is not UTC and zone is not None:
            instant = instant.astimezone(UTC)
        precision = Precision.SECOND if second else Precision.MINUTE
        return DateOrInstant(instant, precision, bool(julian))

    def make_json_rule(self) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "pattern": _SCHEMA_PATTERN}


class MonthType(ScalarType[date]):
    """A month of a year."""

    expected = "a year and a month such as 2026-11"

    def parse(self, text: str) -> date:
        """Its first day."""
        match = _MONTH.fullmatch(text)
        if match is None:
            message = f"{quote_text(text)} is not a month; write {self.expected}"
            raise InvalidValueError("bad-month", message)
        return date(int(match[1]), int(match[2]), 1)

    def make_json_rule(self) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "pattern": f"^{_MONTH.pattern}$"}


class DateType(ScalarType[date]):
    """A date."""

    expected = "a date such as 2026-11-28"

    def parse(self, text: str) -> date:
        """The date."""
        match = _DATE.fullmatch(text)
        if match is None:
            advice = suggest_date(text) or f"write {self.expected}"
            message = f"{quote_text(text)} is not a date; {advice}"
            raise InvalidValueError("bad-date", message)
        year, month, day = map(int, match.groups())
        return _make_date(text, (year, month, day), is_julian=False)

    def make_json_rule(self) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "pattern": _DATE_SCHEMA_PATTERN}


def resolve_moment(written: DateOrInstant, zone: str | None) -> Moment:
    """The moment that `written` is in `zone` (a valid IANA name; None: none was given).

    Raises Wrong for a local time without a zone, one that the zone's clocks skipped, and one
    that they showed twice.
    """
    when, precision, is_julian = written
    name = zone or "UTC"
    if not isinstance(when, datetime):
        return Moment(when, None, precision, name, is_julian)
    if when.tzinfo is not None:
        day = when.astimezone(ZoneInfo(zone)).date() if zone else when.date()
        return Moment(day, when, precision, name, is_julian)
    if zone is None:
        message = (
            f"{_format_local_time(when)} is a local time: "
            "add `zone:`, or write an offset or `Z` after it"
        )
        raise InvalidValueError("no-zone", message)
    return Moment(when.date(), _resolve_local_time(when, zone), precision, zone, is_julian)


def _resolve_local_time(local: datetime, zone: str) -> datetime:
    first = local.replace(tzinfo=ZoneInfo(zone))
    second = first.replace(fold=1)
    instant = first.astimezone(UTC)
    if first.utcoffset() == second.utcoffset():
        return instant
    shown = _format_local_time(local)
    if instant.astimezone(first.tzinfo).replace(tzinfo=None) == local:
        choice = f"{first.isoformat(timespec='minutes')} or {second.isoformat(timespec='minutes')}"
        message = f"{shown} occurred twice in {zone}; write the offset: {choice}"
        raise InvalidValueError("local-twice", message)
    message = f"{shown} did not exist in {zone}, as clocks went forward; write the offset"
    raise InvalidValueError("local-gap", message)


def _format_local_time(local: datetime) -> str:
    return f"`{local.isoformat(timespec='minutes')}`"


def _make_date(text: str, written: tuple[int, int, int], *, is_julian: bool) -> date:
    """The day of today's calendar that `written` is: its year, month and day in one of the two."""
    year, month, _ = written
    if not FIRST_YEAR <= year <= LAST_YEAR:
        message = f"the year {year} is out of range; write {FIRST_YEAR:04} to {LAST_YEAR:04}"
        raise InvalidValueError("bad-year", message)
    try:
        return JulianDate(*written).to_gregorian() if is_julian else date(*written)
    except ValueError:
        last_day = _describe_last_day(year, month, is_julian=is_julian)
        message = f"{quote_text(text)} is on a day that does not exist; {last_day}"
        message += suggest_swapped(*written)
        raise InvalidValueError("bad-date", message) from None


def _describe_last_day(year: int, month: int, *, is_julian: bool) -> str:
    if month not in range(1, 13):
        return "months go from 01 to 12"
    days = last_julian_day(year, month) if is_julian else monthrange(year, month)[1]
    return f"{month_name[month]} {year} has {days} days"


def _make_instant(
    text: str, on: date, time_of_day: tuple[int, int, int], zone: timezone | None
) -> datetime:
    try:
        return datetime(on.year, on.month, on.day, *time_of_day, tzinfo=zone)
    except ValueError:
        message = f"{quote_text(text)} has an impossible time; write 00:00 to 23:59 (or 23:59:59)"
        raise InvalidValueError("bad-time", message) from None


def _parse_offset(text: str, offset: str | None) -> timezone | None:
    if offset is None:
        return None
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    if hours > 23 or minutes > 59:  # noqa: PLR2004 - a day has 24 hours, an hour 60 minutes
        raise InvalidValueError(
            "bad-time", f"{quote_text(text)} has an impossible offset; write one like -05:00"
        )
    shift = timedelta(hours=hours, minutes=minutes)
    return timezone(-shift if offset[0] == "-" else shift)


def _describe_format_mistake(text: str) -> str:
    match = _LEADING_DATE.match(text)
    if match and text[match.end() : match.end() + 1] in {" ", "t"}:
        return (
            f"{quote_text(text)} is not valid; write `T` between date and time, as in {_EXAMPLES}"
        )
    advice = suggest_date(text) or f"write it like {_EXAMPLES}"
    return f"{quote_text(text)} is not a date or instant; {advice}"
