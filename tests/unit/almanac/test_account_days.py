"""The posts of an account's days: slots, exact instants, quiet hours, spacing, memorials."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Unpack
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from perihelion.almanac.calendar import Calendar
from perihelion.almanac.due_anniversaries import list_due_in_span, list_due_on_day
from perihelion.model.anniversaries import LeftOut
from perihelion.model.moments import DayZone, MemorialRule, ObserveMode, QuietHours, Tone
from perihelion.model.units import Unit
from perihelion.model.year_rules import EVERY_YEAR, ROUND_YEARS, YearsRule
from tests.fakes.almanac_strategies import accounts, crowded_events, days, no_deadline
from tests.fakes.model_builders import make_account, make_event

if TYPE_CHECKING:
    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import Anniversary, DueAnniversary
    from perihelion.model.missions import Event
    from tests.fakes.model_builders import EventFields

DAY = date(2027, 3, 2)
SLOTS = (time(9), time(13), time(18))
TWENTY = timedelta(minutes=20)
NIGHT = QuietHours(time(22), time(7))
COMMON = make_account(post_at=SLOTS, spacing=TWENTY, quiet_hours=NIGHT, max_per_day=9)
EXACT = ObserveMode.TO_THE_MINUTE


def make_exact(name: str, at: str) -> Event:
    return make_event(id=name, at=f"2016-03-{at}Z", observe=EXACT)


def make_on_day(
    name: str, *, day: str = "02", year: int = 2016, **fields: Unpack[EventFields]
) -> Event:
    fields["id"] = name
    return make_event(at=f"{year}-03-{day}", **fields)


def list_times(
    *all_events: Event, account: Account = COMMON, day: date = DAY, quiet: tuple[date, ...] = ()
) -> dict[str, str]:
    """The times (UTC) of the chosen posts of a day, by the event's id, in their order."""
    calendar = Calendar(all_events, quiet)
    chosen = [due for due in list_due_on_day(calendar, account, day) if due.is_chosen]
    chosen.sort(key=lambda due: due.at)
    return {due.anniversary.event.id: f"{due.at:%H:%M}" for due in chosen}


def list_reasons(
    *all_events: Event, account: Account = COMMON, day: date = DAY, quiet: tuple[date, ...] = ()
) -> dict[str, LeftOut | None]:
    dues = list_due_on_day(Calendar(all_events, quiet), account, day)
    return {due.anniversary.event.id: due.left_out for due in dues}


def test_one_event_takes_the_first_slot() -> None:
    assert list_times(make_event()) == {"landing": "09:00"}


def test_a_days_events_take_the_slots_in_the_order_of_their_own_times() -> None:
    landing = make_event(id="landing", at="2016-03-02T04:26Z", importance=5)
    undocking = make_event(id="undocking", at="2016-03-02T01:02Z", importance=2)
    assert list_times(landing, undocking) == {"undocking": "09:00", "landing": "13:00"}


def test_events_without_a_time_come_last_and_the_oldest_of_them_first() -> None:
    timed = make_event(id="timed", at="2016-03-02T23:00Z")
    young, old = make_on_day("young", year=2010), make_on_day("old", year=1970)
    assert list(list_times(young, timed, old)) == ["timed", "old", "young"]


def test_more_events_than_slots_share_them_with_a_distance() -> None:
    five = [make_on_day(f"e{number}", year=2000 + number) for number in range(5)]
    assert list(list_times(*five).values()) == ["09:00", "09:20", "13:00", "13:20", "18:00"]


def test_what_the_cap_leaves_out_takes_no_slot() -> None:
    three = [make_on_day(f"e{number}", year=2002 + number) for number in range(3)]
    two = make_account(post_at=SLOTS, max_per_day=2)
    assert list_times(*three, account=two) == {"e0": "09:00", "e1": "13:00"}
    assert list_reasons(*three, account=two)["e2"] is LeftOut.DAILY_CAP


def test_an_exact_instant_is_kept_and_the_others_make_room() -> None:
    times = list_times(make_exact("exact", "02T08:50"), make_on_day("other"))
    assert times == {"exact": "08:50", "other": "09:10"}
    times = list_times(make_exact("exact", "02T09:10"), make_on_day("other"))
    assert times == {"exact": "09:10", "other": "09:30"}


