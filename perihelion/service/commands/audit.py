"""`audit`: compares what was sent with what the accounts' timelines show."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from perihelion.model.errors import UsageError
from perihelion.service.audit import AUDITED_BACK, audit_accounts
from perihelion.service.audit_results import accept_findings
from perihelion.service.console import format_count, print_json, print_line, select_fields
from perihelion.service.options import environment_options, json_option, parse_key
from perihelion.service.wiring import open_app, open_app_for_ledger

if TYPE_CHECKING:
    from perihelion.service.audit import AccountAudit


@click.command("audit")
@click.argument("account", required=False)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Judge what was due from this day on (UTC); by default, the last seven days.",
)
@click.option(
    "--accept",
    metavar="KEY",
    help="You have looked: what the last audit found about this delivery is as it should be.",
)
@json_option
@environment_options
def command(
    *,
    account: str | None,
    since: datetime | None,
    accept: str | None,
    as_json: bool,
    environ: dict[str, str],
) -> int:
    """Compare what was sent with what the timelines show.

    Names what was deleted, edited or doubled, or is missing. Posts nothing. Exits with 1 if it
    finds anything, or could not tell. With an ACCOUNT, audits only that account.
    """
    if accept is not None:
        _accept(environ, accept, as_json=as_json)
        return 0
    app = open_app(environ, only=account)
    names = [one.name for one in app.accounts]
    if account is not None and account not in names:
        raise UsageError(f"{account} is not an account that is on; those are {', '.join(names)}")
    ledger = app.open_ledger()
    ledger.require_current_version()
    start = since.replace(tzinfo=UTC) if since else app.clock.now() - AUDITED_BACK
    audits = audit_accounts(app, ledger, start, account)
    if as_json:
        print_json([_audit_to_json(one) for one in audits])
    else:
        for audit in audits:
            _print_audit(audit)
    return 0 if all(one.is_well for one in audits) else 1


def _accept(environ: dict[str, str], text: str, *, as_json: bool) -> None:
    key = parse_key(text)
    app, _wrong = open_app_for_ledger(environ)
    ledger = app.open_ledger()
    ledger.require_current_version()
    findings = accept_findings(ledger, str(key))
    if not findings:
        raise UsageError(
            f"the last audit found nothing about {key}; `python bot.py status` lists what it found"
        )
    if as_json:
        print_json([select_fields(one, "difference", "key", "url", "text") for one in findings])
        return
    for one in findings:
        print_line(f"{one.difference} {one.key} is accepted, and not reported again")


def _audit_to_json(audit: AccountAudit) -> dict[str, Any]:
    findings = [select_fields(one, "difference", "key", "url", "text") for one in audit.findings]
    return {**select_fields(audit, "account", "judged", "unread", "failed"), "findings": findings}


def _print_audit(audit: AccountAudit) -> None:
    if audit.unread:
        print_line(f"{audit.account}: {audit.unread}")
        return
    judged = format_count(audit.judged, "posts")
    differences = format_count(len(audit.findings), "differences")
    print_line(f"{audit.account}: {judged} compared, {differences}")
    for one in audit.findings:
        print_line(f"  {one.difference} {one.key} {one.url}: {one.text}")
