"""Clocks that somebody sets, at any point of a delivery's way: nothing is lost or doubled."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from perihelion.ledger.values import Action
from perihelion.model.deliveries import State
from tests.fakes.ledgers import DAY, HOUR, MINUTE, NOON, SECOND, key, planned, settled

if TYPE_CHECKING:
    from datetime import timedelta

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import Claim
    from perihelion.model.deliveries import PlannedDelivery
    from tests.fakes.ledgers import World

JUMPS = {"day-ahead": DAY, "hour-ahead": HOUR, "hour-back": -HOUR, "day-back": -DAY}
PAUSE = 4 * SECOND


class Voyage:
    """One delivery's way: refused for a while, then cut off, then sent; a turn at a time."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ledger: Ledger = world.worker()
        self.requests: list[tuple[Action, timedelta]] = []
        self.results = [State.WAITING, State.UNKNOWN, State.SENT]
        self.flying: Claim | None = None
        self.shift = NOON - NOON

    def turn(self) -> None:
        """What a worker does every few seconds: plan, tidy, settle, claim."""
        self.world.clocks.pass_(SECOND)
        self.promise()
        self.world.expire(self.ledger, PAUSE)
        self.ledger.mark_missed(self.world.clocks.now)
        if self.flying is not None:
            self.settle(self.flying)
        else:
            for claim in self.world.claim(self.ledger):
                self.requests.append((claim.action, self.true_time()))
                self.flying = claim

    def promise(self) -> None:
        if self.world.clocks.now < NOON:
            return  # the clock says that it is not due yet
        item = planned(1, due=NOON, late=NOON + 12 * HOUR)

        def plan(shelf: object) -> list[PlannedDelivery]:
            known = shelf.states.get(str(item.key))  # type: ignore[attr-defined]  # it is a Shelf
            late = self.world.clocks.now >= item.late_until
            return [] if late or (known and known[0] is not State.MISSED) else [item]

        self.world.plan(self.ledger, "mastodon", plan, item.key)

    def settle(self, claim: Claim) -> None:
        now = self.world.clocks.now
        state = self.results.pop(0)
        resume = now + PAUSE if state is State.WAITING else None
        self.world.settle(
            self.ledger, settled(claim, state, ready_at=now + PAUSE, resume_at=resume)
        )
        self.flying = None

    def true_time(self) -> timedelta:
        return self.world.clocks.now - self.shift - NOON

    def jump(self, span: timedelta) -> None:
        self.shift += span
        self.world.clocks.jump(span)


def travel(world: World, jump: timedelta, leave: int, back: int) -> Voyage:
    """Set the clock wrong after `leave` turns, and right again `back` turns later."""
    voyage = Voyage(world)
    for turn in range(40):
        if turn == leave:
            voyage.jump(jump)
        if turn == leave + back:
            voyage.jump(-jump)
        voyage.turn()
    return voyage


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
def test_a_clock_that_is_wrong_for_a_while_loses_and_doubles_nothing(
    world: World, jump: timedelta
) -> None:
    for leave, back in product((0, 1, 3, 7), (1, 6)):
        for table in ("accounts", "deliveries", "history"):
            world.execute(f"DELETE FROM {table}")  # noqa: S608 - our own tables
        world.clocks.now = NOON
        voyage = travel(world, jump, leave, back)
        case = f"wrong from turn {leave} for {back} turns"
        actions = [action for action, _at in voyage.requests]
        assert actions == [Action.SEND, Action.SEND, Action.RESEND], case
        assert world.state(1) is State.SENT, case
        apart = [b[1] - a[1] for a, b in zip(voyage.requests, voyage.requests[1:], strict=False)]
        assert max(apart) < MINUTE / 2, f"{case}: nothing waits for the wrong clock's hours"


