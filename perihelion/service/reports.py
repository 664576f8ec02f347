"""What a worker tells the outside: heartbeats and alerts, neither of which may delay a post."""

from __future__ import annotations

import logging
from threading import Thread
from typing import TYPE_CHECKING

from perihelion.model.errors import LedgerError
from perihelion.service.alerts import Alerts
from perihelion.service.attention import (
    find_attention,
    find_dead_workers,
    find_doubles,
    find_empty_days,
    find_open_corrections,
    find_repeating_accounts,
)
from perihelion.service.audit import AUDITED_BACK, audit_accounts
from perihelion.service.evening import EVENING_STEP, list_evening_alerts
from perihelion.service.heartbeat import Heartbeat

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.service.attention import Attention
    from perihelion.service.wiring import App

logger = logging.getLogger(__name__)

ALERT_SECONDS = 4.0
"""How long a process that stops waits for alerts; it must end within ten seconds altogether."""


class Reports:
    """The heartbeats, alerts and daily audits of one process."""

    def __init__(self, app: App, ledger: Ledger) -> None:
        self._app, self._ledger = app, ledger
        self._alerts = Alerts(app.settings.alerts, ledger, app.program)
        self._heartbeat = Heartbeat(app.settings.heartbeat)
        self._threads: dict[str, Thread] = {}
        self._refusals: tuple[Attention, ...] = ()
        self._evening_at: datetime | None = None

    def use_app(self, app: App, refusal: Attention | None) -> None:
        """Report about `app` from now on, and that what the files say since is not used."""
        self._app, self._refusals = app, (refusal,) if refusal else ()

    def send(self) -> None:
        """Send them all, and wait until they are sent or have failed."""
        for report in self._reports:
            self._run(report)

    def start(self) -> None:
        """Send each in a thread of its own; one that still hangs is left alone."""
        for report in self._reports:
            name = report.__name__
            if name not in self._threads or not self._threads[name].is_alive():
                self._threads[name] = Thread(
                    target=self._run, args=(report,), name=name, daemon=True
                )
                self._threads[name].start()

    def finish_alerts(self) -> None:
        """Wait for the alerts that are being sent: the ledger counts them as sent already."""
        thread = self._threads.get(self._send_alerts.__name__)
        if thread is not None:
            thread.join(ALERT_SECONDS)

    @property
    def _reports(self) -> tuple[Callable[[], None], ...]:
        return self._send_heartbeat, self._send_alerts, self._audit_daily, self._send_evening

    def _run(self, report: Callable[[], None]) -> None:
        try:
            report()
        except LedgerError as error:
            logger.warning("a report is delayed", extra={"reason": str(error)})

    def _send_heartbeat(self) -> None:
        """A rehearsal sends none: the monitor watches the real worker."""
        if self._app.settings.heartbeat.reveal() and not self._app.is_rehearsal:
            needs_person = bool(self._refusals or find_attention(self._app, self._ledger))
            self._heartbeat.send(self._app.clock.real_now(), needs_person=needs_person)

    def _send_alerts(self) -> None:
        if self._app.settings.alerts.reveal():
            dead = find_dead_workers(self._app, self._ledger.list_workers())
            days = find_empty_days(self._app, self._ledger)
            shared = find_repeating_accounts(self._app)
            doubles = find_doubles(self._ledger)
            corrections = find_open_corrections(self._app, self._ledger)
            self._alerts.send_new([*self._refusals, *shared, *doubles, *corrections, *dead, *days])

    def _send_evening(self) -> None:
        """What the evening before has to say, asked for now and then: it words coming posts."""
        now = self._app.clock.now()
        before = self._evening_at
        if not self._app.settings.alerts.reveal() or (before and abs(now - before) < EVENING_STEP):
            return
        self._evening_at = now
        self._alerts.send_evening(list_evening_alerts(self._app, self._ledger, now))

    def _audit_daily(self) -> None:
        """Once a day, by one of the workers; a rehearsal's posts are not for the record.

        Without addresses for alerts, too: `status` shows what it found.
        """
        now = self._app.clock.now()
        flag = f"audit:{now.date()};"
        if self._app.is_rehearsal:
            return
        if not self._ledger.list_flags(flag) and self._ledger.set_flag_once(flag):
            self._ledger.clear_flags("audit:", {flag})
            audits = audit_accounts(self._app, self._ledger, now - AUDITED_BACK)
            self._alerts.send_audit(audits)
