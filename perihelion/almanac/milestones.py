"""When an event is a number of days, sols, orbits or minutes ago: a milestone falls on one day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from perihelion.almanac.observance import event_day_in_zone, repeat_instant_on
from perihelion.almanac.wall_clock import local_day
from perihelion.model.anniversaries import Anniversary
from perihelion.model.moments import ObserveMode, Precision
from perihelion.model.units import CALENDAR_UNIT_DAYS, UNIT_SECONDS, Milestone, Unit

if TYPE_CHECKING:
    from perihelion.model.missions import Event


def find_milestone_day(event: Event, milestone: Milestone, zone: str | None = None) -> date:
    """The calendar day of `milestone`, read in `zone` (IANA); None reads it in the event's own.

    Raises ValueError for a milestone that an event without a time of day cannot have.
    """
    instant = _find_instant(event, milestone)
    if instant is not None:
        return local_day(instant, zone or event.moment.zone)
    return event_day_in_zone(event, zone) + _count_days(milestone)


def find_milestone_on(
    event: Event, milestone: Milestone, day: date, zone: str | None = None
) -> Anniversary | None:
    """The anniversary that `milestone` is, if it falls on `day`; or None. `zone` as above.

    It has an instant where the event is observed to the minute.
    """
    if find_milestone_day(event, milestone, zone) != day:
        return None
    exact = event.observe is ObserveMode.TO_THE_MINUTE
    instant = _find_instant(event, milestone) if exact else None
    return Anniversary(event, milestone.count, milestone.unit, day, instant)


def _count_days(milestone: Milestone) -> timedelta:
    return timedelta(days=milestone.count * CALENDAR_UNIT_DAYS[milestone.unit])


def _find_instant(event: Event, milestone: Milestone) -> datetime | None:
    """The UTC instant that decides the day; None where the calendar alone does.

    Days and weeks keep the event's time on the clocks of its zone; they have an instant only where
    the event is observed to the minute. All else is a fixed time after the event.
    """
    exact = event.moment.instant
    if milestone.needs_instant:
        if exact is None:
            raise ValueError(f"{event.full_id} has no time of day to count {milestone} from")
        return _round_instant(exact + _measure(event, milestone), event.moment.precision)
    if exact is None or event.observe is not ObserveMode.TO_THE_MINUTE:
        return None
    return repeat_instant_on(event.moment.day + _count_days(milestone), event.moment, exact)


def _measure(event: Event, milestone: Milestone) -> timedelta:
    if milestone.unit is not Unit.ORBITS:
        return timedelta(seconds=milestone.count * UNIT_SECONDS[milestone.unit])
    if event.period is None:
        raise ValueError(f"{event.full_id} has no period to count {milestone} by")
    return milestone.count * event.period


def _round_instant(instant: datetime, precision: Precision) -> datetime:
    """To the second, or down to the minute where the event is known no better."""
    if precision is Precision.SECOND:
        return (instant + timedelta(milliseconds=500)).replace(microsecond=0)
    return instant.replace(second=0, microsecond=0)
