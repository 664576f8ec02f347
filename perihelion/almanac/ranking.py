"""Which anniversaries of a day come first, and which of them the daily cap keeps."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING

from perihelion.model.anniversaries import RankedAnniversary
from perihelion.model.moments import Tone
from perihelion.model.units import Unit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from perihelion.model.anniversaries import Anniversary

IMPORTANCE_POINTS = 2
"""What each grade of importance counts."""
ROUND_POINTS = ((100, 5), (50, 4), (25, 3), (10, 2), (5, 1))
"""What a number counts that can be divided by the first of each pair."""
FIRST_POINTS = 1
"""What a first anniversary counts."""
GREAT_POINTS = 3
"""From here on a number is so round that its event gives its place away last."""
GREATEST_IMPORTANCE = 5
TURN_YEARS = 12
"""In how many years each event of a day has its turn; in more where a day holds more events."""
EARLIEST_INSTANT = datetime.min.replace(tzinfo=UTC)


def rank_anniversaries(anniversaries: Iterable[Anniversary]) -> list[RankedAnniversary]:
    """The anniversaries of one day, best first, ranks counting from 1.

    The sum of the points for importance and for the roundness of the number decides, then the
    more important event, the older event, the event's name, and the unit. That is unique, so the
    order of the input never matters.
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


def choose_ranks(ranked: Sequence[RankedAnniversary], cap: int, year: int) -> Collection[int]:
    """The ranks of those that an account posts which posts at most `cap` a day.

    Events of importance 5 and memorials are always among them, if need be above the cap. The
    other places go to the best. Once in `TURN_YEARS` years each event has its turn: if it is not
    among the best of `year`, it takes the place of the last one; of a great number only if all are.
    """
    if cap == 0:
        return ()
    always = [one.rank for one in ranked if is_never_left_out(one.anniversary)]
    others = [one for one in ranked if not is_never_left_out(one.anniversary)]
    best = others[: max(0, cap - len(always))]
    turn = _find_turn(others, year) if 0 < len(best) < len(others) else None
    if turn is not None and turn not in best:
        lesser = [one for one in best if count_round_points(one.anniversary) < GREAT_POINTS]
        best.remove((lesser or best)[-1])
        best.append(turn)
    return {*always, *(one.rank for one in best)}


def is_never_left_out(anniversary: Anniversary) -> bool:
    """Whether the daily cap does not hold for it."""
    event = anniversary.event
    return event.importance == GREATEST_IMPORTANCE or event.tone is Tone.MEMORIAL


def count_round_points(anniversary: Anniversary) -> int:
    """The points of what it counts: the rounder, the more."""
    years = count_in_years(anniversary)
    return 0 if years is None else _count_points_of_years(years)


@cache
def _count_points_of_years(count: int) -> int:
    if count == 1:
        return FIRST_POINTS
    return next((points for divisor, points in ROUND_POINTS if count % divisor == 0), 0)


def _find_turn(others: Sequence[RankedAnniversary], year: int) -> RankedAnniversary | None:
    """The one whose turn it is in `year`, in the order of their names; None: nobody's."""
    place = year % max(TURN_YEARS, len(others))
    by_name = sorted(others, key=lambda one: _name_key(one.anniversary))
    return by_name[place] if place < len(by_name) else None


def _ranking_key(anniversary: Anniversary) -> tuple[int, int, date, datetime, str, Unit, int]:
    event = anniversary.event
    moment = event.moment
    points = event.importance * IMPORTANCE_POINTS + count_round_points(anniversary)
    age = (moment.day, moment.instant or EARLIEST_INSTANT)
    return -points, -event.importance, *age, *_name_key(anniversary)


def _name_key(anniversary: Anniversary) -> tuple[str, Unit, int]:
    return anniversary.event.full_id, anniversary.unit, anniversary.count
