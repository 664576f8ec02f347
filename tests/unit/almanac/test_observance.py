"""On which day, and at which instant, one event is observed."""

from __future__ import annotations

from calendar import isleap
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from perihelion.almanac.observance import (
    event_day_in_zone,
    find_anniversary_on,
    observed_day,
)
from perihelion.model.moments import LeapDayRule, ObserveMode
from tests.fakes.almanac_strategies import days, events, no_deadline, years, zones
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    from perihelion.model.missions import Event

LEAP_DAY = date(2016, 2, 29)


def instant_on(seen: Event, day: date, zone: str | None = None) -> datetime:
    anniversary = find_anniversary_on(seen, day, zone)
    assert anniversary is not None
    assert anniversary.instant is not None
    assert anniversary.instant.tzinfo is UTC
    return anniversary.instant


def parse_utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "observed"),
    [
        (LeapDayRule.FEB_28, date(2027, 2, 28)),
        (LeapDayRule.MAR_1, date(2027, 3, 1)),
        (LeapDayRule.LEAP_YEARS, None),
    ],
)
def test_a_leap_day_is_observed_in_common_years_as_its_rule_says(
    rule: LeapDayRule, observed: date | None
) -> None:
    assert observed_day(LEAP_DAY, 2027, rule) == observed


@pytest.mark.parametrize("rule", LeapDayRule)
def test_a_leap_day_is_observed_on_itself_in_leap_years(rule: LeapDayRule) -> None:
    assert observed_day(LEAP_DAY, 2028, rule) == date(2028, 2, 29)


def test_2100_is_no_leap_year_and_2000_was_one() -> None:
    assert observed_day(LEAP_DAY, 2100, LeapDayRule.FEB_28) == date(2100, 2, 28)
    assert observed_day(LEAP_DAY, 2100, LeapDayRule.MAR_1) == date(2100, 3, 1)
    assert observed_day(LEAP_DAY, 2100, LeapDayRule.LEAP_YEARS) is None
    assert observed_day(date(1960, 2, 29), 2000, LeapDayRule.LEAP_YEARS) == date(2000, 2, 29)


@given(day=days, year=years, rule=st.sampled_from(LeapDayRule))
def test_every_other_day_is_observed_on_itself(day: date, year: int, rule: LeapDayRule) -> None:
    assume((day.month, day.day) != (2, 29))
    observed = observed_day(day, year, rule)
    assert observed is not None
    assert (observed.year, observed.month, observed.day) == (year, day.month, day.day)


@no_deadline
@given(one=events(), day=days)
def test_the_count_is_the_difference_of_the_years(one: Event, day: date) -> None:
    observed = observed_day(one.moment.day, day.year, one.leap_day)
    assume(observed is not None and day.year > one.moment.day.year)
    assert observed is not None
    anniversary = find_anniversary_on(one, observed)
    assert anniversary is not None
    assert anniversary.count == day.year - one.moment.day.year
    assert anniversary.day == observed
    assert anniversary.moved == (
        (one.moment.day.month, one.moment.day.day) == (2, 29) and not isleap(day.year)
    )


@no_deadline
@given(one=events(), zone=st.none() | zones, before=st.integers(0, 40_000))
def test_nothing_is_observed_before_the_first_anniversary(
    one: Event, zone: str | None, before: int
) -> None:
    own = event_day_in_zone(one, zone)
    last = date(own.year, 12, 31) if zone is None else own + timedelta(days=360)
    assert find_anniversary_on(one, last - timedelta(days=before), zone) is None


@no_deadline
@given(one=events(), day=days)
def test_an_event_to_the_minute_shows_its_own_wall_clock_time_again_unless_a_gap_skips_it(
    one: Event, day: date
) -> None:
    observed = observed_day(one.moment.day, day.year, one.leap_day)
    anniversary = find_anniversary_on(one, observed) if observed else None
    assume(anniversary is not None)
    assert anniversary is not None
    exact = one.observe is ObserveMode.TO_THE_MINUTE
    assert (anniversary.instant is not None) == exact
    if anniversary.instant is None or one.moment.instant is None:
        return
    zone = ZoneInfo(one.moment.zone)
    wanted = datetime.combine(anniversary.day, one.moment.instant.astimezone(zone).time())
    there_and_back = wanted.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    skipped = there_and_back.replace(tzinfo=None) != wanted
    shown = anniversary.instant.astimezone(zone).replace(tzinfo=None)
    assert skipped or timedelta() <= wanted - shown < timedelta(minutes=1)


def test_an_instant_keeps_its_wall_clock_time_across_a_change_of_the_clocks() -> None:
    moved = make_event(
        at="2016-03-27T09:00", zone="Europe/Berlin", observe=ObserveMode.TO_THE_MINUTE
    )
    assert moved.moment.instant == parse_utc("2016-03-27T07:00")
    assert instant_on(moved, date(2027, 3, 27)) == parse_utc("2027-03-27T08:00")
    assert instant_on(moved, date(2028, 3, 27)) == parse_utc("2028-03-27T07:00")


