"""`run`: the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from perihelion.service.options import at_option, yes_option
from perihelion.service.rehearsal import posting_environment_options

if TYPE_CHECKING:
    from datetime import datetime


@click.command("run")
@at_option
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="Rehearse: how many times as fast the clock runs.",
)
@yes_option
@posting_environment_options
def command(*, at: datetime | None, speed: float, yes: bool, environ: dict[str, str]) -> None:
    """Post each anniversary when it is due, until stopped.

    SIGTERM and SIGINT stop it within ten seconds; a post that is being sent is finished, or
    settled by the next run. Any number of workers may share one ledger.

    The schedule, templates and pictures are read again when they change, or at once after SIGHUP.
    If there are mistakes in them, what was read before stays in use.
    """
    from perihelion.service.clock import SystemClock
    from perihelion.service.delivery_run import open_posting_app
    from perihelion.service.live_schedule import LiveSchedule
    from perihelion.service.reload import Reloader
    from perihelion.service.settings import Switch
    from perihelion.service.worker import Worker

    opened_at = SystemClock().now()
    app = open_posting_app(environ, at=at, speed=speed, yes=yes)
    live = None
    if app.settings.reload is Switch.ON:
        live = LiveSchedule(Reloader(app, environ, opened_at), app.settings.tick.total_seconds())
    Worker(app, live).run()
