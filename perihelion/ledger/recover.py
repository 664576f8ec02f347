"""Recording what a timeline shows: posts that were published, whatever the ledger says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from perihelion.ledger.base import LedgerBase
from perihelion.ledger.history import record_transitions
from perihelion.ledger.insert import insert_new
from perihelion.ledger.locks import lock_account
from perihelion.ledger.rows import make_delivery_row
from perihelion.ledger.tables import DELIVERIES
from perihelion.ledger.values import PlanRequest
from perihelion.model.deliveries import IN_PROGRESS_STATES, TRANSITIONS, State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from perihelion.model.deliveries import PlannedDelivery
    from perihelion.model.posts import Receipt

TimelineEntry = tuple["PlannedDelivery", "Receipt", "datetime"]
"""What was promised, the network's receipt, and when it was posted (UTC)."""


class TimelineMixin(LedgerBase):
    """What a network's own timeline says about deliveries."""

    def record_timeline_posts(self, found: Sequence[TimelineEntry], now: datetime) -> int:
        """Make `sent` what was found on a timeline; returns how many deliveries that changed.

        What a worker is sending or looking up right now is left to that worker.
        """
        with self._write() as connection:
            ordered = sorted(found, key=lambda one: one[0].key)
            return sum(self._record_timeline_post(connection, entry, now) for entry in ordered)

    def _record_timeline_post(
        self, connection: Connection, entry: TimelineEntry, now: datetime
    ) -> bool:
        planned, receipt, posted_at = entry
        key, today = str(planned.key), posted_at.date()
        account = lock_account(
            connection, PlanRequest(planned.key.account, planned.network, now, today)
        )
        stored_state = connection.execute(
            select(DELIVERIES.c.state).where(DELIVERIES.c.key == key)
        ).scalar_one_or_none()
        before = State(stored_state) if stored_state else None
        if before is None:
            insert_new(
                connection, DELIVERIES, [make_delivery_row(planned, today, now, planned.due_at)]
            )
        elif State.SENT not in TRANSITIONS[before] or (
            account.holder and before in IN_PROGRESS_STATES
        ):
            return False
        connection.execute(
            update(DELIVERIES)
            .where(DELIVERIES.c.key == key)
            .values(
                state=State.SENT.value,
                reason=planned.reason,
                doubt=False,
                receipt_id=receipt.id,
                url=receipt.url,
                updated_at=now,
            )
        )
        steps = [(key, before, State.SENT, planned.reason)]
        record_transitions(connection, now, self.worker, steps)
        return True
