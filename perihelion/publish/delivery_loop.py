"""Claim → send → settle, for many accounts at once, and one at a time on each of them."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from perihelion.ledger.values import Claim
from perihelion.model.errors import LedgerUnavailable, NotSent, OutcomeUnknown
from perihelion.publish.context import NetworkFacts
from perihelion.publish.network_calls import NetworkCalls, ProbeRequest
from perihelion.publish.preparer import LedgerConnection, Preparer
from perihelion.publish.promiser import Promiser
from perihelion.publish.ready_accounts import ReadyAccounts
from perihelion.publish.repeats import hold_repeats
from perihelion.publish.request_pool import RequestPool
from perihelion.publish.settlements import SettlementMaker, allows_another_claim, list_settled
from perihelion.publish.worker_options import WorkerOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import PreparedClaim, ReadyDelivery, Result
    from perihelion.model.deliveries import DeliveryKey
    from perihelion.model.posts import Receipt
    from perihelion.publish.context import Clock, PublishContext
    from perihelion.publish.decisions import Outcome
    from perihelion.publish.network_calls import NetworkRequest

POLL_SECONDS = 0.05  # between two checks of what takes only a moment

logger = logging.getLogger(__name__)


@dataclass
class DeliveryLoop:
    """One worker's delivery loop. Not thread-safe: only `stop` and `wake` may come from elsewhere.

    What has been settled is returned by the method that wrote it down: each claim with its
    settlement, and each delivery that was refused, in order.
    """

    ledger: Ledger
    context: PublishContext
    clock: Clock
    jitter: Callable[[], float]
    options: WorkerOptions = field(default_factory=WorkerOptions)
    early: bool = False

    def __post_init__(self) -> None:
        networks, ledger = self.context.networks, self.ledger
        self._calls = NetworkCalls(networks, ledger.wall_clock, ledger.lease, ledger.elapsed)
        self._pool: RequestPool[NetworkRequest, NetworkFacts | Outcome] = RequestPool(
            self.options.max_in_flight, self._calls.perform
        )
        self._network_facts: dict[str, NetworkFacts] = {}
        self._probing, self._changing = set[str](), set[str]()
        self._in_flight: dict[str, Claim] = {}
        self._unsettled: list[Result] = []
        self._next_context = self.context
        self._stopping = self._facts_changed = self._commit_uncertain = False
        self._late: list[tuple[DeliveryKey, Receipt]] = []
        self._connection = LedgerConnection(self.clock.now(), self.options.patience)
        self._set_up()

    def _set_up(self) -> None:
        """Make what works with the context."""
        ledger, context, clock, facts = self.ledger, self.context, self.clock, self._network_facts
        self._preparer = Preparer(ledger, context, clock, facts, self._connection, clock.now())
        self._promiser = Promiser(ledger, context, early=self.early, patience=self.options.patience)
        self._ready = ReadyAccounts(ledger, self.options, facts, self._promiser.first_name)
        self._settlements = SettlementMaker(
            context, clock, ledger, self.jitter, self.options, facts
        )

    def use_context(self, context: PublishContext) -> bool:
        """Go on with another schedule; False while an account that it changes is busy.

        Such an account claims nothing until then, and no other waits for it: ask again after the
        next results. What is worded stays as it is; changed accounts' networks are asked anew.
        """
        before, after = self.context.networks, context.networks
        changed = {name for name in before if after.get(name) is not before[name]}
        busy = changed.intersection((*self._in_flight, *self._probing))
        if context is not self._next_context or changed - busy:
            for name in changed - busy:
                self._network_facts.pop(name, None)
            self._next_context, self._changing = context, busy
            self.context = context.keep_accounts(busy, self.context)
            self._calls.use_networks(self.context.networks)
            self._set_up()
            self.probe_networks()
        return not busy

    def stop(self) -> None:
        """Claim nothing more and let the loop end; safe in a signal handler."""
        self._stopping = True
        self._pool.wake()

    def wake(self) -> None:
        """Look again now; safe from another thread."""
        self._pool.wake()

    @property
    def is_stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopping

    @property
    def is_busy(self) -> bool:
        """Whether a request is in flight, or a result not yet on disk."""
        return bool(self._in_flight or self._probing or self._unsettled)

    def probe_networks(self) -> None:
        """Ask every network what it allows that has not answered yet; none waits for another."""
        new = sorted(self.context.networks.keys() - self._network_facts.keys() - self._probing)
        if not new:
            return
        stopped = {one.name for one in self.ledger.list_accounts() if one.credentials_refused}
        for name in new:
            self._probing.add(name)
            self._pool.submit_isolated(ProbeRequest(name, check_credentials=name in stopped))

    def promise_due(self) -> None:
        """Promise what has fallen due on the accounts whose networks have answered."""
        self._promiser.promise_due(self._network_facts, self.clock.now())

    def promise_ahead(self, at: datetime) -> None:
        """Promise what falls due at `at`, a moment ahead, and render it once as a warm-up."""
        self._promiser.promise_due(self._network_facts, self.clock.now(), at)
        self._promiser.warm_up(self._network_facts, at)

    def find_next_due(self) -> tuple[datetime | None, int]:
        """When the next post is due, and on how many accounts."""
        return self._promiser.find_next_due(self.clock.now())

    def expire_and_recover(self) -> None:
        """Take back lost claims, dead workers' and our own; give up what is too late."""
        if self._commit_uncertain:
            unsettled = {settlement.key.account for _claim, settlement in self._unsettled}
            self.ledger.release_lost_claims(unsettled.union(self._in_flight), self.clock.now())
            self._commit_uncertain = False
        self.ledger.expire_claims(self.clock.now(), self._preparer.get_patience)
        self._preparer.approvals.release_approved(self.clock.now())
        own = tuple(self.context.accounts) if self.options.rehearsal else None
        self.ledger.mark_missed(self.clock.now(), own)
        self.ledger.skip_paused(self.clock.now())
        self.ledger.delete_settled_pictures()

    def run_until_idle(self) -> Iterator[list[Result]]:
        """Run until every network has answered and nothing more can be claimed, or stopped.

        Yields what each exchange has settled.
        """
        yield self.exchange_with_ledger()
        while not self._stopping and (self._in_flight or self._probing or self._has_claimable()):
            self.collect_results(None if self._in_flight or self._probing else POLL_SECONDS)
            yield self.exchange_with_ledger()

    def collect_results(self, timeout: float | None) -> None:
        """Wait up to `timeout` seconds (None: without limit) for results or a wake-up."""
        for job, result in self._pool.results(timeout):
            if isinstance(job, ProbeRequest):
                self._store_probe_result(job.account, result)
            elif self._in_flight.get(job.delivery.key.account) is job:
                self._settle(job, result)

    def shut_down(self, keep_waiting: Callable[[], bool]) -> list[Result]:
        """End: let the last requests finish while `keep_waiting()`; the rest becomes unknown.

        What was claimed ahead is given back: no request has left. Returns what was settled.
        """
        self._stopping = True  # nobody would send what is claimed from now on
        for job in self._pool.cancel_pending():
            if isinstance(job, Claim):
                self._settle(job, NotSent("the worker was stopped first", timedelta(0)))
        while self._in_flight and keep_waiting():
            self.collect_results(POLL_SECONDS)
        for claim in list(self._in_flight.values()):
            self._settle(claim, OutcomeUnknown("the worker was stopped before the answer came"))
        settled = self.exchange_with_ledger()
        self._pool.close()
        return settled

    def _settle(self, claim: Claim, result: NetworkFacts | Outcome) -> None:
        del self._in_flight[claim.delivery.key.account]
        self._unsettled.append((claim, self._settlements.make_settlement(claim, result)))

    def exchange_with_ledger(self) -> list[Result]:
        """Write what is finished and claim what is ready, in one commit; returns what was settled.

        Before the first claim on an account, a dead worker's claim on it is taken back, and what
        is due on it is promised. Raises LedgerError; results that could not be written are kept
        for the next time.
        """
        if self._facts_changed and not self._stopping:
            self._reopen_accounts()
            self.expire_and_recover()
            self.promise_due()
            self._facts_changed = False
        now, wall, results = self.clock.now(), self.ledger.wall_clock(), self._unsettled
        prepared = self._prepare_claims(now)
        try:
            outcome = self.ledger.exchange(results, prepared, now=now, wall=wall)
        except LedgerUnavailable:
            self._commit_uncertain = True  # it may have been written, and only the answer is lost
            self._connection.since = now  # another server may have taken over
            raise
        self._unsettled = []
        self._late += [(one.key, one.receipt) for one in outcome.stale if one.receipt]
        for claim in outcome.claims:
            self._in_flight[claim.delivery.key.account] = claim
            self._pool.submit(claim)
        if outcome.should_read_again or any(allows_another_claim(*one, now) for one in results):
            self._pool.wake()
        if self._late:
            with suppress(LedgerUnavailable):  # they are kept for the next exchange
                self.ledger.record_late_receipts(self._late, now)
                self._late = []
        return list_settled(results, outcome)

    def _prepare_claims(self, now: datetime) -> Sequence[PreparedClaim]:
        """What is ready, rendered; no transaction is open meanwhile."""
        self.ledger.postpone_look_ups(self.options.patience)
        prepared = self._preparer.prepare_claims(self._list_ready(now), self._unsettled)
        return hold_repeats(self.ledger, self.context.accounts, prepared)

    def _list_ready(self, now: datetime) -> Sequence[ReadyDelivery]:
        """What may be claimed now."""
        busy = {*self._in_flight, *self._changing}
        return [] if self._stopping else self._ready.list_ready(now, busy, self._unsettled)

    def _has_claimable(self) -> bool:
        """Whether something is ready; another worker may only have been writing its account."""
        return bool(self._list_ready(self.clock.now()))

    def _reopen_accounts(self) -> None:
        """Let the accounts go on whose credentials were refused and have been corrected."""
        for name, facts in self._network_facts.items():
            if facts.credentials_restored:
                self.ledger.reopen_account(name)
                self._network_facts[name] = replace(facts, credentials_restored=False)

    def _store_probe_result(self, account: str, result: NetworkFacts | Outcome) -> None:
        self._probing.discard(account)
        if isinstance(result, NetworkFacts):
            self._network_facts[account] = result
            self._facts_changed = True
        else:
            logger.warning("not ready: %s", result, extra={"account": account})
