"""What a person may decide about one delivery."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from perihelion.ledger.base import LedgerBase
from perihelion.ledger.history import record_transitions
from perihelion.ledger.queries import get_delivery
from perihelion.ledger.tables import ACCOUNTS, DELIVERIES
from perihelion.model.deliveries import TRANSITIONS, UNRESOLVABLE_STATES, State
from perihelion.model.errors import IllegalTransition

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.model.deliveries import Delivery, DeliveryKey

RETRY_WINDOW = timedelta(days=1)
"""How long a retry that a person asked for stays in time, whatever the late policy said."""


class ResolveMixin(LedgerBase):
    """What a person may decide."""

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
                    "ready_at": now,
                    "late_until": max(before.late_until, now + RETRY_WINDOW),
                    "post": None,
                    "doubt": False,
                    "first_tried_at": None,
                }
            connection.execute(
                update(DELIVERIES).where(DELIVERIES.c.key == str(key)).values(**changes)
            )
            steps = [(str(key), before.state, to, reason)]
            record_transitions(connection, now, self.worker, steps)
            return get_delivery(connection, key)


def _require_resolvable(before: Delivery, to: State) -> None:
    """Raise IllegalTransition, which says what is possible, unless a person may decide this."""
    possible = TRANSITIONS[before.state] & _REASON_BY_STATE.keys()
    if to not in possible or before.state in UNRESOLVABLE_STATES:
        allowed = f"it can become {', '.join(sorted(possible))}"
        hint = _HINT_BY_STATE.get(before.state, allowed)
        raise IllegalTransition(f"{before.key} is {before.state} and cannot become {to}: {hint}")


_REASON_BY_STATE = {
    State.SENT: "a person says it was published",
    State.WAITING: "a person asked for another try",
    State.SKIPPED: "a person said to leave it",
}
_HINT_BY_STATE = {
    State.SENT: "it was published, and nothing is published twice",
    State.SENDING: "a worker is sending it; wait for its result",
    State.UNKNOWN: "the network is being asked; it will become sent, waiting or held",
    State.DUE: "it will be sent at its time",
    State.WAITING: "it will be sent at its time",
}
