"""From a request's outcome to its settlement, with the pauses that the account needs."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from perihelion.ledger.values import Action, Claim, Settlement
from perihelion.model.deliveries import State
from perihelion.model.errors import Credentials, LocalFault, PictureNotSent, RefusedForNow
from perihelion.model.storable_text import make_single_line, make_storable
from perihelion.publish.context import NetworkFacts
from perihelion.publish.decisions import PAUSED, Decider
from perihelion.publish.preparer import get_unknown_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import ExchangeOutcome, Result
    from perihelion.publish.context import Clock, PublishContext
    from perihelion.publish.decisions import Outcome
    from perihelion.publish.worker_options import WorkerOptions


logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SettlementMaker:
    """Makes the settlements of one worker, for the accounts in `network_facts`."""

    context: PublishContext
    clock: Clock
    ledger: Ledger
    jitter: Callable[[], float]
    options: WorkerOptions
    network_facts: Mapping[str, NetworkFacts]

    def make_settlement(self, claim: Claim, outcome: NetworkFacts | Outcome) -> Settlement:
        """What `outcome` makes of the delivery and its account."""
        assert not isinstance(outcome, NetworkFacts)  # noqa: S101 - only a probe answers with facts
        account = claim.delivery.key.account
        decider = Decider(
            now=self.clock.now(),
            wall=self.ledger.wall_clock(),
            dedupe=self.network_facts[account].dedupe,
            patience=self.options.patience,
            jitter=self.jitter,
            unknown_policy=get_unknown_policy(self.context.accounts[account]),
        )
        outcome = escalate_repeated_refusal(claim, outcome)
        settlement = self._clean_reasons(decider.decide_settlement(claim, outcome))
        if isinstance(outcome, PictureNotSent | LocalFault):  # only this post has to wait
            settlement = replace(settlement, resume_at=None, account_reason="")
        return self._apply_rate_limit(account, self._apply_spacing(claim, settlement))

    def _clean_reasons(self, settlement: Settlement) -> Settlement:
        """No secret, no second line and no command to a terminal is kept or logged."""
        reasons = (settlement.reason, settlement.account_reason)
        reason, account_reason = (make_single_line(self.context.redact(one)) for one in reasons)
        return replace(settlement, reason=reason, account_reason=account_reason)

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


def escalate_repeated_refusal(claim: Claim, outcome: Outcome) -> Outcome:
    """`outcome`; but the same refusal twice in a row is a refusal of the account.

    It need not be of the same post: what counts is what the network last said to the account.
    """
    is_refusal = isinstance(outcome, RefusedForNow) and claim.action is Action.SEND
    before = claim.account_reason.removeprefix(PAUSED)
    return Credentials(before) if is_refusal and before == make_storable(str(outcome)) else outcome


def allows_another_claim(claim: Claim, settlement: Settlement, now: datetime) -> bool:
    """Whether a result makes a delivery ready that its own exchange could not see as such."""
    at_once = settlement.ready_at is not None and settlement.ready_at <= now
    return at_once or claim.action is Action.FIND


def list_settled(results: Sequence[Result], outcome: ExchangeOutcome) -> list[Result]:
    """The results that an exchange has written, and the deliveries that it has ended."""
    settled = [one for one in results if one[1] not in outcome.stale]
    for stale in outcome.stale:
        logger.warning(
            "a late result was refused: the delivery was taken over",
            extra={"key": str(stale.key), "url": stale.receipt.url if stale.receipt else None},
        )
    for delivery, refusal in outcome.refused:
        if (refusal.state, refusal.reason) != (delivery.state, delivery.reason):
            settlement = Settlement(delivery.key, 0, refusal.state, refusal.reason)
            settled.append((Claim(delivery, Action.SEND, 0), settlement))
    return settled