def test_the_later_of_two_exact_instants_gives_way_and_does_not_claim_its_minute() -> None:
    calendar = Calendar([make_exact("a", "02T08:00"), make_exact("b", "02T08:05")])
    first, second = sorted(list_due_on_day(calendar, COMMON, DAY), key=lambda due: due.at)
    assert (first.anniversary.instant, second.anniversary.instant) == (first.at, None)
    assert second.at == first.at + TWENTY


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("21:59", "21:59"),
        ("22:00", "18:00"),
        ("23:30", "18:00"),
        ("00:30", "09:00"),
        ("06:59", "09:00"),
        ("07:00", "07:00"),
    ],
)
def test_what_falls_in_the_quiet_hours_takes_the_nearest_slot_of_its_day(
    instant: str, expected: str
) -> None:
    event = make_exact("exact", f"02T{instant}")
    assert list_times(event) == {"exact": expected}
    (due,) = list_due_on_day(Calendar([event]), COMMON, DAY)
    assert (due.anniversary.instant == due.at) is (instant == expected)


def test_an_exact_instant_that_would_be_put_off_into_the_night_takes_a_slot() -> None:
    late = [make_exact("a", "02T21:50"), make_exact("b", "02T21:55")]
    assert list_times(*late) == {"b": "18:00", "a": "21:50"}


def test_quiet_hours_are_those_of_the_accounts_clocks() -> None:
    berlin = make_account(timezone="Europe/Berlin", post_at=SLOTS, quiet_hours=NIGHT)
    summer = make_event(at="2016-06-01T20:30Z", observe=EXACT)
    winter = make_event(at="2016-12-01T20:30Z", observe=EXACT)
    assert list_times(summer, account=berlin, day=date(2027, 6, 1)) == {"landing": "16:00"}
    assert list_times(winter, account=berlin, day=date(2027, 12, 1)) == {"landing": "20:30"}


def test_importance_decides_what_an_account_posts_to_the_minute() -> None:
    exact = make_account(to_the_minute=(5, 4))
    great = make_event(id="great", at="2016-03-02T04:26Z", importance=4)
    minor = make_event(id="minor", at="2016-03-02T05:26Z", importance=3)
    by_day = make_event(id="by-day", at="2016-03-02T06:26Z", importance=5, observe=ObserveMode.DAY)
    timeless = make_on_day("timeless", importance=5)
    times = list_times(great, account=exact)
    assert times == {"great": "04:26"}
    for other in (minor, by_day, timeless):
        assert list_times(other, account=exact) == {other.id: "15:00"}
    assert list_times(great, account=make_account()) == {"great": "15:00"}


def test_an_exact_event_belongs_to_the_accounts_own_day() -> None:
    event = make_exact("exact", "02T04:26")
    new_york = make_account(timezone="America/New_York")
    assert list_times(event, account=new_york, day=date(2027, 3, 1)) == {"exact": "04:26"}
    assert list_times(event, account=new_york, day=DAY) == {}


def test_the_narrowest_rule_says_which_years_are_remembered() -> None:
    odd = make_on_day("odd", year=2016)
    listed = make_on_day("listed", year=2016, years=YearsRule((11, 12)))
    always = make_on_day("always", year=2016, years=EVERY_YEAR)
    some = make_account(years=ROUND_YEARS)
    assert list_times(odd, listed, always, account=some).keys() == {"listed", "always"}
    ten = date(2026, 3, 2)
    assert list_times(odd, listed, always, account=some, day=ten).keys() == {"odd", "always"}


def make_memorial(year: int = 2016) -> Event:
    return make_on_day("memorial", year=year, tone=Tone.MEMORIAL, importance=1)


NEXT = date(2027, 3, 3)


def test_a_memorial_has_its_day_to_itself_and_the_others_move_to_the_next() -> None:
    others = [make_exact("exact", "02T20:00"), make_on_day("other")]
    assert list_times(make_memorial(), *others) == {"memorial": "09:00"}
    moved = list_due_on_day(Calendar([make_memorial(), *others]), COMMON, NEXT)
    assert [(due.anniversary.day, due.day, due.anniversary.instant) for due in moved] == [
        (DAY, NEXT, None)
    ] * 2
    assert list_times(make_memorial(), *others, day=NEXT) == {"exact": "09:00", "other": "13:00"}


