"""When the clock was set ahead: a look-up waits no less than it was meant to.

A request that was cut off may arrive until the patience after it is over. A clock that jumps ends
that wait at once, and the look-up would find nothing, too early.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from perihelion.ledger.base import LedgerBase
from perihelion.ledger.clock_set_back import MAX_CLOCK_SKEW
from perihelion.ledger.tables import DELIVERIES, is_in_state
from perihelion.model.deliveries import State

if TYPE_CHECKING:
    from datetime import datetime


class ClockSetAheadMixin(LedgerBase):
    """What a worker notices by comparing its wall clock with one that nobody sets."""

    _clock_offset: datetime | None = None
    """What the wall clock shows beyond the elapsed seconds."""

    def postpone_look_ups(self, patience: timedelta) -> bool:
        """Postpone every look-up if the wall clock was set ahead since the last call.

        By as much as it jumped, but to no later than `patience` from now; a machine that was
        suspended looks the same, and there the time has really gone by. Returns whether it did.
        Where the database's clock decides, the machine's is only compared with it again.
        """
        wall = self.machine_clock()
        offset = wall - timedelta(seconds=self.elapsed())
        jump = offset - (self._clock_offset or offset)
        if self.has_server_clock and abs(jump) > MAX_CLOCK_SKEW:
            self._compare_clocks()
        if self.has_server_clock or jump <= MAX_CLOCK_SKEW:
            self._clock_offset = offset
            return False
        latest = wall + patience
        unknown = is_in_state(State.UNKNOWN)
        with self._write() as connection:
            found = select(DELIVERIES.c.key, DELIVERIES.c.ready_at).where(unknown)
            for row in connection.execute(found).all():
                ready_at = max(row.ready_at, min(row.ready_at + jump, latest))
                connection.execute(
                    update(DELIVERIES)
                    .where(DELIVERIES.c.key == row.key, unknown)
                    .values(ready_at=ready_at)
                )
        self._clock_offset = offset  # only now: a jump that could not be written is seen again
        return True
