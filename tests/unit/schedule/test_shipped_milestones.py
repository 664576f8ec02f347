"""The shipped milestones and days of observance, on the days that they were chosen for."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from perihelion.almanac.calendar import Calendar

if TYPE_CHECKING:
    from perihelion.model.missions import Schedule


@pytest.fixture(scope="module")
def calendar(shipped_schedule: Schedule) -> Calendar:
    return Calendar(shipped_schedule.events)


@pytest.mark.parametrize(
    ("event", "count", "day"),
    [
        ("apollo-11/landing", "3000 weeks", date(2027, 1, 17)),
        ("crew-dragon-demo-2/launch", "2500 days", date(2027, 4, 4)),
        ("webb/launch", "2000 days", date(2027, 6, 17)),
        ("curiosity/landing", "8 mars-years", date(2027, 8, 23)),
        ("perseverance/landing", "2500 sols", date(2028, 3, 2)),
        ("dart/impact", "2000 days", date(2028, 3, 18)),
        ("iss-expedition-1/docking", "10000 days", date(2028, 3, 20)),
        ("hubble/launch", "2000 weeks", date(2028, 8, 22)),
        ("perseverance/landing", "4 mars-years", date(2028, 8, 28)),
        ("vostok-1/launch", "25000 days", date(2029, 9, 22)),
        ("voyager-1/launch", "20000 days", date(2032, 6, 8)),
    ],
)
def test_a_milestone_falls_on_its_day(
    calendar: Calendar, event: str, count: str, day: date
) -> None:
    found = calendar.find_anniversaries(day, day)
    assert (event, count) in [(one.event.full_id, f"{one.count} {one.unit}") for one in found]


@pytest.mark.parametrize(
    ("event", "days"),
    [
        ("day-of-remembrance/observance", [date(2027, 1, 28), date(2028, 1, 27)]),
        ("yuris-night/observance", [date(2027, 4, 12), date(2028, 4, 12)]),
        ("world-space-week/observance", [date(2027, 10, 4), date(2028, 10, 4)]),
    ],
)
def test_a_day_of_observance_returns_each_year_without_a_count(
    calendar: Calendar, event: str, days: list[date]
) -> None:
    seen = calendar.find_anniversaries(date(2027, 1, 1), date(2028, 12, 31))
    own = [one for one in seen if one.event.full_id == event]
    assert [one.day for one in own] == days
    assert not any(one.is_counted for one in own)