def test_what_moves_is_ranked_with_the_day_that_it_comes_to() -> None:
    two = make_account(max_per_day=2)
    moves = [make_on_day("a", year=1977), make_on_day("b", year=2001)]
    own = make_on_day("own", day="03", year=2001, importance=1)
    all_events = (make_memorial(year=2000), *moves, own)
    assert list_times(*all_events, account=two) == {"memorial": "15:00"}
    assert list_times(*all_events, account=two, day=NEXT).keys() == {"a", "b"}
    assert list_reasons(*all_events, account=two, day=NEXT)["own"] is LeftOut.DAILY_CAP


def test_an_account_may_skip_what_a_memorial_leaves_no_room_for() -> None:
    skips = make_account(on_memorial_days=MemorialRule.SKIP)
    reasons = list_reasons(make_memorial(), make_on_day("other"), account=skips)
    assert reasons == {"memorial": None, "other": LeftOut.MEMORIAL}
    assert list_times(make_memorial(), make_on_day("other"), account=skips, day=NEXT) == {}


def test_what_moves_passes_over_other_memorials_and_quiet_days() -> None:
    second = make_on_day("second", day="03", tone=Tone.MEMORIAL)
    other = make_on_day("other")
    fourth = date(2027, 3, 4)
    assert list_times(make_memorial(), second, other, day=NEXT) == {"second": "09:00"}
    assert list_times(make_memorial(), second, other, day=fourth) == {"other": "09:00"}
    assert list_times(make_memorial(), other, quiet=(NEXT,), day=fourth) == {"other": "09:00"}
    following = tuple(date(2027, 3, number) for number in (3, 4, 5))
    assert list_reasons(make_memorial(), other, quiet=following)["other"] is LeftOut.MEMORIAL


def test_a_memorial_outranks_the_cap() -> None:
    one = make_account(max_per_day=1)
    great = make_on_day("great", year=1977, importance=4)
    assert list_times(make_memorial(), great, account=one) == {"memorial": "15:00"}


def test_nothing_is_posted_on_a_quiet_day() -> None:
    all_events = (make_memorial(), make_exact("exact", "02T10:00"), make_on_day("other"))
    reasons = list_reasons(*all_events, quiet=(DAY,))
    assert reasons == dict.fromkeys(("memorial", "exact", "other"), LeftOut.QUIET_DAY)
    assert list_times(*all_events, quiet=(DAY,), day=NEXT) == {}


ALMOST_ALWAYS_QUIET = make_account(
    post_at=(time(0, 1),), quiet_hours=QuietHours(time(0, 1), time(0)), spacing=timedelta(0)
)
"""Only at midnight may anything leave, and not at the one that ends the day."""
SPAN = 16
MARGIN = timedelta(days=4)


