"""One pass over everything due, and what `once` and `run` share around a delivery loop."""

from __future__ import annotations

import logging
import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from perihelion import __version__
from perihelion.ledger.migrate import HEAD
from perihelion.ledger.private_files import restrict_folder
from perihelion.model.deliveries import State
from perihelion.publish.delivery_loop import DeliveryLoop
from perihelion.publish.worker_options import WorkerOptions
from perihelion.service.attention import find_repeating_accounts
from perihelion.service.cache_folder import NO_CACHE
from perihelion.service.environment_warnings import find_environment_warnings
from perihelion.service.error_reports import start_error_reports
from perihelion.service.known_ledger import require_known_ledger
from perihelion.service.local_faults import find_start_error, list_repairs, open_tried_file
from perihelion.service.logs import configure_logging
from perihelion.service.outcome_log import OutcomeLog
from perihelion.service.rehearsal import require_loopback
from perihelion.service.reports import Reports
from perihelion.service.settings import LogFormat, LogLevel, Switch
from perihelion.service.short_times import find_short_times
from perihelion.service.shutdown import GRACE_SECONDS, stop_on_signals
from perihelion.service.wiring import open_app

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import Result
    from perihelion.service.wiring import App

logger = logging.getLogger(__name__)

_PENDING_STATES = (State.WAITING, State.UNKNOWN, State.SENDING)
MAX_ONCE_WAIT = timedelta(seconds=15)
"""How long `once` waits for posts that a short pause has delayed."""

LOOKUP_PATIENCES = 1.5
"""How many times the patience two look-ups take: one at its end, and one half of it later."""

_NONE = timedelta(0)


def open_posting_app(  # noqa: PLR0913 - what `run` and `once` differ in, by name
    environ: Mapping[str, str],
    *,
    at: datetime | None = None,
    speed: float = 1.0,
    yes: bool = False,
    prints_results: bool = False,
    reads_templates: bool = True,
) -> App:
    """The App, with its log configured, for a verb that posts.

    Without `reads_templates`, those that were right before are not tried again, and read only when
    a post is due. Raises ConfigurationError, for broken templates and missing pictures as well, and
    UsageError for a rehearsal that would post publicly without `yes`.
    """
    app = open_app(environ, at=at, speed=speed)
    require_known_ledger(app.settings)
    # What reloads reads them all together, and refuses what is broken.
    app = replace(app, rereads_templates=app.settings.reload is Switch.OFF)
    if at is not None or speed != 1:
        require_loopback(app, yes=yes)
    error = find_start_error(app, NO_CACHE if reads_templates else open_tried_file(app, environ))
    if error is not None:
        raise error
    configure_app_logging(app, prints_results=prints_results)
    for warning in (*find_short_times(app.settings), *find_environment_warnings(app, environ)):
        logger.warning("%s", warning)
    for one in find_repeating_accounts(app):
        logger.warning("%s: %s", one.subject, one.text)
    return app


def configure_app_logging(app: App, *, prints_results: bool = False) -> None:
    """Log as the settings say, without secrets, and report errors to SENTRY_DSN if it is set.

    `prints_results` says that stdout tells a person all that INFO would; the log then keeps to
    problems.
    """
    level = app.settings.log_level
    if prints_results and app.settings.log is LogFormat.CONSOLE and level is LogLevel.INFO:
        level = LogLevel.WARNING
    configure_logging(
        app.settings.log, level, lambda line: app.program.name_commands(app.redact(line))
    )
    if not app.is_rehearsal:
        start_error_reports(app.settings.sentry_dsn, app.redact)


def prepare_ledger(app: App) -> Ledger:
    """The ledger, created or upgraded if necessary, so that no release phase is required.

    Raises LedgerUnavailable or LedgerVersionMismatch; then nothing is posted.
    """
    restrict_folder(app.settings.state, unless_around=app.settings.schedule)
    ledger = app.open_ledger()
    before = ledger.get_version_or_none()
    if before != HEAD:
        ledger.migrate(app.clock.now())
        logger.info("ledger migrated", extra={"before": before, "after": HEAD})
    ledger.register_worker(__version__, app.clock.real_now())
    ledger.register_accounts({one.name: one.network for one in app.accounts}, app.clock.now())
    return ledger


