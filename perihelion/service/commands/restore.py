"""`restore`: tells a restored ledger that it is old."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from perihelion.model.errors import UsageError
from perihelion.service.console import format_count, print_json, print_line
from perihelion.service.options import environment_options, json_option
from perihelion.service.wiring import open_app_for_ledger

if TYPE_CHECKING:
    from perihelion.ledger.store import Ledger
    from perihelion.service.wiring import App

ALIVE = timedelta(minutes=2)
"""A worker that has shown itself within this time may still be running."""


@click.command("restore")
@json_option
@environment_options
def command(*, as_json: bool, environ: dict[str, str]) -> None:
    """Tell the ledger that it was restored from a backup.

    Run it after a backup was put back, and before any worker starts. What may have been sent since
    the backup is then looked up before it is sent, and held where the network cannot be asked.
    """
    app, _wrong = open_app_for_ledger(environ)
    ledger = app.open_ledger()
    ledger.require_current_version()
    _require_no_worker(app, ledger)
    count = ledger.mark_restored(app.clock.now(), app.settings.patience)
    if as_json:
        print_json({"unknown": count})
        return
    print_line(
        f"{format_count(count, 'posts')} were open in the backup, and may have been sent since."
    )
    print_line(
        "The next worker looks up what is due before sending it, and holds it where the network "
        "cannot be asked. `python bot.py recover` enters what the timelines show."
    )


def _require_no_worker(app: App, ledger: Ledger) -> None:
    now = app.clock.real_now()
    alive = [
        one.id for one in ledger.list_workers() if not one.stopped_at and now - one.beat_at < ALIVE
    ]
    if alive:
        raise UsageError(
            f"a worker may be running ({alive[0]}): stop every worker, wait two minutes, and run "
            "`restore` again"
        )
