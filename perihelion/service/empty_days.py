"""The days on which something was due and nothing was sent, as any process can see them.

The almanac is asked as well as the ledger: a worker that never ran, or could never reach the
network, has promised nothing. Which accounts should have posted stands in the ledger, so that a
process without their credentials notices as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from perihelion.almanac.account_kinds import group_by_kind
from perihelion.almanac.due_anniversaries import list_due_in_span
from perihelion.almanac.wall_clock import local_day
from perihelion.model.deliveries import State
from perihelion.service.console import format_count, format_minute

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import Pause
    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import DueAnniversary
    from perihelion.service.wiring import App

DAYS_BACK = 7
"""How many past days are searched for the last one on which something was due."""

NO_WORKER = "no worker"
"""The subject where no worker has ever used the ledger."""


@dataclass(frozen=True, slots=True)
class EmptyDay:
    """An account and its day, in words, and what may be wrong."""

    subject: str
    text: str


def list_empty_days(app: App, ledger: Ledger) -> list[EmptyDay]:
    """The accounts on which nothing was sent on the last day on which something was due.

    A day counts once it is over in the account's zone. What fell due before a worker could know the
    account does not count, nor what was skipped or paused.
    """
    first_start = ledger.get_first_worker_start()
    if first_start is None:
        return _find_missing_worker(app, ledger)
    known_since = {one.name: one.known_since for one in ledger.list_accounts()}
    now = app.clock.now()
    pauses = ledger.list_pauses()
    states: dict[str, dict[date, set[State]]] = {}
    since = now.date() - timedelta(days=DAYS_BACK + 1)
    for (name, day), those in ledger.list_states_by_day(since).items():
        states.setdefault(name, {})[day] = those
    found = []
    for kind in group_by_kind(list_posting_accounts(app, ledger)):
        past = _list_past_dues(app, kind[0], now)
        for account in kind:
            if account.name not in known_since:
                continue  # no worker has ever run with its variables
            known = max(first_start, known_since[account.name])
            dues = _list_last_dues(account, past, known, pauses)
            mine = states.get(account.name, {})
            if dues and _is_empty(dues[0].anniversary.day, mine):
                found.append(_describe_empty_day(account, dues, mine))
    return sorted(found, key=lambda one: one.subject)


def choose_posting_names(groups: Iterable[frozenset[str]]) -> set[str]:
    """The accounts that are on, after the groups for which workers started, the latest first.

    A later worker with some of the accounts of an earlier one has taken its place, so that what it
    does not have was turned off. Workers that share no account run side by side.
    """
    names: set[str] = set()
    seen: set[str] = set()
    for group in groups:
        names |= set() if group & seen else group
        seen |= group
    return names


def list_posting_accounts(app: App, ledger: Ledger) -> list[Account]:
    """The accounts for which this process or another one posts."""
    groups = ledger.list_account_groups(app.clock.real_now() - timedelta(days=DAYS_BACK))
    names = choose_posting_names(groups)
    local = app.schedule.local_account
    if groups and local.name not in groups[0]:
        names.discard(local.name)  # it stands in only while no other account is on
    here = {account.name: account for account in app.accounts}
    others = [one for one in (*app.schedule.accounts, local) if one.name in names]
    return list(({one.name: one for one in others} | here).values())


def _find_missing_worker(app: App, ledger: Ledger) -> list[EmptyDay]:
    """Says that no worker was ever started, a day after the ledger was created for one."""
    created_at = ledger.get_creation_time()
    today = app.clock.now().date()
    if created_at is None or created_at.date() >= today:
        return []
    accounts = app.schedule.accounts or (app.schedule.local_account,)
    days = min((today - created_at.date()).days, DAYS_BACK)
    dues = list_due_in_span(app.calendar, accounts, today - timedelta(days=days), days)
    midnight = datetime.combine(today, time(), UTC)
    if not any(due.is_chosen and created_at <= due.at < midnight for due in dues):
        return []
    text = (
        f"posts were due, but no worker has used the ledger since it was created at "
        f"{format_minute(created_at)} UTC: start `python bot.py run`"
    )
    return [EmptyDay(NO_WORKER, text)]


def _list_past_dues(app: App, account: Account, now: datetime) -> list[DueAnniversary]:
    """What was due on the account, or another of its kind, on the past days."""
    first = local_day(now, account.timezone) - timedelta(days=DAYS_BACK)
    return [
        due for due in list_due_in_span(app.calendar, [account], first, DAYS_BACK) if due.is_chosen
    ]


def _list_last_dues(
    account: Account, past: Sequence[DueAnniversary], since: datetime, pauses: Sequence[Pause]
) -> list[DueAnniversary]:
    """Those of the last day that had anything for the account, from `since` on."""
    dues = [
        due
        for due in past
        if due.at >= since and not any(pause.covers(account.name, due.at) for pause in pauses)
    ]
    last = max((due.anniversary.day for due in dues), default=None)
    return [due for due in dues if due.anniversary.day == last]


def _is_empty(day: date, states: Mapping[date, set[State]]) -> bool:
    """Whether nothing was sent on `day`, nor since, nor left out on purpose."""
    if any(State.SENT in found for when, found in states.items() if when >= day):
        return False
    return states.get(day, set()) != {State.SKIPPED}


def _describe_empty_day(
    account: Account, dues: Sequence[DueAnniversary], states: Mapping[date, set[State]]
) -> EmptyDay:
    day = dues[0].anniversary.day
    why = (
        "`python bot.py status` says why"
        if day in states
        else "no worker has promised anything for that day; see that one runs with the variables "
        "of this account, and look into its log"
    )
    count = format_count(len(dues), "posts")
    text = f"{count} due on that day, and nothing was sent: {why}"
    return EmptyDay(f"{account.name} on {day}", text)
