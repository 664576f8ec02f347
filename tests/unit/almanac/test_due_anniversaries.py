"""When each account posts, until when, and what comes next."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

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
from perihelion.model.moments import DayZone, LatePolicy, LeapDayRule, ObserveMode
from tests.fakes.almanac_strategies import accounts, days, many_events, no_deadline
from tests.fakes.model_builders import make_account, make_event

if TYPE_CHECKING:
    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import DueAnniversary
    from perihelion.model.missions import Event

DAY = date(2027, 3, 2)
BERLIN = make_account(name="berlin", timezone="Europe/Berlin", post_at=(time(9),))
NEW_YORK = make_account(name="new-york", timezone="America/New_York", days=DayZone.ACCOUNT)


def parse_utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def only_due(dues: list[DueAnniversary]) -> DueAnniversary:
    (due,) = dues
    return due


def test_a_post_is_due_at_the_accounts_time_in_its_zone_until_its_day_is_over() -> None:
    due = only_due(list_due_on_day(Calendar([make_event()]), BERLIN, DAY))
    assert due.account is BERLIN
    assert (due.at, due.late_until) == (
        parse_utc("2027-03-02T08:00"),
        parse_utc("2027-03-02T23:00"),
    )
    assert (due.rank, due.day, due.is_chosen) == (1, DAY, True)


def test_an_account_that_reads_days_itself_observes_the_landing_on_1_march() -> None:
    calendar = Calendar([make_event()])
    due = only_due(list_due_on_day(calendar, NEW_YORK, date(2027, 3, 1)))
    assert (due.at, due.late_until) == (
        parse_utc("2027-03-01T20:00"),
        parse_utc("2027-03-02T05:00"),
    )
    assert list_due_on_day(calendar, NEW_YORK, DAY) == []


@pytest.mark.parametrize("one", [BERLIN, make_account(timezone="Pacific/Kiritimati")])
def test_an_event_to_the_minute_is_due_at_its_instant_until_the_accounts_day_is_over(
    one: Account,
) -> None:
    due = only_due(
        list_due_on_day(Calendar([make_event(observe=ObserveMode.TO_THE_MINUTE)]), one, DAY)
    )
    assert due.at == parse_utc("2027-03-02T04:26")
    end = due.late_until.astimezone(ZoneInfo(one.timezone))
    assert (end.date(), end.time()) == (date(2027, 3, 3), time(0))


def test_seconds_of_lateness_count_from_the_due_instant() -> None:
    due = only_due(
        list_due_on_day(Calendar([make_event(late=LatePolicy(3 * 86_400))]), BERLIN, DAY)
    )
    assert due.late_until == due.at + timedelta(days=3)


@pytest.mark.parametrize("late", [LatePolicy(0), LatePolicy(59), LatePolicy()])
def test_a_post_may_go_out_for_a_minute_at_least(late: LatePolicy) -> None:
    last_minute = make_account(post_at=(time(23, 59, 30),))
    due = only_due(list_due_on_day(Calendar([make_event(late=late)]), last_minute, DAY))
    assert due.late_until == due.at + timedelta(minutes=1)


def test_a_post_on_a_skipped_day_has_the_next_day_to_go_out() -> None:
    apia = make_account(timezone="Pacific/Apia")
    due = only_due(
        list_due_on_day(Calendar([make_event(at="2001-12-30")]), apia, date(2011, 12, 30))
    )
    assert due.at == parse_utc("2011-12-31T01:00")
    assert due.late_until == parse_utc("2011-12-31T10:00")


@pytest.mark.parametrize(
    ("day", "at"), [(date(2027, 3, 28), "01:30"), (date(2027, 10, 31), "00:30")]
)
def test_a_time_to_post_that_is_skipped_moves_forward_and_one_shown_twice_is_the_first(
    day: date, at: str
) -> None:
    early = make_account(timezone="Europe/Berlin", post_at=(time(2, 30),))
    due = only_due(list_due_on_day(Calendar([make_event(at=f"2016-{day:%m-%d}")]), early, day))
    assert due.at == parse_utc(f"{day}T{at}")


def test_the_cap_chooses_the_best_and_still_lists_the_others() -> None:
    calendar = Calendar(
        [
            make_event(id=name, at=f"{year}-03-02")
            for name, year in [("a", 2007), ("b", 2008), ("c", 2002)]
        ]
    )
    dues = list_due_on_day(calendar, make_account(max_per_day=2), DAY)
    chosen = [(due.anniversary.event.id, due.rank, due.is_chosen) for due in dues]
    assert chosen == [("c", 1, True), ("a", 2, True), ("b", 3, False)]


def test_the_agenda_is_ordered_by_instant_then_account_then_rank() -> None:
    calendar = Calendar(
        [
            make_event(id="a"),
            make_event(id="b", at="2017-03-02"),
            make_event(id="c", at="2015-03-03"),
        ]
    )
    found = list_due_in_span(
        calendar, [make_account(name="z"), make_account(name="y"), BERLIN], DAY, 2
    )
    order = [(due.account.name, due.anniversary.event.id) for due in found]
    first_day = [("berlin", "b"), ("berlin", "a"), ("y", "b"), ("y", "a"), ("z", "b"), ("z", "a")]
    assert order == [*first_day, ("berlin", "c"), ("y", "c"), ("z", "c")]


def test_an_agenda_of_no_days_is_empty() -> None:
    assert list_due_in_span(Calendar([make_event()]), [BERLIN], DAY, 0) == []


@no_deadline
@given(all_events=many_events(), some=st.lists(accounts(), max_size=3), day=days)
def test_an_agenda_holds_what_its_days_hold(
    all_events: list[Event], some: list[Account], day: date
) -> None:
    calendar = Calendar(all_events)
    span = [day + timedelta(days=number) for number in range(380)]
    apart = [due for one in some for each in span for due in list_due_on_day(calendar, one, each)]
    together = list_due_in_span(calendar, some, day, len(span))
    assert len(together) == len(apart)
    assert all(due in together for due in apart)
    order = [(due.at, due.account.name, due.rank) for due in together]
    assert order == sorted(order)


@st.composite
def windows(draw: st.DrawFn) -> tuple[list[Event], Account, datetime, datetime]:
    """Events, an account, and a window that often begins or ends where something is due."""
    all_events, one, day = draw(many_events()), draw(accounts()), draw(days)
    whole = list_due_in_span(Calendar(all_events), [one], day, 800)
    noon = datetime.combine(day + timedelta(days=400), time(12), tzinfo=UTC)
    ends = st.sampled_from([due.at for due in whole] or [noon])
    now = draw(ends) + timedelta(seconds=draw(st.sampled_from([-1, 0, 1, 40_000])))
    back = st.integers(0, 400).map(lambda number: now - timedelta(days=number))
    return all_events, one, now, draw(ends | back)


@no_deadline
@given(window=windows())
def test_what_is_open_is_what_the_agenda_holds_in_the_window(
    window: tuple[list[Event], Account, datetime, datetime],
) -> None:
    all_events, one, now, since = window
    calendar = Calendar(all_events)
    first = min(now, since).date() - timedelta(days=4)
    whole = list_due_in_span(calendar, [one], first, abs(now - since).days + 9)
    assert list_due_since(calendar, one, now, since) == [
        due for due in whole if since <= due.at <= now
    ]


@no_deadline
@given(window=windows())
def test_the_next_instant_is_the_first_chosen_one_of_the_agenda(
    window: tuple[list[Event], Account, datetime, datetime],
) -> None:
    all_events, one, after, _ = window
    calendar = Calendar(all_events)
    berlin = make_account(name="berlin", timezone="Europe/Berlin", max_per_day=1)
    whole = list_due_in_span(calendar, [one, berlin], after.date() - timedelta(days=4), 375)
    expected = [due.at for due in whole if due.is_chosen and due.at > after]
    within_a_year = any(at <= after + timedelta(days=366) for at in expected)
    found = find_next_due_time(calendar, [one, berlin], after)
    assert found == (expected[0] if within_a_year or found else None)


def test_the_window_may_be_given_in_any_zone() -> None:
    kiritimati = make_account(timezone="Pacific/Kiritimati", post_at=(time(0),))
    calendar = Calendar([make_event()])
    at = parse_utc("2027-03-01T10:00")
    now = at.astimezone(ZoneInfo("Pacific/Pago_Pago"))
    assert only_due(list_due_since(calendar, kiritimati, now, now)).at == at
    assert find_next_due_time(calendar, [kiritimati], now - timedelta(seconds=1)) == at


def test_the_next_instant_comes_strictly_after_and_may_be_a_year_away() -> None:
    calendar = Calendar([make_event()])
    due = parse_utc("2027-03-02T08:00")
    assert find_next_due_time(calendar, [BERLIN], due - timedelta(microseconds=1)) == due
    assert find_next_due_time(calendar, [BERLIN], due) == parse_utc("2028-03-02T08:00")


def test_an_earlier_instant_of_a_later_day_is_not_overlooked() -> None:
    tokyo = make_event(
        id="b", at="2016-03-03T00:30", zone="Asia/Tokyo", observe=ObserveMode.TO_THE_MINUTE
    )
    evening = make_account(post_at=(time(22),))
    found = find_next_due_time(
        Calendar([make_event(id="a", at="2016-03-02"), tokyo]),
        [evening],
        parse_utc("2027-03-02T10:00"),
    )
    assert found == parse_utc("2027-03-02T15:30")


def test_there_is_no_next_instant_without_events_accounts_or_a_cap() -> None:
    now = parse_utc("2027-03-02T00:00")
    calendar = Calendar([make_event()])
    assert find_next_due_time(Calendar([]), [BERLIN], now) is None
    assert find_next_due_time(calendar, [], now) is None
    assert find_next_due_time(calendar, [make_account(max_per_day=0)], now) is None


def test_a_leap_day_kept_for_leap_years_is_not_awaited_for_years() -> None:
    calendar = Calendar([make_event(at="2016-02-29", leap_day=LeapDayRule.LEAP_YEARS)])
    assert find_next_due_time(calendar, [BERLIN], parse_utc("2025-06-01T00:00")) is None
    assert find_next_due_time(calendar, [BERLIN], parse_utc("2027-03-01T00:00")) == parse_utc(
        "2028-02-29T08:00"
    )
