"""`migrate`: upgrades the ledger to this version."""

from __future__ import annotations

import click

from perihelion.service.clock import SystemClock
from perihelion.service.console import print_line
from perihelion.service.known_ledger import require_known_ledger
from perihelion.service.options import environment_options
from perihelion.service.settings import read_settings
from perihelion.service.wiring import open_app_for_ledger


@click.command("migrate")
@environment_options
def command(*, environ: dict[str, str]) -> None:
    """Upgrade the ledger to this version.

    Creates the ledger if there is none. Safe to run again, and from several deploys at once. Then
    alerts about a worker that has died and a day with nothing sent, if nobody has done so yet.
    """
    from perihelion.ledger.store import Ledger

    settings = read_settings(environ)
    require_known_ledger(settings)
    now = SystemClock().now
    ledger = Ledger(settings.database_url.reveal(), "migrate", settings.lease, now, lambda: 0.0)
    before, after = ledger.migrate(now())
    ledger.close()
    _alert_if_silent(environ)
    if before == after:
        print_line(f"The ledger is already at version {after}.")
    else:
        print_line(f"The ledger is now at version {after} (before: {before or 'none'}).")


def _alert_if_silent(environ: dict[str, str]) -> None:
    """A deploy may be the first process in days that can tell that no worker runs."""
    if not read_settings(environ).alerts.reveal():
        return
    from perihelion.service.delivery_run import configure_app_logging
    from perihelion.service.watch import alert_if_silent

    app, _wrong = open_app_for_ledger(environ)
    configure_app_logging(app)
    ledger = app.open_ledger()
    alert_if_silent(app, ledger)
    ledger.close()
