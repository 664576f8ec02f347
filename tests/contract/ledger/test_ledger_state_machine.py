"""The ledger as a whole: workers that interleave, crash and come late, in any order.

The network is a set of requests that may have left. Whatever happens, the same delivery's request
leaves a second time only if the first was proved absent, or by the same key.
"""

from __future__ import annotations

import itertools
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
from tests.fakes.ledger_testbed import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    TABLES,
    LedgerTestbed,
    make_key,
    make_planned,
    make_result,
    prepare_or_hold,
    prepare_to_look_up,
    prepare_to_send,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import ClaimPrepared, ClaimRefused, Settlement
    from perihelion.model.deliveries import Delivery

ACCOUNTS = {"keyed": prepare_to_send, "looked-up": prepare_to_look_up, "opaque": prepare_or_hold}
"""Each account's network can tell something else about a request whose answer was lost."""

WORKERS = st.integers(0, 2)
NAMES = st.sampled_from(sorted(ACCOUNTS))
JUMPS = st.sampled_from([-DAY, -HOUR, -SECOND, SECOND, MINUTE, HOUR, DAY])


@dataclass
class ActiveClaim:
    """A claim in a worker's hands; `left` once its request may have reached the network."""

    claim: Claim
    worker: int
    request_left: bool = False


def prepare_for_account(delivery: Delivery) -> ClaimPrepared | ClaimRefused:
    return ACCOUNTS[delivery.key.account](delivery)


class LedgerStateMachine(RuleBasedStateMachine):
    """Three workers on one ledger; every rule is one thing that one of them may do next."""

    testbed: LedgerTestbed
    reset: Callable[[LedgerTestbed], None]

    def __init__(self) -> None:
        super().__init__()
        type(self).reset(self.testbed)
        self.clocks = self.testbed.clocks
        self.workers: list[Ledger] = [self.testbed.open_worker() for _ in range(3)]
        self.active_claims: list[ActiveClaim] = []
        self.published: dict[str, int] = {}  # how many posts the network shows, by key
        self.unproved_requests: dict[
            str, int
        ] = {}  # requests that left without anything proved before
        self.fences = dict.fromkeys(ACCOUNTS, 0)
        self.sent: set[str] = set()
        for account in ACCOUNTS:
            self.promise_delivery(worker=0, account=account, number=1, doubtful=False)
            self.promise_delivery(worker=0, account=account, number=2, doubtful=True)

    # What workers do.

    @rule(worker=WORKERS, account=NAMES, number=st.integers(3, 4), doubtful=st.booleans())
    def promise_delivery(self, worker: int, account: str, number: int, *, doubtful: bool) -> None:
        state = State.UNKNOWN if doubtful and account == "looked-up" else State.DUE
        now = self.clocks.now
        item = make_planned(number, account, due=now, late=now + DAY, state=state)
        self.testbed.promise_deliveries(self.workers[worker], item)

    @rule(worker=WORKERS, limit=st.integers(1, 3))
    def claim_deliveries(self, worker: int, limit: int) -> None:
        for claim in self.testbed.claim_deliveries(
            self.workers[worker], prepare_for_account, tuple(ACCOUNTS), limit
        ):
            assert claim.fence > self.fences[claim.delivery.key.account]
            self.active_claims.append(ActiveClaim(claim, worker))

    @precondition(lambda self: self.unsent_claims())
    @rule(data=st.data())
    def send_requests(self, data: st.DataObject) -> None:
        """A worker's requests leave; whether each arrives, the network decides."""
        worker = data.draw(st.sampled_from(self.unsent_claims())).worker
        for active_claim in [f for f in self.unsent_claims() if f.worker == worker]:
            active_claim.request_left = True
            name = str(active_claim.claim.delivery.key)
            if active_claim.claim.action is Action.SEND:
                self.unproved_requests[name] = self.unproved_requests.get(name, 0) + 1
            if data.draw(st.booleans()):
                self.record_arrival(active_claim.claim)

    def record_arrival(self, claim: Claim) -> None:
        name, there = str(claim.delivery.key), self.published.get(str(claim.delivery.key), 0)
        self.published[name] = max(1, there) if claim.action is Action.RESEND else there + 1

    def unsent_claims(self) -> list[ActiveClaim]:
        return [
            f
            for f in self.active_claims
            if not f.request_left and f.claim.action is not Action.FIND
        ]

    @precondition(lambda self: self.active_claims)
    @rule(data=st.data())
    def settle_claim(self, data: st.DataObject) -> None:
        active_claim = data.draw(st.sampled_from(self.active_claims))
        claim, worker = active_claim.claim, self.workers[active_claim.worker]
        result = make_result(
            claim,
            data.draw(st.sampled_from(self.possible_outcomes(active_claim))),
            ready_at=self.clocks.now,
        )
        current = self.is_current(claim)
        refused = self.testbed.settle_claims(worker, result)
        assert bool(refused) is not current, "a result counts exactly while its fence holds"
        if data.draw(st.booleans()):
            assert self.testbed.settle_claims(worker, result) == refused, "twice is harmless"
        self.active_claims.remove(active_claim)
        self.record_proof(result[1], refused=bool(refused))

    def possible_outcomes(self, active_claim: ActiveClaim) -> list[State]:
        """What a truthful adapter may report of this flight."""
        claim, account = active_claim.claim, active_claim.claim.delivery.key.account
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
        found = [r for r in self.testbed.dump_tables()["accounts"] if r.name == account]
        return bool(found) and found[0].fence == claim.fence

    def record_proof(self, settlement: Settlement, *, refused: bool) -> None:
        if not refused and settlement.state is State.WAITING:
            self.unproved_requests[str(settlement.key)] = 0

    @rule(worker=WORKERS)
    def expire_and_sweep(self, worker: int) -> None:
        self.testbed.expire_claims(self.workers[worker])
        self.workers[worker].mark_missed(self.clocks.now)

    @precondition(lambda self: self.active_claims)
    @rule(data=st.data())
    def crash_worker(self, data: st.DataObject) -> None:
        """kill -9: what it had in its hands may have left, but no answer is heard any more."""
        worker = data.draw(st.sampled_from(self.active_claims)).worker
        self.testbed.kill_worker(self.workers[worker])
        self.workers[worker] = self.testbed.open_worker()
        self.active_claims = [f for f in self.active_claims if f.worker != worker]
        if data.draw(st.booleans()):
            self.expire_and_sweep((worker + 1) % len(self.workers))
            self.claim_deliveries((worker + 1) % len(self.workers), len(ACCOUNTS))

    @precondition(lambda self: self.active_claims)
    @rule(data=st.data())
    def stall_worker(self, data: st.DataObject) -> None:
        """A worker hangs beyond its lease, is given up, and then goes on as if nothing were.

        A stuck worker's request has left, or never will: adapters return within a deadline that is
        shorter than any lease.
        """
        active_claim = data.draw(st.sampled_from(self.active_claims))
        assume(active_claim.request_left or active_claim.claim.action is Action.FIND)
        for ledger in self.workers:
            self.testbed.expire_claims(ledger)
        self.clocks.advance_time(self.workers[active_claim.worker].lease)
        self.testbed.expire_lease(self.workers[active_claim.worker])
        other = self.workers[(active_claim.worker + 1) % len(self.workers)]
        self.testbed.expire_claims(other)
        for lost in self.active_claims:
            if lost.worker == active_claim.worker and not self.is_current(lost.claim):
                lost.request_left = True

    @rule(span=JUMPS)
    def set_the_clock(self, span: object) -> None:
        self.clocks.set_wall_clock(span)  # type: ignore[arg-type]  # hypothesis calls it a timedelta

    @rule(account=NAMES, number=st.integers(1, 4), to=st.sampled_from([State.SKIPPED, State.SENT]))
    def resolve_delivery(self, account: str, number: int, to: State) -> None:
        ledger = self.workers[0]
        held = [
            d for d in ledger.list_deliveries([State.HELD]) if d.key == make_key(number, account)
        ]
        for delivery in held:
            ledger.resolve_delivery(delivery.key, to, self.clocks.now)

    # What always holds.

    @invariant()
    def nothing_is_doubled(self) -> None:
        assert all(posts <= 1 for posts in self.published.values()), self.published
        assert all(requests <= 1 for requests in self.unproved_requests.values()), (
            self.unproved_requests
        )

    @invariant()
    def the_ledger_is_consistent(self) -> None:
        tables = self.testbed.dump_tables()
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
        for ledger in self.workers:
            self.testbed.kill_worker(ledger)
        self.testbed.close()
        self.testbed.ledgers.clear()


def empty_ledger(testbed: LedgerTestbed) -> None:
    """A ledger as if new; faster than a new one.

    The workers' names start again too: a worker's name decides which account it reads first, and
    the same moves must lead to the same state each time.
    """
    testbed.numbers = itertools.count()
    testbed.clocks.now, testbed.clocks.steady_seconds = type(testbed.clocks)().now, 1000.0
    for table in set(TABLES) - {"meta"}:
        testbed.execute_sql(f"DELETE FROM {table}")  # noqa: S608 - our own tables


@pytest.mark.slow
def test_no_order_of_events_doubles_a_post_or_breaks_the_ledger(testbed: LedgerTestbed) -> None:
    class Machine(LedgerStateMachine):
        reset = staticmethod(empty_ledger)

    Machine.testbed = testbed
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=60 if testbed.is_sqlite else 25,
            stateful_step_count=40,
            deadline=None,
            database=None,
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
