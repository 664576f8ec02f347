"""The worker: sleeps until something is due, and never trusts what woke it.

APScheduler only wakes. What is due is decided by the almanac and the ledger at each turn, so that a
job lost, doubled or late changes nothing.
"""

from __future__ import annotations

import gc
import logging
from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING

from apscheduler.schedulers.background import BackgroundScheduler

from perihelion.almanac.due_anniversaries import find_next_due_time
from perihelion.model.errors import ConfigurationError, LedgerUnavailable, LedgerVersionMismatch
from perihelion.publish.courier import MOMENT
from perihelion.publish.manners import Manners
from perihelion.service.alerts import Alerts
from perihelion.service.post import (
    Tally,
    finish,
    make_courier,
    ready_ledger,
    waits,
)
from perihelion.service.stopping import stopped_by_signals

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.publish.courier import Courier
    from perihelion.service.wiring import App

logger = logging.getLogger(__name__)

SPACING = timedelta(minutes=5)
"""The pause between two late posts of one account, after an outage."""

AT_MOST_BUSY = timedelta(seconds=0.5)
"""While requests are under way, all that can wait is put off for this long at the most."""


LEAD = 2.0
"""Real seconds before a due instant at which everything is made ready for it."""


class Worker:
    """One process that posts until it is stopped. Any number of them may share a ledger."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._tally = Tally(keep=False)
        self._ledger: Ledger = ready_ledger(app)
        manners = Manners(patience=app.settings.patience, spacing=SPACING)
        self._courier: Courier = make_courier(
            app, self._ledger, self._tally, early=False, manners=manners
        )
        self._alerts = Alerts(app.settings.alerts, self._ledger)
        self._telling = Thread()
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            # No wake-up may be left out because the one before it is not quite over yet.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1000},
        )
        self._names = tuple(account.name for account in app.accounts)
        self._housekept: datetime | None = None
        self._busy_since: datetime | None = None
        self._silent = False
        self._address = app.settings.database_url

    def run(self) -> None:
        """Post until SIGTERM or SIGINT. Raises LedgerOutdated if a newer program took over."""
        self._scheduler.start()
        try:
            with stopped_by_signals(self._courier.stop):
                names = {"worker": self._ledger.worker, "accounts": self._names}
                logger.info("started", extra=names)
                _spare_the_collector()
                while not self._courier.stopping:
                    self._turn()
                self._disarm()
                self._end()
        finally:
            self._disarm()
            self._ledger.close()
        logger.info("stopped", extra={"worker": self._ledger.worker})

    def _turn(self) -> None:
        """Look, act, sleep until a result, a due instant or the tick."""
        try:
            self._courier.promise()
            self._courier.exchange()
            if self._in_a_hurry():
                self._courier.collect(MOMENT)
                return
            self._keep_house()
            self._arm()
            self._silent = False
        except LedgerVersionMismatch:
            raise
        except LedgerUnavailable as error:
            if not self._silent:
                logger.error("nothing is posted: %s", error)  # noqa: TRY400 - its text says it all
            self._silent = True
            self._follow()
        # In steady seconds: the scheduler goes by the machine's clock, and set back by an hour it
        # would ring an hour late.
        self._courier.collect(self._app.settings.tick.total_seconds())

    def _in_a_hurry(self) -> bool:
        """Whether requests are just leaving: what can wait would only hold them up."""
        now = self._app.clock.real_now()
        self._busy_since = (self._busy_since or now) if self._courier.busy else None
        if self._busy_since is None or abs(now - self._busy_since) >= AT_MOST_BUSY:
            self._busy_since = None
            return False
        return True

    def _follow(self) -> None:
        """Go where the ledger has gone: a failover may have written another address."""
        try:
            address = self._app.reread().database_url
            if address != self._address:
                self._ledger.move(address.reveal())
                self._address = address
                logger.warning("the ledger has moved to another address")
        except (ConfigurationError, LedgerUnavailable) as error:
            logger.warning("the settings as they are now are of no use: %s", error)

    def _keep_house(self) -> None:
        now = self._app.clock.real_now()
        due = self._housekept is None or abs(now - self._housekept) >= self._app.settings.tick
        if not due:
            return
        self._housekept = now
        self._courier.warm()
        self._courier.tidy()
        self._ledger.beat(now)
        self._courier.exchange()
        self._tell_operator()

    def _tell_operator(self) -> None:
        """In a thread of its own: an alert that hangs must not delay a post."""
        if not self._telling.is_alive():
            self._telling = Thread(target=self._alerts.tell, name="alerts", daemon=True)
            self._telling.start()

    def _arm(self) -> None:
        """Have the scheduler wake us at the next instant that anything is due."""
        clock = self._app.clock
        now, wall = clock.now(), clock.real_now()
        planned = find_next_due_time(self._app.calendar, self._app.accounts, now)
        delays = [] if planned is None else [self._until(planned)]
        delays += waits(self._app, self._ledger, now, wall)
        if delays:
            # By the clock as it is now: a moment early would find nothing due yet.
            at = clock.real_now() + timedelta(seconds=min(delays))
            self._scheduler.add_job(
                self._courier.wake, "date", run_date=at, id="next", replace_existing=True
            )

    def _until(self, planned: datetime) -> float:
        """Real seconds until `planned`, or until it is time to get ready for it."""
        left = self._app.clock.until(planned)
        if left > LEAD:
            return left - LEAD
        self._courier.get_ready(planned)
        return self._app.clock.until(planned)

    def _disarm(self) -> None:
        """No alarm any more. APScheduler fails over a job that it fires while it is shut down."""
        if self._scheduler.running:
            self._scheduler.remove_all_jobs()
            self._scheduler.shutdown(wait=False)

    def _end(self) -> None:
        try:
            finish(self._app, self._courier)
            self._ledger.leave(self._app.clock.real_now())
        except LedgerUnavailable as error:
            logger.error("ended without the ledger: %s", error)  # noqa: TRY400 - as above


def _spare_the_collector() -> None:
    """Have it leave alone what is there at the start, and stays: one look takes 50 ms."""
    gc.freeze()
