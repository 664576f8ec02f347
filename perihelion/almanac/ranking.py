"""Which anniversaries of a day come first."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING

from perihelion.model.anniversaries import RankedAnniversary
from perihelion.model.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perihelion.model.anniversaries import Anniversary

ROUND_DIVISORS = (100, 50, 25, 10, 5)
"""The rounder the number of years, the more of a day it is; a first anniversary equals a 5th."""
EARLIEST_INSTANT = datetime.min.replace(tzinfo=UTC)


def rank_anniversaries(anniversaries: Iterable[Anniversary]) -> list[RankedAnniversary]:
    """The anniversaries of one day, best first, ranks counting from 1.

    The rounder count wins (see `count_in_years`), then the more important event, the older event,
    the event's name, and the unit. That is unique, so the order of the input never matters.
    """
    ordered = sorted(anniversaries, key=_ranking_key)
    return [
        RankedAnniversary(anniversary, place) for place, anniversary in enumerate(ordered, start=1)
    ]


def count_in_years(anniversary: Anniversary) -> int | None:
    """The number of years that is as round as what `anniversary` counts; None if it counts none.

    An author chooses each milestone, so the least of them is worth a 5th anniversary: thousands are
    worth a 10th and tens of thousands a 25th, as are 10 and 25 Mars years.
    """
    if not anniversary.is_counted:
        return None
    count = anniversary.count
    if anniversary.unit is Unit.YEARS:
        return count
    steps = (25, 10) if anniversary.unit is Unit.MARS_YEARS else (10_000, 1_000)
    worth = (years for step, years in zip(steps, (25, 10), strict=True) if count % step == 0)
    return next(worth, 5)


@cache
def roundness_tier(count: int) -> int:
    """How round a number of years is: 0 for a multiple of 100 and so on; higher is less round."""
    if count == 1:
        return ROUND_DIVISORS.index(5)
    tiers = (place for place, divisor in enumerate(ROUND_DIVISORS) if count % divisor == 0)
    return next(tiers, len(ROUND_DIVISORS))


def _ranking_key(anniversary: Anniversary) -> tuple[int, int, date, datetime, str, Unit, int]:
    event = anniversary.event
    moment = event.moment
    years = count_in_years(anniversary)
    tier = len(ROUND_DIVISORS) if years is None else roundness_tier(years)
    age = (moment.day, moment.instant or EARLIEST_INSTANT)
    name = (event.full_id, anniversary.unit, anniversary.count)
    return tier, -event.importance, *age, *name
