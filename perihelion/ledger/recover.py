"""Entering what a timeline shows: posts that were published, whatever the ledger remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from perihelion.ledger.history import record_transitions
from perihelion.ledger.promises import insert_new, lock_account
from perihelion.ledger.rows import make_delivery_row
from perihelion.ledger.tables import DELIVERIES
from perihelion.ledger.values import PlanRequest
from perihelion.model.deliveries import TRANSITIONS, State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from perihelion.model.deliveries import PlannedDelivery
    from perihelion.model.posts import Receipt

TimelineEntry = tuple["PlannedDelivery", "Receipt", "datetime"]
"""What was promised, what the network calls it, and when it was posted (UTC)."""

_IN_PROGRESS_STATES = frozenset({State.SENDING, State.UNKNOWN})
"""What the holder of an account may be working on; its own result is on the way."""


def record_timeline_posts(
    connection: Connection, found: Sequence[TimelineEntry], now: datetime, worker: str
) -> int:
    """Make `sent` what was found on a timeline; returns how many deliveries that changed.

    What a worker is sending right now or asking about is left to that worker.
    """
    changed = 0
    for planned, receipt, posted_at in sorted(found, key=lambda one: one[0].key):
        today = posted_at.date()
        request = PlanRequest(planned.key.account, planned.network, now, today)
        account = lock_account(connection, request)
        key = str(planned.key)
        stored_state = connection.execute(
            select(DELIVERIES.c.state).where(DELIVERIES.c.key == key)
        ).scalar_one_or_none()
        before = State(stored_state) if stored_state else None
        if before is None:
            insert_new(
                connection, DELIVERIES, [make_delivery_row(planned, today, now, planned.due_at)]
            )
        elif State.SENT not in TRANSITIONS[before] or (
            account.holder and before in _IN_PROGRESS_STATES
        ):
            continue
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
        record_transitions(connection, now, worker, [(key, before, State.SENT, planned.reason)])
        changed += 1
    return changed
