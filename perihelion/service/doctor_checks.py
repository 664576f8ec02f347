"""What `doctor` examines: settings, schedule, clock, ledger, and each account in turn."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from perihelion.model.errors import ConfigurationError, PerihelionError
from perihelion.networks.base import REQUEST_DEADLINE
from perihelion.publish.decisions import UnknownPolicy
from perihelion.publish.preparer import get_unknown_policy
from perihelion.service.adapter_memory import LazyLedger
from perihelion.service.formatting import format_count, format_minute
from perihelion.service.time_settings import find_short_times
from perihelion.service.wiring import open_app

if TYPE_CHECKING:
    from pathlib import Path

    from perihelion.ledger.store import Ledger
    from perihelion.model.accounts import Account
    from perihelion.networks.base import Dedupe, Network
    from perihelion.service.adapter_memory import EncryptedValueStore
    from perihelion.service.enabled_accounts import EnabledAccount
    from perihelion.service.wiring import App

MAX_CLOCK_DRIFT = timedelta(seconds=30)
"""How far our clock and the database's may differ before it matters for a lease."""

_LAGGING_STANDBY_HINT = (
    "another server follows it, and commits do not wait for that one: set "
    "synchronous_standby_names, or, should it take over, run `python bot.py recover` first"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing examined; `details` say what was found, or what to do."""

    subject: str
    ok: bool
    details: tuple[str, ...] = ()


def run_doctor_checks(state: Path | None, schedule: Path | None) -> list[Finding]:
    """Every finding, in the order in which things depend on each other."""
    try:
        app = open_app(state=state, schedule=schedule)
    except ConfigurationError as error:
        details = tuple(str(mistake) for mistake in error.mistakes)
        return [Finding("settings and schedule", ok=False, details=details)]
    ledger = app.open_ledger()
    findings = [_check_times(app), _check_schedule(app), _check_ledger(app, ledger)]
    with ThreadPoolExecutor(max_workers=8) as pool:
        value_store = LazyLedger(ledger, app.clock.now)
        findings += pool.map(lambda c: _check_account(app, c, value_store), app.enabled_accounts)
    findings += [
        Finding(f"account {account.name}", ok=True, details=("off: its variables are not set",))
        for account in app.disabled_accounts
    ]
    ledger.close()
    return findings


def _check_times(app: App) -> Finding:
    settings = app.settings
    found = find_short_times(settings)
    lease, patience = (span.total_seconds() for span in (settings.lease, settings.patience))
    fine = (
        f"lease {lease:g} s, patience {patience:g} s; "
        f"a request takes at most {REQUEST_DEADLINE:g} s"
    )
    return Finding("settings", ok=not found, details=found or (fine,))


def _check_schedule(app: App) -> Finding:
    count = len(app.schedule.events)
    return Finding(
        "schedule", ok=True, details=(f"{app.settings.schedule}: {format_count(count, 'events')}",)
    )


def _check_ledger(app: App, ledger: Ledger) -> Finding:
    try:
        version = ledger.get_version_or_none()
        if version is None:
            ledger.require_writable()
            return Finding("ledger", ok=True, details=("none yet: the first run makes it",))
        ledger.require_current_version()
        ledger.require_writable()
        drift = abs(ledger.get_server_time() - app.clock.real_now())
        lagging = ledger.has_lagging_standby()
    except PerihelionError as error:
        return Finding("ledger", ok=False, details=(str(error),))
    details = [f"version {version}, born {format_minute(ledger.get_creation_time())} UTC"]
    if lagging:
        details.append(_LAGGING_STANDBY_HINT)
    if drift > MAX_CLOCK_DRIFT:
        details.append(f"its clock and ours differ by {drift}: set this machine's clock")
    return Finding("ledger", ok=drift <= MAX_CLOCK_DRIFT, details=tuple(details))


def _check_account(app: App, enabled: EnabledAccount, value_store: EncryptedValueStore) -> Finding:
    subject = f"account {enabled.account.name}"
    try:
        details = describe_account(app.connect_account(enabled, value_store), enabled.account)
    except PerihelionError as error:
        return Finding(subject, ok=False, details=(str(error),))
    return Finding(subject, ok=True, details=details)


def describe_account(network: Network, account: Account) -> tuple[str, ...]:
    """Prove the account's credentials, and say in lines whose they are and what holds there.

    Raises what `Network.check` raises.
    """
    identity = network.check()
    limits = network.limits
    ends = identity.expires_at
    return (
        f"{identity.handle} {identity.url or ''}".strip(),
        (
            f"{limits.length} {limits.counting}, {format_count(limits.pictures, 'pictures')}, "
            f"alt text {limits.alt_length}"
        ),
        describe_dedupe(network.dedupe, get_unknown_policy(account)),
        *identity.notes,
        *((f"its token ends {format_minute(ends)} UTC",) if ends is not None else ()),
    )


def describe_dedupe(dedupe: Dedupe, choice: UnknownPolicy) -> str:
    """What the network promises about repeats, for a person; `choice` is the operator's."""
    if dedupe.method == "keyed":
        window = f"for {dedupe.window}" if dedupe.window else "for ever"
        then = ", then looked up" if dedupe.then_lookup else ""
        return f"dedupe: keyed {window}{then}"
    if dedupe.method == "lookup":
        return "dedupe: looked up on the account's own timeline"
    return f"dedupe: none; an unknown outcome is {_IN_DOUBT_TEXTS[choice]}"


_IN_DOUBT_TEXTS = {
    UnknownPolicy.HOLD: "held for a person",
    UnknownPolicy.RETRY: "sent again, at the risk of a double",
    UnknownPolicy.SKIP: "left unpublished",
}
