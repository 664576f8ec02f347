"""A mission told again as it happened: what, when, and on which of its days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perihelion.almanac.calendar import Calendar
from perihelion.almanac.due_anniversaries import (
    find_next_due_time,
    list_due_in_span,
    list_due_on_day,
    list_due_since,
)
from perihelion.almanac.replays import count_day, list_replay_posts
from perihelion.model.anniversaries import DayCount
from perihelion.model.missions import DayCounter
from perihelion.model.moments import DayZone, LatePolicy, LeapDayRule, Moment, Precision
from perihelion.model.units import Unit
from perihelion.model.year_rules import EVERY_YEAR, NO_YEARS, ROUND_YEARS, YearsRule
from tests.fakes.almanac_strategies import accounts, instants, many_events, no_deadline
from tests.fakes.model_builders import make_account, make_event, make_mission, make_moment

if TYPE_CHECKING:
    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import DueAnniversary
    from perihelion.model.missions import Event

YEAR = make_mission(replay=YearsRule((12,)), counter=DayCounter("launch", "landing"))
LAUNCH = make_event(mission=YEAR, id="launch", at="2015-03-27T19:42:57Z")
LETTUCE = make_event(mission=YEAR, id="lettuce", at="2015-08-10", only_replay=True)
SPACEWALK = make_event(mission=YEAR, id="spacewalk", at="2015-08-10T14:20Z")
HANDOVER = make_event(mission=YEAR, id="handover", at="2016-02-29T20:15Z")
LANDING = make_event(mission=YEAR, id="landing", at="2016-03-02T04:26Z")
RETIREMENT = make_event(mission=YEAR, id="retirement", at="2016-04-01")
STORY = [LANDING, RETIREMENT, LAUNCH, SPACEWALK, HANDOVER, LETTUCE]
MORNINGS = make_account(post_at=(time(9),))

rules = st.sampled_from([EVERY_YEAR, ROUND_YEARS, NO_YEARS]) | st.builds(
    YearsRule, st.lists(st.integers(1, 60), max_size=4).map(tuple)
)


def list_replay(account: Account = MORNINGS, count: int = 12) -> list[DueAnniversary]:
    return list_replay_posts(Calendar(STORY).replays.list_replay(YEAR, count), account)


def test_a_replay_is_told_in_order_at_the_instants_themselves() -> None:
    assert [(due.anniversary.event.id, due.at.isoformat()[:19]) for due in list_replay()] == [
        ("launch", "2027-03-27T19:42:57"),
        ("lettuce", "2027-08-10T09:00:00"),
        ("spacewalk", "2027-08-10T14:20:00"),
        ("handover", "2028-02-29T20:15:00"),
        ("landing", "2028-03-02T04:26:00"),
        ("retirement", "2028-04-01T09:00:00"),
    ]


def test_its_days_are_counted_from_the_launch_to_the_landing() -> None:
    """As in the worked examples: 10 August is Day 137, and the landing Day 340 of 340."""
    assert [due.anniversary.day_count for due in list_replay()] == [
        DayCount(1, 340),
        DayCount(137, 340),
        DayCount(137, 340),
        DayCount(340, 340),
        DayCount(340, 340),
        None,
    ]


def test_all_its_posts_are_in_one_thread_and_every_year_has_its_own() -> None:
    assert {due.thread for due in list_replay()} == {"year-in-space:12-replay-years"}
    yearly = [replace(one, mission=replace(YEAR, replay=EVERY_YEAR)) for one in STORY]
    dues = list_due_in_span(Calendar(yearly), [MORNINGS], date(2027, 3, 1), 60)
    assert [(due.anniversary.event.id, due.thread) for due in dues] == [
        ("landing", "year-in-space:11-replay-years"),
        ("launch", "year-in-space:12-replay-years"),
        ("retirement", "year-in-space:11-replay-years"),
    ]


def test_a_leap_day_is_replayed_by_its_rule() -> None:
    yearly = replace(HANDOVER, mission=replace(YEAR, replay=EVERY_YEAR))
    for rule, days in (
        (LeapDayRule.FEB_28, ["2027-02-28", "2028-02-29"]),
        (LeapDayRule.MAR_1, ["2027-03-01", "2028-02-29"]),
        (LeapDayRule.LEAP_YEARS, ["2028-02-29"]),
    ):
        calendar = Calendar([replace(yearly, leap_day=rule)])
        dues = list_due_in_span(calendar, [MORNINGS], date(2027, 1, 1), 730)
        assert [f"{due.at:%Y-%m-%dT%H:%M}" for due in dues] == [f"{day}T20:15" for day in days]
        assert [due.anniversary.moved for due in dues] == [day[5:] != "02-29" for day in days]


def test_what_is_over_an_hour_late_is_left_out_unless_the_event_says_otherwise() -> None:
    assert {due.late_until - due.at for due in list_replay()} == {timedelta(hours=1)}
    patient = replace(LANDING, replay_late=LatePolicy())
    told = Calendar([patient]).replays.list_replay(YEAR, 12)
    (due,) = list_replay_posts(told, make_account(timezone="Europe/Berlin"))
    assert due.late_until == datetime(2028, 3, 2, 23, tzinfo=UTC)


def test_an_account_that_replays_an_event_has_no_anniversary_of_it_that_year() -> None:
    for account, units in (
        (MORNINGS, [Unit.REPLAY_YEARS]),
        (replace(MORNINGS, replays=NO_YEARS), [Unit.YEARS]),
        (replace(MORNINGS, replays=YearsRule((13,))), [Unit.YEARS]),
    ):
        dues = list_due_on_day(Calendar(STORY), account, date(2028, 3, 2))
        assert [due.anniversary.unit for due in dues] == units
        (other_year,) = list_due_on_day(Calendar(STORY), account, date(2029, 3, 2))
        assert other_year.anniversary.unit is Unit.YEARS


def test_an_event_only_for_replays_has_no_anniversary() -> None:
    assert list_due_on_day(Calendar(STORY), MORNINGS, date(2028, 8, 10))[0].anniversary.event is (
        SPACEWALK
    )
    assert len(list_due_on_day(Calendar(STORY), MORNINGS, date(2028, 8, 10))) == 1


def test_the_daily_cap_does_not_hold_for_replays_nor_do_they_use_it_up() -> None:
    others = [make_event(id=f"other-{number}", at="2015-08-10") for number in range(2)]
    elsewhere = [replace(one, mission=make_mission(id="elsewhere")) for one in others]
    one_a_day = make_account(max_per_day=1)
    dues = list_due_on_day(Calendar([*STORY, *elsewhere]), one_a_day, date(2027, 8, 10))
    chosen = [(due.anniversary.event.id, due.rank) for due in dues if due.is_chosen]
    assert chosen == [("spacewalk", 1), ("lettuce", 2), ("other-0", 1)]


def test_the_next_due_time_is_that_of_a_replay_as_well() -> None:
    after = datetime(2027, 8, 10, 10, tzinfo=UTC)
    assert find_next_due_time(Calendar(STORY), [MORNINGS], after) == datetime(
        2027, 8, 10, 14, 20, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("at", "start", "end", "expected"),
    [
        ("2016-02-29", "2016-02-28", "2016-03-01", DayCount(2, 2)),
        ("2016-02-28", "2016-02-28", "2016-02-28", DayCount(1, 1)),
        ("2016-02-28T23:00Z", "2016-02-28T22:00Z", "2016-02-29T21:00Z", DayCount(1, 1)),
        ("2016-02-29T20:00Z", "2016-02-28T22:00Z", "2016-03-01T21:00Z", DayCount(1, 1)),
        ("2016-02-28T21:00Z", "2016-02-28T22:00Z", "2016-03-01T21:00Z", None),
        ("2016-03-01T21:01Z", "2016-02-28T22:00Z", "2016-03-01T21:00Z", None),
        ("2016-03-02", "2016-02-28T22:00Z", "2016-03-01T21:00Z", None),
        ("2016-03-01", "2016-02-28T22:00Z", "2016-02-20T21:00Z", None),
    ],
)
def test_the_day_of_a_mission(at: str, start: str, end: str, expected: DayCount | None) -> None:
    assert count_day(make_moment(at), make_moment(start), make_moment(end)) == expected


@given(st.lists(instants, min_size=3, max_size=3).map(sorted))
def test_every_moment_of_a_mission_has_a_day_and_no_later_one_has_an_earlier_day(
    three: list[datetime],
) -> None:
    start, one, end = (Moment(at.date(), at, Precision.SECOND) for at in three)
    counts = [count_day(moment, start, end) for moment in (start, one, end)]
    numbers = [count.number for count in counts if count is not None]
    assert len(numbers) == len(counts)
    assert numbers == sorted(numbers)
    assert (numbers[0], numbers[-1]) == (1, counts[0].total if counts[0] else 0)


@no_deadline
@given(many_events(), accounts(), rules, rules, st.dates(date(1990, 1, 1), date(2060, 1, 1)))
def test_each_event_is_replayed_exactly_once_in_each_year_of_both_rules(
    several: list[Event],
    account: Account,
    mission_rule: YearsRule,
    own_rule: YearsRule,
    first: date,
) -> None:
    mission = make_mission(replay=mission_rule)
    story = [replace(one, mission=mission, only_replay=True) for one in several]
    account = replace(account, replays=own_rule, days=DayZone.EVENT)
    calendar = Calendar(story)
    span = [due.anniversary for due in list_due_in_span(calendar, [account], first, 730)]
    days = {first + timedelta(days=number) for number in range(730)}
    expected = [
        (one.full_id, count)
        for one in story
        for count in (first.year + number - one.moment.day.year for number in range(-1, 4))
        if own_rule.includes(count)
        and (told := calendar.replays.find_replay(one, count))
        and list_replay_posts([told], account)[0].day in days
    ]
    assert sorted((one.event.full_id, one.count) for one in span) == sorted(expected)


@no_deadline
@given(many_events(), accounts(), st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.integers(1, 47))
def test_splitting_a_span_loses_and_doubles_nothing(
    several: list[Event], account: Account, first: date, hours: int
) -> None:
    mission = make_mission(replay=EVERY_YEAR)
    calendar = Calendar([replace(one, mission=mission) for one in several])
    start = datetime.combine(first, time(), UTC)
    middle, end = start + timedelta(hours=hours), start + timedelta(days=2)
    tick = timedelta(microseconds=1)
    whole = list_due_since(calendar, account, end, start)
    parts = list_due_since(calendar, account, middle, start)
    parts += list_due_since(calendar, account, end, middle + tick)
    assert sorted(map(repr, parts)) == sorted(map(repr, whole))
