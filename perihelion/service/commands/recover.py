"""`recover`: rebuilds a lost ledger."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from perihelion.service.options import as_json, places, print_json
from perihelion.service.words import counted

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
@as_json
@places
def command(*, days: int, as_json: bool, state: Path | None, schedule: Path | None) -> int:
    """Rebuild a lost ledger from the accounts' timelines.

    What is found there is entered as sent, so that it is never posted again. Posts nothing. Safe
    to run again: what the ledger knows already stays as it is.
    """
    from dataclasses import asdict

    from perihelion.service.post import set_up_log
    from perihelion.service.recovery import recover
    from perihelion.service.wiring import open_app

    app = open_app(state=state, schedule=schedule)
    set_up_log(app, dict(os.environ), people_see_it=not as_json)
    results = recover(app, days)
    if as_json:
        print_json([asdict(result) for result in results])
    else:
        for result in results:
            found = f"{result.found} recognised, {result.new} new to the ledger"
            told = result.problem or f"{counted(result.seen, 'posts')} read, {found}"
            click.echo(f"{result.account}: {told}")
        for account in app.off:
            click.echo(f"{account.name}: off, so not read: its variables are not set")
    return 1 if any(result.problem for result in results) else 0
