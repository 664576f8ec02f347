"""What Americans, and others, remember on another day than UTC's says so."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.model.missions import Event, Schedule

AMERICAN = frozenset(
    {
        *("NASA", "JPL", "NOAA", "USGS", "ARPA", "US Air Force", "US Army", "US Navy"),
        *("US Space Force", "SpaceX", "Blue Origin", "Rocket Lab", "Axiom Space", "Boeing"),
        *("Firefly Aerospace", "Intuitive Machines", "Scaled Composites", "Virgin Galactic"),
    }
)
ZONES = ("America/New_York", "America/Chicago", "America/Los_Angeles")


def list_american_events_of_another_day(schedule: Schedule) -> Iterator[Event]:
    """Those with an instant that was on another day from coast to coast."""
    for event in schedule.events:
        instant = event.moment.instant
        if instant is not None and AMERICAN & set(event.mission.agencies):
            days = {instant.astimezone(ZoneInfo(zone)).date() for zone in ZONES}
            if event.moment.day not in days:
                yield event


def test_every_american_event_of_another_day_has_a_place(shipped_schedule: Schedule) -> None:
    found = list(list_american_events_of_another_day(shipped_schedule))
    assert len(found) > 30
    assert [event.full_id for event in found if event.place is None] == []


@pytest.mark.parametrize(
    ("event", "day"),
    [
        ("cassini/orbit-insertion", "2004-06-30"),
        ("falcon-9-flight-20/booster-landing", "2015-12-21"),
        ("hayabusa/return-touchdown", "2005-11-26"),
        ("hayabusa2/sample-return", "2020-12-06"),
        ("hayabusa2/touchdown", "2019-02-22"),
        ("juno/orbit-insertion", "2016-07-04"),
        ("luna-21/landing", "1973-01-16"),
        ("maven/orbit-insertion", "2014-09-21"),
        ("messenger/orbit-insertion", "2011-03-17"),
        ("spherex/launch", "2025-03-11"),
    ],
)
def test_an_event_that_its_agency_dates_otherwise_says_so(
    shipped_schedule: Schedule, event: str, day: str
) -> None:
    (found,) = (one for one in shipped_schedule.events if one.full_id == event)
    place, moment = found.place, found.moment
    assert place is not None
    if moment.instant is not None:
        assert str(moment.instant.astimezone(ZoneInfo(place.zone)).date()) == day
    else:
        assert str(place.day) == day
