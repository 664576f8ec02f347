"""An event seen some years later."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from perihelion.model.moments import CountMode, Tone
from perihelion.model.units import Unit

if TYPE_CHECKING:
    from datetime import date, datetime

    from perihelion.model.accounts import Account
    from perihelion.model.missions import Event


@dataclass(frozen=True, slots=True)
class DayCount:
    """Where a replay stands: the `number` of the day, from 1, among `total` days."""

    number: int
    total: int


@dataclass(frozen=True, slots=True)
class Anniversary:
    """`event` seen `count` `unit` later, on the calendar day `day`.

    `instant` (UTC) is set for events observed to the minute, unless the account posts them at
    another time. `moved` says that it is not the day of the year on which the event was: 29
    February, observed on another day, or a day that a rule gives.
    """

    event: Event
    count: int
    unit: Unit
    day: date
    instant: datetime | None = None
    moved: bool = False
    day_count: DayCount | None = None
    """The day of the mission, in a replay that counts its days."""
    part: int = 1
    """Of a story in several posts."""

    @property
    def is_replay(self) -> bool:
        """Whether it is part of the replay of its mission."""
        return self.unit is Unit.REPLAY_YEARS

    @property
    def spoken_unit(self) -> Unit:
        """What `count` counts, in words: a replay counts years too."""
        return Unit.YEARS if self.is_replay else self.unit

    @property
    def is_counted(self) -> bool:
        """Whether the post says how long ago the event was, and not only which day it is."""
        return self.unit is not Unit.YEARS or self.event.count is not CountMode.NONE


@dataclass(frozen=True, slots=True)
class RankedAnniversary:
    """An anniversary and its place among those of its day; 1 is the best."""

    anniversary: Anniversary
    rank: int


class LeftOut(StrEnum):
    """Why an account does not post an anniversary; its reason in the ledger begins with this."""

    DAILY_CAP = "over the daily cap"
    QUIET_DAY = "nothing is posted on a quiet day"
    MEMORIAL = "the day belongs to a memorial"


@dataclass(frozen=True, slots=True)
class DueAnniversary:
    """An anniversary as one account observes it: posted at `at`, pointless from `late_until` on.

    Both are UTC instants. `day` is the day of the account's own calendar whose daily cap counts
    the post. `left_out` says why it is not posted; None: it is. With `always`, the cap never
    leaves it out. `thread` names the thread on the account in which it is posted; empty for a post
    by itself.
    """

    account: Account
    anniversary: Anniversary
    rank: int
    at: datetime
    late_until: datetime
    day: date
    left_out: LeftOut | None = None
    always: bool = False
    thread: str = ""

    @property
    def is_chosen(self) -> bool:
        """Whether it is posted."""
        return self.left_out is None

    @property
    def is_memorial(self) -> bool:
        """Whether its day belongs to it alone."""
        return self.anniversary.event.tone is Tone.MEMORIAL

    def is_on_other_day(self, today: date) -> bool:
        """Whether it belongs to another calendar day of the account than `today`."""
        return self.day != today
