"""Rebuilding a lost ledger from the accounts' own timelines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from perihelion.almanac.due_anniversaries import list_due_in_span
from perihelion.model.deliveries import State
from perihelion.model.errors import CompositionError, PublishError
from perihelion.networks.base import DedupeMethod
from perihelion.publish.match_timeline import Candidate, match_posts
from perihelion.publish.planner import make_planned_delivery
from perihelion.service.delivery_run import prepare_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.model.accounts import Account
    from perihelion.model.posts import Limits
    from perihelion.service.enabled_accounts import EnabledAccount
    from perihelion.service.wiring import App


@dataclass(frozen=True, slots=True)
class RecoveryResult:
    """What one account's timeline gave back; `problem` says why there was nothing to read."""

    account: str
    seen: int = 0
    found: int = 0
    new: int = 0
    problem: str = ""


def recover_ledger(app: App, days: int) -> list[RecoveryResult]:
    """Read the last `days` days of every account that is on, and enter as sent what is there."""
    ledger = prepare_ledger(app)
    try:
        results = [
            _recover_account(app, ledger, connected, days) for connected in app.enabled_accounts
        ]
        ledger.unregister_worker(app.clock.real_now())
    finally:
        ledger.close()
    return results


def _recover_account(
    app: App, ledger: Ledger, enabled: EnabledAccount, days: int
) -> RecoveryResult:
    account = enabled.account
    network = app.connect_account(enabled, ledger)
    now = app.clock.now()
    since = now - timedelta(days=days)
    dedupe = network.dedupe
    if dedupe.method is DedupeMethod.NONE:
        return RecoveryResult(
            account.name, problem=f"{account.network} cannot show what was posted"
        )
    try:
        posts = network.recent(since)
    except PublishError as error:
        return RecoveryResult(account.name, problem=str(error))
    last = max([now, *(post.posted_at for post in posts)])
    found = match_posts(posts, list(_list_candidates(app, account, since, last, network.limits)))
    why = "recovered from the account's timeline"
    entries = [
        (make_planned_delivery(due, State.SENT, why), one.receipt, one.posted_at)
        for due, one in found
    ]
    new = ledger.record_timeline_posts(entries, now)
    return RecoveryResult(account.name, len(posts), len(found), new)


def _list_candidates(
    app: App, account: Account, since: datetime, last: datetime, limits: Limits
) -> Iterator[Candidate]:
    span = (last.date() - since.date()).days + 3
    for due in list_due_in_span(app.calendar, [account], since.date() - timedelta(days=1), span):
        try:
            text = app.compose_post(due.anniversary, account, limits, due.at).text
        except CompositionError:
            text = due.anniversary.event.title
        yield Candidate(due, text)
