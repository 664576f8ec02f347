"""What the website shows of a schedule: events by day, mission, person and word. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from perihelion.almanac.calendar import Calendar
from perihelion.almanac.observance import find_anniversary_on, find_yearly_day
from perihelion.service.event_search import index_events, search_events
from perihelion.service.folded_text import make_slug

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.missions import Event, Mission, Schedule

Key = TypeVar("Key")

LONGEST_WAIT = 8
"""Years within which every yearly event returns: 29 February rests from 1896 to 1904."""

_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Site:
    """A schedule as its readers look at it. Days are those of each event's own zone."""

    schedule: Schedule

    @cached_property
    def calendar(self) -> Calendar:
        """All events by the days on which they are observed."""
        return Calendar(self.schedule.events)

    @cached_property
    def events(self) -> Mapping[str, Event]:
        """The events by their full ids."""
        return {event.full_id: event for event in self.schedule.events}

    @cached_property
    def missions(self) -> Mapping[str, Mission]:
        """The missions that have events, by their ids."""
        with_events = {event.mission.id for event in self.schedule.events}
        return {one.id: one for one in self.schedule.missions if one.id in with_events}

    @cached_property
    def _events_by_mission(self) -> Mapping[str, list[Event]]:
        return _group((event.mission.id, event) for event in self.schedule.events)

    @cached_property
    def _events_by_day(self) -> Mapping[tuple[int, int], list[Event]]:
        days = ((event.moment.day, event) for event in self.schedule.events)
        return _group((((day.month, day.day), event) for day, event in days))

    @cached_property
    def people(self) -> Mapping[str, str]:
        """The names of all who took part, by slug, in the order of the alphabet."""
        names = {name for event in self.schedule.events for name in event.people}
        return {make_slug(name): name for name in sorted(names, key=make_slug) if make_slug(name)}

    @cached_property
    def _events_by_person(self) -> Mapping[str, list[Event]]:
        return _group(
            (make_slug(name), event) for event in self.schedule.events for name in event.people
        )

    @cached_property
    def _searchable(self) -> list[tuple[str, Event]]:
        return index_events(self.schedule.events)

    def list_mission_events(self, mission: str) -> list[Event]:
        """A mission's events, the oldest first."""
        return self._events_by_mission.get(mission, [])

    def list_person_events(self, slug: str) -> list[Event]:
        """The events in which a person took part, the oldest first."""
        return self._events_by_person.get(slug, [])

    def list_day_events(self, month: int, day: int) -> list[Event]:
        """What happened on a day of the year, the oldest first."""
        return self._events_by_day.get((month, day), [])

    def list_observed(self, first: date, days: int = 1) -> list[Anniversary]:
        """The anniversaries of `days` days from `first` on: by day, then the most important."""
        last = first + timedelta(days=days - 1)
        seen = self.calendar.find_anniversaries(first, last)
        return sorted(
            seen, key=lambda one: (one.day, -one.event.importance, one.event.moment.day, one.count)
        )

    def find_next_anniversary(self, event: Event, today: date) -> Anniversary | None:
        """The next yearly anniversary of an event, today's included; a replay's alone has none."""
        if event.only_replay:
            return None
        for year in range(today.year, today.year + LONGEST_WAIT + 1):
            observed = find_yearly_day(event, year)
            if observed is not None and observed >= today:
                return find_anniversary_on(event, observed)
        return None

    def search(self, words: str, limit: int = 60) -> list[Event]:
        """The first `limit` events that `search_events` finds."""
        return search_events(self._searchable, words)[:limit]


def make_sort_key(name: str) -> str:
    """What a name is sorted by: Luna 3 before Luna 20."""
    return _NUMBER.sub(lambda found: found[0].zfill(6), make_slug(name))


def _group(pairs: Iterable[tuple[Key, Event]]) -> dict[Key, list[Event]]:
    """The events of each key, the oldest first."""
    found: defaultdict[Key, list[Event]] = defaultdict(list)
    for key, event in pairs:
        found[key].append(event)
    for events in found.values():
        events.sort(key=lambda event: (event.moment.day, str(event.moment.instant), event.full_id))
    return dict(found)
