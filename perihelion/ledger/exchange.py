"""One exchange: results are written and new work is claimed, in one transaction.

Two round trips to the database: lock and read everything, then write everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from perihelion.ledger.claim_settlement import LOCK_ACCOUNTS_QUERY, settle_claims
from perihelion.ledger.claims import LOCK_READY_QUERY, claim_delivery, refuse_claim
from perihelion.ledger.driver_statements import DriverConnection
from perihelion.ledger.migrate import require_head_revision
from perihelion.ledger.values import ClaimRefused, ExchangeOutcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from perihelion.ledger.driver_statements import Row
    from perihelion.ledger.exchange_writes import ExchangeWrites
    from perihelion.ledger.values import Claim, PreparedClaim, ReadyDelivery, Result, Settlement
    from perihelion.model.deliveries import Delivery


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a worker wants to write and to claim; `wall` is the machine's instant (UTC)."""

    results: Sequence[Result]
    prepared: Sequence[PreparedClaim]
    wall: datetime

    def execute(self, connection: Connection, writes: ExchangeWrites) -> ExchangeOutcome:
        """Write the results, and claim what is still as it was read.

        Raises LedgerVersionMismatch, IllegalTransition and the driver's own errors.
        """
        driver = DriverConnection(connection)
        locked = driver.execute_query(
            LOCK_ACCOUNTS_QUERY, {"accounts": [s.key.account for _claim, s in self.results]}
        )
        ready = driver.execute_query(
            LOCK_READY_QUERY, {"keys": [str(one.delivery.key) for one, _ in self.prepared]}
        )
        accounts = {row["name"]: row for row in locked.list_rows()}
        current = {row["key"]: row for row in ready.list_rows()}
        for row in (*accounts.values(), *current.values()):
            require_head_revision(row["version"])
        stale = settle_claims(writes, self.results, accounts)
        outcome = self._claim_unchanged(writes, current, stale)
        writes.execute_batches(driver)
        return outcome

    def _claim_unchanged(
        self, writes: ExchangeWrites, current: Mapping[str, Row], stale: Sequence[Settlement]
    ) -> ExchangeOutcome:
        claims: list[Claim] = []
        refused: list[tuple[Delivery, ClaimRefused]] = []
        for ready, prepared in self.prepared:
            if not _is_unchanged(ready, current, writes):
                continue
            if isinstance(prepared, ClaimRefused):
                refuse_claim(writes, ready.delivery, prepared)
                refused.append((ready.delivery, prepared))
            else:
                claims.append(claim_delivery(writes, ready, prepared, self.wall))
        lost = len(current) - len(claims)  # refused, or changed; not those that are being written
        return ExchangeOutcome(stale, claims, refused, should_read_again=lost > 0)


def _is_unchanged(ready: ReadyDelivery, current: Mapping[str, Row], writes: ExchangeWrites) -> bool:
    """Whether a row is as it was read, and its account free: held by nobody, or by us till now."""
    row = current.get(ready.row["key"])
    if row != ready.row:
        return False
    return row["account_holder"] is None or row["account"] in writes.account_rows
