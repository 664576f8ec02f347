"""`doctor`: tests that posting would work, without posting."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from perihelion.model.errors import ConfigurationError, PerihelionError, UsageError
from perihelion.networks.base import REQUEST_DEADLINE
from perihelion.networks.shared.redaction import Redactor
from perihelion.schedule.suggestions import suggest_choice
from perihelion.service.account_login import describe_account
from perihelion.service.adapter_memory import LazyLedger
from perihelion.service.alerts import open_addresses, send_to_each
from perihelion.service.attention import find_dead_workers
from perihelion.service.console import (
    format_age,
    format_count,
    format_minute,
    print_json,
    print_line,
)
from perihelion.service.environment_warnings import find_environment_warnings
from perihelion.service.local_faults import find_local_faults
from perihelion.service.logs import configure_logging
from perihelion.service.options import environment_options, json_option
from perihelion.service.redaction import find_secrets
from perihelion.service.settings import LogFormat, LogLevel, read_settings
from perihelion.service.shared_identities import find_shared_identities
from perihelion.service.short_times import find_short_times
from perihelion.service.timelines import describe_foreign_posts
from perihelion.service.translation_coverage import describe_coverage
from perihelion.service.wiring import open_app

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.ledger.store import Ledger
    from perihelion.networks.base import Identity
    from perihelion.service.enabled_accounts import EnabledAccount
    from perihelion.service.wiring import App

MAX_CLOCK_DRIFT = timedelta(seconds=30)
"""How far our clock and the database's may differ before it matters for a lease."""

_NO_ALERTS = "PERIHELION_ALERTS is not set"

_VERDICTS = {
    (True, False): ("ok  ", "green"),
    (True, True): ("WARN", "yellow"),
    (False, False): ("BAD ", "red"),
}

