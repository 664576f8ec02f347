"""`pause`: posts nothing on an account, or on any, until it is resumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from perihelion.model.errors import UsageError
from perihelion.schedule.suggestions import suggest_choice
from perihelion.service.console import print_json, print_line
from perihelion.service.options import environment_options, json_option, until_option
from perihelion.service.pause_texts import describe_pause, pause_to_json
from perihelion.service.wiring import open_app_for_ledger

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.service.wiring import App


@click.command("pause")
@click.argument("account", required=False)
@until_option
@json_option
@environment_options
def command(
    *, account: str | None, until: datetime | None, as_json: bool, environ: dict[str, str]
) -> None:
    """Post nothing on ACCOUNT, or on any account, for a while.

    What falls due meanwhile is skipped, and not sent afterwards. Takes effect at once, also for a
    worker that is running; a post that is being sent at that moment still appears.
    """
    app, _wrong = open_app_for_ledger(environ)
    ledger, now = app.open_ledger(), app.clock.now()
    ledger.require_current_version()
    require_known_account(app, ledger, account)
    if until is not None and until <= now:
        raise UsageError("--until must be in the future; `resume` ends a pause now")
    pause = ledger.pause_account(account, now, until)
    if as_json:
        print_json(pause_to_json(pause))
    else:
        print_line(f"{describe_pause(pause)}. What falls due meanwhile is skipped.")


def require_known_account(app: App, ledger: Ledger, account: str | None) -> None:
    """Raise UsageError unless `account` is in the schedule or in the ledger; None is all."""
    ours = [one.name for one in (*app.schedule.accounts, *app.accounts)]
    names = tuple(dict.fromkeys([*ours, *(one.name for one in ledger.list_accounts())]))
    if account is not None and account not in names:
        raise UsageError(f"there is no account {account!r}; {suggest_choice(account, names)}")
