"""`status`: what became of every delivery."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from perihelion.model.errors import UsageError
from perihelion.networks import loader
from perihelion.service.attention import UNSETTLED_STATES, Need, find_attention
from perihelion.service.audit_results import list_results
from perihelion.service.commands.pause import describe_pause, pause_to_json
from perihelion.service.console import (
    format_age,
    format_count,
    format_iso,
    format_minute,
    print_json,
    print_line,
    select_fields,
    show_table,
)
from perihelion.service.delivery_history import list_delivery_history
from perihelion.service.local_faults import find_start_error
from perihelion.service.options import alive_option, environment_options, json_option, parse_key
from perihelion.service.sign_off import list_awaiting
from perihelion.service.wiring import open_app_for_ledger

if TYPE_CHECKING:
    from datetime import timedelta

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import Pause
    from perihelion.model.deliveries import Delivery, DeliveryKey
    from perihelion.service.attention import Attention
    from perihelion.service.wiring import App

_EMPTY_STATUS: dict[str, Any] = {
    "deliveries": {},
    "list": [],
    "accounts": [],
    "workers": [],
    "born_at": None,
    "budgets": [],
    "last_seen": None,
    "attention": [],
    "pauses": [],
    "approvals": [],
    "audits": [],
}
SHOWN_DELIVERIES = 20
"""How many of the latest deliveries the tables show, besides those that wait for a person; JSON
has all."""


@click.command("status")
@click.argument("key", required=False)
@alive_option
@json_option
@environment_options
def command(
    *, key: str | None, alive: timedelta | None, as_json: bool, environ: dict[str, str]
) -> int:
    """Show what was sent, is waiting, is held or was missed.

    Exits with 1 if you must act: a delivery is held or rejected or needs a repair, an account's
    credentials are refused, a worker has died, nothing was sent on an account's last due day, or
    mistakes in the schedule, a template or a picture keep workers from starting. With a KEY, shows
    the history of that delivery: every change of its state, its approvals and its corrections.
    """
    if key and alive:
        raise UsageError("--alive is about workers: use it without a KEY")
    delivery_key = parse_key(key) if key else None
    app, wrong = open_app_for_ledger(environ)
    ledger = app.open_ledger()
    if delivery_key is not None:
        _print_history(ledger, delivery_key, as_json=as_json)
        return 0
    needs_attention = _print_status(app, ledger, as_json=as_json)
    wrong = wrong or find_start_error(app)
    silence = _describe_silence(app, ledger, alive) if alive else ""
    problem = f"No worker can start until this is fixed:\n{wrong}" if wrong else silence
    if problem:
        print_line(problem, sys.stderr)
    return 1 if needs_attention or problem else 0


def _describe_silence(app: App, ledger: Ledger, alive: timedelta) -> str:
    """Says that no worker has shown itself for `alive`; empty if one has."""
    seen = None if ledger.get_version_or_none() is None else _find_last_seen(app, ledger)
    if seen is None:
        return "No worker has ever used this ledger."
    if seen["seconds_ago"] < alive.total_seconds():
        return ""
    return f"No worker has shown itself for {seen['ago']}; start one, or look into its log."


def _find_last_seen(app: App, ledger: Ledger) -> dict[str, Any] | None:
    """The worker that showed itself last, and how long ago."""
    for worker in ledger.list_workers():
        age = app.clock.real_now() - worker.beat_at
        return {
            "worker": worker.id,
            "at": worker.beat_at,
            "seconds_ago": max(0, int(age.total_seconds())),
            "ago": format_age(age),
        }
    return None


def _print_status(app: App, ledger: Ledger, *, as_json: bool) -> bool:
    """Print the whole ledger; whether a person must act."""
    if ledger.get_version_or_none() is None:
        if as_json:
            print_json(_EMPTY_STATUS)
        else:
            print_line(
                f"There is no ledger {ledger.address} yet; "
                "`python bot.py once` or `run` creates it."
            )
        return False
    ledger.require_current_version()
    attention = find_attention(app, ledger)
    if as_json:
        print_json(_status_to_json(app, ledger, attention))
    else:
        _print_tables(app, ledger)
        for one in attention:
            if one.need in {
                Need.REPAIR,
                Need.DOUBLE,
                Need.DEAD_WORKER,
                Need.NOTHING_SENT,
                Need.CORRECTION,
                Need.AUDIT,
            }:  # the tables show the others
                print_line(f"{one.subject}: {one.need.value.replace('-', ' ')}: {one.text}")
    return bool(attention)


def _print_history(ledger: Ledger, key: DeliveryKey, *, as_json: bool) -> None:
    ledger.require_current_version()
    entries = list_delivery_history(ledger, key)
    if not entries:
        ledger.get_delivery(key)  # says what is wrong
    if as_json:
        names = ("key", "at", "worker", "before", "after", "reason")
        print_json([select_fields(one, *names) for one in entries])
        return
    rows = [(format_iso(e.at), e.before or "", e.after, e.why, e.worker) for e in entries]
    show_table(("at (UTC)", "from", "to", "why", "by"), rows)


def _status_to_json(app: App, ledger: Ledger, attention: list[Attention]) -> dict[str, Any]:
    deliveries = ("state", "reason", "url", "attempts", "day", "due_at", "next_at")
    accounts = ("name", "network", "known_since", "resume_at")
    return {
        "deliveries": ledger.count_deliveries_by_state(),
        "list": [
            {"key": str(one.key), **select_fields(one, *deliveries)}
            for one in ledger.list_deliveries()
        ],
        "accounts": [
            {
                **select_fields(one, *accounts),
                "stopped": one.credentials_refused,
                "reason": one.reason,
            }
            for one in ledger.list_accounts()
        ],
        "workers": [
            select_fields(one, "id", "version", "beat_at", "stopped_at")
            for one in ledger.list_workers()
        ],
        "born_at": ledger.get_creation_time(),
        "budgets": _list_budgets(app, ledger),
        "last_seen": _find_last_seen(app, ledger),
        "pauses": [pause_to_json(pause) for pause in _list_current_pauses(app, ledger)],
        "audits": [
            {
                **select_fields(one, "account", "at"),
                "findings": [
                    select_fields(each, "difference", "key", "url", "text") for each in one.findings
                ],
            }
            for one in list_results(ledger)
        ],
        "approvals": [
            {"key": str(one.key), **select_fields(one, "due_at", "title", "missing")}
            for one in list_awaiting(app, ledger)
        ],
        "attention": [select_fields(one, "need", "subject", "text") for one in attention],
    }


def _list_current_pauses(app: App, ledger: Ledger) -> list[Pause]:
    now = app.clock.now()
    return [pause for pause in ledger.list_pauses() if pause.lasts(now)]


def _list_budgets(app: App, ledger: Ledger) -> list[str]:
    """What was spent this month on each account whose posts cost money."""
    if not any(loader.load_spec(account.network).is_paid for account in app.accounts):
        return []
    from perihelion.service.cost_forecast import list_spending  # only X costs money

    return [line for account in app.accounts for line in list_spending(app, ledger, account)]


def _print_tables(app: App, ledger: Ledger) -> None:
    counts = ledger.count_deliveries_by_state()
    show_table(("state", "deliveries"), sorted(counts.items()))
    print_line()
    latest = ledger.list_deliveries(limit=SHOWN_DELIVERIES)
    latest += [one for one in ledger.list_deliveries(UNSETTLED_STATES) if one not in latest]
    if latest:
        show_table(("due (UTC)", "state", "key", "where or why"), map(_delivery_row, latest))
        print_line()
    for account in ledger.list_accounts():
        print_line(f"account {account.name}: known since {format_minute(account.known_since)} UTC")
        if account.credentials_refused:
            print_line(f"  STOPPED: {account.reason}. Fix that, then restart.")
        elif account.resume_at is not None and account.reason:
            print_line(f"  {account.reason}, until {format_minute(account.resume_at)} UTC")
    for pause in _list_current_pauses(app, ledger):
        print_line(f"PAUSED: {describe_pause(pause)}")
    for result in list_results(ledger):
        found = format_count(len(result.findings), "differences")
        print_line(f"audit of {result.account} at {format_minute(result.at)} UTC: {found}")
    for one in list_awaiting(app, ledger):
        due = f"{one.key}, due {format_minute(one.due_at)} UTC"
        print_line(f"{due}, {one.missing}: `python bot.py approve {one.key} --by NAME`")
    for line in _list_budgets(app, ledger):
        print_line(line)
    for worker in ledger.list_workers():
        ended = f", stopped {format_minute(worker.stopped_at)} UTC" if worker.stopped_at else ""
        age = format_age(app.clock.real_now() - worker.beat_at)
        seen = f"last seen {age} ago, at {format_minute(worker.beat_at)} UTC"
        print_line(f"worker {worker.id}: {seen}{ended}")
    print_line(f"ledger created {format_minute(ledger.get_creation_time())} UTC")


def _delivery_row(delivery: Delivery) -> tuple[object, ...]:
    where_or_why = delivery.url or delivery.reason
    return format_minute(delivery.due_at), delivery.state, delivery.key, where_or_why
