"""The ledger as a whole: workers that interleave, crash and come late, in any order.

The network is a set of requests that may have left. Whatever happens, the same delivery's request
leaves a second time only if the first was proved absent, or by the same key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from perihelion.ledger.values import Action, Claim
from perihelion.model.deliveries import TRANSITIONS, State
from tests.fakes.ledgers import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    TABLES,
    World,
    hold,
    key,
    look,
    planned,
    send,
    settled,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import ClaimPrepared, ClaimRefused, Settlement
    from perihelion.model.deliveries import Delivery

ACCOUNTS = {"keyed": send, "looked-up": look, "opaque": hold}
"""Each account's network can tell something else about a request whose answer was lost."""

WORKERS = st.integers(0, 2)
NAMES = st.sampled_from(sorted(ACCOUNTS))
JUMPS = st.sampled_from([-DAY, -HOUR, -SECOND, SECOND, MINUTE, HOUR, DAY])


@dataclass
class Flight:
    """A claim in a worker's hands; `left` once its request may have reached the network."""

    claim: Claim
    worker: int
    left: bool = False


def prepare(delivery: Delivery) -> ClaimPrepared | ClaimRefused:
    return ACCOUNTS[delivery.key.account](delivery)


class LedgerMachine(RuleBasedStateMachine):
    """Three workers on one ledger; every rule is one thing that one of them may do next."""

    world: World
    reset: Callable[[World], None]

    def __init__(self) -> None:
        super().__init__()
        type(self).reset(self.world)
        self.clocks = self.world.clocks
        self.workers: list[Ledger] = [self.world.worker() for _ in range(3)]
        self.flights: list[Flight] = []
        self.published: dict[str, int] = {}  # how many posts the network shows, by key
        self.blind: dict[str, int] = {}  # requests that left without anything proved before
        self.fences = dict.fromkeys(ACCOUNTS, 0)
        self.sent: set[str] = set()
        for account in ACCOUNTS:
            self.promise(worker=0, account=account, number=1, doubtful=False)
            self.promise(worker=0, account=account, number=2, doubtful=True)

    # What workers do.

    @rule(worker=WORKERS, account=NAMES, number=st.integers(3, 4), doubtful=st.booleans())
    def promise(self, worker: int, account: str, number: int, *, doubtful: bool) -> None:
        state = State.UNKNOWN if doubtful and account == "looked-up" else State.DUE
        now = self.clocks.now
        item = planned(number, account, due=now, late=now + DAY, state=state)
        self.world.promise(self.workers[worker], item)

    @rule(worker=WORKERS, limit=st.integers(1, 3))
    def claim(self, worker: int, limit: int) -> None:
        for claim in self.world.claim(self.workers[worker], prepare, tuple(ACCOUNTS), limit):
            assert claim.fence > self.fences[claim.delivery.key.account]
            self.flights.append(Flight(claim, worker))

    @precondition(lambda self: self.waiting_to_leave())
    @rule(data=st.data())
    def request(self, data: st.DataObject) -> None:
        """A worker's requests leave; whether each arrives, the network decides."""
        worker = data.draw(st.sampled_from(self.waiting_to_leave())).worker
        for flight in [f for f in self.waiting_to_leave() if f.worker == worker]:
            flight.left = True
            name = str(flight.claim.delivery.key)
            if flight.claim.action is Action.SEND:
                self.blind[name] = self.blind.get(name, 0) + 1
            if data.draw(st.booleans()):
                self.arrive(flight.claim)

    def arrive(self, claim: Claim) -> None:
        name, there = str(claim.delivery.key), self.published.get(str(claim.delivery.key), 0)
        self.published[name] = max(1, there) if claim.action is Action.RESEND else there + 1

    def waiting_to_leave(self) -> list[Flight]:
        return [f for f in self.flights if not f.left and f.claim.action is not Action.FIND]

    @precondition(lambda self: self.flights)
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        flight = data.draw(st.sampled_from(self.flights))
        claim, worker = flight.claim, self.workers[flight.worker]
        result = settled(
            claim, data.draw(st.sampled_from(self.outcomes(flight))), ready_at=self.clocks.now
        )
        current = self.is_current(claim)
        refused = self.world.settle(worker, result)
        assert bool(refused) is not current, "a result counts exactly while its fence holds"
        if data.draw(st.booleans()):
            assert self.world.settle(worker, result) == refused, "twice is harmless"
        self.flights.remove(flight)
        self.proved(result[1], refused=bool(refused))

    def outcomes(self, flight: Flight) -> list[State]:
        """What a truthful adapter may report of this flight."""
        claim, account = flight.claim, flight.claim.delivery.key.account
        there = self.published.get(str(claim.delivery.key), 0) > 0
        if claim.action is Action.FIND:
            return [State.SENT] if there else [State.WAITING, State.UNKNOWN]
        doubt = State.HELD if account == "opaque" else State.UNKNOWN
        if claim.action is Action.RESEND:
            return [State.SENT, doubt] if there else [doubt]
        if there:
            return [State.SENT, doubt]
        return [State.WAITING, State.REJECTED, doubt]

    def is_current(self, claim: Claim) -> bool:
        account = claim.delivery.key.account
        found = [r for r in self.world.dump()["accounts"] if r.name == account]
        return bool(found) and found[0].fence == claim.fence

    def proved(self, settlement: Settlement, *, refused: bool) -> None:
        if not refused and settlement.state is State.WAITING:
            self.blind[str(settlement.key)] = 0

    @rule(worker=WORKERS)
    def tidy(self, worker: int) -> None:
        self.world.expire(self.workers[worker])
        self.workers[worker].mark_missed(self.clocks.now)

    @precondition(lambda self: self.flights)
    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        """kill -9: what it had in its hands may have left, but no answer is heard any more."""
        worker = data.draw(st.sampled_from(self.flights)).worker
        self.world.kill(self.workers[worker])
        self.workers[worker] = self.world.worker()
        self.flights = [f for f in self.flights if f.worker != worker]
        if data.draw(st.booleans()):
            self.tidy((worker + 1) % len(self.workers))
            self.claim((worker + 1) % len(self.workers), len(ACCOUNTS))

    @precondition(lambda self: self.flights)
    @rule(data=st.data())
    def get_stuck(self, data: st.DataObject) -> None:
        """A worker hangs beyond its lease, is given up, and then goes on as if nothing were.

        A stuck worker's request has left, or never will: adapters return within a deadline that is
        shorter than any lease.
        """
        flight = data.draw(st.sampled_from(self.flights))
        assume(flight.left or flight.claim.action is Action.FIND)
        for ledger in self.workers:
            self.world.expire(ledger)
        self.clocks.pass_(self.workers[flight.worker].lease)
        self.world.let_lease_run_out(self.workers[flight.worker])
        other = self.workers[(flight.worker + 1) % len(self.workers)]
        self.world.expire(other)
        for lost in self.flights:
            if lost.worker == flight.worker and not self.is_current(lost.claim):
                lost.left = True

    @rule(span=JUMPS)
    def set_the_clock(self, span: object) -> None:
        self.clocks.jump(span)  # type: ignore[arg-type]  # hypothesis calls it a timedelta

    @rule(account=NAMES, number=st.integers(1, 4), to=st.sampled_from([State.SKIPPED, State.SENT]))
    def resolve(self, account: str, number: int, to: State) -> None:
        ledger = self.workers[0]
        held = [d for d in ledger.list_deliveries([State.HELD]) if d.key == key(number, account)]
        for delivery in held:
            ledger.resolve_delivery(delivery.key, to, self.clocks.now)

    # What always holds.

    @invariant()
    def nothing_is_doubled(self) -> None:
        assert all(posts <= 1 for posts in self.published.values()), self.published
        assert all(requests <= 1 for requests in self.blind.values()), self.blind

    @invariant()
    def the_ledger_is_consistent(self) -> None:
        tables = self.world.dump()
        ends: dict[str, str] = {}
        for step in tables["history"]:
            assert step.from_state == ends.get(step.key), "each step starts where the last ended"
            assert step.from_state is None or step.to_state in TRANSITIONS[State(step.from_state)]
            ends[step.key] = step.to_state
        assert {row.key: row.state for row in tables["deliveries"]} == ends
        sending = [row.account for row in tables["deliveries"] if row.state == "sending"]
        assert len(sending) == len(set(sending)), "one in flight per account"
        sent = {row.key for row in tables["deliveries"] if row.state == "sent"}
        assert self.sent <= sent, "what is sent stays sent"
        self.sent = sent
        for row in tables["accounts"]:
            assert row.fence >= self.fences[row.name]
            self.fences[row.name] = row.fence

    def teardown(self) -> None:
        self.world.close()
        self.world.ledgers.clear()


def empty(world: World) -> None:
    """A ledger as if new; faster than a new one."""
    world.clocks.now, world.clocks.steady = type(world.clocks)().now, 1000.0
    for table in set(TABLES) - {"meta"}:
        world.execute(f"DELETE FROM {table}")  # noqa: S608 - our own tables


@pytest.mark.slow
def test_no_order_of_events_doubles_a_post_or_breaks_the_ledger(world: World) -> None:
    class Machine(LedgerMachine):
        reset = staticmethod(empty)

    Machine.world = world
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=60 if world.sqlite else 25,
            stateful_step_count=40,
            deadline=None,
            database=None,
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
