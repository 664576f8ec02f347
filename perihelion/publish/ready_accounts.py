"""What a worker may claim now, at a cost that depends on what it claims and not on what waits."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

from perihelion.ledger.values import ClaimRequest
from perihelion.networks.base import DedupeMethod

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import ReadyDelivery, Result
    from perihelion.publish.context import NetworkFacts
    from perihelion.publish.worker_options import WorkerOptions

MAX_LIST_AGE_SECONDS = 5.0
"""After so long the accounts are listed anew: others have become ready, or were claimed."""


class ReadyAccounts:
    """The accounts in `network_facts` on which something is ready, the longest waiting first.

    The ledger's list of them is used up before the next one is read. It is only a hint: whether an
    account may still be claimed is asked when its turn has come. Of those that have waited equally
    long, the accounts from `starting_at` on come first.
    """

    def __init__(
        self,
        ledger: Ledger,
        options: WorkerOptions,
        network_facts: Mapping[str, NetworkFacts],
        starting_at: str,
    ) -> None:
        self._ledger, self._options, self._network_facts = ledger, options, network_facts
        self._starting_at = starting_at
        self._names: deque[str] = deque()
        self._listed_at = -math.inf
        self._is_resolvable = False

    def list_ready(
        self, now: datetime, busy: Collection[str], results: Sequence[Result]
    ) -> list[ReadyDelivery]:
        """What may be claimed at `now` (UTC), in the exchange that will write `results`.

        As much as the options allow while these accounts are `busy`, and nothing on them.
        """
        limit = self._count_free(busy, results)
        if limit <= 0:
            return []
        is_old = self._ledger.elapsed() - self._listed_at >= MAX_LIST_AGE_SECONDS
        found = [] if is_old else self._find(limit, now, busy, results)
        if len(found) < limit:
            self._read_list(now)
            found = self._find(limit, now, busy, results)
        self._names.extendleft(one.delivery.key.account for one in reversed(found[limit:]))
        return found[:limit]

    def _read_list(self, now: datetime) -> None:
        wall, start = self._ledger.wall_clock(), self._starting_at
        self._names = deque(self._ledger.list_ready_accounts(now, wall, start))
        self._listed_at = self._ledger.elapsed()
        methods = {facts.dedupe.method for facts in self._network_facts.values()}
        self._is_resolvable = DedupeMethod.NONE not in methods

    def _count_free(self, busy: Collection[str], results: Sequence[Result]) -> int:
        """More while answers come, if a claim that a kill leaves behind is settled by itself."""
        ahead = self._options.max_claimed_ahead if results and self._is_resolvable else 0
        return self._options.max_in_flight + ahead - len(busy)

    def _find(
        self, limit: int, now: datetime, busy: Collection[str], results: Sequence[Result]
    ) -> list[ReadyDelivery]:
        """At least `limit`, if the list holds so many; what was asked about has left it.

        Each query asks about twice as many accounts as the one before: most may have been claimed.
        """
        names = [settlement.key.account for _claim, settlement in results]
        found: dict[str, ReadyDelivery] = {}
        count = limit
        while True:
            names += [self._names.popleft() for _ in range(min(count, len(self._names)))]
            asked = tuple(one for one in names if one in self._network_facts and one not in busy)
            request = ClaimRequest(now, self._ledger.wall_clock(), asked, limit=len(asked))
            ready = self._ledger.list_ready(request, results)
            found |= {one.delivery.key.account: one for one in ready}
            if len(found) >= limit or not self._names:
                return list(found.values())
            names, count = [], 2 * count
