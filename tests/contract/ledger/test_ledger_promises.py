"""Promises: made once, whoever makes them and however often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from perihelion.model.errors import IllegalTransition
from tests.fakes.ledgers import DAY, HOUR, MINUTE, NOON, key, planned, settled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import AlreadyPromised
    from perihelion.model.deliveries import DeliveryKey, PlannedDelivery
    from tests.fakes.ledgers import World


def look_at_shelf(world: World, ledger: Ledger, *keys: DeliveryKey) -> AlreadyPromised:
    """What a planner is shown of `keys`."""
    seen: list[AlreadyPromised] = []

    def plan(shelf: AlreadyPromised) -> list[PlannedDelivery]:
        seen.append(shelf)
        return []

    world.plan(ledger, "mastodon", plan, *keys)
    return seen[0]


def test_a_promise_is_kept_with_all_that_was_planned(world: World) -> None:
    ledger = world.worker()
    item = planned(11, due=NOON - HOUR, late=NOON + HOUR, rank=3)
    assert world.promise(ledger, item) == [item]
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


def test_a_promise_made_again_is_the_same_promise(world: World) -> None:
    first, second = world.worker(), world.worker()
    world.promise(first, planned(1))
    assert world.promise(second, planned(1), planned(2)) == [planned(2)]
    assert first.count_deliveries_by_state() == {State.DUE: 2}
    assert len(first.list_history(key(1))) == 1


def test_a_planner_that_promises_what_is_under_way_is_refused(world: World) -> None:
    ledger = world.worker()
    world.promise(ledger, planned(1))
    with pytest.raises(IllegalTransition):
        world.plan(ledger, "mastodon", lambda _shelf: [planned(1)], key(1))
    assert len(ledger.list_history(key(1))) == 1


def test_many_workers_promise_the_same_day_at_once_and_each_promise_is_made_once(
    world: World,
) -> None:
    items = [planned(number) for number in range(1, 21)]

    def promise(_turn: int) -> list[PlannedDelivery]:
        ledger = world.worker()
        try:
            return world.promise(ledger, *items)
        finally:
            ledger.close()

    with ThreadPoolExecutor(8) as pool:
        made = [item for done in pool.map(promise, range(8)) for item in done]
    assert sorted(made, key=lambda item: item.key) == items
    assert all(len(world.ledgers[0].list_history(item.key)) == 1 for item in items)


def test_the_planner_sees_what_is_there_and_how_much_of_the_cap_is_used(world: World) -> None:
    ledger = world.worker()
    world.promise(ledger, planned(1), planned(2), planned(3, state=State.SKIPPED))
    world.promise(ledger, planned(4, state=State.MISSED), planned(5, state=State.UNKNOWN))
    claim = world.claim(ledger)[0]
    world.settle(ledger, settled(claim, State.REJECTED))
    shelf = look_at_shelf(world, ledger, key(1), key(4), key(9))
    assert shelf.states == {
        str(key(1)): (State.REJECTED, 1),
        str(key(4)): (State.MISSED, 0),
    }
    assert shelf.cap_used == 2
    assert shelf.account.known_since == NOON


def test_yesterdays_promises_use_up_nothing_of_todays_cap(world: World) -> None:
    ledger = world.worker()
    world.promise(ledger, planned(1))
    world.clocks.pass_(DAY)
    shelf = look_at_shelf(world, ledger)
    assert shelf.cap_used == 0


def test_an_account_remembers_since_when_it_is_known_and_until_when_it_is_planned(
    world: World,
) -> None:
    ledger = world.worker()
    world.promise(ledger, planned(1))
    for move in (HOUR, -2 * HOUR):
        now = world.clocks.jump(move)
        world.promise(ledger, planned(1))
        (account,) = ledger.list_accounts()
        assert (account.known_since, account.planned_until) == (NOON, now)


@pytest.mark.parametrize("state", [State.SENDING, State.REJECTED, State.WAITING, State.HELD])
def test_nothing_is_born_in_a_state_that_needs_a_past(world: World, state: State) -> None:
    ledger = world.worker()
    with pytest.raises(IllegalTransition):
        world.promise(ledger, planned(1, state=state))
    assert ledger.list_deliveries() == []
    assert ledger.list_accounts() == [], "the whole transaction is undone"


def test_what_was_missed_by_a_clock_that_ran_ahead_comes_back_and_counts_today(
    world: World,
) -> None:
    ledger = world.worker()
    world.promise(ledger, planned(1))
    world.clocks.jump(DAY)
    assert ledger.mark_missed(world.clocks.now) == 1
    world.clocks.jump(-DAY)
    again = planned(1, due=NOON - MINUTE)

    def plan(shelf: AlreadyPromised) -> Sequence[PlannedDelivery]:
        assert shelf.states == {str(key(1)): (State.MISSED, 0)}
        assert shelf.cap_used == 0
        return [again]

    world.plan(ledger, "mastodon", plan, key(1))
    assert ledger.get_delivery(key(1)).due_at == again.due_at
    assert [step.after for step in ledger.list_history(key(1))] == [
        State.DUE,
        State.MISSED,
        State.DUE,
    ]
    world.plan(ledger, "mastodon", lambda shelf: [] if shelf.cap_used == 1 else [again], key(1))
    assert [c.delivery.key for c in world.claim(ledger)] == [key(1)]


def test_sweeping_makes_missed_what_is_too_late_and_tells_why_it_had_waited(world: World) -> None:
    ledger = world.worker()
    world.promise(ledger, planned(1, rank=1), planned(2, rank=2), planned(3, late=NOON + DAY))
    claim = world.claim(ledger)[0]
    world.settle(
        ledger, settled(claim, State.WAITING, reason="429 slow down", ready_at=NOON + HOUR)
    )
    world.clocks.pass_(12 * HOUR)
    assert ledger.mark_missed(world.clocks.now) == 2
    assert ledger.mark_missed(world.clocks.now) == 0
    assert ledger.count_deliveries_by_state() == {State.MISSED: 2, State.DUE: 1}
    assert ledger.get_delivery(key(1)).reason == (
        "too late by its late policy; before that: 429 slow down"
    )
    assert ledger.get_delivery(key(2)).reason == "too late by its late policy"


def test_sweeping_leaves_alone_what_is_being_sent_or_in_doubt(world: World) -> None:
    ledger = world.worker()
    world.promise(ledger, planned(1, late=NOON + MINUTE))
    world.promise(ledger, planned(1, "x", late=NOON + MINUTE, state=State.UNKNOWN))
    world.claim(ledger)
    world.clocks.pass_(HOUR)
    assert ledger.mark_missed(world.clocks.now) == 0
    assert world.state(1) is State.SENDING
    assert world.state(1, "x") is State.UNKNOWN


def test_what_is_too_late_is_not_sent_even_before_anybody_swept(world: World) -> None:
    ledger = world.worker()
    world.promise(ledger, planned(1, late=NOON + MINUTE), planned(2, rank=2, late=NOON + HOUR))
    world.clocks.pass_(MINUTE)
    assert [claim.delivery.key for claim in world.claim(ledger)] == [key(2)]
