"""Which deliveries are promised: what is due, against what is promised already. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from perihelion.model.deliveries import DeliveryKey, PlannedDelivery, State
from perihelion.networks.base import DedupeMethod

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from perihelion.ledger.values import Shelf
    from perihelion.model.anniversaries import DueAnniversary
    from perihelion.networks.base import Dedupe


def key_of(due: DueAnniversary) -> DeliveryKey:
    """The key of the promise to make this post."""
    seen = due.anniversary
    return DeliveryKey(due.account.name, seen.event.full_id, seen.count, seen.unit)


@dataclass(frozen=True, slots=True)
class Planner:
    """Decides at `now` (UTC) what is promised on `today`, the account's own date.

    `cap` is the account's daily cap and `reserved` how many of today's best are still to come.
    """

    now: datetime
    today: date
    cap: int
    reserved: int
    dedupe: Dedupe

    def plan(self, dues: Sequence[DueAnniversary], shelf: Shelf) -> list[PlannedDelivery]:
        """The new promises for `dues` (none in the future), today's best first, then the late."""
        budget = self.cap - shelf.taken
        planned: list[PlannedDelivery] = []
        ordered = sorted(dues, key=lambda due: (due.is_on_other_day(self.today), due.rank, due.at))
        for due in ordered:
            spare = budget - (self.reserved if due.is_on_other_day(self.today) else 0)
            item = self._promise(due, shelf, spare)
            if item is not None:
                planned.append(item)
                budget -= item.state in {State.DUE, State.UNKNOWN}
        return planned

    def _promise(self, due: DueAnniversary, shelf: Shelf, spare: int) -> PlannedDelivery | None:
        key = key_of(due)
        known = shelf.states.get(str(key))
        if known is not None and not self._may_revive(due, known):
            return None
        if due.late_until <= self.now and due.at < shelf.account.known_since:
            return None  # before this ledger's time: nothing is claimed about it
        return self._judged(due, shelf, spare)

    def _judged(self, due: DueAnniversary, shelf: Shelf, spare: int) -> PlannedDelivery | None:
        if not due.within_daily_cap:
            return planned(due, State.SKIPPED, f"over the daily cap of {self.cap}")
        if due.late_until <= self.now:
            return planned(due, State.MISSED, "nothing ran between its time and its end")
        if spare <= 0:
            return planned(due, State.SKIPPED, f"the daily cap of {self.cap} was used up")
        newborn = _local_date(shelf.account.known_since, due) >= due.anniversary.day
        if newborn and not self._safe_to_send:
            return self._newborn(due, shelf)
        return planned(due, State.DUE, "")

    def _may_revive(self, due: DueAnniversary, known: tuple[State, int]) -> bool:
        """A clock that ran ahead made it missed; it was never tried, and it is in time again."""
        state, attempts = known
        return (
            state is State.MISSED
            and attempts == 0
            and due.within_daily_cap
            and self.now < due.late_until
        )

    @property
    def _safe_to_send(self) -> bool:
        """A key that holds for ever tells a lost ledger's posts from new ones by itself.

        One that can be looked up as well is, first: its key may rest on what the ledger has lost.
        """
        forever = self.dedupe.method is DedupeMethod.KEYED and self.dedupe.window is None
        return forever and not self.dedupe.then_lookup

    def _newborn(self, due: DueAnniversary, shelf: Shelf) -> PlannedDelivery | None:
        if self.dedupe.method is DedupeMethod.LOOKUP or self.dedupe.then_lookup:
            reason = "this ledger is younger than the day; looked up before it is sent"
            return planned(due, State.UNKNOWN, reason)
        if due.at >= shelf.account.known_since:
            return planned(due, State.DUE, "")
        reason = "due before this ledger knew the account, and the network cannot be asked"
        if str(key_of(due)) in shelf.states:
            return None
        return planned(due, State.MISSED, reason)


def planned(due: DueAnniversary, state: State, reason: str) -> PlannedDelivery:
    """What is due as a promise in `state`."""
    return PlannedDelivery(
        key=key_of(due),
        network=due.account.network,
        day=due.anniversary.day,
        due_at=due.at,
        late_until=due.late_until,
        rank=due.rank,
        state=state,
        reason=reason,
    )


def _local_date(instant: datetime, due: DueAnniversary) -> date:
    return instant.astimezone(ZoneInfo(due.account.timezone)).date()
