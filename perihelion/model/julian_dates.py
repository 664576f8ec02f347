"""Days of the Julian calendar, which Russia kept until 1918 and Europe until 1582 and later."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

_ORDINAL_OF_DAY_ZERO = 1_721_425
"""The Julian day number of 31 December of the year 0, from which `date` counts its ordinals."""
_SHIFT = 32_083
_YEARS_BEFORE = 4800
"""A March before all days that a `date` can hold; counting from March, leap days come last."""


class JulianDate(NamedTuple):
    """A day as the Julian calendar calls it."""

    year: int
    month: int
    day: int

    def to_gregorian(self) -> date:
        """The same day in today's calendar. Raises ValueError for a day that does not exist."""
        if not 1 <= self.month <= 12 or not 1 <= self.day <= last_julian_day(self.year, self.month):  # noqa: PLR2004 - the months of a year
            raise ValueError(f"the Julian calendar has no day {self}")
        before_march = (14 - self.month) // 12
        years = self.year + _YEARS_BEFORE - before_march
        months = self.month + 12 * before_march - 3
        number = self.day + (153 * months + 2) // 5 + 365 * years + years // 4 - _SHIFT
        return date.fromordinal(number - _ORDINAL_OF_DAY_ZERO)

    @classmethod
    def from_gregorian(cls, day: date) -> JulianDate:
        """What the Julian calendar calls `day`."""
        days = day.toordinal() + _ORDINAL_OF_DAY_ZERO + _SHIFT - 1
        years, rest = divmod(4 * days + 3, 1461)
        months, days_of_month = divmod(5 * (rest // 4) + 2, 153)
        after_year = months // 10
        return cls(
            years - _YEARS_BEFORE + after_year, months + 3 - 12 * after_year, days_of_month // 5 + 1
        )


def last_julian_day(year: int, month: int) -> int:
    """How many days `month` (1 to 12) has: every fourth year is a leap year, without exception."""
    if month == 2:  # noqa: PLR2004 - February
        return 28 if year % 4 else 29
    return 30 if month in {4, 6, 9, 11} else 31
