"""Promising what is due: planned account by account, under the ledger's lock."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from perihelion.almanac.due_anniversaries import list_due_on_day, list_due_since
from perihelion.ledger.values import PlanRequest
from perihelion.publish.planner import Planner, make_delivery_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import AccountView, AlreadyPromised
    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import DueAnniversary
    from perihelion.model.deliveries import DeliveryKey, PlannedDelivery
    from perihelion.publish.context import NetworkFacts, PublishContext

PLAN_OVERLAP = timedelta(hours=48)
"""How much of the past each plan covers again, so that a clock set back loses nothing; and in which
every post with the default late policy is over."""

MAX_CLOCK_LEAD = timedelta(seconds=5)
"""How far ahead of its clock a worker may have planned; more means that the clock was set back."""


class Promiser:
    """Promises what has fallen due; it remembers until when, so that an idle turn costs nothing."""

    def __init__(
        self,
        ledger: Ledger,
        context: PublishContext,
        *,
        early: bool,
        patience: timedelta = timedelta(0),
    ) -> None:
        self._ledger, self._context, self._early = ledger, context, early
        self._patience = patience
        self._planned_until: dict[str, datetime] = {}

    def promise_due(
        self, network_facts: Mapping[str, NetworkFacts], now: datetime
    ) -> list[PlannedDelivery]:
        """Promise for these accounts all that is due at `now`; with `early`, all of today."""
        planned: list[PlannedDelivery] = []
        for name, facts in network_facts.items():
            account = self._context.accounts[name]
            if self._has_new_due(account, now):
                plan = _AccountPlan(self._context, account, facts, now, self._early, self._patience)
                planned += plan.write_promises(self._ledger)
                self._planned_until[name] = now
        return planned

    def warm_up(self, network_facts: Mapping[str, NetworkFacts], at: datetime) -> None:
        """Render what falls due at `at`, for nothing: what is slow the first time is then done."""
        for name, facts in network_facts.items():
            account = self._context.accounts[name]
            for due in list_due_since(self._context.calendar, account, at, at):
                with suppress(Exception):  # it is reported when it is due
                    self._context.compose_post(due.anniversary, account, facts.limits, at)

    def _has_new_due(self, account: Account, now: datetime) -> bool:
        last = self._planned_until.get(account.name)
        if last is None or now < last - MAX_CLOCK_LEAD:
            return True
        return any(
            due.at > last for due in list_due_since(self._context.calendar, account, now, last)
        )


@dataclass
class _AccountPlan:
    """One account at one instant."""

    context: PublishContext
    account: Account
    facts: NetworkFacts
    now: datetime
    early: bool
    patience: timedelta

    def __post_init__(self) -> None:
        self._today: date = self.now.astimezone(ZoneInfo(self.account.timezone)).date()
        self._due_now: list[DueAnniversary] = []
        self._due_later_today: list[DueAnniversary] = []

    def write_promises(self, ledger: Ledger) -> list[PlannedDelivery]:
        request = PlanRequest(self.account.name, self.account.network, self.now, self._today)
        with ledger.planning(request) as plan:
            promised = plan.read_promised(self._list_candidate_keys(plan.account))
            planned = self._plan_deliveries(promised)
            plan.promise(planned, promised)
        return planned

    def _list_candidate_keys(self, view: AccountView) -> Sequence[DeliveryKey]:
        since = self.now - PLAN_OVERLAP - self.context.calendar.longest_late
        if view.planned_until is not None:
            since = min(view.planned_until, since)
        self._due_now = self._keep_possible(
            list_due_since(self.context.calendar, self.account, self.now, since)
        )
        todays = self._keep_possible(
            list_due_on_day(self.context.calendar, self.account, self._today)
        )
        if any(due.is_memorial and due.is_chosen for due in todays):
            # The day is the memorial's: what is late waits until it is over.
            self._due_now = [due for due in self._due_now if not due.is_on_other_day(self._today)]
        if self.early:
            self._due_now += [replace(due, at=self.now) for due in todays if due.at > self.now]
        self._due_later_today = [
            due
            for due in todays
            if due.is_chosen and due.at > self.now and make_delivery_key(due).uses_daily_cap
        ]
        return [make_delivery_key(due) for due in (*self._due_now, *self._due_later_today)]

    def _keep_possible(self, dues: Sequence[DueAnniversary]) -> list[DueAnniversary]:
        """Without the next parts of stories on a network that has no replies."""
        can_reply = self.facts.limits.replies
        return [due for due in dues if due.anniversary.part == 1 or can_reply]

    def _plan_deliveries(self, already_promised: AlreadyPromised) -> list[PlannedDelivery]:
        still_to_come = [
            due
            for due in self._due_later_today
            if str(make_delivery_key(due)) not in already_promised.known
        ]
        planner = Planner(
            now=self.now,
            today=self._today,
            cap=self.account.max_per_day,
            reserved=0 if self.early else len(still_to_come),
            dedupe=self.facts.dedupe,
            patience=self.patience,
        )
        return planner.plan(self._due_now, already_promised)
