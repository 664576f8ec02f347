"""`once`: one pass over everything due, for cron."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from perihelion.service.options import as_json, at, places, print_json, yes

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from perihelion.ledger.values import Settlement
    from perihelion.service.post import Tally


@click.command("once")
@at
@click.option("--today", is_flag=True, help="Count everything observed today as due now.")
@yes
@as_json
@places
def command(  # noqa: PLR0913 - one parameter an option
    *,
    at: datetime | None,
    today: bool,
    yes: bool,
    as_json: bool,
    state: Path | None,
    schedule: Path | None,
) -> int:
    """Post everything that is due, then end.

    Catches up within each event's late policy, and settles what a crash left open. Safe to run
    as often as you like, and several at once: nothing is posted twice.
    """
    from perihelion.service.post import post_once, set_up_log
    from perihelion.service.timing import warn_of_times
    from perihelion.service.wiring import only_loopback, open_app

    app = open_app(state=state, schedule=schedule, at=at)
    if at is not None:
        only_loopback(app, yes=yes)
    set_up_log(app, dict(os.environ), people_see_it=not as_json)
    warn_of_times(app.settings)
    tally = post_once(app, early=today)
    if as_json:
        print_json([_row(settlement, text) for settlement, text in tally.settled])
    else:
        _tell(tally)
    return 1 if tally.wrong else 0


def _row(settlement: Settlement, text: str) -> dict[str, object]:
    return {
        "key": str(settlement.key),
        "state": settlement.state,
        "reason": settlement.reason,
        "url": settlement.receipt.url if settlement.receipt else None,
        "text": text or None,
    }


def _tell(tally: Tally) -> None:
    if tally.waiting:
        click.echo(f"{tally.waiting} waiting; `python bot.py status` says for what.")
    elif not tally.settled:
        click.echo("Nothing to post now; `python bot.py upcoming` shows what comes next.")
    for settlement, text in tally.settled:
        where = settlement.receipt.url if settlement.receipt else ""
        click.echo(f"{settlement.state}  {settlement.key}  {where or settlement.reason}")
        if text:
            click.echo(_indented(text) + "\n")


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())
