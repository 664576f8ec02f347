"""From a request's outcome to what the ledger is told, with the pauses that others ask for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from perihelion.model.deliveries import State
from perihelion.publish.context import NetworkFacts
from perihelion.publish.decisions import Decider
from perihelion.publish.preparer import get_unknown_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perihelion.ledger.values import Claim, Settlement
    from perihelion.publish.context import Clock, PublishContext
    from perihelion.publish.decisions import Outcome
    from perihelion.publish.worker_options import WorkerOptions


@dataclass(frozen=True, slots=True)
class SettlementMaker:
    """Settles the claims of one worker, on the accounts in `known`."""

    context: PublishContext
    clock: Clock
    jitter: Callable[[], float]
    options: WorkerOptions
    network_facts: Mapping[str, NetworkFacts]

    def make_settlement(self, claim: Claim, outcome: NetworkFacts | Outcome) -> Settlement:
        """What `outcome` makes of the delivery and its account."""
        assert not isinstance(outcome, NetworkFacts)  # noqa: S101 - only a Warming job answers with Known
        account = claim.delivery.key.account
        decider = Decider(
            now=self.clock.now(),
            wall=self.clock.real_now(),
            dedupe=self.network_facts[account].dedupe,
            patience=self.options.patience,
            jitter=self.jitter,
            unknown_policy=get_unknown_policy(self.context.accounts[account]),
        )
        return self._apply_rate_limit(
            account, self._apply_spacing(claim, decider.decide_settlement(claim, outcome))
        )

    def _apply_rate_limit(self, account: str, settlement: Settlement) -> Settlement:
        """The settlement, with the account paused while the network's rate limit asks for it."""
        until = self.context.networks[account].not_before()
        if until is None or (settlement.resume_at is not None and settlement.resume_at >= until):
            return settlement
        return replace(settlement, resume_at=until, account_reason="paused by its rate limit")

    def _apply_spacing(self, claim: Claim, settlement: Settlement) -> Settlement:
        if settlement.state is not State.SENT or not self.options.spacing:
            return settlement
        now = self.clock.now()
        if now - claim.delivery.due_at <= self.options.late_after:
            return settlement
        resume_at = now + self.options.spacing
        return replace(settlement, resume_at=resume_at, account_reason="catching up, spaced out")