_LAGGING_STANDBY_HINT = (
    "it has a standby, but commits do not wait for it: set synchronous_standby_names, or run "
    "`python bot.py recover` before letting the standby take over"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one test; `details` say what was found, or what to do.

    A `warning` is about something that is not wrong, but probably meant otherwise.
    """

    subject: str
    ok: bool
    details: tuple[str, ...] = ()
    warning: bool = False


@click.command("doctor")
@click.argument("account", required=False)
@click.option("--alert", is_flag=True, help="Also send a test alert to PERIHELION_ALERTS.")
@json_option
@environment_options
def command(*, account: str | None, alert: bool, as_json: bool, environ: dict[str, str]) -> int:
    """Test the settings, credentials, ledger, clock and alerts.

    Posts nothing and writes nothing. Exits with 1 if anything would keep a post from going out
    exactly once, or an alert from arriving. With an ACCOUNT, tests only that account.
    """
    findings = run_doctor_checks(environ, account)
    if alert:
        secrets = Redactor(find_secrets(environ))  # Apprise logs why an alert was not sent
        configure_logging(LogFormat.CONSOLE, LogLevel.WARNING, secrets)
        findings.append(send_test_alert(environ))
    if as_json:
        print_json([{"subject": f.subject, "ok": f.ok, "detail": f.details} for f in findings])
    else:
        for finding in findings:
            verdict, colour = _VERDICTS[finding.ok, finding.warning]
            print_line(f"{click.style(verdict, colour)} {finding.subject}")
            for line in finding.details:
                print_line(f"       {line}")
    return 0 if all(finding.ok for finding in findings) else 1


def send_test_alert(environ: Mapping[str, str]) -> Finding:
    """Send an alert to each address in PERIHELION_ALERTS, and say which have taken it."""
    try:
        addresses = read_settings(environ).alerts
        results = send_to_each(addresses, "Perihelion: a test", "Alerts of this bot arrive here.")
    except ConfigurationError as error:
        return Finding("test alert", ok=False, details=(str(error),))
    if not results:
        return Finding("test alert", ok=False, details=(_NO_ALERTS,))
    details = [f"{one}: {'sent' if sent else 'not sent'}" for one, sent in results]
    return Finding("test alert", ok=all(sent for _one, sent in results), details=tuple(details))


def run_doctor_checks(environ: Mapping[str, str], only: str | None = None) -> list[Finding]:
    """Every finding, each after those it depends on; `only` names one account to test.

    Raises UsageError if there is no such account.
    """
    try:
        app = open_app(environ, only=only)
    except ConfigurationError as error:
        details = tuple(str(mistake) for mistake in error.mistakes)
        return [Finding("settings and schedule", ok=False, details=details)]
    ledger = app.open_ledger()
    try:
        if only is not None:
            return _check_one(app, ledger, only)
        return [*_check_environment(app, environ), *_check_app(app, ledger)]
    finally:
        ledger.close()


def _check_environment(app: App, environ: Mapping[str, str]) -> list[Finding]:
    warnings = find_environment_warnings(app, environ)
    found = [Finding("environment", ok=True, details=warnings, warning=True)] if warnings else []
    return [*found, _check_alerts(app)]


def _check_alerts(app: App) -> Finding:
    try:
        count = len(open_addresses(app.settings.alerts))
    except ConfigurationError as error:
        return Finding("alerts", ok=False, details=(str(error),))
    found = "1 address" if count == 1 else f"{count} addresses"
    detail = f"{found}; `doctor --alert` sends a test alert" if count else _NO_ALERTS
    return Finding("alerts", ok=True, details=(detail,))


def _check_app(app: App, ledger: Ledger) -> list[Finding]:
    events = format_count(len(app.schedule.events), "events")
    told = (f"{app.settings.schedule}: {events}", *describe_coverage(app.schedule, app.accounts))
    schedule = Finding("schedule", ok=True, details=told)
    checked = _check_ledger(app, ledger)
    findings = [_check_times(app), schedule, _check_files(app), checked]
    if checked.ok:
        findings.append(_check_workers(app, ledger))
    with ThreadPoolExecutor(max_workers=8) as pool:
        checks = list(pool.map(lambda one: _check_account(app, one, ledger), app.enabled_accounts))
    findings += [finding for found, _identity in checks for finding in found]
    findings += [_make_off_finding(one.name, ok=True) for one in app.disabled_accounts]
    identities = zip(app.enabled_accounts, (identity for _found, identity in checks), strict=True)
    return findings + [
        Finding(f"accounts {one.names}", ok=not one.repeats_posts, details=(one.text,))
        for one in find_shared_identities(list(identities))
    ]


def _check_one(app: App, ledger: Ledger, name: str) -> list[Finding]:
    on = {one.account.name: one for one in app.enabled_accounts}
    names = (*on, *(one.name for one in app.disabled_accounts))
    if name not in names:
        raise UsageError(f"there is no account {name!r}; {suggest_choice(name, names)}")
    if name not in on:
        return [_make_off_finding(name)]
    found, _identity = _check_account(app, on[name], ledger)
    return found


def _make_off_finding(name: str, *, ok: bool = False) -> Finding:
    return Finding(f"account {name}", ok, ("off: its variables are not set",))


def _check_times(app: App) -> Finding:
    short = find_short_times(app.settings)
    lease, patience = (x.total_seconds() for x in (app.settings.lease, app.settings.patience))
    times = f"lease {lease:g} s, patience {patience:g} s"
    fine = f"{times}; a request takes {REQUEST_DEADLINE:g} s at most"
    return Finding("settings", ok=not short, details=short or (fine,))


def _check_files(app: App) -> Finding:
    faults = find_local_faults(app)
    pictures = sum(len(event.pictures) for event in app.schedule.events)
    fine = f"templates in {app.settings.templates}, {format_count(pictures, 'pictures')}"
    return Finding("files", ok=not faults, details=tuple(map(str, faults)) or (fine,))


def _check_ledger(app: App, ledger: Ledger) -> Finding:
    try:
        version = ledger.get_version_or_none()
        if version is None:
            ledger.require_writable()
            return Finding("ledger", ok=True, details=("none yet: the first run creates it",))
        ledger.require_current_version()
        ledger.require_undamaged()
        ledger.require_writable()
        drift = abs(ledger.get_server_time() - app.clock.real_now())
        lagging = ledger.has_lagging_standby()
    except PerihelionError as error:
        return Finding("ledger", ok=False, details=(str(error),))
    details = [f"version {version}, created {format_minute(ledger.get_creation_time())} UTC"]
    if lagging:
        details.append(_LAGGING_STANDBY_HINT)
    if drift > MAX_CLOCK_DRIFT:
        details.append(f"the database's clock and ours differ by {drift}: set this machine's clock")
    return Finding("ledger", ok=drift <= MAX_CLOCK_DRIFT, details=tuple(details))


def _check_workers(app: App, ledger: Ledger) -> Finding:
    if ledger.get_version_or_none() is None or not (workers := ledger.list_workers()):
        return Finding("worker", ok=True, details=("none has run yet",))
    last = workers[0]
    dead = [one.text for one in find_dead_workers(app, workers) if one.subject == last.id]
    age = format_age(app.clock.real_now() - last.beat_at)
    ended = ", and stopped as asked" if last.stopped_at else ""
    details = (f"{last.id}: {dead[0]}",) if dead else (f"{last.id}: last seen {age} ago{ended}",)
    return Finding("worker", ok=not dead, details=details)


def _check_account(
    app: App, enabled: EnabledAccount, ledger: Ledger
) -> tuple[list[Finding], Identity | None]:
    """The findings, and whose credentials they are if that could be found out."""
    name = enabled.account.name
    try:
        network = app.connect_account(enabled, LazyLedger(ledger, app.clock.now))
        identity = network.check()
        details = describe_account(network, enabled.account, identity)
    except PerihelionError as error:
        return [Finding(f"account {name}", ok=False, details=(str(error),))], None
    found = [Finding(f"account {name}", ok=True, details=details)]
    foreign = describe_foreign_posts(app, enabled.account, network, ledger)
    if foreign:
        found.append(Finding(f"timeline {name}", ok=True, details=foreign, warning=True))
    return found, identity
