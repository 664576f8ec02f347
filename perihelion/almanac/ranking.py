"""Which anniversaries of a day come first."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING

from perihelion.model.anniversaries import RankedAnniversary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perihelion.model.anniversaries import Anniversary

ROUND_DIVISORS = (100, 50, 25, 10, 5)
"""The rounder the number of years, the more of a day it is; a first anniversary equals a 5th."""
EARLIEST_INSTANT = datetime.min.replace(tzinfo=UTC)


def rank_anniversaries(anniversaries: Iterable[Anniversary]) -> list[RankedAnniversary]:
    """The anniversaries of one day, best first, ranks counting from 1.

    The rounder count wins, then the more important event, the older event, and the event's name.
    Names are unique, so the order of the input never matters.
    """
    ordered = sorted(anniversaries, key=_ranking_key)
    return [
        RankedAnniversary(anniversary, place) for place, anniversary in enumerate(ordered, start=1)
    ]


@cache
def roundness_tier(count: int) -> int:
    """How round a number of years is: 0 for a multiple of 100 and so on; higher is less round."""
    if count == 1:
        return ROUND_DIVISORS.index(5)
    tiers = (place for place, divisor in enumerate(ROUND_DIVISORS) if count % divisor == 0)
    return next(tiers, len(ROUND_DIVISORS))


def _ranking_key(anniversary: Anniversary) -> tuple[int, int, date, datetime, str]:
    event = anniversary.event
    moment = event.moment
    age = (moment.day, moment.instant or EARLIEST_INSTANT)
    return roundness_tier(anniversary.count), -event.importance, *age, event.full_id
