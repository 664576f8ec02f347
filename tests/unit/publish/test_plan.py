"""Which deliveries are promised."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from perihelion.ledger.values import AccountView, AlreadyPromised
from perihelion.model.anniversaries import Anniversary, DueAnniversary, Unit
from perihelion.model.deliveries import State
from perihelion.networks.base import Dedupe, DedupeMethod
from perihelion.publish.planner import Planner, make_delivery_key
from tests.fakes.model_builders import make_account, make_event

DAY = date(2027, 3, 2)
DUE_AT = datetime(2027, 3, 2, 15, tzinfo=UTC)
MIDNIGHT = datetime(2027, 3, 3, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NOW = DUE_AT + timedelta(minutes=1)
KEYED = Dedupe(DedupeMethod.KEYED)
KEYED_THEN_LOOKUP = Dedupe(DedupeMethod.KEYED, then_lookup=True)
HOUR = Dedupe(DedupeMethod.KEYED, timedelta(hours=1), then_lookup=True)
LOOKUP = Dedupe(DedupeMethod.LOOKUP)
NOTHING = Dedupe(DedupeMethod.NONE)


def make_due(
    rank: int = 1,
    *,
    day: date = DAY,
    at: datetime = DUE_AT,
    late_until: datetime = MIDNIGHT,
    chosen: bool = True,
) -> DueAnniversary:
    seen = Anniversary(make_event(id=f"e{rank}-{day}"), 11, Unit.YEARS, day)
    return DueAnniversary(make_account(), seen, rank, at, late_until, chosen)


def make_planner_view(
    *, taken: int = 0, since: datetime = LONG_AGO, **states: tuple[State, int]
) -> AlreadyPromised:
    return AlreadyPromised(AccountView("local", "local", since), dict(states), taken)


def make_planner(
    dedupe: Dedupe = KEYED, *, now: datetime = NOW, cap: int = 3, reserved: int = 0
) -> Planner:
    return Planner(now=now, today=now.date(), cap=cap, reserved=reserved, dedupe=dedupe)


def plan_states(plan: Planner, dues: list[DueAnniversary], on: AlreadyPromised) -> list[State]:
    return [item.state for item in plan.plan(dues, on)]


def test_what_falls_due_is_promised() -> None:
    assert plan_states(make_planner(), [make_due(1), make_due(2)], make_planner_view()) == [
        State.DUE,
        State.DUE,
    ]


def test_what_is_promised_already_is_not_promised_again() -> None:
    first = make_due(1)
    known = {str(make_delivery_key(first)): (State.SENT, 1)}
    assert (
        make_planner().plan([first], AlreadyPromised(make_planner_view().account, known, 1)) == []
    )


def test_what_the_cap_leaves_out_is_skipped_with_its_reason() -> None:
    (item,) = make_planner().plan([make_due(4, chosen=False)], make_planner_view())
    assert item.state is State.SKIPPED
    assert "daily cap of 3" in item.reason


def test_an_edit_at_midday_cannot_lift_the_cap() -> None:
    assert plan_states(make_planner(), [make_due(1), make_due(2)], make_planner_view(taken=2)) == [
        State.DUE,
        State.SKIPPED,
    ]


def test_what_nobody_was_there_to_send_is_missed() -> None:
    late = make_due(late_until=NOW)
    (item,) = make_planner().plan([late], make_planner_view())
    assert item.state is State.MISSED
    assert item.reason


def test_after_an_outage_todays_best_come_before_yesterdays_and_the_cap_holds() -> None:
    yesterday = DAY - timedelta(days=1)
    old = [
        make_due(rank, day=yesterday, at=DUE_AT - timedelta(days=1), late_until=MIDNIGHT)
        for rank in (1, 2, 3)
    ]
    plan = make_planner().plan([*old, make_due(1), make_due(2)], make_planner_view())
    assert [(item.day, item.state) for item in plan] == [
        (DAY, State.DUE),
        (DAY, State.DUE),
        (yesterday, State.DUE),
        (yesterday, State.SKIPPED),
        (yesterday, State.SKIPPED),
    ]


def test_the_late_leave_room_for_what_is_still_to_come_today() -> None:
    old = make_due(1, day=DAY - timedelta(days=1), at=DUE_AT - timedelta(days=1))
    assert plan_states(make_planner(reserved=3), [old], make_planner_view()) == [State.SKIPPED]


@pytest.mark.parametrize(
    ("dedupe", "state"),
    [
        (KEYED, State.DUE),
        (KEYED_THEN_LOOKUP, State.UNKNOWN),
        (HOUR, State.UNKNOWN),
        (LOOKUP, State.UNKNOWN),
        (NOTHING, State.MISSED),
    ],
)
def test_a_newborn_ledger_never_guesses_about_what_was_due_before_it(
    dedupe: Dedupe, state: State
) -> None:
    assert plan_states(make_planner(dedupe), [make_due()], make_planner_view(since=NOW)) == [state]


@pytest.mark.parametrize(
    ("dedupe", "state"),
    [(KEYED, State.DUE), (HOUR, State.UNKNOWN), (LOOKUP, State.UNKNOWN), (NOTHING, State.DUE)],
)
def test_on_its_first_day_a_ledger_looks_before_it_sends_where_it_can(
    dedupe: Dedupe, state: State
) -> None:
    created_at = DUE_AT - timedelta(hours=1)
    assert plan_states(make_planner(dedupe), [make_due()], make_planner_view(since=created_at)) == [
        state
    ]


def test_what_ended_before_the_ledgers_time_is_none_of_its_business() -> None:
    old = make_due(day=DAY - timedelta(days=3), at=DUE_AT - timedelta(days=3), late_until=LONG_AGO)
    assert make_planner().plan([old], make_planner_view(since=NOW)) == []


def test_missed_by_a_clock_that_ran_ahead_is_due_again() -> None:
    one = make_due()
    known = {str(make_delivery_key(one)): (State.MISSED, 0)}
    plan = make_planner().plan([one], AlreadyPromised(make_planner_view().account, known, 0))
    assert [item.state for item in plan] == [State.DUE]


def test_missed_after_a_try_stays_missed() -> None:
    one = make_due()
    known = {str(make_delivery_key(one)): (State.MISSED, 1)}
    assert make_planner().plan([one], AlreadyPromised(make_planner_view().account, known, 0)) == []
