"""When what was sent was due, claimed and sent, for those who measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from perihelion.ledger.base import LedgerBase
from perihelion.ledger.tables import DELIVERIES, HISTORY, is_in_state
from perihelion.ledger.values import SentTimes
from perihelion.model.deliveries import State

if TYPE_CHECKING:
    from datetime import datetime


class SentTimesMixin(LedgerBase):
    """The times of what was sent; all instants are UTC."""

    def list_sent_times(self, since: datetime) -> list[SentTimes]:
        """The times of everything that was sent and was due since an instant, in no fixed order."""
        query = (
            select(
                DELIVERIES.c.key,
                DELIVERIES.c.account,
                DELIVERIES.c.due_at,
                HISTORY.c.from_state,
                HISTORY.c.to_state,
                HISTORY.c.at,
            )
            .join_from(DELIVERIES, HISTORY, HISTORY.c.key == DELIVERIES.c.key)
            .where(is_in_state(State.SENT), DELIVERIES.c.due_at >= since)
            .order_by(HISTORY.c.id)
        )
        claimed: dict[str, datetime] = {}
        found = []
        with self._read() as connection:
            for key, account, due_at, before, after, at in connection.execute(query):
                if after == State.SENDING:
                    claimed[key] = at
                elif after == State.SENT:
                    began = claimed.get(key) if before == State.SENDING else None
                    found.append(SentTimes(account, due_at, began, at))
        return found