@st.composite
def crowds(draw: st.DrawFn) -> tuple[list[Event], tuple[date, ...], Account, date]:
    """Events of a few days, quiet days among them, an account, and the first day of a span."""
    middle, account = draw(days), draw(accounts())
    near = st.integers(-3, 3).map(lambda number: middle + timedelta(days=number))
    quiet = tuple(draw(st.lists(near, max_size=2)))
    return draw(crowded_events(middle)), quiet, account, middle - timedelta(days=SPAN // 2)


@no_deadline
@given(crowd=crowds())
@example(
    ([make_event(at="2001-12-30")], (), make_account(timezone="Pacific/Apia"), date(2011, 12, 22))
)
def test_each_event_is_seen_exactly_as_often_as_its_rules_say(
    crowd: tuple[list[Event], tuple[date, ...], Account, date],
) -> None:
    """Nothing is lost or doubled, whatever is moved: counted against the calendar alone."""
    all_events, quiet, one, first = crowd
    calendar = Calendar(all_events, quiet)
    last = first + timedelta(days=SPAN - 1)
    dues = list_due_in_span(calendar, [one], first, SPAN)
    inner = [due for due in dues if first + MARGIN <= due.anniversary.day <= last - MARGIN]
    zone = one.timezone if one.days is DayZone.ACCOUNT else None
    exact = calendar.observe_to_the_minute(one.to_the_minute)
    expected = [
        name_anniversary(seen)
        for seen in exact.find_anniversaries(first + MARGIN, last - MARGIN, zone)
        if is_remembered(one, seen)
    ]
    assert sorted(name_anniversary(due.anniversary) for due in inner) == sorted(expected)
    assert len(set(expected)) == len(expected)


def is_remembered(account: Account, seen: Anniversary) -> bool:
    rule = seen.event.years or account.years
    return seen.unit is not Unit.YEARS or rule.includes(seen.count)


def name_anniversary(seen: Anniversary) -> str:
    return f"{seen.event.full_id} {seen.count} {seen.unit} {seen.day}"


@no_deadline
@given(crowd=crowds(), cut=st.integers(1, SPAN - 1))
def test_splitting_a_span_changes_nothing(
    crowd: tuple[list[Event], tuple[date, ...], Account, date], cut: int
) -> None:
    all_events, quiet, one, first = crowd
    calendar = Calendar(all_events, quiet)
    whole = list_due_in_span(calendar, [one], first, SPAN)
    left = list_due_in_span(calendar, [one], first, cut)
    right = list_due_in_span(calendar, [one], first + timedelta(days=cut), SPAN - cut)
    by_day = [
        due
        for number in range(SPAN)
        for due in list_due_on_day(
            Calendar(reversed(all_events), quiet), one, first + timedelta(days=number)
        )
    ]
    assert sort_dues(left + right) == sort_dues(whole) == sort_dues(by_day)


def sort_dues(dues: list[DueAnniversary]) -> list[DueAnniversary]:
    return sorted(dues, key=lambda due: (due.at, due.day, due.rank))


@no_deadline
@given(crowd=crowds())
@example(([make_event(at="2016-03-02")], (), ALMOST_ALWAYS_QUIET, date(2027, 3, 1)))
def test_nothing_is_early_or_quiet_or_too_near(
    crowd: tuple[list[Event], tuple[date, ...], Account, date],
) -> None:
    all_events, quiet, one, first = crowd
    dues = list_due_in_span(Calendar(all_events, quiet), [one], first, SPAN)
    chosen = [due for due in dues if due.is_chosen]
    zone = ZoneInfo(one.timezone)
    assert not {due.day for due in chosen} & set(quiet)
    for due in chosen:
        seen = due.anniversary
        assert due.late_until >= due.at + timedelta(minutes=1)
        if seen.instant is not None:
            assert due.at == seen.instant
            assert one.quiet_hours is None or not one.quiet_hours.includes(
                due.at.astimezone(zone).time()
            )
        elif not skips_a_day(due.day, zone):
            assert due.at.astimezone(zone).date() == due.day
            assert due.day >= seen.day or seen.event.moment.instant is not None
    near = [pair for pair in pairwise(chosen) if pair[1].at - pair[0].at < one.spacing]
    crowded = Counter(due.day for due in chosen)
    for pair in near:  # only where a day is too short, or the calendar leaves one out
        assert any(
            skips_a_day(due.day, zone) or crowded[due.day] * one.spacing > timedelta(hours=8)
            for due in pair
        )


def skips_a_day(day: date, zone: ZoneInfo) -> bool:
    """Whether the zone's calendar leaves out a day near `day`, as Apia's did in 2011."""
    noons = [
        datetime.combine(day + timedelta(days=number), time(12), zone).astimezone(UTC)
        for number in range(-3, 4)
    ]
    return any(after - before < timedelta(hours=20) for before, after in pairwise(noons))


@no_deadline
@given(crowd=crowds())
def test_a_memorial_is_alone_on_its_day(
    crowd: tuple[list[Event], tuple[date, ...], Account, date],
) -> None:
    all_events, quiet, one, first = crowd
    dues = list_due_in_span(Calendar(all_events, quiet), [one], first, SPAN)
    chosen = [due for due in dues if due.is_chosen]
    memorials = {due.day for due in chosen if due.anniversary.event.tone is Tone.MEMORIAL}
    assert {due.anniversary.event.tone for due in chosen if due.day in memorials} <= {Tone.MEMORIAL}
