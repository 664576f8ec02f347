"""What a worker may claim now: on which accounts, and how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from perihelion.ledger.values import ClaimRequest
from perihelion.networks.base import DedupeMethod

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from perihelion.publish.context import NetworkFacts
    from perihelion.publish.worker_options import WorkerOptions


@dataclass(frozen=True, slots=True)
class ClaimLimits:
    """The limits of one worker, for the accounts in `network_facts`."""

    options: WorkerOptions
    network_facts: Mapping[str, NetworkFacts]

    def make_request(
        self, now: datetime, wall: datetime, busy: Collection[str], *, answers_come: bool
    ) -> ClaimRequest | None:
        """What may be claimed while these accounts are `busy`; None if nothing may."""
        ahead = self.options.max_claimed_ahead if answers_come and self._is_resolvable() else 0
        free = self.options.max_in_flight + ahead - len(busy)
        accounts = tuple(name for name in self.network_facts if name not in busy)
        if free <= 0 or not accounts:
            return None
        return ClaimRequest(now, wall, accounts, limit=free)

    def _is_resolvable(self) -> bool:
        """Whether a claim that a kill leaves behind is settled by itself, on every network."""
        return all(
            facts.dedupe.method is not DedupeMethod.NONE for facts in self.network_facts.values()
        )
