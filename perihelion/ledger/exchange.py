"""One exchange: results are written and new work is claimed, in one transaction.

Two round trips to the database: ask for everything, then write everything. Where all writers wait
for one lock, as in SQLite, the questions and the posts may be made before it is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from perihelion.ledger import claims, settling
from perihelion.ledger.book import Book
from perihelion.ledger.direct import Direct
from perihelion.ledger.migrate import VERSION, demand_current
from perihelion.ledger.rows import delivery_of
from perihelion.ledger.values import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from perihelion.ledger.claims import Prepare
    from perihelion.ledger.direct import Answer, Query, Row
    from perihelion.ledger.values import Claim, Settlement, Terms

    Outcome = tuple[list[Settlement], list[Claim]]

_NO_LEDGER = {"version": None}


@dataclass(frozen=True, slots=True)
class Draft:
    """An exchange that is not written yet, and the answers that it was made from."""

    book: Book
    accounts: Answer | None
    ready: Answer | None
    refused: list[Settlement]
    claimed: list[Claim]
    again: list[str]
    """Accounts whose first delivery is not sent now, so that the next one is to be looked at."""

    def holds(self, connection: Connection) -> bool:
        """Whether every row that it was made from is still the same."""
        direct = Direct(connection)
        return _same(direct, settling.LOCK, "accounts", "name", self.accounts) and _same(
            direct, claims.SAME, "keys", "key", self.ready
        )


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a worker has for the ledger, and what it wants of it."""

    results: Sequence[tuple[Claim, Settlement]]
    terms: Terms | None
    prepare: Prepare
    """Makes the post of a delivery; it may be asked twice for one."""
    now: datetime
    worker: str

    def make(self, connection: Connection) -> Outcome:
        """Write the results and claim the first ready delivery of each free account.

        Returns (refused results, claims). Raises LedgerOutdated, IllegalTransition and the
        driver's own errors.
        """
        return self.write(connection, self.draft(connection))

    def write(self, connection: Connection, draft: Draft) -> Outcome:
        """Write a draft that holds. Returns and raises as `make`."""
        direct, claimed, again = Direct(connection), draft.claimed, draft.again
        draft.book.write(direct)
        while again and self.terms:
            rows = direct.ask(claims.NEXT, claims.asked_for(self.terms, again)).rows()
            more, again = self._claim(draft.book, rows)
            claimed += more
            draft.book.write(direct)
        return draft.refused, claimed

    def draft(self, connection: Connection) -> Draft:
        """Everything but the writing."""
        direct, book = Direct(connection), Book(self.now, self.worker)
        names = [settlement.key.account for _claim, settlement in self.results]
        locked = direct.ask(settling.LOCK, {"accounts": names}) if names else None
        ready = None
        if self.terms and self.terms.limit:
            asked = claims.asked_for(self.terms, self._may_go_on(self.terms), names)
            ready = direct.ask(claims.NEXT, asked)
        rows = locked.rows() if locked else []
        found = ready.rows() if ready else []
        known = rows or found or direct.ask(VERSION, {}).rows() or [_NO_LEDGER]
        demand_current(known[0]["version"])
        refused = settling.settle(book, self.results, {row["name"]: row for row in rows})
        claimed, again = self._claim(book, found)
        return Draft(book, locked, ready, refused, claimed, again)

    def _may_go_on(self, terms: Terms) -> list[str]:
        """The accounts of `terms` without those that a result is just pausing."""
        paused = {
            settlement.key.account
            for _claim, settlement in self.results
            if settlement.resume_at is not None and settlement.resume_at > terms.now
        }
        return [name for name in terms.accounts if name not in paused]

    def _claim(self, book: Book, rows: Sequence[Row]) -> tuple[list[Claim], list[str]]:
        """The claims, and the accounts whose first delivery made room for the next one."""
        claimed: list[Claim] = []
        again: list[str] = []
        if self.terms is None:
            return claimed, again
        settled = {row["its_key"] for row in book.results}
        for row in rows:
            if row["key"] in settled or not _is_free(row, book):
                continue  # the query saw it as it was before its result
            delivery = delivery_of(row)
            answer = self.prepare(delivery)
            if isinstance(answer, Refused):
                claims.refuse(book, delivery, answer)
                again.append(delivery.key.account)
            else:
                claimed.append(claims.take(book, delivery, answer, row, self.terms))
        return claimed, again


def _same(direct: Direct, query: Query, values: str, column: str, before: Answer | None) -> bool:
    """Whether `query`, asked for the `values` in a `column` of its answer, still finds the same."""
    if before is None:
        return True
    return direct.ask(query, {values: before.column(column)}).raw == before.raw


def _is_free(row: Row, book: Book) -> bool:
    """Whether an account is held by nobody, or by us until this very exchange."""
    return row["account_holder"] is None or row["account"] in book.accounts
