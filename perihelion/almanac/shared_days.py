"""Which day of an account's own calendar takes which anniversary, and what it leaves out. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from perihelion.almanac.ranking import choose_ranks, rank_anniversaries
from perihelion.almanac.replays import is_replaced_by_replay, list_replay_posts
from perihelion.almanac.wall_clock import ONE_DAY, local_day
from perihelion.model.anniversaries import LeftOut
from perihelion.model.moments import DayZone, MemorialRule, Tone
from perihelion.model.units import Unit

if TYPE_CHECKING:
    from datetime import date, datetime

    from perihelion.almanac.calendar import Calendar
    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import Anniversary, DueAnniversary

MAX_MOVE = 3
"""How many days a memorial, and what follows it, may move another post by."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An anniversary of an account's day, its rank there, and why it is left out, if it is."""

    anniversary: Anniversary
    rank: int
    left_out: LeftOut | None = None
    is_late: bool = False
    """It comes from an earlier day, which belonged to a memorial."""

    @property
    def missed_instant(self) -> datetime | None:
        """The exact instant of its own day; None where any slot will do."""
        return None if self.is_late else self.anniversary.instant

    @property
    def is_memorial(self) -> bool:
        """Whether it has its day to itself."""
        return self.anniversary.event.tone is Tone.MEMORIAL


class SharedDays:
    """How the days of `account` share out the anniversaries; what was worked out once is kept."""

    def __init__(self, calendar: Calendar, account: Account) -> None:
        self._account = account
        self._calendar = calendar.observe_to_the_minute(account.to_the_minute)
        self._zone = account.timezone if account.days is DayZone.ACCOUNT else None
        self._observed: dict[date, list[Anniversary]] = {}
        self._own: dict[date, list[Anniversary]] = {}
        self._candidates: dict[date, list[Candidate]] = {}

    def list_candidates(self, day: date) -> list[Candidate]:
        """Everything that `day` takes, ranked, with what it leaves out."""
        candidates = self._candidates.get(day)
        if candidates is None:
            candidates = self._candidates[day] = self._rank_candidates(day)
        return candidates

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

    def _rank_candidates(self, day: date) -> list[Candidate]:
        own = self._list_own(day)
        if day in self._calendar.quiet_days:
            ranked = rank_anniversaries(own)
            return [Candidate(one.anniversary, one.rank, LeftOut.QUIET_DAY) for one in ranked]
        if self._is_memorial_day(day):
            return self._rank_memorials(day, own)
        late = self._list_arriving(day)
        ranked = rank_anniversaries([*own, *late])
        chosen = choose_ranks(ranked, self._account.max_per_day, day.year)
        return [
            Candidate(
                one.anniversary,
                one.rank,
                None if one.rank in chosen else LeftOut.DAILY_CAP,
                is_late=one.anniversary in late,
            )
            for one in ranked
        ]

    def _rank_memorials(self, day: date, own: list[Anniversary]) -> list[Candidate]:
        """The memorials of `day`, and what they leave out; the rest moves to another day."""
        moves = self._find_next_free_day(day) is not None
        stays = [one for one in own if not moves or _is_memorial(one)]
        return [
            Candidate(
                one.anniversary,
                one.rank,
                None if _is_memorial(one.anniversary) else LeftOut.MEMORIAL,
            )
            for one in rank_anniversaries(stays)
        ]

    def _list_arriving(self, day: date) -> list[Anniversary]:
        """What earlier days, which belonged to memorials, give to `day`."""
        earlier = (day - number * ONE_DAY for number in range(1, MAX_MOVE + 1))
        return [
            one
            for before in earlier
            if self._is_memorial_day(before) and self._find_next_free_day(before) == day
            for one in self._list_own(before)
            if not _is_memorial(one)
        ]

    def _find_next_free_day(self, day: date) -> date | None:
        """The day to which a memorial on `day` moves the other posts; None: it leaves them out."""
        if self._account.on_memorial_days is MemorialRule.SKIP:
            return None
        following = (day + number * ONE_DAY for number in range(1, MAX_MOVE + 1))
        free = (
            one
            for one in following
            if one not in self._calendar.quiet_days and not self._is_memorial_day(one)
        )
        return next(free, None)

    def _is_memorial_day(self, day: date) -> bool:
        if not self._calendar.has_memorials or day in self._calendar.quiet_days:
            return False
        return bool(self._account.max_per_day) and any(map(_is_memorial, self._list_own(day)))

    def _list_own(self, day: date) -> list[Anniversary]:
        """What is due on `day` unless a memorial moves it."""
        own = self._own.get(day)
        if own is None:
            near = (day - ONE_DAY, day, day + ONE_DAY)
            own = self._own[day] = [
                one for each in near for one in self._observe(each) if self._is_due_on(one, day)
            ]
        return own

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


def _is_memorial(anniversary: Anniversary) -> bool:
    return anniversary.event.tone is Tone.MEMORIAL
