"""Which deliveries are promised: what is due, against what is promised already. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from perihelion.almanac.wall_clock import local_day
from perihelion.model.anniversaries import LeftOut
from perihelion.model.approvals import AWAITS_APPROVAL, NOT_APPROVED
from perihelion.model.deliveries import (
    DURING_PAUSE,
    EVENT_IS_GONE,
    OPEN_STATES,
    OVER_DAILY_CAP,
    DeliveryKey,
    PlannedDelivery,
    State,
)
from perihelion.networks.base import DedupeMethod

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from perihelion.ledger.values import AlreadyPromised, KnownPromise
    from perihelion.model.anniversaries import DueAnniversary
    from perihelion.networks.base import Dedupe


_LEFT_OUT = tuple(LeftOut)
"""How the reasons begin for which a day leaves out what is due."""

PROMPT_PROMISE = timedelta(seconds=5)
"""A promise that is written later than this after its instant may replace one that was lost: with
a restored backup, or a standby that took over without the last commits."""


def is_late(due_at: datetime, now: datetime) -> bool:
    """Whether what was due at `due_at` may have been sent by a ledger that has since been lost."""
    return now - due_at > PROMPT_PROMISE


def make_delivery_key(due: DueAnniversary) -> DeliveryKey:
    """The key of the promise to make this post."""
    anniversary = due.anniversary
    return DeliveryKey(
        due.account.name,
        anniversary.event.full_id,
        anniversary.count,
        anniversary.unit,
        anniversary.part,
    )


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
    patience: timedelta = timedelta(0)
    """How long a request that another ledger has made may still be on its way."""

    def plan(
        self, dues: Sequence[DueAnniversary], already_promised: AlreadyPromised
    ) -> list[PlannedDelivery]:
        """The new promises for `dues` (none in the future), today's best first, then the late."""
        budget = self.cap - already_promised.cap_used
        planned: list[PlannedDelivery] = []
        ordered = sorted(dues, key=lambda due: (due.is_on_other_day(self.today), due.rank, due.at))
        for due in ordered:
            spare = budget - (self.reserved if due.is_on_other_day(self.today) else 0)
            item = self._plan_delivery(due, already_promised, spare)
            if item is not None:
                planned.append(item)
                budget -= item.key.uses_daily_cap and item.state in {State.DUE, State.UNKNOWN}
        return planned

    def _plan_delivery(
        self, due: DueAnniversary, already_promised: AlreadyPromised, spare: int
    ) -> PlannedDelivery | None:
        key = make_delivery_key(due)
        known = already_promised.known.get(str(key))
        if self.is_decided(due, known, already_promised.account.known_since):
            return None
        item = self._choose_state(due, already_promised, spare)
        is_verdict = item is None or item.state not in OPEN_STATES
        return None if known is not None and is_verdict else item

    def _choose_state(
        self, due: DueAnniversary, already_promised: AlreadyPromised, spare: int
    ) -> PlannedDelivery | None:
        if due.left_out is not None:
            number = f" of {self.cap}" if due.left_out is LeftOut.DAILY_CAP else ""
            return make_planned_delivery(due, State.SKIPPED, f"{due.left_out}{number}")
        for pause in already_promised.pauses:
            if pause.covers(due.account.name, due.at):
                return make_planned_delivery(due, State.SKIPPED, pause.reason)
        if due.late_until <= self.now:
            return make_planned_delivery(
                due, State.MISSED, "no worker ran before its late policy ended"
            )
        is_always_posted = due.always and not due.is_on_other_day(self.today)
        if spare <= 0 and make_delivery_key(due).uses_daily_cap and not is_always_posted:
            return make_planned_delivery(
                due, State.SKIPPED, f"{OVER_DAILY_CAP} of {self.cap}, which was used up"
            )
        return self._plan_promise(due, already_promised)

    def _plan_promise(
        self, due: DueAnniversary, already_promised: AlreadyPromised
    ) -> PlannedDelivery | None:
        """Due; or to be looked up first, where this ledger may have forgotten that it was sent.

        That is so for a ledger younger than the day, and for a promise that is written late: it
        may replace one that a restored backup or a failover has lost.
        """
        known_since = already_promised.account.known_since
        day = min(due.anniversary.day, local_day(due.at, due.account.timezone))
        is_ledger_younger = local_day(known_since, due.account.timezone) >= day
        if self._is_safe_to_send or not (is_ledger_younger or is_late(due.at, self.now)):
            return make_planned_delivery(due, State.DUE, "")
        if due.anniversary.is_replay and due.at < known_since:
            # A look-up asks whether a post is an answer, and this ledger has no thread yet.
            reason = "a part of a replay, due before this ledger knew the account"
            return make_planned_delivery(due, State.MISSED, reason)
        if self.dedupe.has_lookup:
            reason = "the ledger is newer than the day" if is_ledger_younger else "planned late"
            return self._plan_look_up(due, f"{reason}; will be looked up before it is sent")
        if due.at >= known_since:
            return make_planned_delivery(due, State.DUE, "")
        reason = "due before this ledger knew the account, and the network cannot be searched"
        return make_planned_delivery(due, State.MISSED, reason)

    def _plan_look_up(self, due: DueAnniversary, reason: str) -> PlannedDelivery:
        """An earlier ledger's last request may still be on its way: not before `patience` ends."""
        planned = make_planned_delivery(due, State.UNKNOWN, reason)
        return replace(planned, look_up_after=max(self.patience / 2, due.at - self.now))

    def is_decided(
        self, due: DueAnniversary, known: KnownPromise | None, known_since: datetime
    ) -> bool:
        """Whether nothing is left to plan for `due`, of which the ledger has `known`.

        Nothing is claimed about what was over before the ledger knew the account.
        """
        is_over = due.late_until <= self.now
        if known is None:
            return is_over and due.at < known_since
        return is_over or due.left_out is not None or not self._can_decide_again(due, known)

    def _can_decide_again(self, due: DueAnniversary, known: KnownPromise) -> bool:
        """Whether a verdict may be another by now, and nothing was ever sent.

        Missed: a clock that ran ahead was corrected, or the late policy or the date. Left out of
        its day by the daily cap, for a memorial or as the day is quiet: the schedule has changed,
        or the day is another. Skipped for a pause, or held or skipped for want of an approval: the
        day is another. Skipped without an event: it is back. Rejected: for another day, or by a
        local fault. What a person decided stays.
        """
        is_other_day = known.day != due.anniversary.day
        if known.doubt:
            return False
        if known.state is State.SKIPPED and known.reason.startswith(_LEFT_OUT):
            return is_other_day or not due.is_on_other_day(self.today)
        if known.state is State.SKIPPED and known.reason.startswith((DURING_PAUSE, NOT_APPROVED)):
            return is_other_day
        if known.state is State.HELD and known.reason.startswith(AWAITS_APPROVAL):
            return is_other_day
        if known.state is State.REJECTED:
            return is_other_day or known.attempts == 0
        is_gone = known.state is State.SKIPPED and known.reason == EVENT_IS_GONE
        return known.state is State.MISSED or is_gone

    @property
    def _is_safe_to_send(self) -> bool:
        """Whether the network's key alone prevents a duplicate after the ledger was lost.

        That takes a key without a time limit. Where posts can be looked up as well, that comes
        first: the key may depend on what the ledger has lost.
        """
        forever = self.dedupe.method is DedupeMethod.KEYED and self.dedupe.window is None
        return forever and not self.dedupe.has_lookup


def make_planned_delivery(due: DueAnniversary, state: State, reason: str) -> PlannedDelivery:
    """What is due as a promise in `state`."""
    return PlannedDelivery(
        key=make_delivery_key(due),
        network=due.account.network,
        day=due.anniversary.day,
        due_at=due.at,
        late_until=due.late_until,
        rank=due.rank,
        thread=due.thread,
        state=state,
        reason=reason,
    )
