"""Events that belong together, such as those of a mission, a person or a place. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from perihelion.almanac.observance import find_anniversary_on, find_yearly_day
from perihelion.service.folded_text import make_slug
from perihelion.service.web.programmes import group_programmes, name_programme
from perihelion.service.web.site import LONGEST_WAIT, Site

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.missions import Event, Mission, Place

LATEST = 30
"""How many anniversaries the feed of a collection has."""


@dataclass(frozen=True, slots=True)
class Collection:
    """What stands at the address `kind`/`slug`: its name in one language, and its events.

    `kind` is `m` for a mission, `p` for a person, `a` for an agency, `l` for a place, `s` for a
    programme.
    """

    kind: str
    slug: str
    name: str
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Collections:
    """The collections of a site."""

    site: Site

    @cached_property
    def agencies(self) -> Mapping[str, str]:
        """The names of the agencies by slug, in the order of the alphabet."""
        names = {name for one in self.site.missions.values() for name in one.agencies}
        return {make_slug(name): name for name in sorted(names, key=make_slug) if make_slug(name)}

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """The places by the slugs of their own names, in the order of the alphabet."""
        found = {
            make_slug(one.place.name): one.place for one in self.site.events.values() if one.place
        }
        return dict(sorted(found.items()))

    @cached_property
    def programmes(self) -> Mapping[str, tuple[str, list[Mission]]]:
        """The names and the missions of the programmes, by slug, in the order of the alphabet."""
        grouped = group_programmes(self.site.missions.values())
        return {make_slug(name): (name, grouped[name]) for name in sorted(grouped, key=make_slug)}

    @cached_property
    def _events(self) -> Mapping[tuple[str, str], tuple[Event, ...]]:
        """In the order of the schedule's events; each list is sorted when it is asked for."""
        found: defaultdict[tuple[str, str], list[Event]] = defaultdict(list)
        for mission in self.site.missions:
            for event in self.site.list_mission_events(mission):
                for agency in dict.fromkeys(map(make_slug, event.mission.agencies)):
                    found["a", agency].append(event)
                if event.place:
                    found["l", make_slug(event.place.name)].append(event)
        return {key: tuple(sorted(events, key=_sort_key)) for key, events in found.items()}

    def list_all(self, kind: str, language: str) -> list[Collection]:
        """The agencies (`a`), the places (`l`) or the programmes (`s`), by name."""
        slugs = {"a": self.agencies, "l": self.places, "s": self.programmes}
        found = (self.find(kind, slug, language) for slug in slugs[kind])
        return sorted((one for one in found if one), key=lambda one: make_slug(one.name))

    def find(self, kind: str, slug: str, language: str) -> Collection | None:
        """The collection at that address, with its name in `language`."""
        site = self.site
        match kind:
            case "m" if slug in site.missions:
                events = site.list_mission_events(slug)
                return Collection(kind, slug, site.missions[slug].name_in(language), tuple(events))
            case "p" if slug in site.people:
                events = site.list_person_events(slug)
                return Collection(kind, slug, site.people[slug], tuple(events))
            case "a" if slug in self.agencies:
                return Collection(kind, slug, self.agencies[slug], self._events[kind, slug])
            case "l" if slug in self.places:
                name = self.places[slug].name_in(language)
                return Collection(kind, slug, name, self._events[kind, slug])
            case "s" if slug in self.programmes:
                own_name, missions = self.programmes[slug]
                events = [
                    one for mission in missions for one in site.list_mission_events(mission.id)
                ]
                name = name_programme(own_name, missions, language)
                return Collection(kind, slug, name, tuple(sorted(events, key=_sort_key)))
        return None


def list_latest(events: Iterable[Event], today: date) -> list[Anniversary]:
    """The last yearly anniversary of each of `events`, today's included: the latest ones first."""
    yearly = (event for event in events if not event.only_replay)
    found = (_find_last_anniversary(event, today) for event in yearly)
    seen = [one for one in found if one is not None]
    return sorted(seen, key=lambda one: one.day, reverse=True)[:LATEST]


def _find_last_anniversary(event: Event, today: date) -> Anniversary | None:
    for year in range(today.year, max(event.moment.day.year, today.year - LONGEST_WAIT), -1):
        observed = find_yearly_day(event, year)
        if observed is not None and observed <= today:
            return find_anniversary_on(event, observed)
    return None


def _sort_key(event: Event) -> tuple[date, str, str]:
    return event.moment.day, str(event.moment.instant), event.full_id