def test_a_wait_counted_by_a_wrong_clock_is_counted_anew_when_the_clock_is_right(
    world: World,
) -> None:
    ledger = world.worker()
    world.promise(ledger, planned(1, late=NOON + 12 * HOUR))
    world.clocks.jump(6 * HOUR)
    (claim,) = world.claim(ledger)
    wrong = world.clocks.now
    world.settle(
        ledger, settled(claim, State.WAITING, ready_at=wrong + MINUTE, resume_at=wrong + PAUSE)
    )
    now = world.clocks.jump(-6 * HOUR)
    ledger.mark_missed(now)
    assert ledger.get_delivery(key(1)).next_at == now + MINUTE
    assert ledger.list_accounts()[0].resume_at == now + PAUSE
    ledger.mark_missed(world.clocks.pass_(PAUSE))
    assert ledger.get_delivery(key(1)).next_at == now + MINUTE, "once, not again and again"
    assert len(ledger.list_history(key(1))) == 3, "a wait is no step"


def test_a_look_up_keeps_its_whole_patience_when_the_clock_was_set_back(world: World) -> None:
    ledger = world.worker()
    world.promise(ledger, planned(1))
    world.clocks.jump(DAY / 4)
    (claim,) = world.claim(ledger)
    world.settle(ledger, settled(claim, State.UNKNOWN, ready_at=world.clocks.now + PAUSE))
    world.clocks.jump(-DAY / 4)
    ledger.mark_missed(world.clocks.now)
    assert world.claim(ledger) == []
    world.clocks.pass_(PAUSE - SECOND)
    assert world.claim(ledger) == []
    world.clocks.pass_(SECOND)
    assert [claim.action for claim in world.claim(ledger)] == [Action.RESEND]


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
def test_no_jump_of_the_clock_takes_a_living_workers_claim_away(
    world: World, jump: timedelta
) -> None:
    ledger, other = world.worker(), world.worker()
    world.promise(ledger, planned(1))
    (claim,) = world.claim(ledger)
    world.expire(other)
    world.clocks.jump(jump)
    assert world.expire(other) == []
    assert world.expire(ledger) == []
    assert world.settle(ledger, settled(claim)) == []
    assert world.state(1) is State.SENT


def test_a_worker_that_read_its_clock_a_moment_before_another_one_wrote_puts_nothing_off(
    world: World,
) -> None:
    ledger, other = world.worker(), world.worker()
    world.promise(ledger, planned(1))
    (claim,) = world.claim(ledger)
    look_at = world.clocks.now + PAUSE
    world.settle(ledger, settled(claim, State.UNKNOWN, ready_at=look_at, resume_at=look_at))
    read = world.clocks.now - SECOND
    world.clocks.pass_(PAUSE)  # so long it waited for the ledger's lock
    other.mark_missed(read)
    assert other.get_delivery(key(1)).next_at == look_at
    assert other.list_accounts()[0].resume_at == look_at


def test_what_is_to_be_looked_up_waits_by_the_machine_s_clock_and_its_pause_by_the_almanac(
    world: World,
) -> None:
    wall, names = NOON - 90 * DAY, ("mastodon",)
    ledger = world.worker()
    world.promise(ledger, planned(1), planned(2, due=NOON + HOUR))
    (claim,) = world.claim(ledger)
    world.settle(ledger, settled(claim, State.UNKNOWN, ready_at=wall + MINUTE))
    assert ledger.find_next_lookup_time(names, wall) == wall + MINUTE
    assert ledger.find_next_lookup_time(names, wall + MINUTE) is None
    assert ledger.find_next_lookup_time(("x",), wall) is None
    assert ledger.find_next_ready_time(names, NOON) == NOON + HOUR
    world.execute(
        "UPDATE accounts SET resume_at = (SELECT ready_at FROM deliveries WHERE key = :k)",
        k=str(key(2)),
    )
    assert ledger.find_next_ready_time(names, NOON) == NOON + HOUR
    assert ledger.find_next_ready_time(names, NOON + HOUR) is None
