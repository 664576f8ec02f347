"""How the schedule writes what an account's day is made of: distances, hours and days."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from perihelion.model.moments import QuietHours
from perihelion.schedule.invalid_value import InvalidValueError
from perihelion.schedule.scalar_types import (
    DURATION_PATTERN,
    ScalarType,
    parse_seconds,
)
from perihelion.schedule.suggestions import quote_text
from perihelion.schedule.time_types import TimeOfDayType

MAX_SPACING = timedelta(hours=12)
_NO_SPACING = "0m"
_TIME_OF_DAY = TimeOfDayType()
_HOURS = r"(?:[01]\d|2[0-3]):[0-5]\d"
_QUIET_HOURS = re.compile(rf"({_HOURS}) ?[-\u2013] ?({_HOURS})", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class SpacingType(ScalarType[timedelta]):
    """A distance between two posts, up to `MAX_SPACING`."""

    expected = "a duration such as 20m or 2h, up to 12h; or 0m for no distance"

    def parse(self, text: str) -> timedelta:
        """The distance."""
        seconds = 0 if text == _NO_SPACING else parse_seconds(text)
        if seconds is None or timedelta(seconds=seconds) > MAX_SPACING:
            raise InvalidValueError(
                "bad-spacing", f"{quote_text(text)} is not a distance; write {self.expected}"
            )
        return timedelta(seconds=seconds)

    def make_json_rule(self) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "pattern": f"^(?:{_NO_SPACING}|{DURATION_PATTERN})$"}


class QuietHoursType(ScalarType[QuietHours]):
    """Two times of day with a hyphen between them; the second may be that of the next day."""

    expected = 'hours such as "22:00-07:00"'

    def parse(self, text: str) -> QuietHours:
        """The hours."""
        match = _QUIET_HOURS.fullmatch(text)
        begins, ends = match.groups() if match else ("", "")
        if begins == ends:
            raise InvalidValueError(
                "bad-hours", f"{quote_text(text)} is not a span of hours; write {self.expected}"
            )
        return QuietHours(_TIME_OF_DAY.parse(begins), _TIME_OF_DAY.parse(ends))

    def make_json_rule(self) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "pattern": f"^{_QUIET_HOURS.pattern}$"}


class CalendarDateType(ScalarType[date]):
    """A day of the calendar."""

    expected = "a date such as 2027-04-01"

    def parse(self, text: str) -> date:
        """The day."""
        if _DATE.fullmatch(text) is not None:
            with suppress(ValueError):
                return date.fromisoformat(text)
        message = f"{quote_text(text)} is not a date of the calendar; write {self.expected}"
        raise InvalidValueError("bad-date", message)

    def make_json_rule(self) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "pattern": f"^{_DATE.pattern}$"}
