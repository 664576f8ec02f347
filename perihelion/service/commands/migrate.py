"""`migrate`: upgrades the ledger to this version."""

from __future__ import annotations

import click

from perihelion.service.clock import SystemClock
from perihelion.service.console import print_line
from perihelion.service.options import environment_options
from perihelion.service.settings import read_settings


@click.command("migrate")
@environment_options
def command(*, environ: dict[str, str]) -> None:
    """Upgrade the ledger to this version.

    Creates the ledger if there is none. Safe to run again, and from several deploys at once.
    """
    from perihelion.ledger.store import Ledger

    settings = read_settings(environ)
    now = SystemClock().now
    ledger = Ledger(settings.database_url.reveal(), "migrate", settings.lease, now, lambda: 0.0)
    before, after = ledger.migrate(now())
    ledger.close()
    if before == after:
        print_line(f"The ledger is already at version {after}.")
    else:
        print_line(f"The ledger is now at version {after} (before: {before or 'none'}).")
