"""Which deliveries are promised."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from perihelion.ledger.values import AccountView, AlreadyPromised, KnownPromise, Pause
from perihelion.model.anniversaries import Anniversary, DueAnniversary, LeftOut
from perihelion.model.deliveries import EVENT_IS_GONE, OVER_DAILY_CAP, State
from perihelion.model.units import Unit
from perihelion.networks.base import Dedupe, DedupeMethod
from perihelion.publish.planner import Planner, make_delivery_key
from tests.fakes.model_builders import make_account, make_event

DAY = date(2027, 3, 2)
DUE_AT = datetime(2027, 3, 2, 15, tzinfo=UTC)
MIDNIGHT = datetime(2027, 3, 3, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NOW = DUE_AT + timedelta(minutes=1)
HOUR_LONG = timedelta(hours=1)
KEYED = Dedupe(DedupeMethod.KEYED)
KEYED_THEN_LOOKUP = Dedupe(DedupeMethod.KEYED, then_lookup=True)
HOUR = Dedupe(DedupeMethod.KEYED, timedelta(hours=1), then_lookup=True)
LOOKUP = Dedupe(DedupeMethod.LOOKUP)
NOTHING = Dedupe(DedupeMethod.NONE)


def make_due(  # noqa: PLR0913 - each test names only what it is about
    rank: int = 1,
    *,
    day: date = DAY,
    at: datetime = DUE_AT,
    late_until: datetime = MIDNIGHT,
    chosen: bool = True,
    left_out: LeftOut | None = None,
    always: bool = False,
) -> DueAnniversary:
    seen = Anniversary(make_event(id=f"e{rank}-{day}"), 11, Unit.YEARS, day)
    left_out = left_out if chosen else LeftOut.DAILY_CAP
    return DueAnniversary(make_account(), seen, rank, at, late_until, day, left_out, always)


def make_planner_view(
    *, taken: int = 0, since: datetime = LONG_AGO, known: dict[str, KnownPromise] | None = None
) -> AlreadyPromised:
    return AlreadyPromised(AccountView("local", "local", since), known or {}, taken)


def plan_again(  # noqa: PLR0913 - each test names only what it is about
    due: DueAnniversary,
    state: State,
    *,
    reason: str = "",
    day: date = DAY,
    attempts: int = 0,
    doubt: bool = False,
    planner: Planner | None = None,
) -> list[State]:
    """What becomes of a delivery that is in the ledger already."""
    known = {str(make_delivery_key(due)): KnownPromise(state, day, attempts, doubt, reason)}
    plan = planner or make_planner()
    return plan_states(plan, [due], make_planner_view(known=known))


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
    assert plan_again(make_due(), State.SENT, attempts=1) == []


def test_what_the_cap_leaves_out_is_skipped_with_its_reason() -> None:
    (item,) = make_planner().plan([make_due(4, chosen=False)], make_planner_view())
    assert item.state is State.SKIPPED
    assert "daily cap of 3" in item.reason


@pytest.mark.parametrize("left_out", [LeftOut.QUIET_DAY, LeftOut.MEMORIAL])
def test_what_a_quiet_day_or_a_memorial_leaves_out_is_skipped_with_its_reason(
    left_out: LeftOut,
) -> None:
    (item,) = make_planner().plan([make_due(left_out=left_out)], make_planner_view())
    assert (item.state, item.reason) == (State.SKIPPED, left_out)


@pytest.mark.parametrize("left_out", LeftOut)
def test_what_was_left_out_is_judged_again_when_the_schedule_has_changed(left_out: LeftOut) -> None:
    assert plan_again(make_due(), State.SKIPPED, reason=f"{left_out}, so far") == [State.DUE]
    assert plan_again(make_due(left_out=left_out), State.SKIPPED, reason=left_out) == []


def test_what_the_cap_never_leaves_out_needs_no_place_on_its_day() -> None:
    used_up = make_planner_view(taken=3)
    assert plan_states(make_planner(), [make_due(always=True)], used_up) == [State.DUE]
    yesterday = make_due(day=DAY - timedelta(days=1), always=True)
    assert plan_states(make_planner(), [yesterday], used_up) == [State.SKIPPED]


@pytest.mark.parametrize(
    ("pause", "expected"),
    [
        (Pause(None, DUE_AT), State.SKIPPED),
        (Pause("local", DUE_AT - HOUR_LONG, DUE_AT + HOUR_LONG), State.SKIPPED),
        (Pause("local", DUE_AT - HOUR_LONG, DUE_AT), State.DUE),
        (Pause("local", DUE_AT + timedelta(seconds=1)), State.DUE),
        (Pause("local-de", DUE_AT), State.DUE),
    ],
)
def test_what_fell_due_during_a_pause_is_skipped_with_its_reason(
    pause: Pause, expected: State
) -> None:
    promised = replace(make_planner_view(), pauses=(pause,))
    (item,) = make_planner().plan([make_due()], promised)
    assert item.state is expected
    assert ("while posting was paused" in item.reason) is (expected is State.SKIPPED)


def test_a_pause_that_no_worker_saw_still_explains_what_came_too_late() -> None:
    promised = replace(make_planner_view(), pauses=(Pause(None, DUE_AT, DUE_AT + HOUR_LONG),))
    (item,) = make_planner(now=MIDNIGHT).plan([make_due()], promised)
    assert item.state is State.SKIPPED


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
    assert plan_again(make_due(), State.MISSED) == [State.DUE]


def test_missed_after_tries_that_sent_nothing_is_due_again_if_it_is_in_time() -> None:
    assert plan_again(make_due(), State.MISSED, attempts=1) == [State.DUE]
    assert plan_again(make_due(late_until=NOW), State.MISSED) == []


YESTERDAY = DAY - timedelta(days=1)
OVER_CAP = f"{OVER_DAILY_CAP} of 3"


@pytest.mark.parametrize(
    ("state", "reason", "attempts"),
    [
        (State.SKIPPED, OVER_CAP, 0),
        (State.SKIPPED, EVENT_IS_GONE, 0),
        (State.SKIPPED, Pause(None, NOW).reason, 0),
        (State.MISSED, "", 0),
        (State.REJECTED, "the server refused it", 1),
    ],
)
def test_a_verdict_about_a_day_ends_when_the_day_is_corrected(
    state: State, reason: str, attempts: int
) -> None:
    again = plan_again(make_due(), state, reason=reason, day=YESTERDAY, attempts=attempts)
    assert again == [State.DUE]


@pytest.mark.parametrize("state", sorted(set(State) - {State.REJECTED, State.MISSED}))
def test_what_may_have_been_sent_or_a_person_decided_stays_when_the_day_is_corrected(
    state: State,
) -> None:
    assert plan_again(make_due(), state, reason="a person said to leave it", day=YESTERDAY) == []


@pytest.mark.parametrize("state", [State.SKIPPED, State.MISSED, State.REJECTED])
def test_what_is_in_doubt_is_never_judged_again(state: State) -> None:
    assert plan_again(make_due(), state, reason=OVER_CAP, day=YESTERDAY, doubt=True) == []


def test_what_the_cap_left_out_today_is_due_once_the_cap_is_larger() -> None:
    fourth = make_due(4)
    assert plan_again(fourth, State.SKIPPED, reason=OVER_CAP, planner=make_planner(cap=4)) == [
        State.DUE
    ]


def test_what_fell_due_during_a_pause_stays_left_out_on_its_day() -> None:
    assert plan_again(make_due(), State.SKIPPED, reason=Pause(None, NOW).reason) == []


def test_what_the_cap_left_out_yesterday_is_not_sent_in_todays_room() -> None:
    old = make_due(4, day=YESTERDAY, at=DUE_AT - timedelta(days=1))
    assert plan_again(old, State.SKIPPED, reason=OVER_CAP, day=YESTERDAY) == []


def test_a_refused_post_stays_refused_on_its_day_and_a_local_fault_is_tried_again() -> None:
    assert plan_again(make_due(), State.REJECTED, attempts=1) == []
    assert plan_again(make_due(), State.REJECTED, attempts=0) == [State.DUE]


def test_an_event_to_the_minute_that_is_due_the_day_before_in_the_accounts_zone_is_looked_up() -> (
    None
):
    """Its day is 2 March in its own zone, and the account's 1 March, on which the ledger began."""
    at = datetime(2027, 3, 2, 3, 0, tzinfo=UTC)
    due = replace(make_due(at=at), account=make_account(timezone="America/Los_Angeles"))
    planner = make_planner(LOOKUP, now=at)
    view = make_planner_view(since=at - timedelta(hours=1))
    assert plan_states(planner, [due], view) == [State.UNKNOWN]


def test_a_look_up_that_is_planned_ahead_never_lets_a_post_out_early() -> None:
    ahead = timedelta(seconds=2)
    planner = make_planner(LOOKUP, now=DUE_AT - ahead)
    (item,) = planner.plan([make_due()], make_planner_view(since=DUE_AT - timedelta(hours=1)))
    assert item.state is State.UNKNOWN
    assert item.look_up_after >= ahead
