"""The audit: what the ledger calls sent, compared with what each account's timeline shows.

It never posts. What it cannot judge it names: a network that shows no posts, a timeline that cannot
be read far enough back, an account whose reading costs money.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from perihelion.model.errors import ConfigurationError, PublishError
from perihelion.networks import loader
from perihelion.networks.base import DedupeMethod
from perihelion.publish.corrections import find_target
from perihelion.publish.timeline_audit import compare_with_timeline
from perihelion.service.audit_results import AuditResult, remove_accepted, save_result

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.model.deliveries import Delivery
    from perihelion.publish.timeline_audit import Finding
    from perihelion.service.enabled_accounts import EnabledAccount
    from perihelion.service.wiring import App

AUDITED_BACK = timedelta(days=7)
"""How far back the audit looks without `--since`."""

SETTLED_AFTER = timedelta(minutes=10)
"""How long ago a post must have been sent: some timelines show new posts late."""

READ_FURTHER = timedelta(days=2)
"""How much further back the timeline is read: a post may have left before its due time (`--early`),
and clocks differ."""


@dataclass(frozen=True, slots=True)
class AccountAudit:
    """What the audit of one account has found; `unread` says why its timeline was not read.

    With `failed`, it should have been possible, and nobody can tell whether all is well.
    """

    account: str
    judged: int = 0
    findings: tuple[Finding, ...] = ()
    unread: str = ""
    failed: bool = False

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong, as far as anybody can tell."""
        return not self.findings and not self.failed


def audit_accounts(
    app: App, ledger: Ledger, since: datetime, only: str | None = None
) -> list[AccountAudit]:
    """Audit what was due since an instant (UTC), on each account that is on, or on `only` that one.

    A timeline whose reading costs money is read only for an account that is named. What was found
    is kept for `status`, unless `since` leaves out what the daily audit judges.
    """
    audits = [
        _audit_account(app, ledger, one, since, pays=only is not None)
        for one in app.enabled_accounts
        if only in {None, one.account.name}
    ]
    now = app.clock.now()
    if since <= now - AUDITED_BACK:
        for one in audits:
            if not one.unread:
                save_result(ledger, AuditResult(one.account, now, one.findings))
    return audits


def _audit_account(
    app: App, ledger: Ledger, enabled: EnabledAccount, since: datetime, *, pays: bool
) -> AccountAudit:
    account = enabled.account
    if loader.load_spec(account.network).is_paid and not pays:
        why = f"reading {account.network} costs money; name the account to read it all the same"
        return AccountAudit(account.name, unread=why)
    before = app.clock.now() - SETTLED_AFTER
    sent = [
        one
        for one in ledger.list_sent(account.name, since)
        if one.updated_at is not None and one.updated_at <= before
    ]
    if not sent:
        return AccountAudit(account.name)  # no server is asked about nothing
    try:
        network = app.connect_account(enabled, ledger)
        if network.dedupe.method is DedupeMethod.NONE:
            why = f"{account.network} cannot show what was posted"
            return AccountAudit(account.name, unread=why)
        shown = network.recent(since - READ_FURTHER)
    except (PublishError, ConfigurationError) as error:
        why = f"could not tell: {app.redact(str(error))}"
        return AccountAudit(account.name, unread=why, failed=True)
    expected = [_apply_corrections(one, ledger) for one in sent]
    findings = remove_accepted(ledger, compare_with_timeline(expected, shown))
    return AccountAudit(account.name, len(sent), findings)


def _apply_corrections(delivery: Delivery, ledger: Ledger) -> Delivery:
    """The delivery as its post must look after the corrections that were made."""
    corrections = ledger.list_corrections(delivery.key)
    if delivery.post is None or not corrections:
        return delivery
    target, text = find_target(delivery, corrections)
    post = replace(delivery.post, text=text)
    return replace(delivery, receipt_id=target.id, url=target.url, post=post)
