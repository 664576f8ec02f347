"""`recover`: rebuilds a lost ledger from the accounts' own timelines."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from perihelion.model.deliveries import State
from perihelion.model.errors import PublishError
from perihelion.networks.base import DedupeMethod
from perihelion.publish.planner import make_planned_delivery
from perihelion.service.console import format_count, print_json, print_line
from perihelion.service.options import environment_options, json_option
from perihelion.service.timelines import recognise_posts
from perihelion.service.wiring import open_app

if TYPE_CHECKING:
    from perihelion.ledger.store import Ledger
    from perihelion.service.enabled_accounts import EnabledAccount
    from perihelion.service.wiring import App


@dataclass(frozen=True, slots=True)
class RecoveryResult:
    """What one account's timeline yielded; `problem` says why it could not be read."""

    account: str
    seen: int = 0
    found: int = 0
    new: int = 0
    problem: str = ""


@click.command("recover")
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=30,
    show_default=True,
    help="How many days of each timeline to read.",
)
@json_option
@environment_options
def command(*, days: int, as_json: bool, environ: dict[str, str]) -> int:
    """Rebuild a lost ledger from the accounts' timelines.

    Posts found there are entered as sent, so that they are never posted again. Posts nothing.
    Safe to run again: what the ledger already has stays as it is.
    """
    from perihelion.service.delivery_run import configure_app_logging

    app = open_app(environ)
    configure_app_logging(app, prints_results=not as_json)
    results = recover_ledger(app, days)
    if as_json:
        print_json([asdict(result) for result in results])
    else:
        for result in results:
            found = f"{result.found} recognised, {result.new} new to the ledger"
            outcome = result.problem or f"{format_count(result.seen, 'posts')} read, {found}"
            print_line(f"{result.account}: {outcome}")
        for account in app.disabled_accounts:
            print_line(f"{account.name}: not read, because its variables are not set")
    return 1 if any(result.problem for result in results) else 0


def recover_ledger(app: App, days: int) -> list[RecoveryResult]:
    """Read the last `days` days of every account that is on, and enter what is found as sent."""
    from perihelion.service.delivery_run import prepare_ledger

    ledger = prepare_ledger(app)
    try:
        results = [_recover_account(app, ledger, one, days) for one in app.enabled_accounts]
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
    if network.dedupe.method is DedupeMethod.NONE:
        problem = f"{account.network} cannot show what was posted"
        return RecoveryResult(account.name, problem=problem)
    try:
        posts = network.recent(since)
    except PublishError as error:
        return RecoveryResult(account.name, problem=str(error))
    found = recognise_posts(app, account, network.limits, posts, since)
    why = "recovered from the account's timeline"
    entries = [
        (make_planned_delivery(due, State.SENT, why), one.receipt, one.posted_at)
        for due, one in found
    ]
    new = ledger.record_timeline_posts(entries, now)
    return RecoveryResult(account.name, len(posts), len(found), new)
