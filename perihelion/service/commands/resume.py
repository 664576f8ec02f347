"""`resume`: ends a pause."""

from __future__ import annotations

import click

from perihelion.model.errors import UsageError
from perihelion.service.commands.pause import require_known_account
from perihelion.service.console import print_json, print_line
from perihelion.service.options import environment_options, json_option
from perihelion.service.pause_texts import pause_to_json
from perihelion.service.wiring import open_app_for_ledger


@click.command("resume")
@click.argument("account", required=False)
@json_option
@environment_options
def command(*, account: str | None, as_json: bool, environ: dict[str, str]) -> None:
    """End the pause of ACCOUNT, or every pause.

    What fell due meanwhile stays skipped; `resolve KEY --retry` sends one of them after all.
    """
    app, _wrong = open_app_for_ledger(environ)
    ledger, now = app.open_ledger(), app.clock.now()
    ledger.require_current_version()
    require_known_account(app, ledger, account)
    if account is not None and any(
        p.account is None and p.lasts(now) for p in ledger.list_pauses()
    ):
        raise UsageError("every account is paused; `resume` without an ACCOUNT ends that")
    ended = ledger.resume_account(account, now)
    if as_json:
        print_json([pause_to_json(pause) for pause in ended])
    elif not ended:
        print_line(f"{account or 'No account'} was {'not ' if account else ''}paused.")
    for pause in () if as_json else ended:
        print_line(f"{pause.account or 'Every account'} posts again from now on.")
