"""One exchange: results are written and new work is claimed, in one commit.

What is ready is read first, and prepared outside any transaction. The exchange itself is two round
trips to the database: lock and read everything, then write everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from perihelion.ledger.base import LedgerBase
from perihelion.ledger.claims import (
    LOCK_READY_QUERY,
    READY_ACCOUNTS_QUERY,
    READY_QUERY,
    make_ready_parameters,
)
from perihelion.ledger.driver_statements import DriverConnection, Query
from perihelion.ledger.engine import write_transaction
from perihelion.ledger.exchange_writes import ExchangeWrites
from perihelion.ledger.migrate import VERSION_QUERY, require_head_revision, version_column
from perihelion.ledger.rows import make_delivery
from perihelion.ledger.tables import ACCOUNTS
from perihelion.ledger.values import ClaimRefused, ExchangeOutcome, ReadyDelivery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from perihelion.ledger.driver_statements import Row
    from perihelion.ledger.values import (
        Claim,
        ClaimRequest,
        PreparedClaim,
        Result,
        Settlement,
    )
    from perihelion.model.deliveries import Delivery

_ACCOUNT_COLUMNS = ("name", "fence", "holder", "broken", "reason")
LOCK_ACCOUNTS_QUERY = Query(
    lambda among: (
        select(*(ACCOUNTS.c[name] for name in _ACCOUNT_COLUMNS), version_column())
        .where(among(ACCOUNTS.c.name, "accounts"))
        .order_by(ACCOUNTS.c.name)
        .with_for_update()
    )
)
"""The accounts whose results are written; nobody else writes them until the commit."""


class ExchangeMixin(LedgerBase):
    """Reading what is ready, and claiming it."""

    def list_ready_accounts(self, now: datetime, wall: datetime, starting_at: str) -> list[str]:
        """The free accounts on which something is ready, the longest waiting first.

        Of those that have waited equally long, first those whose names are not before
        `starting_at`. `now` is the almanac's instant, `wall` the machine's (UTC both).
        """
        asked = {"now": now, "wall": wall, "starting_at": starting_at}
        asked |= {"worker": self.worker, "settled": []}
        with self._read() as connection:
            rows = DriverConnection(connection).execute_query(READY_ACCOUNTS_QUERY, asked)
            return [row["account"] for row in rows.list_rows()]

    def list_ready(
        self, request: ClaimRequest, results: Sequence[Result] = ()
    ) -> list[ReadyDelivery]:
        """What may be claimed in the exchange that will write `results`; nothing is locked.

        An account that a result pauses, and a delivery that has a result, are left out.
        """
        parameters = make_ready_parameters(request, results, self.worker)
        with self._read() as connection:
            driver = DriverConnection(connection)
            rows = driver.execute_query(READY_QUERY, parameters).list_rows()
            found = rows or driver.execute_query(VERSION_QUERY, {}).list_rows()
        require_head_revision(found[0]["version"] if found else None)
        settled = {str(settlement.key) for _claim, settlement in results}
        return [ReadyDelivery(make_delivery(row), row) for row in rows if row["key"] not in settled]

    def exchange(
        self,
        results: Sequence[Result],
        prepared: Sequence[PreparedClaim],
        *,
        now: datetime,
        wall: datetime,
    ) -> ExchangeOutcome:
        """Write `results` and claim what is `prepared`, in one commit.

        `now` is the almanac's instant, `wall` the machine's (UTC both). A delivery that has changed
        since it was read is left alone. Raises IllegalTransition for a result that no claim can
        have; then nothing is written.
        """
        if not results and not prepared:
            return ExchangeOutcome()
        writes = ExchangeWrites(now, wall, self.worker, self.lease)
        with write_transaction(self._engine, pipelined=True) as connection:
            return self._execute_exchange(connection, writes, results, prepared)

    def _execute_exchange(
        self,
        connection: Connection,
        writes: ExchangeWrites,
        results: Sequence[Result],
        prepared: Sequence[PreparedClaim],
    ) -> ExchangeOutcome:
        driver = DriverConnection(connection)
        names = [settlement.key.account for _claim, settlement in results]
        keys = [str(ready.delivery.key) for ready, _prepared in prepared]
        locked_accounts = driver.execute_query(LOCK_ACCOUNTS_QUERY, {"accounts": names})
        locked_deliveries = driver.execute_query(LOCK_READY_QUERY, {"keys": keys})
        accounts = {row["name"]: row for row in locked_accounts.list_rows()}
        current = {row["key"]: row for row in locked_deliveries.list_rows()}
        for row in (*accounts.values(), *current.values()):
            require_head_revision(row["version"])
        stale = _settle_claims(writes, results, accounts)
        outcome = _claim_unchanged(writes, prepared, current, stale)
        writes.execute_batches(driver)
        return outcome


def _settle_claims(
    writes: ExchangeWrites, results: Sequence[Result], accounts: Mapping[str, Row]
) -> list[Settlement]:
    """Add the results whose fence still holds to `writes`; the stale ones are returned.

    Writing the same result twice is harmless: the second time the claim is no longer held, and a
    commit whose answer was lost may be repeated.
    """
    stale = []
    for claim, settlement in results:
        row = accounts[settlement.key.account]
        if row["fence"] != claim.fence or row["holder"] not in {None, writes.worker}:
            stale.append(settlement)
        elif row["holder"] is not None:
            writes.settle_claim(claim.delivery, settlement, row)
    return stale


def _claim_unchanged(
    writes: ExchangeWrites,
    prepared: Sequence[PreparedClaim],
    current: Mapping[str, Row],
    stale: Sequence[Settlement],
) -> ExchangeOutcome:
    """Add the claims and refusals of rows that are as they were read.

    `current` holds the rows as they are now, without those that another worker is writing.
    """
    claims: list[Claim] = []
    refused: list[tuple[Delivery, ClaimRefused]] = []
    left = dict(current)
    for ready, answer in prepared:
        row = left.pop(ready.row["key"], None)  # what is prepared twice is claimed once
        if row != ready.row or not _is_account_free(ready.row, writes):
            continue
        if isinstance(answer, ClaimRefused):
            writes.refuse_claim(ready.delivery, answer)
            refused.append((ready.delivery, answer))
        else:
            claims.append(writes.claim_delivery(ready, answer))
    return ExchangeOutcome(stale, claims, refused, should_read_again=len(claims) < len(current))


def _is_account_free(row: Row, writes: ExchangeWrites) -> bool:
    """Whether nobody holds the account, or we did until this exchange."""
    return row["account_holder"] is None or row["account"] in writes.account_rows
