"""`migrate`: brings the ledger to this version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from perihelion.service.options import path_options

if TYPE_CHECKING:
    from pathlib import Path


@click.command("migrate")
@path_options
def command(*, state: Path | None, schedule: Path | None) -> None:
    """Bring the ledger to this version.

    Makes the ledger if there is none. Safe to run again, and by several deploys at once.
    """
    from perihelion.ledger.store import Ledger
    from perihelion.service.clock import SystemClock
    from perihelion.service.settings import read_settings

    settings = read_settings(state=state, schedule=schedule)
    clock = SystemClock()
    ledger = Ledger(
        settings.database_url.reveal(), "migrate", settings.lease, clock.now, lambda: 0.0
    )
    before, after = ledger.migrate(clock.now())
    ledger.close()
    if before == after:
        click.echo(f"The ledger is at version {after} already.")
    else:
        click.echo(f"The ledger is now at version {after} (before: {before or 'none'}).")
