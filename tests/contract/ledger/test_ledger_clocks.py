"""Clocks that somebody sets, at any point of a delivery's way: nothing is lost or doubled."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from perihelion.ledger.values import Action
from perihelion.model.deliveries import State
from perihelion.model.errors import LedgerUnavailable
from tests.fakes import ledger_testbed
from tests.fakes.ledger_testbed import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    make_key,
    make_planned,
    make_result,
)

if TYPE_CHECKING:
    from datetime import timedelta

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import Claim
    from perihelion.model.deliveries import PlannedDelivery
    from tests.fakes.ledger_testbed import LedgerTestbed

JUMPS = {"day-ahead": DAY, "hour-ahead": HOUR, "hour-back": -HOUR, "day-back": -DAY}
PAUSE = 4 * SECOND


class ClockScenario:
    """One delivery's way: refused for a while, then cut off, then sent; a turn at a time."""

    def __init__(self, testbed: LedgerTestbed) -> None:
        self.testbed = testbed
        self.ledger: Ledger = testbed.open_worker()
        self.requests: list[tuple[Action, timedelta]] = []
        self.results = [State.WAITING, State.UNKNOWN, State.SENT]
        self.in_flight: Claim | None = None
        self.clock_error = NOON - NOON

    def run_turn(self) -> None:
        """What a worker does every few seconds: plan, tidy, settle, claim."""
        self.testbed.clocks.advance_time(SECOND)
        self.promise_delivery()
        self.testbed.expire_claims(self.ledger, PAUSE)
        self.ledger.mark_missed(self.testbed.clocks.now)
        if self.in_flight is not None:
            self.settle_claim(self.in_flight)
        else:
            for claim in self.testbed.claim_deliveries(self.ledger):
                self.requests.append((claim.action, self.true_time()))
                self.in_flight = claim

    def promise_delivery(self) -> None:
        if self.testbed.clocks.now < NOON:
            return  # the clock says that it is not due yet
        item = make_planned(1, due=NOON, late=NOON + 12 * HOUR)

        def plan_delivery(planner_view: object) -> list[PlannedDelivery]:
            known = planner_view.known.get(str(item.key))  # type: ignore[attr-defined]  # it is AlreadyPromised
            late = self.testbed.clocks.now >= item.late_until
            return [] if late or (known and known.state is not State.MISSED) else [item]

        self.testbed.plan_account(self.ledger, "mastodon", plan_delivery, item.key)

    def settle_claim(self, claim: Claim) -> None:
        now = self.testbed.clocks.now
        state = self.results.pop(0)
        resume = now + PAUSE if state is State.WAITING else None
        ready_at = (self.testbed.wall if state is State.UNKNOWN else now) + PAUSE
        result = make_result(claim, state, ready_at=ready_at, resume_at=resume)
        self.testbed.settle_claims(self.ledger, result)
        self.in_flight = None

    def true_time(self) -> timedelta:
        return self.testbed.clocks.now - self.clock_error - NOON

    def set_wall_clock(self, span: timedelta) -> None:
        self.clock_error += span
        self.testbed.clocks.set_wall_clock(span)


def run_with_wrong_clock(
    testbed: LedgerTestbed, jump: timedelta, leave: int, back: int
) -> ClockScenario:
    """Set the clock wrong after `leave` turns, and right again `back` turns later."""
    scenario = ClockScenario(testbed)
    for turn in range(40):
        if turn == leave:
            scenario.set_wall_clock(jump)
        if turn == leave + back:
            scenario.set_wall_clock(-jump)
        scenario.run_turn()
    return scenario


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
def test_a_clock_that_is_wrong_for_a_while_loses_and_doubles_nothing(
    testbed: LedgerTestbed, jump: timedelta
) -> None:
    for leave, back in product((0, 1, 3, 7), (1, 6)):
        for table in ("accounts", "deliveries", "history"):
            testbed.execute_sql(f"DELETE FROM {table}")  # noqa: S608 - our own tables
        testbed.clocks.now = NOON
        scenario = run_with_wrong_clock(testbed, jump, leave, back)
        case = f"wrong from turn {leave} for {back} turns"
        actions = [action for action, _at in scenario.requests]
        assert actions == [Action.SEND, Action.SEND, Action.RESEND], case
        assert testbed.delivery_state(1) is State.SENT, case
        apart = [
            b[1] - a[1] for a, b in zip(scenario.requests, scenario.requests[1:], strict=False)
        ]
        assert max(apart) < MINUTE / 2, f"{case}: nothing waits for the wrong clock's hours"


def test_a_wait_counted_by_a_wrong_clock_is_counted_anew_when_the_clock_is_right(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1, late=NOON + 12 * HOUR))
    testbed.clocks.set_wall_clock(6 * HOUR)
    (claim,) = testbed.claim_deliveries(ledger)
    wrong = testbed.clocks.now
    testbed.settle_claims(
        ledger, make_result(claim, State.WAITING, ready_at=wrong + MINUTE, resume_at=wrong + PAUSE)
    )
    now = testbed.clocks.set_wall_clock(-6 * HOUR)
    ledger.mark_missed(now)
    assert ledger.get_delivery(make_key(1)).next_at == now + MINUTE
    assert ledger.list_accounts()[0].resume_at == now + PAUSE
    ledger.mark_missed(testbed.clocks.advance_time(PAUSE))
    assert ledger.get_delivery(make_key(1)).next_at == now + MINUTE, "once, not again and again"
    assert len(ledger.list_history(make_key(1))) == 3, "a wait is no step"


