"""What a person or a network's timeline says about deliveries, whatever the ledger says."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from perihelion.ledger.base import LedgerBase
from perihelion.ledger.queries import get_delivery
from perihelion.ledger.rows import make_delivery_row
from perihelion.ledger.tables import ACCOUNTS, DELIVERIES
from perihelion.ledger.values import PlanRequest
from perihelion.ledger.writes import insert_new, lock_account, record_transitions
from perihelion.model.deliveries import (
    IN_PROGRESS_STATES,
    RETRY_REASON,
    TRANSITIONS,
    UNRESOLVABLE_STATES,
    State,
)
from perihelion.model.errors import IllegalTransition

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from perihelion.model.deliveries import Delivery, DeliveryKey, PlannedDelivery
    from perihelion.model.posts import Receipt

TimelineEntry = tuple["PlannedDelivery", "Receipt", "datetime"]
"""What was promised, the network's receipt, and when it was posted (UTC)."""

RETRY_WINDOW = timedelta(days=1)
"""How long a retry that a person asked for stays in time, whatever the late policy said."""


class CorrectionsMixin(LedgerBase):
    """How deliveries are corrected."""

    def resolve_delivery(
        self, key: DeliveryKey, to: State, now: datetime, url: str | None = None
    ) -> Delivery:
        """Move a delivery as a person says: SENT (with its URL), WAITING (try again) or SKIPPED.

        A retry renders the post again from the schedule as it is now, and is in time for a day.
        Raises DeliveryNotFound or IllegalTransition.
        """
        with self._write() as connection:
            connection.execute(
                select(ACCOUNTS.c.name).where(ACCOUNTS.c.name == key.account).with_for_update()
            )
            before = get_delivery(connection, key)
            _require_resolvable(before, to)
            reason = _REASON_BY_STATE[to]
            changes: dict[str, object] = {"state": to.value, "reason": reason, "updated_at": now}
            if to is State.SENT:
                changes |= {"url": url, "doubt": False}
            if to is State.WAITING:
                changes |= {
                    "ready_at": max(now, before.due_at),  # it may have been held ahead
                    "late_until": max(before.late_until, now + RETRY_WINDOW),
                    "post": None,
                    "text_hash": None,
                    "doubt": False,
                    "first_tried_at": None,
                    "absences": 0,
                }
            connection.execute(
                update(DELIVERIES).where(DELIVERIES.c.key == str(key)).values(**changes)
            )
            steps = [(str(key), before.state, to, reason)]
            record_transitions(connection, now, self.worker, steps)
            return get_delivery(connection, key)

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


def _require_resolvable(before: Delivery, to: State) -> None:
    """Raise IllegalTransition, which says what is possible, unless a person may decide this."""
    if to is State.WAITING and before.awaits_approval:
        raise IllegalTransition(f"{before.key} {before.reason}; then it goes out by itself")
    possible = TRANSITIONS[before.state] & _REASON_BY_STATE.keys()
    if to not in possible or before.state in UNRESOLVABLE_STATES:
        allowed = f"it can become {', '.join(sorted(possible))}"
        hint = _HINT_BY_STATE.get(before.state, allowed)
        raise IllegalTransition(f"{before.key} is {before.state} and cannot become {to}: {hint}")


_REASON_BY_STATE = {
    State.SENT: "a person says it was published",
    State.WAITING: RETRY_REASON,
    State.SKIPPED: "a person said to leave it",
}
_HINT_BY_STATE = {
    State.SENT: "it was published, and nothing is published twice",
    State.SENDING: "a worker is sending it; wait for its result",
    State.UNKNOWN: "the network is being asked; it will become sent, waiting or held",
    State.DUE: "it will be sent at its time",
    State.WAITING: "it will be sent at its time",
}
