"""The worker: sleeps until something is due, and never trusts what woke it.

APScheduler only wakes it. In each cycle the almanac and the ledger decide what is due, so that a
lost, doubled or late job changes nothing.
"""

from __future__ import annotations

import gc
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from apscheduler.schedulers.background import BackgroundScheduler

from perihelion.model.errors import (
    ConfigurationError,
    LedgerUnavailable,
    LedgerVersionMismatch,
    WorkerFailed,
)
from perihelion.publish.delivery_loop import POLL_SECONDS
from perihelion.publish.worker_options import WorkerOptions
from perihelion.service.console import format_age
from perihelion.service.delivery_run import (
    finish_within_grace,
    list_ready_delays,
    make_delivery_loop,
    prepare_ledger,
)
from perihelion.service.observed_accounts import make_observation_reports
from perihelion.service.outcome_log import OutcomeLog
from perihelion.service.reports import Reports
from perihelion.service.schedule_switch import ScheduleSwitch
from perihelion.service.shutdown import exit_when_stuck, stop_on_signals

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.publish.delivery_loop import DeliveryLoop
    from perihelion.service.live_schedule import LiveSchedule
    from perihelion.service.wiring import App

logger = logging.getLogger(__name__)

LATE_POST_SPACING = timedelta(minutes=5)
"""The pause between two late posts of one account, after an outage."""

MAX_BUSY_TIME = timedelta(seconds=0.5)
"""How long maintenance may be put off while requests are under way."""

MAX_LEDGER_OUTAGE = timedelta(minutes=15)
"""How long a worker waits for a ledger that cannot be used; then it ends, to be restarted."""

STUCK_AFTER = timedelta(minutes=15)
"""How long a worker may make no progress; where two ticks are longer, so long."""

LEAD_SECONDS = 2.0
"""How many real seconds before a due instant its posts are prepared."""

LEAD_SECONDS_PER_ACCOUNT = 0.0006
"""How much earlier for each account of the instant, of which some thousands take seconds."""

MAX_LEAD_SECONDS = 8.0
"""Not so early that what is written for the instant looks like a clock that was set back."""


