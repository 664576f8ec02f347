"""When one event is observed: its day in a year, and the instant on that day."""

from __future__ import annotations

from calendar import isleap
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from perihelion.almanac.wall_clock import load_zone, local_day, local_to_utc
from perihelion.model.anniversaries import Anniversary
from perihelion.model.moments import LeapDayRule, ObserveMode, Precision
from perihelion.model.units import Unit
from perihelion.schedule.yearly_rules import find_rule_day

if TYPE_CHECKING:
    from perihelion.model.missions import Event
    from perihelion.model.moments import Moment, YearlyRule

MAX_ZONE_SPREAD = timedelta(days=2)
"""How far apart two zones can read one instant's day: their offsets differ by under 48 hours."""


def observed_day(day: date, year: int, rule: LeapDayRule) -> date | None:
    """The calendar day of `year` that observes `day`: the day itself, whenever it exists.

    In a common year `rule` says what becomes of 29 February; None means not observed that year.
    """
    if not is_leap_day(day) or isleap(year):
        return day.replace(year=year)
    if rule is LeapDayRule.LEAP_YEARS:
        return None
    return date(year, 2, 28) if rule is LeapDayRule.FEB_28 else date(year, 3, 1)


def find_yearly_day(event: Event, year: int) -> date | None:
    """The day of `year` that observes `event`, read in its own zone; None where there is none.

    The first year is the one after the event.
    """
    own = event.moment.day
    if year <= own.year:
        return None
    if event.rule is not None:
        return find_rule_day(event.rule, year)
    return observed_day(own, year, event.leap_day)


def is_leap_day(day: date) -> bool:
    """Whether `day` is a 29 February."""
    return day.month == 2 and day.day == 29  # noqa: PLR2004 - the calendar's own numbers


def event_day_in_zone(event: Event, zone: str | None) -> date:
    """The calendar day on which `event` happened, read in `zone`.

    None reads it in the event's own zone, as does an event whose time of day nobody recorded.
    """
    moment = event.moment
    if zone is None or moment.instant is None:
        return moment.day
    return local_day(moment.instant, zone)


def repeat_instant_on(day: date, moment: Moment, exact: datetime) -> datetime:
    """The UTC instant on `day` with the wall-clock time of `moment`, `exact`, in its own zone."""
    at = exact.astimezone(load_zone(moment.zone)).time()
    instant = local_to_utc(day, at, moment.zone)
    if moment.precision is Precision.SECOND:
        return instant
    # Old offsets have odd seconds (Monrovia: -0:44:30); a minute's precision must not show them.
    return instant.replace(second=0, microsecond=0)


def observe_to_the_minute(event: Event, levels: tuple[int, ...]) -> Event:
    """`event`, to the minute if its importance is among `levels` and its time is known.

    Where it or its mission says how it is observed, it stays as it is.
    """
    applies = event.observe is None and event.importance in levels
    if not applies or event.moment.instant is None:
        return event
    return replace(event, observe=ObserveMode.TO_THE_MINUTE)


def find_anniversary_on(event: Event, day: date, zone: str | None = None) -> Anniversary | None:
    """The anniversary of `event` that falls on `day`, its day being read in `zone`; or None.

    An event to the minute keeps the instant that its own zone and its leap day rule give; read in
    a `zone`, it falls on that instant's day there, and counts the years of its own zone. An event
    with a rule falls on the day that the rule gives, in every zone.
    """
    if event.rule is not None:
        return _find_ruled_anniversary_on(event, event.rule, day)
    exact = event.moment.instant if event.observe is ObserveMode.TO_THE_MINUTE else None
    if exact is not None and zone is not None:
        return _find_exact_anniversary_on(event, exact, day, zone)
    own = event_day_in_zone(event, zone)
    count = day.year - own.year
    if count < 1 or observed_day(own, day.year, event.leap_day) != day:
        return None
    instant = None if exact is None else repeat_instant_on(day, event.moment, exact)
    return Anniversary(event, count, Unit.YEARS, day, instant, is_moved(own, day))


def _find_ruled_anniversary_on(event: Event, rule: YearlyRule, day: date) -> Anniversary | None:
    """As `find_anniversary_on`, for an event whose day a rule gives.

    It counts by the year alone, so that the key stays the same if the rule is corrected.
    """
    own = event.moment.day
    if day.year <= own.year or find_rule_day(rule, day.year) != day:
        return None
    moved = (own.month, own.day) != (day.month, day.day)
    return Anniversary(event, day.year - own.year, Unit.YEARS, day, moved=moved)


def _find_exact_anniversary_on(
    event: Event, exact: datetime, day: date, zone: str
) -> Anniversary | None:
    """As `find_anniversary_on`, for an event to the minute: its instants in `zone` decide."""
    own = event.moment.day
    for year in sorted({(day - MAX_ZONE_SPREAD).year, (day + MAX_ZONE_SPREAD).year}):
        there = observed_day(own, year, event.leap_day)
        if year <= own.year or there is None or abs(there - day) > MAX_ZONE_SPREAD:
            continue
        instant = repeat_instant_on(there, event.moment, exact)
        if local_day(instant, zone) == day:
            moved = is_moved(local_day(exact, zone), day)
            return Anniversary(event, year - own.year, Unit.YEARS, day, instant, moved)
    return None


def is_moved(own: date, day: date) -> bool:
    """Whether `day` observes `own`, a 29 February, in a year that has none."""
    return is_leap_day(own) and not isleap(day.year)
