"""Promises: made once, whoever makes them and however often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from perihelion.ledger.values import KnownPromise, PlanRequest
from perihelion.model.deliveries import State
from perihelion.model.errors import IllegalTransition
from tests.fakes.ledger_testbed import DAY, HOUR, MINUTE, NOON, make_key, make_planned, make_result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import AlreadyPromised
    from perihelion.model.deliveries import DeliveryKey, PlannedDelivery
    from tests.fakes.ledger_testbed import LedgerTestbed


def read_planner_view(
    testbed: LedgerTestbed, ledger: Ledger, *keys: DeliveryKey
) -> AlreadyPromised:
    """What a planner is shown of `keys`."""
    seen: list[AlreadyPromised] = []

    def record_view(planner_view: AlreadyPromised) -> list[PlannedDelivery]:
        seen.append(planner_view)
        return []

    testbed.plan_account(ledger, "mastodon", record_view, *keys)
    return seen[0]


def test_a_promise_is_kept_with_all_that_was_planned(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    item = make_planned(11, due=NOON - HOUR, late=NOON + HOUR, rank=3)
    assert testbed.promise_deliveries(ledger, item) == [item]
    delivery = ledger.get_delivery(item.key)
    assert (delivery.key, delivery.network, delivery.state) == (item.key, "mastodon", State.DUE)
    assert (delivery.day, delivery.due_at, delivery.late_until) == (
        item.day,
        item.due_at,
        item.late_until,
    )
    assert (delivery.rank, delivery.attempts, delivery.post) == (3, 0, None)
    assert delivery.token == item.key.token
    assert [(s.before, s.after) for s in ledger.list_history(item.key)] == [(None, State.DUE)]


def test_a_promise_made_again_is_the_same_promise(testbed: LedgerTestbed) -> None:
    first, second = testbed.open_worker(), testbed.open_worker()
    testbed.promise_deliveries(first, make_planned(1))
    assert testbed.promise_deliveries(second, make_planned(1), make_planned(2)) == [make_planned(2)]
    assert first.count_deliveries_by_state() == {State.DUE: 2}
    assert len(first.list_history(make_key(1))) == 1


def test_a_planner_that_promises_what_is_under_way_is_refused(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1))
    with pytest.raises(IllegalTransition):
        testbed.plan_account(ledger, "mastodon", lambda _known: [make_planned(1)], make_key(1))
    assert len(ledger.list_history(make_key(1))) == 1


def test_many_workers_promise_the_same_day_at_once_and_each_promise_is_made_once(
    testbed: LedgerTestbed,
) -> None:
    items = [make_planned(number) for number in range(1, 21)]

    def promise_items(_turn: int) -> list[PlannedDelivery]:
        ledger = testbed.open_worker()
        try:
            return testbed.promise_deliveries(ledger, *items)
        finally:
            ledger.close()

    with ThreadPoolExecutor(8) as pool:
        made = [item for done in pool.map(promise_items, range(8)) for item in done]
    assert sorted(made, key=lambda item: item.key) == items
    assert all(len(testbed.ledgers[0].list_history(item.key)) == 1 for item in items)


def test_workers_that_plan_the_same_accounts_in_another_order_promise_everything_once(
    testbed: LedgerTestbed,
) -> None:
    items = [make_planned(1, f"a{number}") for number in range(12)]

    def plan_accounts(turn: int) -> list[PlannedDelivery]:
        ledger = testbed.open_worker()
        mine = (items[turn:] + items[:turn])[:: 1 if turn % 2 else -1]
        requests = [PlanRequest(one.key.account, "local", NOON, NOON.date()) for one in mine]
        try:
            with ledger.planning(requests) as plan:
                promised = plan.read_promised(str(one.key) for one in mine)
                new = [one for one in mine if not promised[one.key.account].known]
                plan.promise(new, promised)
        finally:
            ledger.close()
        return new

    with ThreadPoolExecutor(6) as pool:
        made = [item for done in pool.map(plan_accounts, range(12)) for item in done]
    assert sorted(made, key=lambda item: item.key) == sorted(items, key=lambda item: item.key)
    ledger = testbed.open_worker()
    assert all(len(ledger.list_history(item.key)) == 1 for item in items)


def test_a_plan_that_is_only_read_knows_what_is_there_and_creates_nothing(
    testbed: LedgerTestbed,
) -> None:
    ledger, item = testbed.open_worker(), make_planned(1)
    testbed.promise_deliveries(ledger, item)
    requests = [PlanRequest(name, "local", NOON, NOON.date()) for name in ("mastodon", "new")]
    with ledger.planning(requests, reads_only=True) as plan:
        assert set(plan.accounts) == {"mastodon"}
        assert set(plan.read_known([str(item.key), "new:x:1-years:1"])) == {str(item.key)}
    assert [one.name for one in ledger.list_accounts()] == ["mastodon"]


def test_the_planner_sees_what_is_there_and_how_much_of_the_cap_is_used(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(
        ledger, make_planned(1), make_planned(2), make_planned(3, state=State.SKIPPED)
    )
    testbed.promise_deliveries(
        ledger, make_planned(4, state=State.MISSED), make_planned(5, state=State.UNKNOWN)
    )
    claim = testbed.claim_deliveries(ledger)[0]
    testbed.settle_claims(ledger, make_result(claim, State.REJECTED))
    planner_view = read_planner_view(testbed, ledger, make_key(1), make_key(4), make_key(9))
    assert planner_view.known == {
        str(make_key(1)): KnownPromise(State.REJECTED, NOON.date(), attempts=1),
        str(make_key(4)): KnownPromise(State.MISSED, NOON.date(), reason="planned as missed"),
    }
    assert planner_view.cap_used == 2
    assert planner_view.account.known_since == NOON


def test_yesterdays_promises_use_up_nothing_of_todays_cap(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1))
    testbed.clocks.advance_time(DAY)
    planner_view = read_planner_view(testbed, ledger)
    assert planner_view.cap_used == 0


def test_an_account_remembers_since_when_it_is_known_and_until_when_it_is_planned(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1))
    for move in (HOUR, -2 * HOUR):
        now = testbed.clocks.set_wall_clock(move)
        testbed.promise_deliveries(ledger, make_planned(1))
        (account,) = ledger.list_accounts()
        assert (account.known_since, account.planned_until) == (NOON, now)


@pytest.mark.parametrize("state", [State.SENDING, State.REJECTED, State.WAITING])
def test_nothing_is_born_in_a_state_that_needs_a_past(testbed: LedgerTestbed, state: State) -> None:
    ledger = testbed.open_worker()
    with pytest.raises(IllegalTransition):
        testbed.promise_deliveries(ledger, make_planned(1, state=state))
    assert ledger.list_deliveries() == []
    assert ledger.list_accounts() == [], "the whole transaction is undone"


def test_what_was_missed_by_a_clock_that_ran_ahead_comes_back_and_counts_today(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1))
    testbed.clocks.set_wall_clock(DAY)
    assert ledger.mark_missed(testbed.clocks.now) == 1
    testbed.clocks.set_wall_clock(-DAY)
    again = make_planned(1, due=NOON - MINUTE)

    def plan_again(planner_view: AlreadyPromised) -> Sequence[PlannedDelivery]:
        assert planner_view.known[str(make_key(1))].state is State.MISSED
        assert planner_view.cap_used == 0
        return [again]

    testbed.plan_account(ledger, "mastodon", plan_again, make_key(1))
    assert ledger.get_delivery(make_key(1)).due_at == again.due_at
    assert [step.after for step in ledger.list_history(make_key(1))] == [
        State.DUE,
        State.MISSED,
        State.DUE,
    ]
    testbed.plan_account(
        ledger, "mastodon", lambda known: [] if known.cap_used == 1 else [again], make_key(1)
    )
    assert [c.delivery.key for c in testbed.claim_deliveries(ledger)] == [make_key(1)]


def test_sweeping_makes_missed_what_is_too_late_and_tells_why_it_had_waited(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(
        ledger, make_planned(1, rank=1), make_planned(2, rank=2), make_planned(3, late=NOON + DAY)
    )
    claim = testbed.claim_deliveries(ledger)[0]
    testbed.settle_claims(
        ledger, make_result(claim, State.WAITING, reason="429 slow down", ready_at=NOON + HOUR)
    )
    testbed.clocks.advance_time(12 * HOUR)
    assert ledger.mark_missed(testbed.clocks.now) == 2
    assert ledger.mark_missed(testbed.clocks.now) == 0
    assert ledger.count_deliveries_by_state() == {State.MISSED: 2, State.DUE: 1}
    assert ledger.get_delivery(make_key(1)).reason == (
        "too late by its late policy; until then: 429 slow down"
    )
    assert ledger.get_delivery(make_key(2)).reason == "too late by its late policy"


def test_sweeping_leaves_alone_what_is_being_sent_or_in_doubt(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1, late=NOON + MINUTE))
    testbed.promise_deliveries(
        ledger, make_planned(1, "x", late=NOON + MINUTE, state=State.UNKNOWN)
    )
    testbed.claim_deliveries(ledger)
    testbed.clocks.advance_time(HOUR)
    assert ledger.mark_missed(testbed.clocks.now) == 0
    assert testbed.delivery_state(1) is State.SENDING
    assert testbed.delivery_state(1, "x") is State.UNKNOWN


def test_what_is_too_late_is_not_sent_even_before_anybody_swept(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(
        ledger, make_planned(1, late=NOON + MINUTE), make_planned(2, rank=2, late=NOON + HOUR)
    )
    testbed.clocks.advance_time(MINUTE)
    assert [claim.delivery.key for claim in testbed.claim_deliveries(ledger)] == [make_key(2)]
