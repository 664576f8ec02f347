"""What an anniversary counts, how long each unit is, and the milestones that events have in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What an anniversary counts; the values stand in the keys of deliveries and never change."""

    YEARS = "years"
    """Of the calendar; every event is observed by them. The others are counted by milestones."""
    DAYS = "days"
    WEEKS = "weeks"
    HOURS = "hours"
    MINUTES = "minutes"
    SECONDS = "seconds"
    SOLS = "sols"
    """Mean solar days of Mars."""
    MARS_YEARS = "mars-years"
    """From one northward equinox of Mars to the next, on average."""
    ORBITS = "orbits"
    """Of the event's own period."""
    REPLAY_YEARS = "replay-years"
    """Of the calendar, for a post in the replay of its mission: it is another delivery."""


MILESTONE_UNITS = tuple(one for one in Unit if one not in {Unit.YEARS, Unit.REPLAY_YEARS})

CALENDAR_UNIT_DAYS = {Unit.DAYS: 1, Unit.WEEKS: 7}
"""The units that are counted on the calendar, as years are: the same time of day, days later."""

SOL_SECONDS = 88_775.244
"""The mean solar day of Mars, 24 h 39 min 35.244 s: Allison and McEwen (2000), "A post-Pathfinder
evaluation of areocentric solar coordinates", Planetary and Space Science 48, 215-235."""

MARS_YEAR_SOLS = 668.5907
"""The mean vernal equinox year of Mars, 686.9711 days: what the calendars of Mars count (the Mars
years of Clancy et al. 2000, the Darian calendar), from one northward equinox to the next. The mean
tropical year is 668.5921 sols (Allison and McEwen 2000), the sidereal year 668.5991."""

UNIT_SECONDS = {
    Unit.HOURS: 3600.0,
    Unit.MINUTES: 60.0,
    Unit.SECONDS: 1.0,
    Unit.SOLS: SOL_SECONDS,
    Unit.MARS_YEARS: MARS_YEAR_SOLS * SOL_SECONDS,
}
"""The length of each unit that is a fixed time, in seconds of UTC; leap seconds are left out."""


@dataclass(frozen=True, slots=True)
class Milestone:
    """A number of units after an event that is worth remembering: 10000 days, 500 sols."""

    count: int
    unit: Unit

    @property
    def needs_instant(self) -> bool:
        """Whether only an event with a time of day can have it."""
        return self.unit not in CALENDAR_UNIT_DAYS

    def __str__(self) -> str:
        return f"{self.count} {self.unit}"
