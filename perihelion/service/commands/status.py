"""`status`: what became of every promise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from perihelion.model.deliveries import State
from perihelion.service.formatting import format_iso, format_minute
from perihelion.service.options import json_option, parse_key, path_options, print_json

if TYPE_CHECKING:
    from pathlib import Path

    from perihelion.ledger.store import Ledger
    from perihelion.model.deliveries import Delivery, DeliveryKey
    from perihelion.service.wiring import App

_EMPTY_STATUS: dict[str, Any] = {
    "deliveries": {},
    "list": [],
    "accounts": [],
    "workers": [],
    "born_at": None,
    "budgets": [],
}
SHOWN_DELIVERIES = 20
"""How many of the latest deliveries a person is shown besides what is held; JSON holds all."""


@click.command("status")
@click.argument("key", required=False)
@json_option
@path_options
def command(*, key: str | None, as_json: bool, state: Path | None, schedule: Path | None) -> int:
    """Show what was sent, waits, is held or was missed.

    Ends with 1 when a person is needed: a delivery is held, or an account's credentials are
    refused; and when the schedule is wrong, which stops every worker that starts. With a KEY,
    shows who moved that delivery, when, from where to where, and why.
    """
    from perihelion.service.wiring import open_app_for_ledger

    delivery_key = parse_key(key) if key else None
    app, wrong = open_app_for_ledger(state=state, schedule=schedule)
    ledger = app.open_ledger()
    if delivery_key is not None:
        return _print_history(ledger, delivery_key, as_json=as_json)
    needed = _print_status(app, ledger, as_json=as_json)
    if wrong is not None:
        click.echo(f"No worker can start before this is mended:\n{wrong}", err=True)
    return 1 if needed or wrong is not None else 0


def _print_status(app: App, ledger: Ledger, *, as_json: bool) -> bool:
    """Print the whole ledger; whether a person is needed."""
    if ledger.get_version_or_none() is None:
        if as_json:
            print_json(_EMPTY_STATUS)
        else:
            click.echo("There is no ledger yet; `python bot.py once` or `run` makes it.")
        return False
    ledger.require_current_version()
    if as_json:
        print_json(_status_to_json(app, ledger))
    else:
        _print_tables(app, ledger)
    broken = any(account.credentials_refused for account in ledger.list_accounts())
    return broken or bool(ledger.count_deliveries_by_state().get(State.HELD))


def _print_history(ledger: Ledger, key: DeliveryKey, *, as_json: bool) -> int:
    """Who moved it, when, from where to where, and why."""
    ledger.require_current_version()
    ledger.get_delivery(key)
    steps = ledger.list_history(key)
    if as_json:
        names = ("at", "worker", "before", "after", "reason")
        print_json([{name: getattr(step, name) for name in names} for step in steps])
        return 0
    from perihelion.service.console import show_table

    rows = [(format_iso(s.at), s.before or "", s.after, s.reason, s.worker) for s in steps]
    show_table(("at (UTC)", "from", "to", "why", "by"), rows)
    return 0


def _status_to_json(app: App, ledger: Ledger) -> dict[str, Any]:
    return {
        "deliveries": ledger.count_deliveries_by_state(),
        "list": [_delivery_to_json(delivery) for delivery in ledger.list_deliveries()],
        "accounts": [
            {
                "name": account.name,
                "network": account.network,
                "known_since": account.known_since,
                "resume_at": account.resume_at,
                "stopped": account.credentials_refused,
                "reason": account.reason,
            }
            for account in ledger.list_accounts()
        ],
        "workers": [
            {"id": w.id, "version": w.version, "beat_at": w.beat_at, "stopped_at": w.stopped_at}
            for w in ledger.list_workers()
        ],
        "born_at": ledger.get_creation_time(),
        "budgets": _list_budgets(app, ledger),
    }


def _delivery_to_json(delivery: Delivery) -> dict[str, Any]:
    return {
        "key": str(delivery.key),
        "state": delivery.state,
        "reason": delivery.reason,
        "url": delivery.url,
        "attempts": delivery.attempts,
        "day": delivery.day,
        "due_at": delivery.due_at,
        "next_at": delivery.next_at,
    }


def _list_budgets(app: App, ledger: Ledger) -> list[str]:
    """What was spent this month on each account whose posts cost money."""
    if not any(account.network == "x" for account in app.accounts):
        return []
    from perihelion.service.cost_forecast import list_spending  # only X costs money

    return [line for account in app.accounts for line in list_spending(app, ledger, account)]


def _print_tables(app: App, ledger: Ledger) -> None:
    from perihelion.service.console import show_table  # not for --json

    counts = ledger.count_deliveries_by_state()
    show_table(("state", "deliveries"), [(state, n) for state, n in sorted(counts.items())])
    click.echo("")
    latest = ledger.list_deliveries(limit=SHOWN_DELIVERIES)
    latest += [one for one in ledger.list_deliveries([State.HELD]) if one not in latest]
    if latest:
        rows = [(format_minute(d.due_at), d.state, str(d.key), d.url or d.reason) for d in latest]
        show_table(("due (UTC)", "state", "key", "where or why"), rows)
        click.echo("")
    for account in ledger.list_accounts():
        click.echo(f"account {account.name}: known since {format_minute(account.known_since)} UTC")
        if account.credentials_refused:
            click.echo(f"  STOPPED: {account.reason}. Mend its credentials and restart.")
        elif account.resume_at is not None and account.reason:
            click.echo(f"  {account.reason}, until {format_minute(account.resume_at)} UTC")
    for line in _list_budgets(app, ledger):
        click.echo(line)
    for worker in ledger.list_workers():
        ended = f", stopped {format_minute(worker.stopped_at)}" if worker.stopped_at else ""
        click.echo(
            f"worker {worker.id}: last sign of life {format_minute(worker.beat_at)} UTC{ended}"
        )
    click.echo(f"ledger born {format_minute(ledger.get_creation_time())} UTC")