def test_a_look_up_keeps_its_whole_patience_when_the_clock_was_set_back(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1))
    testbed.clocks.set_wall_clock(DAY / 4)
    (claim,) = testbed.claim_deliveries(ledger)
    testbed.settle_claims(ledger, make_result(claim, State.UNKNOWN, ready_at=testbed.wall + PAUSE))
    testbed.clocks.set_wall_clock(-DAY / 4)
    ledger.mark_missed(testbed.clocks.now)
    assert testbed.claim_deliveries(ledger) == []
    testbed.clocks.advance_time(PAUSE - SECOND)
    assert testbed.claim_deliveries(ledger) == []
    testbed.clocks.advance_time(SECOND)
    assert [claim.action for claim in testbed.claim_deliveries(ledger)] == [Action.RESEND]


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
def test_no_jump_of_the_clock_takes_a_living_workers_claim_away(
    testbed: LedgerTestbed, jump: timedelta
) -> None:
    ledger, other = testbed.open_worker(), testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1))
    (claim,) = testbed.claim_deliveries(ledger)
    testbed.expire_claims(other)
    testbed.clocks.set_wall_clock(jump)
    assert testbed.expire_claims(other) == []
    assert testbed.expire_claims(ledger) == []
    assert testbed.settle_claims(ledger, make_result(claim)) == []
    assert testbed.delivery_state(1) is State.SENT


def test_a_worker_that_read_its_clock_a_moment_before_another_one_wrote_puts_nothing_off(
    testbed: LedgerTestbed,
) -> None:
    ledger, other = testbed.open_worker(), testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1))
    (claim,) = testbed.claim_deliveries(ledger)
    look_at = testbed.clocks.now + PAUSE
    testbed.settle_claims(
        ledger, make_result(claim, State.UNKNOWN, ready_at=look_at, resume_at=look_at)
    )
    read = testbed.clocks.now - SECOND
    testbed.clocks.advance_time(PAUSE)  # so long it waited for the ledger's lock
    other.mark_missed(read)
    assert other.get_delivery(make_key(1)).next_at == look_at
    assert other.list_accounts()[0].resume_at == look_at


def test_what_is_to_be_looked_up_waits_by_the_machine_s_clock_and_its_pause_by_the_almanac(
    testbed: LedgerTestbed,
) -> None:
    wall, names = NOON - 90 * DAY, ("mastodon",)
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1), make_planned(2, due=NOON + HOUR))
    (claim,) = testbed.claim_deliveries(ledger)
    testbed.settle_claims(ledger, make_result(claim, State.UNKNOWN, ready_at=wall + MINUTE))
    assert ledger.find_next_lookup_time(names, wall) == wall + MINUTE
    assert ledger.find_next_lookup_time(names, wall + MINUTE) is None
    assert ledger.find_next_lookup_time(("x",), wall) is None
    assert ledger.find_next_ready_time(names, NOON) == NOON + HOUR
    testbed.execute_sql(
        "UPDATE accounts SET resume_at = (SELECT ready_at FROM deliveries WHERE key = :k)",
        k=str(make_key(2)),
    )
    assert ledger.find_next_ready_time(names, NOON) == NOON + HOUR
    assert ledger.find_next_ready_time(names, NOON + HOUR) is None


def raise_unavailable() -> None:
    raise LedgerUnavailable("gone for a moment")


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_look_up_waits_by_the_database_s_clock_on_every_host(
    postgres_testbed: LedgerTestbed, jump: timedelta
) -> None:
    testbed, right = postgres_testbed, ledger_testbed.ManualClocks()
    ledger, other = testbed.open_worker(), testbed.open_worker(clocks=right)
    testbed.promise_deliveries(ledger, make_planned(1))
    (claim,) = testbed.claim_deliveries(ledger)
    testbed.clocks.set_wall_clock(jump)
    assert not ledger.postpone_look_ups(2 * MINUTE), "only the clocks are compared again"
    testbed.expire_claims(ledger)
    testbed.expire_claims(other)
    assert ledger.wall_clock() == other.wall_clock() == NOON
    look_at = ledger.wall_clock() + MINUTE
    testbed.settle_claims(ledger, make_result(claim, State.UNKNOWN, ready_at=look_at))
    ledger.mark_missed(testbed.clocks.now)
    assert other.find_next_lookup_time(["mastodon"], NOON) == look_at


def test_a_look_up_keeps_its_patience_when_the_clock_is_set_ahead(
    sqlite_testbed: LedgerTestbed,
) -> None:
    testbed = sqlite_testbed
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1))
    (claim,) = testbed.claim_deliveries(ledger)
    soon = testbed.clocks.now + MINUTE
    testbed.settle_claims(ledger, make_result(claim, State.UNKNOWN, ready_at=soon))
    assert not ledger.postpone_look_ups(2 * MINUTE)
    testbed.clocks.set_wall_clock(HOUR)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "_write", raise_unavailable)
        with pytest.raises(LedgerUnavailable):
            ledger.postpone_look_ups(2 * MINUTE)
    assert ledger.postpone_look_ups(2 * MINUTE), "the jump is not forgotten meanwhile"
    assert not ledger.postpone_look_ups(2 * MINUTE), "once for each jump"
    testbed.clocks.advance_time(MINUTE - SECOND)
    assert testbed.claim_deliveries(ledger) == []
    testbed.clocks.advance_time(SECOND)
    assert not ledger.postpone_look_ups(2 * MINUTE)
    assert len(testbed.claim_deliveries(ledger)) == 1
