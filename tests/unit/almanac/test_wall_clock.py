"""What a wall clock shows, at the days when clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from perihelion.almanac.wall_clock import end_of_day, local_day, local_to_utc
from tests.fakes.almanac_strategies import days, instants, no_deadline, times, zones


def parse_utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "at", "instant"),
    [
        ("Europe/Berlin", date(2027, 3, 28), time(2, 30), "2027-03-28T01:30"),
        ("America/New_York", date(2027, 3, 14), time(2, 30), "2027-03-14T07:30"),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "2026-10-03T15:45"),
        ("Pacific/Apia", date(2011, 12, 30), time(15), "2011-12-31T01:00"),
        ("America/Sao_Paulo", date(2018, 11, 4), time(0), "2018-11-04T03:00"),
    ],
)
def test_a_time_that_a_gap_skips_moves_forward_by_the_length_of_the_gap(
    zone: str, day: date, at: time, instant: str
) -> None:
    assert local_to_utc(day, at, zone) == parse_utc(instant)
    assert local_to_utc(day, at, zone).astimezone(ZoneInfo(zone)).replace(tzinfo=None) > (
        datetime.combine(day, at)
    )


@pytest.mark.parametrize(
    ("zone", "day", "at", "instant"),
    [
        ("Europe/Berlin", date(2027, 10, 31), time(2, 30), "2027-10-31T00:30"),
        ("America/New_York", date(2026, 11, 1), time(1, 30), "2026-11-01T05:30"),
        ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45), "2026-04-04T14:45"),
    ],
)
def test_a_time_shown_twice_means_the_first(zone: str, day: date, at: time, instant: str) -> None:
    assert local_to_utc(day, at, zone) == parse_utc(instant)
    assert local_to_utc(day, at.replace(fold=1), zone) == parse_utc(instant)


@no_deadline
@given(day=days, at=times, zone=zones)
def test_an_instant_shows_the_time_asked_for_or_a_later_one_where_no_instant_shows_it(
    day: date, at: time, zone: str
) -> None:
    wanted = datetime.combine(day, at)
    shown = local_to_utc(day, at, zone).astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    if shown != wanted:
        second = wanted.replace(tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC)
        assert second.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != wanted, "it is shown"
        assert wanted < shown <= wanted + timedelta(days=1)


@no_deadline
@given(instant=instants, zone=zones)
def test_a_day_ends_after_each_of_its_instants(instant: datetime, zone: str) -> None:
    end = end_of_day(instant, zone)
    assert instant < end <= instant + timedelta(days=2)
    assert local_day(end, zone) > local_day(instant, zone)
    assert end.tzinfo is UTC


def test_a_day_of_24_hours_ends_at_midnight() -> None:
    assert end_of_day(parse_utc("2027-03-02T15:00"), "Europe/Berlin") == parse_utc(
        "2027-03-02T23:00"
    )
    assert end_of_day(parse_utc("2027-03-02T23:00"), "Europe/Berlin") == parse_utc(
        "2027-03-03T23:00"
    )


def test_a_day_ends_when_the_skipped_midnight_would_have_been() -> None:
    assert end_of_day(parse_utc("2018-11-03T15:00"), "America/Sao_Paulo") == parse_utc(
        "2018-11-04T03:00"
    )


def test_a_day_before_a_skipped_day_ends_as_usual() -> None:
    assert end_of_day(parse_utc("2011-12-30T09:59"), "Pacific/Apia") == parse_utc(
        "2011-12-30T10:00"
    )


def test_a_day_whose_last_hour_comes_again_after_midnight_ends_at_the_second_midnight() -> None:
    again = parse_utc("2008-11-02T03:00")
    assert again.astimezone(ZoneInfo("America/St_Johns")).time() == time(23, 30)
    assert end_of_day(again, "America/St_Johns") == parse_utc("2008-11-02T03:30")
