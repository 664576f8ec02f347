"""`status`: what became of every delivery."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from perihelion.model.errors import UsageError
from perihelion.service.attention import UNSETTLED_STATES, Need, find_attention
from perihelion.service.audit_results import list_results
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
from perihelion.service.delivery_filters import (
    PAGE_LENGTH,
    Listing,
    listing_options,
    require_known_accounts,
)
from perihelion.service.delivery_history import list_delivery_history
from perihelion.service.json_stream import print_json_object
from perihelion.service.local_faults import find_start_error, open_tried_file
from perihelion.service.options import alive_option, json_option, parse_key
from perihelion.service.pause_texts import describe_pause
from perihelion.service.sign_off import list_awaiting
from perihelion.service.status_document import (
    EMPTY_STATUS,
    describe_status,
    find_last_seen,
    list_budgets,
    list_current_pauses,
)
from perihelion.service.wiring import open_app_for_ledger

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

    from perihelion.ledger.store import Ledger
    from perihelion.model.deliveries import Delivery, DeliveryKey, DeliverySummary
    from perihelion.service.wiring import App


@click.command("status")
@click.argument("key", required=False)
@listing_options
@alive_option
@json_option
def command(
    *,
    key: str | None,
    alive: timedelta | None,
    listing: Listing,
    as_json: bool,
    environ: dict[str, str],
) -> int:
    """Show what was sent, is waiting, is held or was missed.

    Exits with 1 if you must act: a delivery is held or rejected or needs a repair, an account's
    credentials are refused, a worker has died, nothing was sent on an account's last due day, or
    mistakes in the schedule, a template or a picture keep workers from starting. With a KEY, shows
    the history of that delivery: every change of its state, its approvals and its corrections.

    The filters narrow the list of deliveries, and nothing else: neither the exit status, nor what
    --json says besides.
    """
    if key and listing.is_narrowed:
        raise UsageError("a KEY names one delivery: use it without filters and pages")
    if key and alive:
        raise UsageError("--alive is about workers: use it without a KEY")
    delivery_key = parse_key(key) if key else None
    app, wrong = open_app_for_ledger(environ)
    ledger = app.open_ledger()
    if delivery_key is not None:
        _print_history(ledger, delivery_key, as_json=as_json)
        return 0
    needs_attention = _print_status(app, ledger, listing, as_json=as_json)
    wrong = wrong or find_start_error(app, open_tried_file(app, environ))
    silence = _describe_silence(app, ledger, alive) if alive else ""
    problem = f"No worker can start until this is fixed:\n{wrong}" if wrong else silence
    if problem:
        print_line(problem, sys.stderr)
    return 1 if needs_attention or problem else 0


def _describe_silence(app: App, ledger: Ledger, alive: timedelta) -> str:
    """Says that no worker has shown itself for `alive`; empty if one has."""
    seen = None if ledger.get_version_or_none() is None else find_last_seen(app, ledger)
    if seen is None:
        return "No worker has ever used this ledger."
    if seen["seconds_ago"] < alive.total_seconds():
        return ""
    return f"No worker has shown itself for {seen['ago']}; start one, or look into its log."


def _print_status(app: App, ledger: Ledger, listing: Listing, *, as_json: bool) -> bool:
    """Print what was asked for; whether a person must act."""
    if ledger.get_version_or_none() is None:
        if as_json:
            print_json(EMPTY_STATUS)
        else:
            print_line(
                f"There is no ledger {ledger.address} yet; "
                "`python bot.py once` or `run` creates it."
            )
        return False
    ledger.require_current_version()
    require_known_accounts(listing, ledger)
    attention = find_attention(app, ledger)
    if as_json:
        listed = listing.read_all(ledger)
        print_json_object(describe_status(app, ledger, attention, listed))
    elif listing.is_narrowed:
        _print_page(ledger, listing)
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


def _print_page(ledger: Ledger, listing: Listing) -> None:
    page, has_more = listing.read_page(ledger)
    if not page:
        print_line("No delivery is like that.")
        return
    _print_deliveries(page)
    if has_more:
        print_line(f"More with --page {(listing.page or 1) + 1}.")


def _print_tables(app: App, ledger: Ledger) -> None:
    counts = ledger.count_deliveries_by_state()
    show_table(("state", "deliveries"), sorted(counts.items()))
    print_line()
    latest = ledger.list_deliveries(limit=PAGE_LENGTH)
    latest += [one for one in ledger.list_deliveries(UNSETTLED_STATES) if one not in latest]
    if latest:
        _print_deliveries(latest)
        print_line()
    for account in ledger.list_accounts():
        print_line(f"account {account.name}: known since {format_minute(account.known_since)} UTC")
        if account.credentials_refused:
            print_line(f"  STOPPED: {account.reason}. Fix that, then restart.")
        elif account.resume_at is not None and account.reason:
            print_line(f"  {account.reason}, until {format_minute(account.resume_at)} UTC")
    for pause in list_current_pauses(app, ledger):
        print_line(f"PAUSED: {describe_pause(pause)}")
    for result in list_results(ledger):
        found = format_count(len(result.findings), "differences")
        print_line(f"audit of {result.account} at {format_minute(result.at)} UTC: {found}")
    for one in list_awaiting(app, ledger):
        due = f"{one.key}, due {format_minute(one.due_at)} UTC"
        print_line(f"{due}, {one.missing}: `python bot.py approve {one.key} --by NAME`")
    for line in list_budgets(app, ledger):
        print_line(line)
    for worker in ledger.list_workers():
        ended = f", stopped {format_minute(worker.stopped_at)} UTC" if worker.stopped_at else ""
        age = format_age(app.clock.real_now() - worker.beat_at)
        seen = f"last seen {age} ago, at {format_minute(worker.beat_at)} UTC"
        print_line(f"worker {worker.id}: {seen}{ended}")
    print_line(f"ledger created {format_minute(ledger.get_creation_time())} UTC")


def _print_deliveries(deliveries: Iterable[Delivery | DeliverySummary]) -> None:
    rows = [(format_minute(d.due_at), d.state, d.key, d.url or d.reason) for d in deliveries]
    show_table(("due (UTC)", "state", "key", "where or why"), rows)
