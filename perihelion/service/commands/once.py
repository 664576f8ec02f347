"""`once`: one pass over everything due, for cron."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from perihelion.service.options import at_option, json_option, path_options, print_json, yes_option

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from perihelion.ledger.values import Settlement
    from perihelion.service.delivery_run import OutcomeLog


@click.command("once")
@at_option
@click.option("--today", is_flag=True, help="Count everything observed today as due now.")
@yes_option
@json_option
@path_options
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
    from perihelion.service.delivery_run import configure_app_logging, post_due_once
    from perihelion.service.time_settings import log_short_times
    from perihelion.service.wiring import open_app, require_loopback

    app = open_app(state=state, schedule=schedule, at=at)
    if at is not None:
        require_loopback(app, yes=yes)
    configure_app_logging(app, dict(os.environ), prints_results=not as_json)
    log_short_times(app.settings)
    outcomes = post_due_once(app, early=today)
    if as_json:
        print_json(
            [_outcome_to_json(settlement, text) for settlement, text in outcomes.latest_outcomes]
        )
    else:
        _print_outcomes(outcomes)
    return 1 if outcomes.needs_attention else 0


def _outcome_to_json(settlement: Settlement, text: str) -> dict[str, object]:
    return {
        "key": str(settlement.key),
        "state": settlement.state,
        "reason": settlement.reason,
        "url": settlement.receipt.url if settlement.receipt else None,
        "text": text or None,
    }


def _print_outcomes(outcomes: OutcomeLog) -> None:
    if outcomes.pending_count:
        click.echo(f"{outcomes.pending_count} waiting; `python bot.py status` says for what.")
    elif not outcomes.latest_outcomes:
        click.echo("Nothing to post now; `python bot.py upcoming` shows what comes next.")
    for settlement, text in outcomes.latest_outcomes:
        where = settlement.receipt.url if settlement.receipt else ""
        click.echo(f"{settlement.state}  {settlement.key}  {where or settlement.reason}")
        if text:
            click.echo(_indent_text(text) + "\n")


def _indent_text(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())
