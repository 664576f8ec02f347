"""A ledger that was put back to an earlier copy: it does not know what was sent since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from perihelion.ledger.base import LedgerBase
from perihelion.ledger.tables import ACCOUNTS, DELIVERIES, is_in_state
from perihelion.ledger.writes import record_transitions
from perihelion.model.deliveries import State

if TYPE_CHECKING:
    from datetime import datetime, timedelta

_IS_OPEN = is_in_state(State.DUE, State.WAITING, State.SENDING)
_REASON = "the ledger was restored from a copy; this may have been sent since"


class RestoredMixin(LedgerBase):
    """What a person says of the ledger as a whole."""

    def mark_restored(self, now: datetime, patience: timedelta) -> int:
        """Make `unknown` whatever is open, and every account as new as the ledger.

        Returns how many deliveries that were. Each is looked up, `patience` from now at the
        earliest; where nothing can be looked up, a worker makes it `held`. What falls due later
        that day is looked up too, as on a ledger's first day. No worker may be running.
        """
        self._compare_clocks()
        with self._write() as connection:
            connection.execute(
                update(ACCOUNTS).values(
                    known_since=now, holder=None, lease_until=None, fence=ACCOUNTS.c.fence + 1
                )
            )
            rows = connection.execute(
                select(DELIVERIES.c.key, DELIVERIES.c.state).where(_IS_OPEN)
            ).all()
            connection.execute(
                update(DELIVERIES)
                .where(_IS_OPEN)
                .values(
                    state=State.UNKNOWN.value,
                    doubt=True,
                    holder=None,
                    ready_at=self.wall_clock() + patience,
                    reason=_REASON,
                    updated_at=now,
                )
            )
            steps = [(row.key, State(row.state), State.UNKNOWN, _REASON) for row in rows]
            record_transitions(connection, now, self.worker, steps)
            return len(rows)
