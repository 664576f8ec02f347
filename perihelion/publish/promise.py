"""Promising: the planner's answers, written account by account under the ledger's lock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from perihelion.almanac.due_anniversaries import list_due_on_day, list_due_since
from perihelion.ledger.values import Window
from perihelion.publish.plan import Planner, key_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import AccountView, Shelf
    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import DueAnniversary
    from perihelion.model.deliveries import DeliveryKey, PlannedDelivery
    from perihelion.publish.desk import Desk, Known

LOOKBACK = timedelta(days=31)
"""How far a first plan looks back for posts whose late policy may still let them out."""

OVERLAP = timedelta(hours=48)
"""How much of the past every plan looks at again: a clock that was set back loses nothing."""


AHEAD = timedelta(seconds=5)
"""How far ahead of its clock a worker may have planned; more says that the clock was set back."""


class Promiser:
    """Promises what has fallen due; remembers until when, so that an idle turn costs nothing."""

    def __init__(self, ledger: Ledger, desk: Desk, *, early: bool) -> None:
        self._ledger, self._desk, self._early = ledger, desk, early
        self._until: dict[str, datetime] = {}

    def promise(self, known: Mapping[str, Known], now: datetime) -> list[PlannedDelivery]:
        """Promise for these accounts all that is due at `now`; with `early`, all of today."""
        planned: list[PlannedDelivery] = []
        for name, facts in known.items():
            account = self._desk.accounts[name]
            if self._is_new(account, now):
                planned += _AccountPlan(self._desk, account, facts, now, self._early).write(
                    self._ledger
                )
                self._until[name] = now
        return planned

    def _is_new(self, account: Account, now: datetime) -> bool:
        last = self._until.get(account.name)
        if last is None or now < last - AHEAD:
            return True
        return any(due.at > last for due in list_due_since(self._desk.calendar, account, now, last))


class _AccountPlan:
    """One account at one instant."""

    def __init__(
        self,
        desk: Desk,
        account: Account,
        known: Known,
        now: datetime,
        early: bool,  # noqa: FBT001 - private, and called once
    ) -> None:
        self._desk, self._account, self._known = desk, account, known
        self._now, self._early = now, early
        self._today: date = now.astimezone(ZoneInfo(account.timezone)).date()
        self._dues: list[DueAnniversary] = []
        self._to_come: list[DueAnniversary] = []

    def write(self, ledger: Ledger) -> list[PlannedDelivery]:
        window = Window(self._account.name, self._account.network, self._now, self._today)
        return ledger.promise(window, self._candidates, self._plan)

    def _candidates(self, view: AccountView) -> Sequence[DeliveryKey]:
        since = self._now - LOOKBACK
        if view.planned_until is not None:
            since = min(view.planned_until, self._now - OVERLAP)
        self._dues = list_due_since(self._desk.calendar, self._account, self._now, since)
        todays = list_due_on_day(self._desk.calendar, self._account, self._today)
        if self._early:
            self._dues += [replace(due, at=self._now) for due in todays if due.at > self._now]
        self._to_come = [due for due in todays if due.within_daily_cap and due.at > self._now]
        return [key_of(due) for due in (*self._dues, *self._to_come)]

    def _plan(self, shelf: Shelf) -> Sequence[PlannedDelivery]:
        to_come = [due for due in self._to_come if str(key_of(due)) not in shelf.states]
        planner = Planner(
            now=self._now,
            today=self._today,
            cap=self._account.max_per_day,
            reserved=0 if self._early else len(to_come),
            dedupe=self._known.dedupe,
        )
        return planner.plan(self._dues, shelf)
