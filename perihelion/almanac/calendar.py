"""All events by the day of the year, so that a day or a span need not look at all of them."""

from __future__ import annotations

from calendar import isleap
from collections import defaultdict
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

from perihelion.almanac.milestones import find_milestone_day, find_milestone_on
from perihelion.almanac.observance import (
    MAX_ZONE_SPREAD,
    find_anniversary_on,
    observe_to_the_minute,
)
from perihelion.almanac.replays import Replays
from perihelion.almanac.wall_clock import ONE_DAY
from perihelion.model.moments import Tone
from perihelion.schedule.yearly_rules import find_rule_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.missions import Event
    from perihelion.model.moments import YearlyRule
    from perihelion.model.units import Milestone

LEAP_DAY = (2, 29)
LEAP_DAY_SUBSTITUTES = ((2, 28), (3, 1))
ANY_LEAP_YEAR = 2000


class Calendar:
    """An index of events by month and day or by rule, and of milestones by date.

    Building it sorts them once; its answers never change.
    """

    def __init__(self, events: Iterable[Event], quiet_days: Iterable[date] = ()) -> None:
        self.quiet_days = frozenset(quiet_days)
        """The days on which no account posts anything."""
        self._to_the_minute: dict[tuple[int, ...], Calendar] = {(): self}
        self._by_day: defaultdict[tuple[int, int], list[Event]] = defaultdict(list)
        self._milestones: defaultdict[date, list[tuple[Event, Milestone]]] = defaultdict(list)
        self._by_rule: defaultdict[YearlyRule, list[Event]] = defaultdict(list)
        self._ruled_by_year: dict[int, dict[date, list[list[Event]]]] = {}
        self.longest_late = timedelta(0)
        """The longest late policy of any event that is not the observed day's rest."""
        self._events = sorted(events, key=lambda event: event.full_id)
        self.has_memorials = any(event.tone is Tone.MEMORIAL for event in self._events)
        self.replays = Replays(self._events)
        for event in self._events:
            if not event.only_replay:
                self._add_yearly(event)
            for milestone in event.milestones:
                self._milestones[find_milestone_day(event, milestone)].append((event, milestone))
            self.longest_late = max(self.longest_late, timedelta(seconds=event.late.seconds or 0))

    def _add_yearly(self, event: Event) -> None:
        if event.rule is not None:
            self._by_rule[event.rule].append(event)
            return
        day = event.moment.day
        self._by_day[day.month, day.day].append(event)

    def observe_to_the_minute(self, levels: tuple[int, ...]) -> Calendar:
        """The same calendar with events of these importances observed to the minute.

        Only those whose time is known and that do not say themselves how they are observed.
        """
        calendar = self._to_the_minute.get(levels)
        if calendar is None:
            exact = (observe_to_the_minute(event, levels) for event in self._events)
            calendar = self._to_the_minute[levels] = Calendar(exact, self.quiet_days)
        return calendar

    def find_anniversaries(
        self, first: date, last: date, zone: str | None = None
    ) -> list[Anniversary]:
        """What is observed from `first` to `last`, both included, by day and then event name.

        Without `zone` each event's day is read in the event's own zone; with one (IANA), the
        day of every event that has an instant is read there. Only from the first year on.
        """
        days = range(first.toordinal(), last.toordinal() + 1)
        return [seen for day in days for seen in self._find_on_day(date.fromordinal(day), zone)]

    def _find_on_day(self, day: date, zone: str | None) -> list[Anniversary]:
        places = _own_zone_index_keys(day) if zone is None else _any_zone_index_keys(day)
        found = [self._by_day[place] for place in places if place in self._by_day]
        if self._by_rule:
            found += self._index_rules(day.year).get(day, [])
        seen = [
            anniversary
            for events in found
            for event in events
            if (anniversary := find_anniversary_on(event, day, zone))
        ]
        milestones = list(self._find_milestones(day, zone)) if self._milestones else []
        if len(found) > 1 or milestones:
            seen = sorted([*seen, *milestones], key=lambda one: one.event.full_id)
        return seen

    def _index_rules(self, year: int) -> dict[date, list[list[Event]]]:
        """The events of each rule by its day of `year`; each year is worked out once."""
        if year not in self._ruled_by_year:
            by_day: dict[date, list[list[Event]]] = {}
            for rule, events in self._by_rule.items():
                day = find_rule_day(rule, year)
                if day is not None:
                    by_day.setdefault(day, []).append(events)
            self._ruled_by_year[year] = by_day
        return self._ruled_by_year[year]

    def _find_milestones(self, day: date, zone: str | None) -> Iterator[Anniversary]:
        reach = 0 if zone is None else MAX_ZONE_SPREAD.days
        for number in range(-reach, reach + 1):
            for event, milestone in self._milestones.get(day + timedelta(days=number), ()):
                anniversary = find_milestone_on(event, milestone, day, zone)
                if anniversary is not None:
                    yield anniversary


def _own_zone_index_keys(day: date) -> tuple[tuple[int, int], ...]:
    """Where the index has all events that may be observed on `day` in their own zones."""
    place = (day.month, day.day)
    stands_in = place in LEAP_DAY_SUBSTITUTES and not isleap(day.year)
    return (place, LEAP_DAY) if stands_in else (place,)


def _any_zone_index_keys(day: date) -> tuple[tuple[int, int], ...]:
    """Where the index has all events that may be observed on `day` in any zone."""
    return _nearby_index_keys(day.month, day.day)


@cache
def _nearby_index_keys(month: int, day: int) -> tuple[tuple[int, int], ...]:
    middle, leap_day = date(ANY_LEAP_YEAR, month, day), date(ANY_LEAP_YEAR, *LEAP_DAY)
    reach = MAX_ZONE_SPREAD
    if abs(middle - leap_day) <= MAX_ZONE_SPREAD + ONE_DAY:
        reach += ONE_DAY  # without 29 February, the days around it are a day nearer
    near = (middle - reach + timedelta(days=number) for number in range(2 * reach.days + 1))
    return tuple((one.month, one.day) for one in near)
