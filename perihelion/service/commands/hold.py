"""`hold`: a person holds back one post, whether or not it is promised already."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from perihelion.model.deliveries import PlannedDelivery, State
from perihelion.model.storable_text import make_single_line
from perihelion.service.console import format_minute, print_json, print_line
from perihelion.service.options import environment_options, json_option, parse_key, person_option
from perihelion.service.sign_off import SignOffs
from perihelion.service.wiring import open_app

if TYPE_CHECKING:
    from perihelion.service.sign_off import ComingPost


@click.command("hold")
@click.argument("key")
@person_option
@click.option("--reason", metavar="TEXT", help="Why; it is kept in the history.")
@json_option
@environment_options
def command(
    *, key: str, person: str, reason: str | None, as_json: bool, environ: dict[str, str]
) -> None:
    """Hold back one post until you decide, up to a year ahead.

    KEY is what `status` and `preview --json` print. `resolve KEY --retry` lets it go out, never
    before its time, and `resolve KEY --skip` leaves it out. An approval does not release it.
    """
    parsed = parse_key(key)
    app = open_app(environ, only=parsed.account)
    ledger = app.open_ledger()
    ledger.require_current_version()
    post, due = SignOffs(app, ledger).find(parsed)
    why = make_single_line(f"held back by {person}" + (f": {reason}" if reason else ""))
    account = next(one for one in app.accounts if one.name == parsed.account)
    day = post.due_at.astimezone(ZoneInfo(account.timezone)).date()
    rank, thread = (due.rank, due.thread) if due else (1, "")
    planned = PlannedDelivery(
        parsed,
        account.network,
        post.day,
        post.due_at,
        post.late_until,
        rank,
        State.HELD,
        why,
        thread,
    )
    ledger.hold_planned(planned, day, app.clock.now())
    if as_json:
        print_json({"key": key, "state": State.HELD, "due_at": post.due_at, "reason": why})
    else:
        print_line(_describe(post, why))


def _describe(post: ComingPost, why: str) -> str:
    when = f"{format_minute(post.due_at)} UTC"
    resolve = f"`python bot.py resolve {post.key}"
    ways = f"{resolve} --retry` lets it go out, {resolve} --skip` leaves it out"
    return f"{post.key} of {when} is {why}. {ways}."
