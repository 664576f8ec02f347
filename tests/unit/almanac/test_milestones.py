"""Counts of days, sols and orbits fall on one day, whoever reads it and however it is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perihelion.almanac.calendar import Calendar
from perihelion.almanac.due_anniversaries import list_due_in_span
from perihelion.almanac.milestones import find_milestone_day, find_milestone_on
from perihelion.almanac.wall_clock import load_zone
from perihelion.model.moments import DayZone, ObserveMode
from perihelion.model.units import CALENDAR_UNIT_DAYS, Milestone, Unit
from tests.fakes.almanac_strategies import events_with_milestones, no_deadline, zones
from tests.fakes.model_builders import make_account, make_event

if TYPE_CHECKING:
    from perihelion.model.missions import Event

CURIOSITY = make_event(id="landing", at="2012-08-06T05:17:57Z", observe=ObserveMode.TO_THE_MINUTE)
PERSEVERANCE = make_event(id="landing", at="2021-02-18T20:55Z", observe=ObserveMode.TO_THE_MINUTE)


def find_instant(event: Event, count: int, unit: Unit) -> datetime:
    milestone = Milestone(count, unit)
    seen = find_milestone_on(event, milestone, find_milestone_day(event, milestone))
    assert seen is not None
    assert seen.instant is not None
    return seen.instant


@pytest.mark.parametrize(
    ("event", "count", "worked_example"),
    [(CURIOSITY, 8, "2027-08-23T23:47+00:00"), (PERSEVERANCE, 4, "2028-08-28T18:09+00:00")],
)
def test_mars_years_are_those_of_the_worked_examples(
    event: Event, count: int, worked_example: str
) -> None:
    expected = datetime.fromisoformat(worked_example)
    found = find_instant(event, count, Unit.MARS_YEARS)
    assert abs(found - expected) < timedelta(minutes=3)
    assert find_milestone_day(event, Milestone(count, Unit.MARS_YEARS)) == expected.date()


def test_the_station_was_inhabited_for_10_000_days_on_20_march_2028() -> None:
    arrival = make_event(at="2000-11-02T09:21Z")
    assert find_milestone_day(arrival, Milestone(10_000, Unit.DAYS)) == date(2028, 3, 20)


def test_days_keep_the_time_on_the_clocks_and_hours_do_not() -> None:
    winter = make_event(at="2026-11-30T23:30", zone="Europe/Berlin")
    assert find_milestone_day(winter, Milestone(180, Unit.DAYS)) == date(2027, 5, 29)
    assert find_milestone_day(winter, Milestone(180 * 24, Unit.HOURS)) == date(2027, 5, 30)
    exact = replace(winter, observe=ObserveMode.TO_THE_MINUTE)
    assert find_instant(exact, 180, Unit.DAYS) == datetime(2027, 5, 29, 21, 30, tzinfo=UTC)


def test_a_milestone_of_days_may_fall_on_a_leap_day() -> None:
    start = make_event(at="2027-03-01")
    assert find_milestone_day(start, Milestone(365, Unit.DAYS)) == date(2028, 2, 29)
    assert find_milestone_day(start, Milestone(366, Unit.DAYS)) == date(2028, 3, 1)


def test_orbits_are_counted_by_the_event_s_own_period() -> None:
    launch = make_event(
        at="2015-03-27T19:42:57Z",
        period=timedelta(minutes=92.9),
        observe=ObserveMode.TO_THE_MINUTE,
    )
    assert find_instant(launch, 100, Unit.ORBITS) == datetime(2015, 4, 3, 6, 32, 57, tzinfo=UTC)


@pytest.mark.parametrize("unit", [Unit.HOURS, Unit.SOLS])
def test_what_is_shorter_than_a_day_cannot_be_counted_from_a_bare_date(unit: Unit) -> None:
    with pytest.raises(ValueError, match="has no time of day to count 5 "):
        find_milestone_day(make_event(at="2016-03-02"), Milestone(5, unit))


def test_orbits_cannot_be_counted_without_a_period() -> None:
    with pytest.raises(ValueError, match="has no period to count 5 orbits by"):
        find_milestone_day(make_event(), Milestone(5, Unit.ORBITS))


@no_deadline
@given(one=events_with_milestones(), zone=st.none() | zones, cut=st.integers(0, 8))
def test_every_milestone_is_seen_exactly_once_however_a_span_is_split(
    one: Event, zone: str | None, cut: int
) -> None:
    calendar = Calendar([one])
    for milestone in one.milestones:
        middle = find_milestone_day(one, milestone)
        first, last = middle - timedelta(days=4), middle + timedelta(days=4)
        at = first + timedelta(days=cut)
        halves = [
            *calendar.find_anniversaries(first, at - timedelta(days=1), zone),
            *calendar.find_anniversaries(at, last, zone),
        ]
        assert halves == calendar.find_anniversaries(first, last, zone)
        seen = [
            each for each in halves if (each.count, each.unit) == (milestone.count, milestone.unit)
        ]
        assert [each.day for each in seen] == [find_milestone_day(one, milestone, zone)]


@no_deadline
@given(one=events_with_milestones(), zone=zones)
def test_the_day_of_a_milestone_is_that_of_its_instant_where_it_is_read(
    one: Event, zone: str
) -> None:
    exact = replace(one, observe=ObserveMode.TO_THE_MINUTE)
    for milestone in one.milestones if one.moment.instant else ():
        day = find_milestone_day(exact, milestone, zone)
        seen = find_milestone_on(exact, milestone, day, zone)
        assert seen is not None
        assert seen.instant is not None
        assert seen.instant.astimezone(load_zone(zone)).date() == day


@no_deadline
@given(one=events_with_milestones())
def test_days_and_weeks_are_counted_on_the_calendar(one: Event) -> None:
    for milestone in one.milestones:
        if milestone.unit in CALENDAR_UNIT_DAYS:
            days = milestone.count * CALENDAR_UNIT_DAYS[milestone.unit]
            assert find_milestone_day(one, milestone) == one.moment.day + timedelta(days=days)


def test_a_milestone_does_not_hide_an_anniversary_of_the_same_day() -> None:
    both = make_event(at="2016-03-02", milestones=(Milestone(365, Unit.DAYS),))
    found = Calendar([both]).find_anniversaries(date(2017, 3, 2), date(2017, 3, 2))
    assert [(one.count, one.unit) for one in found] == [(1, Unit.YEARS), (365, Unit.DAYS)]


@settings(no_deadline, max_examples=40)
@given(one=events_with_milestones(), zone=zones, whose=st.sampled_from(DayZone))
def test_an_account_posts_every_milestone_once_whoever_s_day_it_reads(
    one: Event, zone: str, whose: DayZone
) -> None:
    account = make_account(timezone=zone, days=whose, max_per_day=1000)
    calendar = Calendar([one])
    for milestone in one.milestones:
        first = find_milestone_day(one, milestone) - timedelta(days=4)
        whole = list_due_in_span(calendar, [account], first, 9)
        days = [
            due
            for number in range(9)
            for due in list_due_in_span(calendar, [account], first + timedelta(days=number), 1)
        ]
        assert sorted(days, key=lambda due: (due.at, due.rank)) == whole
        posts = [due.anniversary for due in whole if due.is_chosen]
        counted = [(each.count, each.unit) for each in posts]
        assert counted.count((milestone.count, milestone.unit)) == 1
