"""What falls due on an account, as the almanac says for all accounts of its kind, and its plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from perihelion.almanac.due_anniversaries import list_due_on_day, list_due_since
from perihelion.almanac.wall_clock import local_day
from perihelion.ledger.values import PlanRequest
from perihelion.publish.planner import Planner, make_delivery_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from perihelion.almanac.calendar import Calendar
    from perihelion.ledger.promises import OpenPlan
    from perihelion.ledger.values import AccountView, AlreadyPromised, KnownPromise
    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import DueAnniversary
    from perihelion.model.deliveries import PlannedDelivery
    from perihelion.publish.context import NetworkFacts

PLAN_OVERLAP = timedelta(hours=48)
"""How much of the past each plan covers again, so that a clock set back loses nothing; and in which
every post with the default late policy is over."""

KeyedDue = tuple[str, "DueAnniversary"]
"""What is due on the accounts of a kind, and its delivery's key without the account."""


class KindAgenda:
    """What is due at `now` on all accounts of the kind of `account`.

    `early` makes all of today due now. Where a network has no replies (`has_replies`), the next
    parts of stories are left out.
    """

    def __init__(
        self, calendar: Calendar, account: Account, now: datetime, *, early: bool, has_replies: bool
    ) -> None:
        self._calendar, self._account, self.now = calendar, account, now
        self._has_replies = has_replies
        self.today = local_day(now, account.timezone)
        todays = list(self._keep_possible(list_due_on_day(calendar, account, self.today)))
        self._is_memorial_day = any(due.is_memorial and due.is_chosen for due in todays)
        later = [due for due in todays if due.at > now]
        self._early = [replace(due, at=now) for due in later] if early else []
        self.still_to_come = [
            _find_key(due)
            for due in later
            if due.is_chosen and make_delivery_key(due).uses_daily_cap and not early
        ]
        """The keys of what will use up the daily cap later today, without the account."""
        self.overlap_from = now - PLAN_OVERLAP - calendar.longest_late
        """Since when each plan looks again at what fell due, whatever was planned already."""
        self._dues: dict[datetime, list[KeyedDue]] = {}

    def list_due(self, since: datetime) -> list[KeyedDue]:
        """What fell due from `since` to `now`, both included."""
        found = self._dues.get(since)
        if found is None:
            found = self._dues[since] = [(_find_key(due), due) for due in self._find_due(since)]
        return found

    def _find_due(self, since: datetime) -> list[DueAnniversary]:
        near = list_due_since(self._calendar, self._account, self.now, since)
        dues = list(self._keep_possible(near))
        if self._is_memorial_day:
            # The day is the memorial's: what is late waits until it is over.
            dues = [due for due in dues if not due.is_on_other_day(self.today)]
        return [*dues, *self._early]

    def _keep_possible(self, dues: Iterable[DueAnniversary]) -> Iterator[DueAnniversary]:
        return (due for due in dues if due.anniversary.part == 1 or self._has_replies)


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """One account at its agenda's instant.

    This worker has planned it until `planned_until` already; None: not since it was started.
    """

    account: Account
    agenda: KindAgenda
    facts: NetworkFacts
    patience: timedelta
    planned_until: datetime | None

    @property
    def request(self) -> PlanRequest:
        """What is asked of the ledger."""
        name, network = self.account.name, self.account.network
        return PlanRequest(name, network, self.agenda.now, self.agenda.today)

    def list_keys(self, plan: OpenPlan) -> Iterator[str]:
        """What must be known to plan it."""
        dues = self._list_candidates(plan.accounts.get(self.account.name))
        return map(self._name_key, (*(rest for rest, _due in dues), *self.agenda.still_to_come))

    def list_new_keys(self, plan: OpenPlan) -> Iterator[str]:
        """What must be known to tell whether another worker has planned it."""
        return (self._name_key(rest) for rest, _due in self._list_new(plan))

    def has_new(self, plan: OpenPlan, known: Mapping[str, KnownPromise]) -> bool:
        """Whether anything is left to plan, where the ledger has `known` of the new keys."""
        view, planner = plan.accounts.get(self.account.name), self._make_planner(0)
        if view is None:
            return True
        return any(self._list_undecided(planner, self._list_new(plan), known, view))

    def plan(self, promised: Mapping[str, AlreadyPromised]) -> list[PlannedDelivery]:
        """The new promises."""
        mine = promised[self.account.name]
        to_come = map(self._name_key, self.agenda.still_to_come)
        planner = self._make_planner(sum(key not in mine.known for key in to_come))
        candidates = self._list_candidates(mine.account)
        undecided = self._list_undecided(planner, candidates, mine.known, mine.account)
        return planner.plan([replace(due, account=self.account) for due in undecided], mine)

    def _list_new(self, plan: OpenPlan) -> list[KeyedDue]:
        if self.planned_until is None:
            return self._list_candidates(plan.accounts.get(self.account.name))
        return self.agenda.list_due(self.planned_until)

    def _list_candidates(self, view: AccountView | None) -> list[KeyedDue]:
        """What may have to be promised: since the last plan, and what may not be over yet."""
        last = view.planned_until if view else None
        since = self.agenda.overlap_from
        return self.agenda.list_due(min(last, since) if last else since)

    def _list_undecided(
        self,
        planner: Planner,
        dues: Iterable[KeyedDue],
        known: Mapping[str, KnownPromise],
        view: AccountView,
    ) -> Iterator[DueAnniversary]:
        for rest, due in dues:
            if not planner.is_decided(due, known.get(self._name_key(rest)), view.known_since):
                yield due

    def _name_key(self, rest: str) -> str:
        return f"{self.account.name}:{rest}"

    def _make_planner(self, reserved: int) -> Planner:
        return Planner(
            now=self.agenda.now,
            today=self.agenda.today,
            cap=self.account.max_per_day,
            reserved=reserved,
            dedupe=self.facts.dedupe,
            patience=self.patience,
        )


def _find_key(due: DueAnniversary) -> str:
    return str(make_delivery_key(due)).partition(":")[2]
