"""`run`: the worker."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from perihelion.service.options import at, places, yes

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


@click.command("run")
@at
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="How many times as fast the clock runs: for rehearsals.",
)
@yes
@places
def command(
    *, at: datetime | None, speed: float, yes: bool, state: Path | None, schedule: Path | None
) -> None:
    """Post each anniversary when it is due, until stopped.

    SIGTERM and SIGINT end it within ten seconds, with nothing left half done. Any number of
    workers may share one ledger.
    """
    from perihelion.service.post import set_up_log
    from perihelion.service.timing import warn_of_times
    from perihelion.service.wiring import only_loopback, open_app
    from perihelion.service.worker import Worker

    app = open_app(state=state, schedule=schedule, at=at, speed=speed)
    if at is not None or speed != 1:
        only_loopback(app, yes=yes)
    set_up_log(app, dict(os.environ))
    warn_of_times(app.settings)
    Worker(app).run()
