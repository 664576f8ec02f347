"""One exchange: results are written and new work is claimed, in one transaction.

Two round trips to the database: ask for everything, then write everything. Where all writers wait
for one lock, as in SQLite, the questions and the posts may be made before it is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from perihelion.ledger import claim_settlement, claims
from perihelion.ledger.driver_statements import DriverConnection
from perihelion.ledger.exchange_writes import ExchangeWrites
from perihelion.ledger.migrate import VERSION_QUERY, require_head_revision
from perihelion.ledger.rows import make_delivery
from perihelion.ledger.values import ClaimRefused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from perihelion.ledger.claims import PrepareClaim
    from perihelion.ledger.driver_statements import Query, QueryResult, Row
    from perihelion.ledger.values import Claim, ClaimRequest, Settlement

    ExchangeResult = tuple[list[Settlement], list[Claim]]

_NO_VERSION_ROW = {"version": None}


@dataclass(frozen=True, slots=True)
class PendingExchange:
    """An exchange that is not written yet, and the answers that it was made from."""

    writes: ExchangeWrites
    locked_accounts: QueryResult | None
    ready_deliveries: QueryResult | None
    stale_results: list[Settlement]
    new_claims: list[Claim]
    accounts_to_retry: list[str]
    """Accounts whose first delivery is not sent now, so that the next one is to be looked at."""

    def is_still_valid(self, connection: Connection) -> bool:
        """Whether every row that it was made from is still the same."""
        driver = DriverConnection(connection)
        return _finds_same_rows(
            driver, claim_settlement.LOCK_ACCOUNTS_QUERY, "accounts", "name", self.locked_accounts
        ) and _finds_same_rows(driver, claims.RECHECK_QUERY, "keys", "key", self.ready_deliveries)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a worker has for the ledger, and what it wants of it."""

    results: Sequence[tuple[Claim, Settlement]]
    request: ClaimRequest | None
    prepare_claim: PrepareClaim
    """Makes the post of a delivery; it may be asked twice for one."""
    now: datetime
    worker: str

    def read_and_write(self, connection: Connection) -> ExchangeResult:
        """Write the results and claim the first ready delivery of each free account.

        Returns (refused results, claims). Raises LedgerOutdated, IllegalTransition and the
        driver's own errors.
        """
        return self.write_pending(connection, self.read_pending(connection))

    def write_pending(self, connection: Connection, pending: PendingExchange) -> ExchangeResult:
        """Write a draft that holds. Returns and raises as `make`."""
        driver, claimed, again = (
            DriverConnection(connection),
            pending.new_claims,
            pending.accounts_to_retry,
        )
        pending.writes.execute_batches(driver)
        while again and self.request:
            rows = driver.execute_query(
                claims.CLAIM_QUERY, claims.make_claim_parameters(self.request, again)
            ).list_rows()
            more, again = self._claim_ready(pending.writes, rows)
            claimed += more
            pending.writes.execute_batches(driver)
        return pending.stale_results, claimed

    def read_pending(self, connection: Connection) -> PendingExchange:
        """Everything but the writing."""
        driver, writes = DriverConnection(connection), ExchangeWrites(self.now, self.worker)
        names = [settlement.key.account for _claim, settlement in self.results]
        locked = (
            driver.execute_query(claim_settlement.LOCK_ACCOUNTS_QUERY, {"accounts": names})
            if names
            else None
        )
        ready = None
        if self.request and self.request.limit:
            parameters = claims.make_claim_parameters(
                self.request, self._list_unpaused_accounts(self.request), names
            )
            ready = driver.execute_query(claims.CLAIM_QUERY, parameters)
        rows = locked.list_rows() if locked else []
        found = ready.list_rows() if ready else []
        known = (
            rows
            or found
            or driver.execute_query(VERSION_QUERY, {}).list_rows()
            or [_NO_VERSION_ROW]
        )
        require_head_revision(known[0]["version"])
        stale = claim_settlement.settle_claims(
            writes, self.results, {row["name"]: row for row in rows}
        )
        claimed, again = self._claim_ready(writes, found)
        return PendingExchange(writes, locked, ready, stale, claimed, again)

    def _list_unpaused_accounts(self, request: ClaimRequest) -> list[str]:
        """The accounts of `terms` without those that a result is just pausing."""
        paused = {
            settlement.key.account
            for _claim, settlement in self.results
            if settlement.resume_at is not None and settlement.resume_at > request.now
        }
        return [name for name in request.accounts if name not in paused]

    def _claim_ready(
        self, writes: ExchangeWrites, rows: Sequence[Row]
    ) -> tuple[list[Claim], list[str]]:
        """The claims, and the accounts whose first delivery made room for the next one."""
        claimed: list[Claim] = []
        again: list[str] = []
        if self.request is None:
            return claimed, again
        settled = {row["its_key"] for row in writes.result_rows}
        for row in rows:
            if row["key"] in settled or not _is_account_free(row, writes):
                continue  # the query saw it as it was before its result
            delivery = make_delivery(row)
            prepared = self.prepare_claim(delivery)
            if isinstance(prepared, ClaimRefused):
                claims.refuse_claim(writes, delivery, prepared)
                again.append(delivery.key.account)
            else:
                claimed.append(claims.claim_delivery(writes, delivery, prepared, row, self.request))
        return claimed, again


def _finds_same_rows(
    driver: DriverConnection, query: Query, values: str, column: str, before: QueryResult | None
) -> bool:
    """Whether `query`, asked for the `values` in a `column` of its answer, still finds the same."""
    if before is None:
        return True
    return (
        driver.execute_query(query, {values: before.list_column(column)}).raw_rows
        == before.raw_rows
    )


def _is_account_free(row: Row, writes: ExchangeWrites) -> bool:
    """Whether an account is held by nobody, or by us until this very exchange."""
    return row["account_holder"] is None or row["account"] in writes.account_rows
