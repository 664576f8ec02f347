"""`run`: the worker."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from perihelion.service.options import at_option, path_options, yes_option

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


@click.command("run")
@at_option
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="How many times as fast the clock runs: for rehearsals.",
)
@yes_option
@path_options
def command(
    *, at: datetime | None, speed: float, yes: bool, state: Path | None, schedule: Path | None
) -> None:
    """Post each anniversary when it is due, until stopped.

    SIGTERM and SIGINT end it within ten seconds, with nothing left half done. Any number of
    workers may share one ledger.
    """
    from perihelion.service.delivery_run import configure_app_logging
    from perihelion.service.time_settings import log_short_times
    from perihelion.service.wiring import open_app, require_loopback
    from perihelion.service.worker import Worker

    app = open_app(state=state, schedule=schedule, at=at, speed=speed)
    if at is not None or speed != 1:
        require_loopback(app, yes=yes)
    configure_app_logging(app, dict(os.environ))
    log_short_times(app.settings)
    Worker(app).run()
