"""When something happened, and how precisely that is known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime, time


class Precision(StrEnum):
    """The finest unit of a moment that its source states."""

    DAY = "day"
    MINUTE = "minute"
    SECOND = "second"


class Clock(StrEnum):
    """Whose clock a time was read from, where light takes its time between the two."""

    SPACECRAFT = "spacecraft"
    """When it happened, as the spacecraft would say."""
    EARTH_RECEIVED = "earth-received"
    """When the signal that told of it reached the Earth."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A recorded moment: its calendar `day` in `zone` (IANA) and, if known, its UTC `instant`."""

    day: date
    """Of today's calendar, the Gregorian, however long ago."""
    instant: datetime | None
    precision: Precision
    zone: str = "UTC"
    is_julian: bool = False
    """Its source states it in the Julian calendar."""


class LeapDayRule(StrEnum):
    """On which day a common year observes 29 February; leap years always use the day itself."""

    FEB_28 = "feb-28"
    MAR_1 = "mar-1"
    LEAP_YEARS = "leap-years"
    """Observed in leap years only."""


class ObserveMode(StrEnum):
    """Whether an anniversary is a day's or an instant's."""

    DAY = "day"
    TO_THE_MINUTE = "to-the-minute"


@dataclass(frozen=True, slots=True)
class YearlyRule:
    """An RFC 5545 recurrence rule that gives at most one day a year, such as a fourth Thursday."""

    text: str


class CountMode(StrEnum):
    """What the posts of an event count each year."""

    YEARS = "years"
    NONE = "none"
    """Nothing: the day itself is what is remembered."""


class Tone(StrEnum):
    """In which tone an event is remembered, whatever its kind."""

    PLAIN = "plain"
    MEMORIAL = "memorial"
    """People died: it is never left out, and it has its day on each account to itself."""


class MemorialRule(StrEnum):
    """What becomes of an account's other posts on the day of a memorial."""

    MOVE = "move"
    """They are posted on the next day, which says the date instead of "today"."""
    SKIP = "skip"


class DayZone(StrEnum):
    """In whose zone an account reads the calendar day of an event that has an instant."""

    EVENT = "event"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class LatePolicy:
    """How long after its due instant a post may still go out: `seconds`, or the observed day."""

    seconds: int | None = None
    """None: until the observed day ends in the account's zone."""


REPLAY_LATE = LatePolicy(3600)
"""A replay keeps the hours of its events: a post that is later than this is left out."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The hours of each day in which nothing is posted to the minute, in an account's zone.

    From `begins` to before `ends`, and across midnight if need be.
    """

    begins: time
    ends: time

    def includes(self, at: time) -> bool:
        """Whether the clock shows `at` in these hours."""
        if self.begins < self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends
