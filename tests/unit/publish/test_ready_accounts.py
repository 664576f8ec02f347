"""What may be claimed next: at the cost of what is claimed, and not of what waits."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from perihelion.networks.base import Dedupe, DedupeMethod
from perihelion.networks.local.spec import LIMITS
from perihelion.publish.context import NetworkFacts
from perihelion.publish.ready_accounts import MAX_LIST_AGE_SECONDS, ReadyAccounts
from perihelion.publish.worker_options import WorkerOptions
from tests.fakes.ledger_testbed import (
    HOUR,
    MINUTE,
    NOON,
    LedgerTestbed,
    make_planned,
    make_result,
    prepare_to_send,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import Claim, ClaimRequest, ReadyDelivery, Result

NAMES = [f"a{number:03}" for number in range(120)]
OPTIONS = WorkerOptions(max_in_flight=8, max_claimed_ahead=8)


@dataclass
class ClaimingWorker:
    """A worker that claims and settles as its delivery loop would."""

    ledger: Ledger
    facts: dict[str, NetworkFacts] = field(default_factory=dict)
    in_flight: list[Claim] = field(default_factory=list)

    def __post_init__(self) -> None:
        known = NetworkFacts(LIMITS, Dedupe(DedupeMethod.KEYED))
        self.facts |= dict.fromkeys(NAMES, known)
        self.ready = ReadyAccounts(self.ledger, OPTIONS, self.facts, NAMES[0])

    def claim(self, answers: int = 0) -> list[str]:
        """Settle so many of what is in flight as sent; claim what is next, on these accounts."""
        results = [make_result(self.in_flight.pop(0)) for _ in range(answers)]
        ready = self.list_ready(results)
        prepared = [(one, prepare_to_send(one.delivery)) for one in ready]
        claims = self.ledger.exchange(results, prepared, now=NOON, wall=NOON).claims
        self.in_flight += claims
        return [one.delivery.key.account for one in claims]

    def list_ready(self, results: Sequence[Result]) -> list[ReadyDelivery]:
        busy = {one.delivery.key.account for one in self.in_flight}
        return self.ready.list_ready(NOON, busy, results)


@pytest.fixture
def worker(sqlite_testbed: LedgerTestbed) -> ClaimingWorker:
    ledger = sqlite_testbed.open_worker()
    for name in NAMES:
        sqlite_testbed.promise_deliveries(ledger, make_planned(1, name), make_planned(2, name))
    return ClaimingWorker(ledger)


def test_a_claim_asks_about_few_accounts_however_many_wait(
    worker: ClaimingWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    list_ready = worker.ledger.list_ready

    def count_accounts(request: ClaimRequest, results: Sequence[Result]) -> list[ReadyDelivery]:
        asked.append(len(request.accounts))
        return list_ready(request, results)

    monkeypatch.setattr(worker.ledger, "list_ready", count_accounts)
    worker.claim()
    lists = worker.ready._listed_at
    asked.clear()
    for _ in range(10):
        worker.claim(answers=4)
    assert max(asked) <= OPTIONS.max_in_flight + OPTIONS.max_claimed_ahead
    assert worker.ready._listed_at == lists


def test_each_delivery_is_claimed_once_by_whichever_worker(
    worker: ClaimingWorker, sqlite_testbed: LedgerTestbed
) -> None:
    workers = [worker, ClaimingWorker(sqlite_testbed.open_worker())]
    claimed: Counter[str] = Counter()
    for turn in range(1000):
        one = workers[turn % 2]
        claimed.update(one.claim(answers=min(len(one.in_flight), 1 + turn % 5)))
        if not any(each.in_flight for each in workers):
            break
    assert claimed == Counter(2 * NAMES)


def test_what_has_waited_longer_comes_next_once_the_list_is_old(
    worker: ClaimingWorker, sqlite_testbed: LedgerTestbed
) -> None:
    worker.claim()
    late = make_planned(3, NAMES[-1], due=NOON - MINUTE, late=NOON + HOUR)
    sqlite_testbed.promise_deliveries(worker.ledger, late)
    sqlite_testbed.clocks.steady_seconds += MAX_LIST_AGE_SECONDS
    assert worker.claim(answers=1)[0] == NAMES[-1]


def test_nothing_is_claimed_on_accounts_that_are_busy_or_not_known_yet(
    worker: ClaimingWorker,
) -> None:
    del worker.facts[NAMES[0]]
    ready = worker.ready.list_ready(NOON, {NAMES[1]}, [])
    assert [one.delivery.key.account for one in ready] == NAMES[2:9]
