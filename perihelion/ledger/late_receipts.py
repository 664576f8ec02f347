"""Receipts that came too late: another worker had taken the delivery over by then."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from perihelion.ledger.base import LedgerBase
from perihelion.ledger.tables import ACCOUNTS, DELIVERIES, META, is_in_state
from perihelion.ledger.writes import insert_new, record_transitions
from perihelion.model.deliveries import State
from perihelion.model.posts import Receipt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from perihelion.model.deliveries import DeliveryKey

_PREFIX = "late-receipt:"
_KEY_OF_LATE = func.substr(META.c.name, len(_PREFIX) + 1)
_IDLE_STATES = (State.UNKNOWN, State.WAITING, State.HELD, State.REJECTED, State.MISSED)
_REASON = "the receipt came after another worker had taken the delivery over"


class LateReceiptsMixin(LedgerBase):
    """What a worker learned under a fence that had been replaced."""

    def record_late_receipts(
        self, late: Sequence[tuple[DeliveryKey, Receipt]], now: datetime
    ) -> None:
        """Keep these receipts; a delivery that nobody is working on becomes `sent` by its own.

        Otherwise it may have been sent twice: `list_known_doubles` compares the receipts.
        """
        with self._write() as connection:
            for key, receipt in sorted(late, key=lambda one: one[0]):
                self._record_late_receipt(connection, key, receipt, now)

    def _record_late_receipt(
        self, connection: Connection, late: DeliveryKey, receipt: Receipt, now: datetime
    ) -> None:
        key = str(late)
        account = select(ACCOUNTS.c.holder).where(ACCOUNTS.c.name == late.account)
        holder = connection.execute(account.with_for_update()).scalar_one_or_none()
        stored = connection.execute(select(DELIVERIES.c.state).where(DELIVERIES.c.key == key))
        state = State(stored.scalar_one())
        if holder is None and state in _IDLE_STATES:
            connection.execute(
                update(DELIVERIES)
                .where(DELIVERIES.c.key == key)
                .values(
                    state=State.SENT.value,
                    reason=_REASON,
                    doubt=False,
                    receipt_id=receipt.id,
                    url=receipt.url,
                    updated_at=now,
                )
            )
            record_transitions(connection, now, self.worker, [(key, state, State.SENT, _REASON)])
            return
        kept = {"name": _PREFIX + key, "value": json.dumps([receipt.id, receipt.url])}
        connection.execute(delete(META).where(META.c.name == kept["name"]))
        insert_new(connection, META, [kept])

    def list_known_doubles(self) -> dict[str, Receipt]:
        """By key, the late receipt of each delivery that was sent with another one as well."""
        query = (
            select(META.c.name, META.c.value, DELIVERIES.c.receipt_id)
            .join_from(META, DELIVERIES, DELIVERIES.c.key == _KEY_OF_LATE)
            .where(META.c.name.startswith(_PREFIX), is_in_state(State.SENT))
        )
        with self._read() as connection:
            rows = connection.execute(query).all()
        late = [(row.name.removeprefix(_PREFIX), row, json.loads(row.value)) for row in rows]
        return {key: Receipt(*value) for key, row, value in late if row.receipt_id != value[0]}

    def keep_one_of_double(self, key: DeliveryKey, url: str, now: datetime) -> None:
        """A person has deleted one of two posts: the other one, at `url`, is the delivery's."""
        with self._write() as connection:
            connection.execute(delete(META).where(META.c.name == f"{_PREFIX}{key}"))
            connection.execute(
                update(DELIVERIES)
                .where(DELIVERIES.c.key == str(key), is_in_state(State.SENT))
                .values(url=url, updated_at=now)
            )
