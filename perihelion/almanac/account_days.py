"""What one account posts on each day of its own calendar, and when. Pure.

First the days share out the anniversaries: by rank and daily cap, around quiet days and memorials.
Then each day gives its posts their times: those to the minute first, all others around them. Every
step looks at the neighbouring days only, so that a day is the same whoever asks for it, and when.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
from perihelion.almanac.ranking import choose_ranks, is_never_left_out, rank_anniversaries
from perihelion.almanac.replays import is_replaced_by_replay, list_replay_posts
from perihelion.almanac.spacing import arrange_times
from perihelion.almanac.wall_clock import ONE_DAY, load_zone, local_day
from perihelion.model.anniversaries import LeftOut
from perihelion.model.moments import DayZone, MemorialRule, Tone
from perihelion.model.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from perihelion.almanac.calendar import Calendar
    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import Anniversary, DueAnniversary


@dataclass(frozen=True, slots=True)
class Candidate:
    """An anniversary of an account's day, its rank there, and why it is left out, if it is."""

    anniversary: Anniversary
    rank: int
    left_out: LeftOut | None = None
    is_late: bool = False
    """It comes from the day before, which belonged to a memorial."""

    @property
    def missed_instant(self) -> datetime | None:
        """The exact instant of its own day; None where any slot will do."""
        return None if self.is_late else self.anniversary.instant

    @property
    def is_memorial(self) -> bool:
        """Whether it has its day to itself."""
        return self.anniversary.event.tone is Tone.MEMORIAL


@dataclass(frozen=True, slots=True)
class Placed:
    """A candidate and the instant (UTC) at which it is due."""

    candidate: Candidate
    at: datetime


class AccountDays:
    """The days of `account`; what was worked out once is kept."""

    def __init__(self, calendar: Calendar, account: Account) -> None:
        self._account = account
        self._calendar = calendar.observe_to_the_minute(account.to_the_minute)
        self._zone = account.timezone if account.days is DayZone.ACCOUNT else None
        self._observed: dict[date, list[Anniversary]] = {}
        self._own: dict[date, list[Candidate]] = {}

    def place_candidates(self, day: date) -> list[Placed]:
        """All of `day`, best first, each with its instant; what is left out as well."""
        candidates = [*self._list_staying(day), *self._list_arriving(day)]
        if not candidates:
            return []
        exact = self._place_exact(day)
        slots = list_slots(self._account, day)
        placed = [*exact, *self._place_others(day, candidates, exact)]
        left_out = [one for one in candidates if one.left_out is not None]
        placed += [Placed(one, one.anniversary.instant or slots[0]) for one in left_out]
        return sorted(placed, key=lambda one: one.candidate.rank)

    def list_replays(self, day: date) -> list[DueAnniversary]:
        """The posts of replays on `day`: each at its instant, or left out of a day of silence."""
        replays = self._calendar.replays
        near = (day - ONE_DAY, day, day + ONE_DAY)
        told = [one for each in near for one in replays.find_on_day(each)]
        posts = [
            due
            for due in list_replay_posts(told, self._account)
            if due.day == day and due.anniversary.event.is_observed_by(self._account)
        ]
        if not posts:
            return []
        reason = LeftOut.QUIET_DAY if day in self._calendar.quiet_days else None
        if self._is_memorial_day(day):
            reason = LeftOut.MEMORIAL
        return [replace(due, left_out=reason) for due in posts]

    def _list_staying(self, day: date) -> list[Candidate]:
        """What belongs to `day` but for what a memorial moves to the next."""
        own = self._list_own(day)
        if not self._is_memorial_day(day):
            return own
        stays = [one for one in own if one.is_memorial or one.left_out is not None]
        if self._moves_to_next(day):
            return stays
        moved = [one for one in own if one not in stays]
        return [*stays, *(replace(one, left_out=LeftOut.MEMORIAL) for one in moved)]

    def _list_arriving(self, day: date) -> list[Candidate]:
        """What the day before gives to `day`, as far as the daily cap has places left."""
        before = day - ONE_DAY
        if not (self._is_memorial_day(before) and self._moves_to_next(before)):
            return []
        own = self._list_own(day)
        places = self._account.max_per_day - sum(one.left_out is None for one in own)
        moved = [
            one for one in self._list_own(before) if one.left_out is None and not one.is_memorial
        ]
        return [
            Candidate(
                one.anniversary,
                len(own) + number + 1,
                None
                if number < places or is_never_left_out(one.anniversary)
                else LeftOut.DAILY_CAP,
                is_late=True,
            )
            for number, one in enumerate(moved)
        ]

    def _moves_to_next(self, day: date) -> bool:
        """Whether the day after a memorial takes the posts for which that left no room."""
        following = day + ONE_DAY
        return (
            self._account.on_memorial_days is MemorialRule.MOVE
            and following not in self._calendar.quiet_days
            and not self._is_memorial_day(following)
        )

    def _is_memorial_day(self, day: date) -> bool:
        return any(one.is_memorial and one.left_out is None for one in self._list_own(day))

    def _list_own(self, day: date) -> list[Candidate]:
        """Everything of `day`, ranked, with what the cap or a quiet day leaves out."""
        own = self._own.get(day)
        if own is None:
            own = self._own[day] = self._rank_own(day)
        return own

    def _rank_own(self, day: date) -> list[Candidate]:
        near = (day - ONE_DAY, day, day + ONE_DAY)
        seen = [one for each in near for one in self._observe(each) if self._is_due_on(one, day)]
        ranked = rank_anniversaries(seen)
        if day in self._calendar.quiet_days:
            return [Candidate(one.anniversary, one.rank, LeftOut.QUIET_DAY) for one in ranked]
        chosen = choose_ranks(ranked, self._account.max_per_day, day.year)
        return [
            Candidate(one.anniversary, one.rank, None if one.rank in chosen else LeftOut.DAILY_CAP)
            for one in ranked
        ]

    def _is_due_on(self, seen: Anniversary, day: date) -> bool:
        if seen.instant is None:
            return seen.day == day
        return local_day(seen.instant, self._account.timezone) == day

    def _observe(self, day: date) -> list[Anniversary]:
        """What is observed on `day` by the rules for the number of years, and not in a replay."""
        observed = self._observed.get(day)
        if observed is None:
            found = self._calendar.find_anniversaries(day, day, self._zone)
            observed = self._observed[day] = [one for one in found if self._remembers(one)]
        return observed

    def _remembers(self, seen: Anniversary) -> bool:
        rule = seen.event.years or self._account.years
        account = self._account
        if not seen.event.is_observed_by(account) or is_replaced_by_replay(seen, account):
            return False
        counts_years = seen.unit is Unit.YEARS and seen.is_counted
        return not counts_years or rule.includes(seen.count)

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
            (one.anniversary.instant, day, one)
            for one in self._list_staying(day)
            if one.anniversary.instant is not None and one.left_out is None
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