def test_an_instant_that_a_gap_skips_moves_forward_and_one_shown_twice_is_the_first() -> None:
    spring = make_event(
        at="2016-03-28T02:30", zone="Europe/Berlin", observe=ObserveMode.TO_THE_MINUTE
    )
    autumn = make_event(
        at="2016-10-31T02:30", zone="Europe/Berlin", observe=ObserveMode.TO_THE_MINUTE
    )
    assert instant_on(spring, date(2027, 3, 28)) == parse_utc("2027-03-28T01:30")
    assert instant_on(autumn, date(2027, 10, 31)) == parse_utc("2027-10-31T00:30")


def test_an_event_in_the_second_of_two_equal_hours_is_observed_in_the_first() -> None:
    second = make_event(
        at="2027-10-31T01:30Z", zone="Europe/Berlin", observe=ObserveMode.TO_THE_MINUTE
    )
    assert instant_on(second, date(2032, 10, 31)) == parse_utc("2032-10-31T00:30")
    assert instant_on(second, date(2028, 10, 31)) == parse_utc("2028-10-31T01:30")


def test_a_skipped_day_is_observed_at_the_same_time_of_the_next() -> None:
    apia = make_event(at="2009-12-30T15:00", zone="Pacific/Apia", observe=ObserveMode.TO_THE_MINUTE)
    assert instant_on(apia, date(2011, 12, 30)) == parse_utc("2011-12-31T01:00")


def test_seconds_are_kept_where_the_source_states_them() -> None:
    exact = make_event(at="1969-07-20T20:17:40Z", observe=ObserveMode.TO_THE_MINUTE)
    assert instant_on(exact, date(2019, 7, 20)) == parse_utc("2019-07-20T20:17:40")


def test_an_old_offset_with_seconds_lends_none_to_a_time_known_to_the_minute() -> None:
    monrovia = make_event(
        at="1965-06-01T12:00Z", zone="Africa/Monrovia", observe=ObserveMode.TO_THE_MINUTE
    )
    assert instant_on(monrovia, date(2027, 6, 1)) == parse_utc("2027-06-01T11:15")


def test_an_event_without_an_instant_is_observed_on_its_day_even_if_marked_to_the_minute() -> None:
    dated = make_event(at="1959-09-14", observe=ObserveMode.TO_THE_MINUTE)
    for zone in (None, "Asia/Tokyo"):
        anniversary = find_anniversary_on(dated, date(2027, 9, 14), zone)
        assert anniversary is not None
        assert anniversary.instant is None


def test_an_account_reads_the_day_of_an_instant_in_its_own_zone() -> None:
    landing = make_event(at="2016-03-02T04:26Z")
    assert event_day_in_zone(landing, "America/New_York") == date(2016, 3, 1)
    assert event_day_in_zone(landing, None) == date(2016, 3, 2)
    assert event_day_in_zone(make_event(at="2016-03-02"), "America/New_York") == date(2016, 3, 2)


@pytest.mark.parametrize("observe", ObserveMode)
def test_a_leap_day_elsewhere_moves_nothing_for_an_account_that_reads_1_march(
    observe: ObserveMode,
) -> None:
    handover = make_event(at="2016-02-29T20:15Z", observe=observe)
    for year in (2027, 2028):
        anniversary = find_anniversary_on(handover, date(year, 3, 1), "Asia/Tokyo")
        assert anniversary is not None
        assert (anniversary.count, anniversary.moved) == (year - 2016, False)
        assert find_anniversary_on(handover, date(year, 2, 28), "Asia/Tokyo") is None
    assert find_anniversary_on(handover, date(2028, 2, 29), "Asia/Tokyo") is None


@pytest.mark.parametrize("observe", ObserveMode)
def test_a_leap_day_that_only_the_account_reads_is_moved_in_common_years(
    observe: ObserveMode,
) -> None:
    early = make_event(at="2016-03-01T02:00Z", observe=observe)
    common = find_anniversary_on(early, date(2027, 2, 28), "America/New_York")
    leap = find_anniversary_on(early, date(2028, 2, 29), "America/New_York")
    assert common is not None
    assert leap is not None
    assert (common.moved, leap.moved) == (True, False)
    assert find_anniversary_on(early, date(2027, 3, 1), "America/New_York") is None


def test_an_instant_follows_the_leap_day_rule_of_its_own_zone_wherever_it_is_read() -> None:
    early = make_event(
        at="2016-03-01T02:00Z", observe=ObserveMode.TO_THE_MINUTE, leap_day=LeapDayRule.LEAP_YEARS
    )
    assert instant_on(early, date(2027, 2, 28), "America/New_York") == parse_utc("2027-03-01T02:00")
    dated = make_event(at="2016-03-01T02:00Z", leap_day=LeapDayRule.LEAP_YEARS)
    assert find_anniversary_on(dated, date(2027, 2, 28), "America/New_York") is None


def test_an_instant_at_new_year_counts_the_years_of_its_own_zone() -> None:
    new_year = make_event(at="2016-01-01T00:30Z", observe=ObserveMode.TO_THE_MINUTE)
    anniversary = find_anniversary_on(new_year, date(2026, 12, 31), "America/New_York")
    assert anniversary is not None
    assert anniversary.count == 11
    assert anniversary.instant == parse_utc("2027-01-01T00:30")
    assert find_anniversary_on(new_year, date(2015, 12, 31), "America/New_York") is None
