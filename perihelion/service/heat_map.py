"""A year day by day, as one account observes it: how full each day is, and what is special."""

from __future__ import annotations

from calendar import isleap
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from perihelion.almanac.due_anniversaries import list_due_in_span
from perihelion.almanac.ranking import GREAT_POINTS, count_round_points

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perihelion.almanac.calendar import Calendar
    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import DueAnniversary

HEAT_LEVELS = 4
"""How many shades the days of the year have, besides that of an empty one."""


def choose_level(number: int) -> int:
    """The shade of a day with so many events: 0 for an empty one, up to `HEAT_LEVELS`."""
    return min(number, HEAT_LEVELS)


@dataclass(frozen=True, slots=True)
class YearDay:
    """A day and what the account observes on it, the best first; what is left out as well."""

    day: date
    dues: tuple[DueAnniversary, ...]

    @property
    def level(self) -> int:
        """Its shade."""
        return choose_level(len(self.dues))

    @property
    def is_full(self) -> bool:
        """Whether something is left out of it."""
        return any(not due.is_chosen for due in self.dues)

    @property
    def has_memorial(self) -> bool:
        """Whether a memorial has it to itself."""
        return any(due.is_memorial for due in self.dues)

    @property
    def great(self) -> tuple[DueAnniversary, ...]:
        """The great anniversaries: a 25th, 50th, 100th and so on, or a milestone as round."""
        return tuple(d for d in self.dues if count_round_points(d.anniversary) >= GREAT_POINTS)

    @property
    def posts(self) -> int:
        """How many posts there are."""
        return sum(due.is_chosen for due in self.dues)


def view_year(calendar: Calendar, account: Account, year: int) -> list[YearDay]:
    """Every day of `year`, in the account's own calendar."""
    first, days = date(year, 1, 1), 365 + isleap(year)
    by_day = _group_by_day(list_due_in_span(calendar, [account], first, days))
    span = (date.fromordinal(first.toordinal() + number) for number in range(days))
    return [
        YearDay(day, tuple(sorted(by_day.get(day, ()), key=lambda due: due.rank))) for day in span
    ]


def _group_by_day(dues: Iterable[DueAnniversary]) -> dict[date, list[DueAnniversary]]:
    found: defaultdict[date, list[DueAnniversary]] = defaultdict(list)
    for due in dues:
        found[due.day].append(due)
    return found
