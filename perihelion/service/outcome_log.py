"""What came of the deliveries of one process."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perihelion.ledger.values import Action
from perihelion.model.deliveries import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perihelion.ledger.values import Claim, Result, Settlement
    from perihelion.model.deliveries import DeliveryKey

logger = logging.getLogger(__name__)

_ATTENTION_STATES = (State.REJECTED, State.HELD)
_LOG_LEVELS = {
    State.SENT: logging.INFO,
    State.WAITING: logging.WARNING,
    State.UNKNOWN: logging.WARNING,
    State.REJECTED: logging.ERROR,
    State.HELD: logging.ERROR,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one delivery, and its text; `was_found` if it was on the network already."""

    settlement: Settlement
    text: str
    was_found: bool = False


class OutcomeLog:
    """The outcomes of this process's deliveries; each is logged as it is recorded.

    A worker that runs for months must not `keep` them.
    """

    def __init__(self, *, keep: bool = True) -> None:
        self._keep = keep
        self._latest_outcomes: dict[DeliveryKey, Outcome] = {}
        self._stopped_accounts: set[str] = set()
        self.pending_count = 0
        """How many deliveries are still under way: waiting, unknown or being sent."""
        self.missed_count = 0
        """How many deliveries this process has called missed."""
        self.has_repairs = False
        """Whether a delivery waits until something on this machine is repaired."""

    @property
    def latest_outcomes(self) -> list[Outcome]:
        """The latest outcome of each delivery, in the order they came in."""
        return list(self._latest_outcomes.values())

    @property
    def needs_attention(self) -> bool:
        """Whether a person must act: on a delivery, an account, or this machine."""
        settlements = [outcome.settlement for outcome in self.latest_outcomes]
        return self.has_repairs or any(
            s.state in _ATTENTION_STATES or s.credentials_refused for s in settlements
        )

    def record_outcomes(self, settled: Sequence[Result]) -> None:
        """Take note of what an exchange has settled."""
        for claim, settlement in settled:
            self.record_outcome(claim, settlement)

    def record_outcome(self, claim: Claim, settlement: Settlement) -> None:
        """Record and log one settlement."""
        if self._keep:
            self._latest_outcomes.pop(settlement.key, None)
            post = claim.delivery.post
            was_found = claim.action is Action.FIND and settlement.state is State.SENT
            outcome = Outcome(settlement, post.text if post else "", was_found)
            self._latest_outcomes[settlement.key] = outcome
        was_lookup = claim.action is Action.FIND and settlement.state is State.WAITING
        level = logging.INFO if was_lookup else _LOG_LEVELS.get(settlement.state, logging.INFO)
        if logger.isEnabledFor(level):
            receipt = settlement.receipt
            url = receipt.url if receipt else None
            about = {"key": str(settlement.key), "reason": settlement.reason, "url": url}
            logger.log(level, settlement.state.value, extra=about)
        self._log_account_stop(settlement)

    def _log_account_stop(self, settlement: Settlement) -> None:
        account = settlement.key.account
        if settlement.credentials_refused and account not in self._stopped_accounts:
            self._stopped_accounts.add(account)
            logger.error(
                "account stopped: fix the reason, then restart",
                extra={"account": account, "reason": settlement.account_reason},
            )
        elif settlement.credentials_refused is False:
            self._stopped_accounts.discard(account)
