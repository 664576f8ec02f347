"""A person's life as the schedule tells it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from perihelion.service.folded_text import make_slug

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from perihelion.model.missions import Event, Mission

BIRTH, DEATH = "birth", "death"
"""The ids of such events, in a mission that has the person's name."""


@dataclass(frozen=True, slots=True)
class PersonMission:
    """A mission in which a person took part, with the days of the first and last such events."""

    mission: Mission
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Life:
    """What is known of a person; the missions stand in the order in which they began."""

    born: Event | None
    missions: tuple[PersonMission, ...]
    died: Event | None


def describe_life(slug: str, events: Iterable[Event]) -> Life:
    """The life of the person `slug`, from all events in which that person took part."""
    born = died = None
    missions: dict[str, PersonMission] = {}
    for event in sorted(events, key=lambda one: one.moment.day):
        mission, day = event.mission, event.moment.day
        if event.id == BIRTH:
            born = event
        elif event.id == DEATH:
            died = event
        elif make_slug(mission.name) != slug:
            first = missions[mission.id].first if mission.id in missions else day
            missions[mission.id] = PersonMission(mission, first, day)
    return Life(born, tuple(missions.values()), died)
