"""When one account posts what each day of its own calendar has taken. Pure.

Those to the minute come first, all others go around them. Each day looks at its neighbours only, so
that it is the same whoever asks for it, and when.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from itertools import accumulate
from typing import TYPE_CHECKING

from perihelion.almanac.posting_times import (
    find_nearest_slot,
    find_room,
    is_quiet,
    list_slots,
    share_slots,
)
from perihelion.almanac.shared_days import SharedDays
from perihelion.almanac.spacing import arrange_times
from perihelion.almanac.wall_clock import ONE_DAY, load_zone, local_day
from perihelion.model.moments import DayZone

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from perihelion.almanac.calendar import Calendar
    from perihelion.almanac.shared_days import Candidate
    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import DueAnniversary


@dataclass(frozen=True, slots=True)
class Placed:
    """A candidate and the instant (UTC) at which it is due."""

    candidate: Candidate
    at: datetime


class AccountDays:
    """The days of `account`; what was worked out once is kept."""

    def __init__(self, calendar: Calendar, account: Account) -> None:
        self._account = account
        self._zone = account.timezone if account.days is DayZone.ACCOUNT else None
        self._shared = SharedDays(calendar, account)

    def place_candidates(self, day: date) -> list[Placed]:
        """All of `day`, best first, each with its instant; what is left out as well."""
        candidates = self._shared.list_candidates(day)
        if not candidates:
            return []
        exact = self._place_exact(day)
        slots = list_slots(self._account, day)
        placed = [*exact, *self._place_others(day, candidates, exact)]
        left_out = [one for one in candidates if one.left_out is not None]
        placed += [Placed(one, one.missed_instant or slots[0]) for one in left_out]
        return sorted(placed, key=lambda one: one.candidate.rank)

    def list_replays(self, day: date) -> list[DueAnniversary]:
        """The posts of replays on `day`."""
        return self._shared.list_replays(day)

    def _place_exact(self, day: date) -> list[Placed]:
        """What leaves on `day` at its instant, or as soon after it as the spacing lets it.

        What falls in the quiet hours, or would leave on another day, is not among it.
        """
        zone, spacing = self._account.timezone, self._account.spacing
        placed: list[Placed] = []
        free_from: datetime | None = None
        for instant, of_day, one in sorted(
            (*self._list_exact(day - ONE_DAY), *self._list_exact(day)),
            key=lambda exact: (exact[0], exact[2].rank),
        ):
            at = instant if free_from is None else max(instant, free_from)
            if is_quiet(self._account, at) or local_day(at, zone) != of_day:
                continue
            free_from = at + spacing
            if of_day == day:
                placed.append(Placed(one, at))
        return placed

    def _list_exact(self, day: date) -> list[tuple[datetime, date, Candidate]]:
        return [
            (one.missed_instant, day, one)
            for one in self._shared.list_candidates(day)
            if one.missed_instant is not None and one.left_out is None
        ]

    def _place_others(
        self, day: date, candidates: Sequence[Candidate], exact: Sequence[Placed]
    ) -> list[Placed]:
        """The posts of `day` that do not leave at their instant, in the order of their times."""
        ready = {one.candidate.rank for one in exact}
        others = sorted(
            (one for one in candidates if one.left_out is None and one.rank not in ready),
            key=self._order_key,
        )
        near = (self._place_exact(day - ONE_DAY), exact, self._place_exact(day + ONE_DAY))
        taken = [one.at for each in near for one in each]
        taken += [due.at for due in self.list_replays(day) if due.is_chosen]
        room = find_room(self._account, day, taken)
        wanted = list(accumulate(self._want_slots(day, others), max))
        times = arrange_times(wanted, self._account.spacing, room)
        return [Placed(one, at) for one, at in zip(others, times, strict=True)]

    def _want_slots(self, day: date, others: Sequence[Candidate]) -> Iterator[datetime]:
        """The slot of each: in turn, or the one nearest to the instant that it has missed."""
        slots = list_slots(self._account, day)
        shared = iter(share_slots(slots, sum(one.missed_instant is None for one in others)))
        for one in others:
            instant = one.missed_instant
            yield next(shared) if instant is None else find_nearest_slot(slots, instant)

    def _order_key(self, one: Candidate) -> tuple[bool, bool, time, date, str]:
        """By their own time of day; then what has none, by age; then what is a day late."""
        event = one.anniversary.event
        moment = event.moment
        if moment.instant is None:
            return one.is_late, True, time.min, moment.day, event.full_id
        local = moment.instant.astimezone(load_zone(self._zone or moment.zone))
        return one.is_late, False, local.time(), moment.day, event.full_id
