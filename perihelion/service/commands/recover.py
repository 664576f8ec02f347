"""`recover`: rebuilds a lost ledger."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from perihelion.service.formatting import format_count
from perihelion.service.options import json_option, path_options, print_json

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_DAYS = 30


@click.command("recover")
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=DEFAULT_DAYS,
    show_default=True,
    help="How many days of each timeline to read.",
)
@json_option
@path_options
def command(*, days: int, as_json: bool, state: Path | None, schedule: Path | None) -> int:
    """Rebuild a lost ledger from the accounts' timelines.

    What is found there is entered as sent, so that it is never posted again. Posts nothing. Safe
    to run again: what the ledger knows already stays as it is.
    """
    from dataclasses import asdict

    from perihelion.service.delivery_run import configure_app_logging
    from perihelion.service.ledger_recovery import recover_ledger
    from perihelion.service.wiring import open_app

    app = open_app(state=state, schedule=schedule)
    configure_app_logging(app, dict(os.environ), prints_results=not as_json)
    results = recover_ledger(app, days)
    if as_json:
        print_json([asdict(result) for result in results])
    else:
        for result in results:
            found = f"{result.found} recognised, {result.new} new to the ledger"
            outcome = result.problem or f"{format_count(result.seen, 'posts')} read, {found}"
            click.echo(f"{result.account}: {outcome}")
        for account in app.disabled_accounts:
            click.echo(f"{account.name}: off, so not read: its variables are not set")
    return 1 if any(result.problem for result in results) else 0
