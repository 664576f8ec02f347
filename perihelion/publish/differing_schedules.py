"""Two workers whose schedules differ for a while: one has read a change that the other has not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from perihelion.model.deliveries import State

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.model.deliveries import Delivery

LEFT_TO_ANOTHER = "only another worker's schedule has its event"
"""The reason of a delivery that waits for that worker."""

LEFT_FOR = timedelta(minutes=1)
"""How long it is left to that worker, before another one looks again."""


def is_left_to_another(ledger: Ledger, delivery: Delivery, schedule_since: datetime) -> bool:
    """Whether another worker has promised it since this one began to use its schedule (UTC).

    If its event is not in this schedule, that worker may have a newer one.
    """
    return any(
        (step.before is None or step.after is State.DUE)
        and step.worker != ledger.worker
        and step.at > schedule_since
        for step in ledger.list_history(delivery.key)
    )
