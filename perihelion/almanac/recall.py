"""What a promise in the ledger was about, as the schedule has its event now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.almanac.milestones import find_milestone_on
from perihelion.almanac.observance import find_anniversary_on
from perihelion.model.anniversaries import Anniversary
from perihelion.model.units import Milestone, Unit

if TYPE_CHECKING:
    from datetime import date

    from perihelion.model.missions import Event


def recall_anniversary(
    event: Event, count: int, unit: Unit, day: date, zone: str | None = None
) -> Anniversary:
    """The anniversary that was promised as `count` `unit` on `day`, as `event` is now.

    Where the event no longer falls on that day with that count, its day and count stay as they
    were promised, and it has no instant. `zone` is as in `find_anniversary_on`.
    """
    promised = Milestone(count, unit)
    if unit is Unit.YEARS:
        observed = find_anniversary_on(event, day, zone)
    elif promised in event.milestones:
        observed = find_milestone_on(event, promised, day, zone)
    else:
        observed = None
    if observed is not None and observed.count == count:
        return observed
    return Anniversary(event, count, unit, day)
