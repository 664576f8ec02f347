"""One exchange: results are written and new work is claimed, in one transaction.

Two round trips to the database: ask for everything, then write everything.
"""

from __future__ import annotations

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

    from perihelion.ledger.claims import Prepare, Terms
    from perihelion.ledger.direct import Row
    from perihelion.ledger.values import Claim, Settlement

_NO_LEDGER = {"version": None}


def exchange(  # noqa: PLR0913 - the two halves of an exchange, and who makes it when
    connection: Connection,
    results: Sequence[tuple[Claim, Settlement]],
    terms: Terms | None,
    prepare: Prepare,
    *,
    now: datetime,
    worker: str,
) -> tuple[list[Settlement], list[Claim]]:
    """Write the results and claim the first ready delivery of each free account.

    `prepare` makes the post within the transaction. Returns (refused results, claims); raises
    LedgerOutdated, IllegalTransition and the driver's own errors.
    """
    direct, book = Direct(connection), Book(now, worker)
    names = [settlement.key.account for _claim, settlement in results]
    locked = direct.ask(settling.LOCK, {"accounts": names}) if names else None
    ready = None
    if terms and terms.limit:
        free = _may_go_on(terms, results)
        ready = direct.ask(claims.NEXT, claims.asked_for(terms, free, names))
    rows = locked.rows() if locked else []
    found = ready.rows() if ready else []
    demand_current((rows or found or direct.ask(VERSION, {}).rows() or [_NO_LEDGER])[0]["version"])
    refused = settling.settle(book, results, {row["name"]: row for row in rows})
    claimed = _claim(direct, book, found, terms, prepare) if terms else []
    book.write(direct)
    return refused, claimed


def _may_go_on(terms: Terms, results: Sequence[tuple[Claim, Settlement]]) -> list[str]:
    """The accounts of `terms` without those that a result is just pausing."""
    paused = {
        settlement.key.account
        for _claim, settlement in results
        if settlement.resume_at is not None and settlement.resume_at > terms.now
    }
    return [name for name in terms.accounts if name not in paused]


def _claim(
    direct: Direct, book: Book, rows: Sequence[Row], terms: Terms, prepare: Prepare
) -> list[Claim]:
    claimed: list[Claim] = []
    settled = {row["its_key"] for row in book.results}
    while rows:  # a delivery that is refused makes room for the next one of its account
        again = []
        for row in rows:
            if row["key"] in settled or not _is_free(row, book):
                continue  # the query saw it as it was before its result
            delivery = delivery_of(row)
            answer = prepare(delivery)
            if isinstance(answer, Refused):
                claims.refuse(book, delivery, answer)
                again.append(delivery.key.account)
            else:
                claimed.append(claims.take(book, delivery, answer, row, terms))
        if not again:
            break
        book.write(direct)
        rows = direct.ask(claims.NEXT, claims.asked_for(terms, again)).rows()
    return claimed


def _is_free(row: Row, book: Book) -> bool:
    """Whether an account is held by nobody, or by us until this very exchange."""
    return row["account_holder"] is None or row["account"] in book.accounts
