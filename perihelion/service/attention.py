"""What needs a person: what `status` shows in its exit status, and what a heartbeat reports."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from perihelion.model.deliveries import State
from perihelion.publish.timeline_audit import Difference
from perihelion.service.audit_results import list_results
from perihelion.service.console import format_age, format_count
from perihelion.service.empty_days import list_empty_days
from perihelion.service.local_faults import list_repairs
from perihelion.service.shared_identities import find_shared_credentials

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import WorkerView
    from perihelion.model.deliveries import Delivery
    from perihelion.service.wiring import App

DEAD_AFTER = timedelta(minutes=10)
"""How long a worker that has not said that it ended may show no sign of life."""

DEAD_AFTER_TICKS = 3
"""The same in ticks, where the tick is so long that this is more."""

UNSETTLED_STATES = (State.HELD, State.REJECTED)
"""What waits until a person settles it with `resolve`."""

AUDIT_COUNTS_FOR = timedelta(days=7)

REJECTED_COUNTS_FOR = timedelta(days=30)
"""How long a rejected delivery needs a person. It is final, and its day is over by then."""


class Need(StrEnum):
    """Why a person is needed."""

    HELD = "held"
    REJECTED = "rejected"
    REPAIR = "repair"
    DOUBLE = "double"
    STOPPED = "stopped"
    DEAD_WORKER = "dead-worker"
    NOTHING_SENT = "nothing-sent"
    SHARED_IDENTITY = "shared-identity"
    CORRECTION = "correction"
    AUDIT = "audit"
    NOT_RELOADED = "not-reloaded"


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing that needs a person: what it is about, and what to do."""

    need: Need
    subject: str
    text: str


def find_attention(app: App, ledger: Ledger) -> list[Attention]:
    """Everything that needs a person now."""
    workers = ledger.list_workers()
    found = [
        Attention(Need.STOPPED, one.name, f"{one.reason}; fix that, then restart")
        for one in ledger.list_accounts()
        if one.credentials_refused
    ]
    found += [
        Attention(Need(one.state.value), str(one.key), one.reason)
        for one in ledger.list_deliveries(UNSETTLED_STATES)
        if not _is_past(one, app.clock.now())
    ]
    repairs = Counter(delivery.reason for delivery in list_repairs(ledger))
    found += [
        Attention(Need.REPAIR, format_count(count, "posts"), reason)
        for reason, count in repairs.items()
    ]
    dead = [one for one in find_dead_workers(app, workers) if one.subject == workers[0].id]
    shared = find_repeating_accounts(app)
    found += [*shared, *find_doubles(ledger), *find_open_corrections(app, ledger)]
    found += find_differences(app, ledger)
    return [*found, *dead, *find_empty_days(app, ledger)]


def _is_past(delivery: Delivery, now: datetime) -> bool:
    is_old = delivery.updated_at is not None and delivery.updated_at < now - REJECTED_COUNTS_FOR
    return delivery.state is State.REJECTED and is_old


def find_repeating_accounts(app: App) -> list[Attention]:
    """The accounts that say the same as one identity, as far as their credentials show it."""
    return [
        Attention(Need.SHARED_IDENTITY, shared.names, shared.text)
        for shared in find_shared_credentials(app.enabled_accounts)
        if shared.repeats_posts
    ]


def find_doubles(ledger: Ledger) -> list[Attention]:
    """The deliveries that were certainly sent twice."""
    return [
        Attention(
            Need.DOUBLE,
            key,
            f"sent twice, by two workers: delete {receipt.url or receipt.id} or the other post, "
            f"then run `python bot.py resolve {key} --sent URL` with the one that is left",
        )
        for key, receipt in ledger.list_known_doubles().items()
    ]


def find_open_corrections(app: App, ledger: Ledger) -> list[Attention]:
    """The corrections that have not come to an end, except one that is being sent right now."""
    now, patience = ledger.wall_clock(), app.settings.patience
    return [
        Attention(
            Need.CORRECTION,
            one.key,
            f"{one.state}: {one.reason or 'its process is gone'}; run "
            f"`python bot.py correct {one.delivery}`",
        )
        for one in ledger.list_corrections()
        if one.state in {State.UNKNOWN, State.WAITING, State.HELD}
        or (one.state is State.SENDING and one.ready_at + patience < now)
    ]


def find_differences(app: App, ledger: Ledger) -> list[Attention]:
    """What the last audit of each account found; an old one says nothing about today."""
    recent = app.clock.now() - AUDIT_COUNTS_FOR
    return [
        Attention(
            Need.AUDIT,
            one.key,
            f"{one.difference} {one.url}: {one.text}; {_HINTS[one.difference]}, and if it is as it "
            f"should be, run `python bot.py audit --accept {one.key}`",
        )
        for result in list_results(ledger)
        if result.at > recent
        for one in result.findings
    ]


_HINTS = {
    Difference.DELETED: "look at the account",
    Difference.MISSING: "look at the account",
    Difference.EDITED: "look at the post",
    Difference.DOUBLED: "delete one of the two",
}


def find_dead_workers(app: App, workers: Sequence[WorkerView]) -> list[Attention]:
    """The workers that died without another one carrying on at once."""
    now = app.clock.real_now()
    limit = max(DEAD_AFTER, DEAD_AFTER_TICKS * app.settings.tick)
    return [
        Attention(
            Need.DEAD_WORKER,
            one.id,
            f"last seen {format_age(now - one.beat_at)} ago, and it did not say that it stopped; "
            "if no other worker runs, start one, and look into its log",
        )
        for one in workers
        if one.stopped_at is None
        and now - one.beat_at > limit
        and not any(_carried_on(other, one, limit) for other in workers)
    ]


def _carried_on(other: WorkerView, dead: WorkerView, limit: timedelta) -> bool:
    """Whether `other` was there when `dead` was last seen, or soon after."""
    return other.started_at <= dead.beat_at + limit and other.beat_at > dead.beat_at


def find_empty_days(app: App, ledger: Ledger) -> list[Attention]:
    """The days on which something was due and nothing was sent, whoever should have sent it."""
    found = list_empty_days(app, ledger)
    return [Attention(Need.NOTHING_SENT, one.subject, one.text) for one in found]
