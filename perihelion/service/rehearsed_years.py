"""Years ahead, planned and worded as they will be: by the almanac, the ledger and the composer."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from perihelion.almanac.due_anniversaries import list_due_in_span
from perihelion.almanac.observance import find_yearly_day, is_leap_day
from perihelion.ledger.store import Ledger
from perihelion.ledger.values import PlanRequest
from perihelion.model.deliveries import State
from perihelion.networks import loader
from perihelion.networks.base import Dedupe, DedupeMethod
from perihelion.publish.planner import Planner, make_delivery_key
from perihelion.service.post_preview import select_accounts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import DueAnniversary, LeftOut
    from perihelion.model.missions import Event
    from perihelion.service.wiring import App

_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - our folder within it has a random name
_LEASE = timedelta(minutes=2)
_DEDUPE = Dedupe(DedupeMethod.KEYED)


@dataclass(frozen=True, slots=True)
class Plan:
    """What accounts that post alike observe; the times are those of the first of them.

    `repeated` are dues whose key an earlier one has: the ledger promises them no second time.
    """

    accounts: tuple[Account, ...]
    dues: tuple[DueAnniversary, ...]
    repeated: tuple[DueAnniversary, ...]

    @property
    def chosen(self) -> list[DueAnniversary]:
        """What is posted."""
        return [due for due in self.dues if due.is_chosen]


def list_rehearsed_accounts(app: App) -> list[Account]:
    """The schedule's accounts, and one on each network that has none."""
    return [one for name in loader.usable_networks() for one in select_accounts(app, name)]


def plan_years(app: App, accounts: Iterable[Account], first: date, days: int) -> list[Plan]:
    """What falls due in `days` days from `first` on, promised day by day in a ledger of its own."""
    with _open_ledger() as ledger:
        return [_plan_accounts(app, alike, ledger, first, days) for alike in _group_alike(accounts)]


def _group_alike(accounts: Iterable[Account]) -> list[tuple[Account, ...]]:
    """The accounts by all that decides what they post, and when."""
    found: defaultdict[Account, list[Account]] = defaultdict(list)
    for one in accounts:
        found[replace(one, network="", name="", options=(), location=None)].append(one)
    return [tuple(alike) for alike in found.values()]


@contextmanager
def _open_ledger() -> Iterator[Ledger]:
    """A real ledger that leaves no trace: in memory where the machine has a folder there."""
    memory = _IN_MEMORY if _IN_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="perihelion-", dir=memory) as folder:
        start = datetime(2000, 1, 1, tzinfo=UTC)
        url = f"sqlite:///{folder}/ledger.sqlite3"
        with closing(Ledger(url, "rehearse", _LEASE, lambda: start, lambda: 0.0)) as ledger:
            ledger.migrate(start)
            yield ledger


def _plan_accounts(
    app: App, accounts: tuple[Account, ...], ledger: Ledger, first: date, days: int
) -> Plan:
    one = accounts[0]
    dues = tuple(list_due_in_span(app.calendar, [one], first, days))
    repeated: list[DueAnniversary] = []
    for day, todays in groupby(sorted(dues, key=lambda due: due.day), key=lambda due: due.day):
        repeated += _promise_day(ledger, one, day, list(todays))
    return Plan(accounts, dues, tuple(repeated))


def _promise_day(
    ledger: Ledger, account: Account, day: date, dues: Sequence[DueAnniversary]
) -> list[DueAnniversary]:
    """Promise a day as a worker does that is always in time; returns what is promised already."""
    now = max(due.at for due in dues)
    keys = [str(make_delivery_key(due)) for due in dues]
    with ledger.planning([PlanRequest(account.name, account.network, now, day)]) as plan:
        promised = plan.read_promised(keys)
        in_time = [replace(due, late_until=now + _LEASE) for due in dues]
        planner = Planner(now=now, today=day, cap=account.max_per_day, reserved=0, dedupe=_DEDUPE)
        plan.promise(planner.plan(in_time, promised[account.name]), promised)
    known = promised[account.name].known
    return [
        due
        for due, key in zip(dues, keys, strict=True)
        if due.is_chosen and key in known and known[key].state is not State.SKIPPED
    ]


def list_to_word(plans: Iterable[Plan], full: Iterable[str]) -> list[DueAnniversary]:
    """What is worded: all posts of the accounts in `full`; of others, each event's first one.

    In the order of their times, and those of one anniversary together. Networks without replies
    are not given the next parts of stories.
    """
    wanted = frozenset(full)
    found: list[DueAnniversary] = []
    for plan in plans:
        chosen = plan.chosen
        firsts = {
            (due.anniversary.event.full_id, due.anniversary.part): due for due in reversed(chosen)
        }.values()
        for account in plan.accounts:
            own = (
                replace(due, account=account)
                for due in (chosen if account.name in wanted else firsts)
            )
            found += filter(loader.can_post, own)
    return sorted(found, key=lambda due: (due.at, due.anniversary.event.full_id, due.account.name))


def count_left_out(plan: Plan) -> Counter[LeftOut]:
    """How many posts are left out, by reason."""
    return Counter(due.left_out for due in plan.dues if due.left_out is not None)


def list_never_posted(plan: Plan) -> list[str]:
    """The events that fall due, and that are left out each time."""
    seen = {due.anniversary.event.full_id for due in plan.dues}
    return sorted(seen - {due.anniversary.event.full_id for due in plan.chosen})


def find_too_close(plan: Plan) -> list[tuple[DueAnniversary, DueAnniversary]]:
    """Posts that are nearer to each other than the account's spacing, but those of replays."""
    spacing = plan.accounts[0].spacing
    placed = sorted((d for d in plan.chosen if not d.anniversary.is_replay), key=lambda d: d.at)
    return [(a, b) for a, b in pairwise(placed) if b.at - a.at < spacing and not a.thread]


def list_leap_days(events: Iterable[Event], first: date, days: int) -> dict[str, list[date]]:
    """On which days each event of 29 February is observed, by its id."""
    last = first + timedelta(days=days - 1)
    found: dict[str, list[date]] = {}
    for event in events:
        if is_leap_day(event.moment.day) and event.rule is None and not event.only_replay:
            observed = (find_yearly_day(event, y) for y in range(first.year, last.year + 1))
            days_on = [day for day in observed if day and first <= day <= last]
            found |= {event.full_id: days_on} if days_on else {}
    return found


def list_clock_changes(plan: Plan, first: date, days: int) -> dict[date, list[DueAnniversary]]:
    """The days on which the clocks of the accounts' zone change, and what is posted on them."""
    zone = ZoneInfo(plan.accounts[0].timezone)
    span = (first + timedelta(days=number) for number in range(days))
    changes = {day for day in span if _offset(zone, day) != _offset(zone, day + timedelta(days=1))}
    found: dict[date, list[DueAnniversary]] = {day: [] for day in sorted(changes)}
    for due in plan.chosen:
        if due.day in found:
            found[due.day].append(due)
    return found


def _offset(zone: ZoneInfo, day: date) -> timedelta | None:
    return datetime.combine(day, time(), zone).utcoffset()