class Worker:
    """One process that posts until it is stopped. Any number of them may share a ledger."""

    def __init__(self, app: App, live: LiveSchedule | None = None) -> None:
        """`live` reads the schedule again when it changes; without it, `app` stays."""
        self._app = app
        self._outcomes = OutcomeLog(keep=False)
        self._ledger: Ledger = prepare_ledger(app)
        options = WorkerOptions(
            patience=app.settings.patience, spacing=LATE_POST_SPACING, rehearsal=app.is_rehearsal
        )
        self._delivery_loop: DeliveryLoop = make_delivery_loop(
            app, self._ledger, early=False, options=options
        )
        self._reports = Reports(app, self._ledger)
        self._switch = live and ScheduleSwitch(app, self._ledger, self._delivery_loop, live)
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            # No wake-up may be left out because the one before it is not quite over yet.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1000},
        )
        self._last_maintenance: datetime | None = None
        self._busy_since: datetime | None = None
        self._outage_since: datetime | None = None
        self._database_url = app.settings.database_url

    def run(self) -> None:
        """Post until SIGTERM or SIGINT.

        Raises LedgerVersionMismatch if a newer version has upgraded the ledger meanwhile, and
        WorkerFailed if it can no longer work: then the platform should start it again.
        """
        stuck_after = max(STUCK_AFTER, 2 * self._app.settings.tick)
        self._scheduler.start()
        try:
            with (
                stop_on_signals(self._delivery_loop.stop),
                exit_when_stuck(stuck_after.total_seconds()) as report_progress,
            ):
                names = tuple(account.name for account in self._app.accounts)
                logger.info("started", extra={"worker": self._ledger.worker, "accounts": names})
                gc.freeze()  # what exists now stays, and examining it would take 50 ms each time
                if self._switch:
                    self._switch.start()
                while not self._delivery_loop.is_stopping:
                    report_progress()
                    self._require_scheduler()
                    self._run_cycle()
                self._stop_scheduler()
                self._shut_down()
        finally:
            if self._switch:
                self._switch.stop()
            self._stop_scheduler()
            self._ledger.close()
        logger.info("stopped", extra={"worker": self._ledger.worker})

    def _run_cycle(self) -> None:
        """Do what is due, then sleep until a result, a due instant or the tick."""
        try:
            self._use_changed_files()
            self._delivery_loop.promise_due()
            self._exchange_with_ledger()
            if self._is_sending():
                self._delivery_loop.collect_results(POLL_SECONDS)
                return
            self._run_maintenance()
            self._schedule_wakeup()
            self._outage_since = None
        except LedgerVersionMismatch:
            raise
        except LedgerUnavailable as error:
            self._handle_outage(error)
            self._reconnect_ledger()
        # In monotonic seconds: the scheduler goes by the machine's clock, and if that is set back
        # by an hour, it wakes us an hour late.
        self._delivery_loop.collect_results(self._app.settings.tick.total_seconds())

    def _use_changed_files(self) -> None:
        """Go on with what was read again, if it can be used; else report that it cannot."""
        if not self._switch:
            return
        app = self._switch.switch()
        if app:
            self._app, self._last_maintenance = app, None
        self._reports.use_app(self._app, self._switch.refusal)

    def _exchange_with_ledger(self) -> None:
        self._outcomes.record_outcomes(self._delivery_loop.exchange_with_ledger())

    def _is_sending(self) -> bool:
        """Whether requests are under way, so that maintenance would hold them up."""
        now = self._app.clock.real_now()
        self._busy_since = (self._busy_since or now) if self._delivery_loop.is_busy else None
        if self._busy_since is None or abs(now - self._busy_since) >= MAX_BUSY_TIME:
            self._busy_since = None
            return False
        return True

    def _handle_outage(self, error: LedgerUnavailable) -> None:
        """Log an outage once. Raises WorkerFailed when it has lasted too long.

        Not as long as a result is not written yet: nobody else knows it.
        """
        now = self._app.clock.real_now()
        if self._outage_since is None:
            self._outage_since = now
            logger.error("nothing is posted: %s", error)
        elif abs(now - self._outage_since) >= MAX_LEDGER_OUTAGE and not self._delivery_loop.is_busy:
            raise WorkerFailed(
                f"the ledger could not be used for {format_age(now - self._outage_since)}, so this "
                f"worker ends, to be started again: {error}"
            ) from error

    def _require_scheduler(self) -> None:
        thread = self._scheduler._thread  # noqa: SLF001 - running stays true when the thread is dead
        if thread is None or not thread.is_alive():
            raise WorkerFailed("the scheduler has died, so this worker ends, to be started again")

    def _reconnect_ledger(self) -> None:
        """Follow the ledger: a failover may have changed its address in the settings."""
        try:
            address = self._app.reload_settings().database_url
            if address != self._database_url:
                self._ledger.switch_database(address.reveal())
                self._database_url = address
                logger.warning("connected to the ledger at its new address")
        except (ConfigurationError, LedgerUnavailable) as error:
            logger.warning("the changed settings cannot be used: %s", error)

    def _run_maintenance(self) -> None:
        now = self._app.clock.real_now()
        due = (
            self._last_maintenance is None
            or abs(now - self._last_maintenance) >= self._app.settings.tick
        )
        if not due:
            return
        self._last_maintenance = now
        self._delivery_loop.probe_networks()
        self._delivery_loop.expire_and_recover()
        networks = self._delivery_loop.context.networks
        self._ledger.record_heartbeat(now, make_observation_reports(networks))
        self._exchange_with_ledger()
        self._reports.start()

    def _schedule_wakeup(self) -> None:
        """Have the scheduler wake us when anything is due next."""
        clock = self._app.clock
        now, wall = clock.now(), self._ledger.wall_clock()
        planned, accounts = self._delivery_loop.find_next_due()
        delays = [] if planned is None else [self._seconds_until(planned, accounts)]
        delays += list_ready_delays(self._app, self._ledger, now, wall)
        if delays:
            # From the time now, not `wall`: woken a moment early, we would find nothing due yet.
            at = clock.real_now() + timedelta(seconds=min(delays))
            self._scheduler.add_job(
                self._delivery_loop.wake, "date", run_date=at, id="next", replace_existing=True
            )

    def _seconds_until(self, planned: datetime, accounts: int) -> float:
        """Real seconds until `planned`, or until it is time to prepare for it on `accounts`."""
        left = self._app.clock.seconds_until(planned)
        lead = min(LEAD_SECONDS + accounts * LEAD_SECONDS_PER_ACCOUNT, MAX_LEAD_SECONDS)
        if left > lead:
            return left - lead
        self._delivery_loop.promise_ahead(planned)
        return self._app.clock.seconds_until(planned)

    def _stop_scheduler(self) -> None:
        """Stop waking us. APScheduler fails if a job fires during its shutdown, so remove it."""
        if self._scheduler.running:
            self._scheduler.remove_all_jobs()
            self._scheduler.shutdown(wait=False)

    def _shut_down(self) -> None:
        try:
            self._outcomes.record_outcomes(finish_within_grace(self._app, self._delivery_loop))
            self._ledger.unregister_worker(self._app.clock.real_now())
            self._reports.finish_alerts()
        except LedgerUnavailable as error:
            logger.error("stopped while the ledger was unreachable: %s", error)  # noqa: TRY400 - as above
