"""Claim → send → settle, for many accounts at once and each of them in order."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from perihelion.almanac.due_anniversaries import list_due_since
from perihelion.ledger.values import Action, Claim, Settlement, Terms
from perihelion.model.errors import LedgerUnavailable, NotSent, OutcomeUnknown
from perihelion.networks.base import DedupeMethod
from perihelion.publish.crew import Crew
from perihelion.publish.decide import rest
from perihelion.publish.desk import Known
from perihelion.publish.errands import Errands, Warming
from perihelion.publish.judge import Judge
from perihelion.publish.manners import Manners
from perihelion.publish.prepare import Preparer
from perihelion.publish.promise import Promiser

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.publish.decide import Outcome
    from perihelion.publish.desk import Clock, Desk
    from perihelion.publish.errands import Job


MOMENT = 0.05
"""Seconds between two looks at what needs only a moment."""

logger = logging.getLogger(__name__)


@dataclass
class Courier:
    """One worker's delivery loop. Not thread-safe: only `stop` and `wake` may come from elsewhere.

    `told` is called with every settled claim, and with every one that was refused, in order.
    """

    ledger: Ledger
    desk: Desk
    clock: Clock
    jitter: Callable[[], float]
    told: Callable[[Claim, Settlement], None]
    manners: Manners = field(default_factory=Manners)
    early: bool = False

    def __post_init__(self) -> None:
        errands = Errands(self.desk.networks, self.clock, self.ledger.lease)
        self._crew: Crew[Job, Known | Outcome] = Crew(self.manners.in_flight, errands)
        self._known: dict[str, Known] = {}
        self._warming: set[str] = set()
        self._flying: dict[str, Claim] = {}
        self._unsettled: list[tuple[Claim, Settlement]] = []
        self._stopping = False
        self._fresh = False
        self._astray = False
        self._prepare = Preparer(self.ledger, self.desk, self.clock, self._known)
        self._promiser = Promiser(self.ledger, self.desk, early=self.early)
        self._judge = Judge(self.desk, self.clock, self.jitter, self.manners, self._known)

    def stop(self) -> None:
        """Claim nothing more and let the loop end; safe in a signal handler."""
        self._stopping = True
        self._crew.wake()

    def wake(self) -> None:
        """Look again now; safe from another thread."""
        self._crew.wake()

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopping

    @property
    def busy(self) -> bool:
        """Whether a request is in flight, or a result not yet on disk."""
        return bool(self._flying or self._warming or self._unsettled)

    def warm(self) -> None:
        """Ask every network not asked yet what it allows; slow ones answer when they can."""
        new = [n for n in self.desk.networks if n not in self._known and n not in self._warming]
        if not new:
            return
        stopped = {account.name for account in self.ledger.accounts() if account.broken}
        for name in new:
            self._warming.add(name)
            self._crew.give_apart(Warming(name, prove=name in stopped))

    def promise(self) -> None:
        """Promise what has fallen due on the accounts that are known."""
        self._promiser.promise(self._known, self.clock.now())

    def get_ready(self, at: datetime) -> None:
        """Promise what falls due at `at`, a moment ahead, and word it once for practice.

        What is slow the first time (imports, templates) is then done before it matters.
        """
        self._promiser.promise(self._known, at)
        for name, known in self._known.items():
            account = self.desk.accounts[name]
            for due in list_due_since(self.desk.calendar, account, at, at):
                with suppress(Exception):  # what is wrong with it is told when it is due
                    self.desk.compose(due.anniversary, account, known.limits, at)

    def tidy(self) -> None:
        """Take back what dead workers held, or we without knowing; give up what is too late."""
        if self._astray:
            mine = {claim.delivery.key.account for claim, _settlement in self._unsettled}
            self.ledger.give_back(mine.union(self._flying), self.clock.now())
            self._astray = False
        self.ledger.expire(self.clock.now(), self._patience_for)
        self.ledger.sweep(self.clock.now())

    def run_dry(self) -> None:
        """Turn until every network has answered and nothing more can be claimed, or stopped."""
        self.exchange()
        while not self._stopping and (self._flying or self._warming or self._claimable()):
            self.collect(None if self._flying or self._warming else MOMENT)
            self.exchange()

    def collect(self, seconds: float | None) -> None:
        """Wait up to `seconds` (None: for ever) for results or a wake-up, and take them in."""
        for job, answer in self._crew.take(seconds):
            if isinstance(job, Warming):
                self._warmed(job.account, answer)
            elif self._flying.get(job.delivery.key.account) is job:
                del self._flying[job.delivery.key.account]
                self._unsettled.append((job, self._judge(job, answer)))

    def finish(self, wait: Callable[[], bool]) -> None:
        """Let the last requests end while `wait()`; then say of the rest that nobody knows.

        What was claimed ahead goes back: no request has left.
        """
        self._stopping = True  # what was claimed now, nobody would send
        for job in self._crew.withdraw():
            if isinstance(job, Claim):
                not_begun = NotSent("the worker was stopped first", retry_after=timedelta(0))
                del self._flying[job.delivery.key.account]
                self._unsettled.append((job, self._judge(job, not_begun)))
        while self._flying and wait():
            self.collect(MOMENT)
        for claim in list(self._flying.values()):
            stopped = OutcomeUnknown("the worker was stopped before the answer came")
            self._unsettled.append((claim, self._judge(claim, stopped)))
        self._flying.clear()
        self.exchange()
        self._crew.dismiss()

    def exchange(self) -> None:
        """Write what is finished and claim anew, in one commit.

        Before the first claim on an account, what a dead worker left on it is taken back and what
        is due on it promised. Raises LedgerError; results that could not be written are kept for
        the next time.
        """
        if self._fresh and not self._stopping:
            self._heal()
            self.tidy()
            self.promise()
            self._fresh = False
        now = self.clock.now()
        terms = self._terms(now)
        if terms is None and not self._unsettled:
            return
        results = self._unsettled
        self._prepare.refused.clear()
        try:
            refused, claims = self.ledger.exchange(results, terms, self._prepare, now)
        except LedgerUnavailable:
            self._astray = True  # it may have been written, and only the answer is lost
            raise
        self._unsettled = []
        for claim in claims:
            self._flying[claim.delivery.key.account] = claim
            self._crew.give(claim)
        if any(_leaves_more(claim, settlement, now) for claim, settlement in results):
            self._crew.wake()
        self._tell(results, refused)  # after the requests have left: a log is in no hurry

    def _terms(self, now: datetime) -> Terms | None:
        """For what may be claimed now; None if that is nothing at all."""
        room = self.manners.in_flight + (self.manners.ahead if self._may_claim_ahead() else 0)
        free = room - len(self._flying)
        accounts = tuple(name for name in self._known if name not in self._flying)
        if self._stopping or free <= 0 or not accounts:
            return None
        return Terms(
            worker=self.ledger.worker,
            now=now,
            wall=self.clock.real_now(),
            accounts=accounts,
            limit=free,
            lease=self.ledger.lease,
        )

    def _may_claim_ahead(self) -> bool:
        """While answers come, and where a claim that a kill leaves behind is settled by itself."""
        settled = all(
            known.dedupe.method is not DedupeMethod.NONE for known in self._known.values()
        )
        return settled and bool(self._unsettled)

    def _claimable(self) -> bool:
        """Whether a claim failed only because another worker was just writing the account."""
        terms = self._terms(self.clock.now())
        return terms is not None and self.ledger.claimable(terms)

    def _heal(self) -> None:
        """Let the accounts go on whose credentials were refused, and have been mended."""
        for name, known in self._known.items():
            if known.mended:
                self.ledger.heal(name)
                self._known[name] = replace(known, mended=False)

    def _tell(
        self, results: Sequence[tuple[Claim, Settlement]], refused: Sequence[Settlement]
    ) -> None:
        for claim, settlement in results:
            if settlement not in refused:
                self.told(claim, settlement)
                continue
            receipt = settlement.receipt
            logger.warning(
                "a late result was refused: the delivery was taken over",
                extra={"key": str(settlement.key), "url": receipt.url if receipt else None},
            )
        for delivery, answer in self._prepare.refused.values():
            if answer.state is not delivery.state:
                settlement = Settlement(delivery.key, 0, answer.state, answer.reason)
                self.told(Claim(delivery, Action.SEND, 0), settlement)

    def _warmed(self, account: str, answer: Known | Outcome) -> None:
        self._warming.discard(account)
        if isinstance(answer, Known):
            self._known[account] = answer
            self._fresh = True
        else:
            logger.warning("not ready: %s", answer, extra={"account": account})

    def _patience_for(self, account: str) -> timedelta | None:
        """How long to wait before a dead worker's delivery is looked up; None: not ours to say."""
        known = self._known.get(account)
        if known is None:
            return None if account in self.desk.networks else self.manners.patience
        return rest(known.dedupe, self.manners.patience)


def _leaves_more(claim: Claim, settlement: Settlement, now: datetime) -> bool:
    """Whether the exchange that wrote a result could not see yet what may be claimed after it."""
    at_once = settlement.ready_at is not None and settlement.ready_at <= now
    return at_once or claim.action is Action.FIND