def make_delivery_loop(
    app: App, ledger: Ledger, *, early: bool, options: WorkerOptions
) -> DeliveryLoop:
    """A delivery loop for all accounts that are on."""
    return DeliveryLoop(
        ledger=ledger,
        context=app.make_publish_context(ledger),
        clock=app.clock,
        jitter=random.SystemRandom().random,
        options=options,
        early=early,
    )


def post_due_once(app: App, *, early: bool) -> OutcomeLog:
    """Post everything that is due, and settle what a crash left open.

    `early` treats everything observed today as due now.
    """
    outcomes, start = OutcomeLog(), app.clock.now()
    ledger = prepare_ledger(app)
    options = WorkerOptions(patience=app.settings.patience, rehearsal=app.is_rehearsal)
    delivery_loop = make_delivery_loop(app, ledger, early=early, options=options)
    try:
        with stop_on_signals(delivery_loop.stop):
            delivery_loop.probe_networks()
            _drain_due(app, ledger, delivery_loop, outcomes)
            outcomes.record_outcomes(finish_within_grace(app, delivery_loop))
            counts = ledger.count_deliveries_by_state()
            outcomes.pending_count = sum(counts.get(state, 0) for state in _PENDING_STATES)
            missed = ledger.list_deliveries([State.MISSED])
            outcomes.missed_count = sum((d.updated_at or start) >= start for d in missed)
            outcomes.has_repairs = bool(list_repairs(ledger))
            Reports(app, ledger).send()
            ledger.unregister_worker(app.clock.real_now())
    finally:
        ledger.close()
    return outcomes


def _drain_due(app: App, ledger: Ledger, delivery_loop: DeliveryLoop, outcomes: OutcomeLog) -> None:
    """Post all there is, and what is ready soon: the next run may be a day away.

    Soon is a few seconds; where the network is asked whether a post is there already, it is the
    time that the two look-ups take.
    """
    start, announced = app.clock.real_now(), False
    while True:
        before = (app.clock.now(), ledger.wall_clock())
        for settled in delivery_loop.run_until_idle():
            outcomes.record_outcomes(settled)
        soon = min(list_ready_delays(app, ledger, *before), default=None)
        unknown = ledger.count_deliveries_by_state().get(State.UNKNOWN, 0)
        longest = MAX_ONCE_WAIT + (LOOKUP_PATIENCES * app.settings.patience if unknown else _NONE)
        left = (start + longest - app.clock.real_now()).total_seconds()
        if delivery_loop.is_stopping or soon is None or soon >= left:
            return
        if unknown and not announced:
            _announce_lookups(unknown, left)
            announced = True
        delivery_loop.collect_results(soon)


def _announce_lookups(count: int, seconds: float) -> None:
    posts = "post is" if count == 1 else "posts are"
    click.echo(
        f"Asking the network whether {count} {posts} there already: up to {seconds:.0f} seconds.",
        err=True,
    )


def list_ready_delays(app: App, ledger: Ledger, now: datetime, wall: datetime) -> list[float]:
    """Real seconds until the ledger's next post and next look-up after these instants are ready.

    A post waits by the App's clock, a look-up by the ledger's: in a rehearsal they differ.
    """
    names = [account.name for account in app.accounts]
    post = ledger.find_next_ready_time(names, now)
    look_up = ledger.find_next_lookup_time(names, wall)
    delays = [] if post is None else [app.clock.seconds_until(post)]
    if look_up is not None:
        delays.append(max(0.0, (look_up - ledger.wall_clock()).total_seconds()))
    return delays


def finish_within_grace(app: App, delivery_loop: DeliveryLoop) -> list[Result]:
    """Let the requests under way finish within the grace period; returns what was settled."""
    end = app.clock.real_now() + timedelta(seconds=GRACE_SECONDS)
    return delivery_loop.shut_down(lambda: app.clock.real_now() < end)
