"""Promising what is due: planned in batches of accounts, under the ledger's locks."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zlib import crc32

from perihelion.almanac.account_kinds import group_by_kind
from perihelion.almanac.due_anniversaries import find_next_due_time, list_due_since
from perihelion.almanac.wall_clock import ONE_DAY
from perihelion.publish.account_plans import AccountPlan, KindAgenda

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.model.deliveries import PlannedDelivery
    from perihelion.publish.context import NetworkFacts, PublishContext

MAX_CLOCK_LEAD = timedelta(seconds=5)
"""How far its clock may be behind the time of its last plan; more means that it was set back."""

BATCH_SIZE = 200
"""How many accounts are planned in one transaction, so that nobody waits long for it."""


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
        self._ledger, self._early, self._patience = ledger, early, patience
        self._calendar, self._accounts = context.calendar, context.accounts
        self._compose_post = context.compose_post
        kinds = group_by_kind(context.accounts.values())
        self._one_of_each_kind = [kind[0] for kind in kinds]
        self._kinds = {account.name: kind[0] for kind in kinds for account in kind}
        """An account of the same kind for each account."""
        self._names = _order_names(self._kinds, ledger.worker)
        self._planned_until: dict[str, datetime] = {}
        self._planned_at: datetime | None = None
        self._next_due_times: dict[tuple[str, datetime], datetime] = {}
        self._next_due_at: datetime | None = None
        self._next_due: tuple[datetime, datetime, int] | None = None
        """When `find_next_due` was asked, and its answer, which holds until then."""

    @property
    def first_name(self) -> str:
        """The account with which this worker begins."""
        return next(iter(self._names), "")

    def promise_due(
        self,
        network_facts: Mapping[str, NetworkFacts],
        now: datetime,
        ahead: datetime | None = None,
    ) -> list[PlannedDelivery]:
        """Promise for these accounts all that is due at `now`, or `ahead` of it at that instant.

        With `early`, all of today.
        """
        at = ahead or now
        if self._planned_at is not None and now < self._planned_at - MAX_CLOCK_LEAD:
            self._planned_until.clear()
        is_complete = len(self._planned_until) == len(network_facts)
        if is_complete and self._next_due_at is not None and at < self._next_due_at:
            return []
        self._planned_at = now
        planned: list[PlannedDelivery] = []
        for batch in self._list_batches(network_facts, at):
            planned += self._promise_batch(batch)
            self._planned_until |= {one.account.name: at for one in batch}
        self._next_due_times.clear()
        self._next_due = None
        self._next_due_at = min(map(self._find_next_due_time, self._planned_until), default=None)
        return planned

    def find_next_due(self, now: datetime) -> tuple[datetime | None, int]:
        """When the next post is due, and on how many of the accounts that are planned."""
        if self._next_due is None or not self._next_due[0] <= now < self._next_due[1]:
            at = find_next_due_time(self._calendar, self._one_of_each_kind, now)
            if at is None:
                return None, 0
            accounts = sum(self._find_next_due_time(name) == at for name in self._planned_until)
            self._next_due = now, at, accounts
        return self._next_due[1:]

    def warm_up(self, network_facts: Mapping[str, NetworkFacts], at: datetime) -> None:
        """Render what falls due at `at`, for nothing: what is slow the first time is then done.

        Once for all accounts whose posts differ in nothing.
        """
        alike = {
            replace(account, name=""): account
            for name, account in self._accounts.items()
            if name in network_facts
        }
        for account in alike.values():
            limits = network_facts[account.name].limits
            for due in list_due_since(self._calendar, account, at, at):
                with suppress(Exception):  # it is reported when it is due
                    self._compose_post(due.anniversary, account, limits, at)

    def _list_batches(
        self, network_facts: Mapping[str, NetworkFacts], at: datetime
    ) -> Iterator[Sequence[AccountPlan]]:
        """The accounts on which something has fallen due, beginning with this worker's own place.

        So workers that begin together share the work: what another has planned is done already.
        """
        agendas: dict[tuple[str, bool], KindAgenda] = {}
        plans = []
        for name in self._names:
            last = self._planned_until.get(name)
            if name not in network_facts or (last and self._find_next_due_time(name) > at):
                continue
            facts, kind, account = network_facts[name], self._kinds[name], self._accounts[name]
            place = (kind.name, facts.limits.replies)
            if place not in agendas:
                agendas[place] = KindAgenda(
                    self._calendar, kind, at, early=self._early, has_replies=facts.limits.replies
                )
            plans.append(AccountPlan(account, agendas[place], facts, self._patience, last))
        for start in range(0, len(plans), BATCH_SIZE):
            yield plans[start : start + BATCH_SIZE]

    def _promise_batch(self, batch: Sequence[AccountPlan]) -> list[PlannedDelivery]:
        """What another worker has planned already is only read, so that nobody waits for it."""
        with self._ledger.planning([one.request for one in batch], reads_only=True) as view:
            known = view.read_known(key for one in batch for key in one.list_new_keys(view))
            left = [one for one in batch if one.has_new(view, known)]
        if not left:
            return []
        with self._ledger.planning([one.request for one in left]) as plan:
            promised = plan.read_promised(key for one in left for key in one.list_keys(plan))
            planned = [item for one in left for item in one.plan(promised)]
            plan.promise(planned, promised)
        return planned

    def _find_next_due_time(self, name: str) -> datetime:
        """When an account that is planned is to be planned again: within a day."""
        kind, last = self._kinds[name], self._planned_until[name]
        found = self._next_due_times.get((kind.name, last))
        if found is None:
            dues = list_due_since(self._calendar, kind, last + ONE_DAY, last)
            found = min((due.at for due in dues if due.at > last), default=last + ONE_DAY)
            self._next_due_times[kind.name, last] = found
        return found


def _order_names(names: Iterable[str], worker: str) -> Sequence[str]:
    """The names in order, from a place on that is the worker's own."""
    ordered = sorted(names)
    start = crc32(worker.encode()) % max(1, len(ordered))
    return ordered[start:] + ordered[:start]
