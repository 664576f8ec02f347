"""The ledger's deliveries page by page, so that no list of them is ever in memory as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, or_, select

from perihelion.ledger.base import LedgerBase
from perihelion.ledger.driver_statements import DriverConnection, Query
from perihelion.ledger.tables import DELIVERIES, is_in_state
from perihelion.model.deliveries import DeliverySummary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Select

    from perihelion.ledger.driver_statements import Row
    from perihelion.model.deliveries import DeliveryFilter

PAGE_SIZE = 1000
"""Deliveries in one transaction: whoever reads slowly keeps none open."""

_DUE, _KEY = DELIVERIES.c.due_at, DELIVERIES.c.key
_COLUMNS = [
    *[DELIVERIES.c[name] for name in ("key", "state", "reason", "url", "attempts", "day")],
    _DUE,
    DELIVERIES.c.ready_at.label("next_at"),
]


class ListingMixin(LedgerBase):
    """What the ledger holds, for those who look through it."""

    def list_summaries(
        self, wanted: DeliveryFilter, limit: int, *, skip: int = 0
    ) -> list[DeliverySummary]:
        """At most `limit` of the wanted deliveries, the latest due first, after `skip` others."""
        query = _select_wanted(wanted).limit(limit).offset(skip)
        return [DeliverySummary(**row) for row in self._read_rows(Query(lambda _: query), {})]

    def stream_summaries(self, wanted: DeliveryFilter) -> Iterator[dict[str, Any]]:
        """The fields of all the wanted DeliverySummaries, the latest due first, page by page.

        What changes between two pages may be listed as it was or as it is.
        """
        first = _select_wanted(wanted).limit(PAGE_SIZE)
        due, key = bindparam("due", type_=_DUE.type), bindparam("after", type_=_KEY.type)
        later = first.where(due >= _DUE, or_(due > _DUE, key < _KEY))
        following = Query(lambda _: later)
        page = self._read_rows(Query(lambda _: first), {})
        while page:
            yield from page
            page = self._read_rows(following, {"due": page[-1]["due_at"], "after": page[-1]["key"]})

    def _read_rows(self, query: Query, values: Row) -> list[dict[str, Any]]:
        with self._read() as connection:
            return DriverConnection(connection).execute_query(query, values).list_rows()


def _select_wanted(wanted: DeliveryFilter) -> Select[tuple[object, ...]]:
    query = select(*_COLUMNS).order_by(_DUE.desc(), _KEY)
    if wanted.accounts:
        query = query.where(or_(*(DELIVERIES.c.account == one for one in wanted.accounts)))
    if wanted.states:
        query = query.where(is_in_state(*wanted.states))
    if wanted.since is not None:
        query = query.where(DELIVERIES.c.due_at >= wanted.since)
    if wanted.event:
        end = ":" if "/" in wanted.event else "/"
        query = query.where(DELIVERIES.c.key.contains(f":{wanted.event}{end}", autoescape=True))
    return query
