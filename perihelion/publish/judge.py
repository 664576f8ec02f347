"""From a request's outcome to what the ledger is told, with the pauses that others ask for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from perihelion.model.deliveries import State
from perihelion.publish.decide import Decider
from perihelion.publish.desk import Known
from perihelion.publish.prepare import choice_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perihelion.ledger.values import Claim, Settlement
    from perihelion.publish.decide import Outcome
    from perihelion.publish.desk import Clock, Desk
    from perihelion.publish.manners import Manners


@dataclass(frozen=True, slots=True)
class Judge:
    """Settles the claims of one worker, on the accounts in `known`."""

    desk: Desk
    clock: Clock
    jitter: Callable[[], float]
    manners: Manners
    known: Mapping[str, Known]

    def __call__(self, claim: Claim, outcome: Known | Outcome) -> Settlement:
        """What `outcome` makes of the delivery and its account."""
        assert not isinstance(outcome, Known)  # noqa: S101 - only a Warming job answers with Known
        account = claim.delivery.key.account
        decider = Decider(
            now=self.clock.now(),
            wall=self.clock.real_now(),
            dedupe=self.known[account].dedupe,
            patience=self.manners.patience,
            jitter=self.jitter,
            choice=choice_of(self.desk.accounts[account]),
        )
        return self._heeding(account, self._spaced(claim, decider.settle(claim, outcome)))

    def _heeding(self, account: str, settlement: Settlement) -> Settlement:
        """The settlement, with the account paused while the network's rate limit asks for it."""
        until = self.desk.networks[account].not_before()
        if until is None or (settlement.resume_at is not None and settlement.resume_at >= until):
            return settlement
        return replace(settlement, resume_at=until, account_reason="paused by its rate limit")

    def _spaced(self, claim: Claim, settlement: Settlement) -> Settlement:
        if settlement.state is not State.SENT or not self.manners.spacing:
            return settlement
        now = self.clock.now()
        if now - claim.delivery.due_at <= self.manners.late_after:
            return settlement
        resume_at = now + self.manners.spacing
        return replace(settlement, resume_at=resume_at, account_reason="catching up, spaced out")
