"""`once`: one pass over everything due, for cron."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from perihelion.service.console import clean_line, format_count, print_json, print_line
from perihelion.service.options import at_option, json_option, yes_option
from perihelion.service.rehearsal import posting_environment_options

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.service.outcome_log import Outcome, OutcomeLog


@click.command("once")
@at_option
@click.option("--today", is_flag=True, help="Treat everything observed today as due now.")
@yes_option
@json_option
@posting_environment_options
def command(
    *, at: datetime | None, today: bool, yes: bool, as_json: bool, environ: dict[str, str]
) -> int:
    """Post everything that is due, then exit.

    Catches up within each event's late policy, and settles what a crash left open. Safe to run
    as often as you like, even several at once: nothing is posted twice.
    """
    from perihelion.service.delivery_run import open_posting_app, post_due_once

    app = open_posting_app(
        environ, at=at, yes=yes, prints_results=not as_json, reads_templates=False
    )
    outcomes = post_due_once(app, early=today)
    if as_json:
        print_json([_outcome_to_json(outcome) for outcome in outcomes.latest_outcomes])
    else:
        print_outcomes(outcomes)
    return 1 if outcomes.needs_attention else 0


def _outcome_to_json(outcome: Outcome) -> dict[str, object]:
    settlement = outcome.settlement
    return {
        "key": str(settlement.key),
        "state": settlement.state,
        "reason": settlement.reason,
        "url": settlement.receipt.url if settlement.receipt else None,
        "text": outcome.text or None,
        "found": outcome.was_found,
    }


def print_outcomes(outcomes: OutcomeLog) -> None:
    """Say what became of each delivery, each reason on one line, and show its post."""
    if outcomes.missed_count:
        missed = format_count(outcomes.missed_count, "posts")
        print_line(f"{missed} missed; `python bot.py status` says why.")
    if outcomes.pending_count:
        print_line(f"{outcomes.pending_count} waiting; `python bot.py status` says for what.")
    elif not outcomes.latest_outcomes and not outcomes.missed_count:
        print_line("Nothing to post now; `python bot.py upcoming` shows what comes next.")
    for outcome in outcomes.latest_outcomes:
        settlement = outcome.settlement
        where = settlement.receipt.url if settlement.receipt else ""
        state = "already there" if outcome.was_found else settlement.state
        print_line(f"{state}  {settlement.key}  {clean_line(where or settlement.reason)}")
        if outcome.text:
            lines = outcome.text.splitlines()
            print_line("\n".join(f"    {line}".rstrip() for line in lines) + "\n")
