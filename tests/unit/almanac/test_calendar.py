"""The index of events finds what a look at every event would find."""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from perihelion.almanac.calendar import Calendar
from perihelion.almanac.observance import find_anniversary_on
from perihelion.model.moments import LeapDayRule, ObserveMode
from tests.fakes.almanac_strategies import days, events, many_events, no_deadline, zones
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    from random import Random

    from perihelion.model.missions import Event

LANDING = make_event(id="landing", at="2016-03-02T04:26Z")
HANDOVER = make_event(id="command-handover", at="2016-02-29T20:15Z")


def count_by_event(calendar: Calendar, day: date, zone: str | None = None) -> dict[str, int]:
    return {one.event.id: one.count for one in calendar.find_anniversaries(day, day, zone)}


def test_the_landing_is_2_march_by_default_and_1_march_read_in_new_york() -> None:
    calendar = Calendar([LANDING])
    assert count_by_event(calendar, date(2027, 3, 2)) == {"landing": 11}
    assert count_by_event(calendar, date(2027, 3, 1)) == {}
    assert count_by_event(calendar, date(2027, 3, 1), "America/New_York") == {"landing": 11}
    assert count_by_event(calendar, date(2027, 3, 2), "America/New_York") == {}


def test_an_event_may_itself_say_new_york() -> None:
    calendar = Calendar([make_event(at="2016-03-02T04:26Z", zone="America/New_York")])
    assert count_by_event(calendar, date(2027, 3, 1)) == {"landing": 11}
    assert count_by_event(calendar, date(2027, 3, 2)) == {}


def test_the_handover_of_29_february_is_observed_on_28_february_in_common_years() -> None:
    calendar = Calendar([HANDOVER])
    (common,) = calendar.find_anniversaries(date(2027, 2, 28), date(2027, 3, 1))
    assert (common.day, common.count, common.moved) == (date(2027, 2, 28), 11, True)
    (leap,) = calendar.find_anniversaries(date(2028, 2, 28), date(2028, 3, 1))
    assert (leap.day, leap.count, leap.moved) == (date(2028, 2, 29), 12, False)


def test_days_in_between_are_included_and_ordered_by_day_and_event_name() -> None:
    mixed = [
        make_event(id="b", at="2016-03-01"),
        make_event(id="c", at="2016-02-29", leap_day=LeapDayRule.MAR_1),
        make_event(id="a", at="2015-02-28"),
        make_event(id="d", at="2015-03-02"),
    ]
    found = Calendar(mixed).find_anniversaries(date(2027, 2, 28), date(2027, 3, 2))
    assert [one.event.id for one in found] == ["a", "b", "c", "d"]


def test_a_span_that_ends_before_it_begins_is_empty() -> None:
    assert Calendar([LANDING]).find_anniversaries(date(2027, 3, 3), date(2027, 3, 1)) == []


@no_deadline
@given(one=events(leap_years_only=False), years=st.integers(0, 12))
def test_every_event_is_observed_once_a_year_from_the_year_after_it(one: Event, years: int) -> None:
    year = one.moment.day.year
    found = Calendar([one]).find_anniversaries(date(year, 1, 1), date(year + years, 12, 31))
    assert [seen.day.year for seen in found] == list(range(year + 1, year + years + 1))
    assert [seen.count for seen in found] == list(range(1, years + 1))


@no_deadline
@given(one=events(leap_years_only=False), zone=zones, years=st.integers(1, 12))
@example(
    make_event(
        at="2016-02-29T10:30Z", zone="Pacific/Kiritimati", observe=ObserveMode.TO_THE_MINUTE
    ),
    "Pacific/Pago_Pago",
    12,
)
def test_read_in_any_zone_every_count_still_comes_exactly_once(
    one: Event, zone: str, years: int
) -> None:
    end = date(one.moment.day.year + years, 6, 30)
    found = Calendar([one]).find_anniversaries(one.moment.day, end + timedelta(days=183), zone)
    seen = [anniversary.count for anniversary in found]
    assert seen == list(range(1, len(seen) + 1))
    assert len(seen) >= years - 1
    for anniversary in found:
        if anniversary.instant is not None:
            assert anniversary.instant.astimezone(ZoneInfo(zone)).date() == anniversary.day


def test_a_leap_day_kept_for_leap_years_is_observed_in_those_alone() -> None:
    kept = Calendar([make_event(at="2016-02-29", leap_day=LeapDayRule.LEAP_YEARS)])
    years = [
        seen.day.year for seen in kept.find_anniversaries(date(2016, 1, 1), date(2104, 12, 31))
    ]
    assert years == [year for year in range(2017, 2105) if isleap(year)]
    assert 2100 not in years


@no_deadline
@given(all_events=many_events(), middle=days, zone=st.none() | zones)
def test_the_index_finds_what_a_look_at_every_event_finds(
    all_events: list[Event], middle: date, zone: str | None
) -> None:
    span = [middle + timedelta(days=number) for number in range(-4, 5)]
    by_name = sorted(all_events, key=lambda one: one.full_id)
    looked_up = [
        seen for day in span for one in by_name if (seen := find_anniversary_on(one, day, zone))
    ]
    assert Calendar(all_events).find_anniversaries(span[0], span[-1], zone) == looked_up


@pytest.mark.parametrize("own", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC", "Asia/Tokyo"])
@pytest.mark.parametrize("read", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
@pytest.mark.parametrize("observe", ObserveMode)
@pytest.mark.parametrize("rule", LeapDayRule)
def test_the_index_reaches_across_the_date_line_around_29_february(
    own: str, read: str, observe: ObserveMode, rule: LeapDayRule
) -> None:
    around = [
        make_event(
            id=f"e{number}-{hour}", at=f"{day}T{hour}", zone=own, observe=observe, leap_day=rule
        )
        for number, day in enumerate(
            [
                *("2015-02-26", "2015-02-27", "2015-02-28", "2015-03-01", "2015-03-02"),
                *("2016-02-27", "2016-02-28", "2016-02-29", "2016-03-01", "2016-03-02"),
            ]
        )
        for hour in ("00:30", "12:00", "23:30")
    ]
    calendar = Calendar(around)
    for year in (2027, 2028):
        for number in range(-6, 7):
            day = date(year, 2, 28) + timedelta(days=number)
            looked_up = {one.id for one in around if find_anniversary_on(one, day, read)}
            assert set(count_by_event(calendar, day, read)) == looked_up


@given(all_events=many_events(), order=st.randoms(use_true_random=False), day=days)
@no_deadline
def test_the_order_of_the_events_given_never_matters(
    all_events: list[Event], order: Random, day: date
) -> None:
    shuffled = list(all_events)
    order.shuffle(shuffled)
    last = day + timedelta(days=30)
    assert Calendar(shuffled).find_anniversaries(day, last) == Calendar(
        all_events
    ).find_anniversaries(day, last)
