"""Alarms from a process that does not post: it notices a dead worker, and a day without posts.

Workers look after each other; once none is left, only the website, or the release step of the next
deploy, is there to notice. Whoever notices first sends the alert, and the ledger keeps that it was.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING

from perihelion.model.errors import ConfigurationError, LedgerError
from perihelion.service.alerts import Alerts
from perihelion.service.attention import find_dead_workers, find_empty_days

if TYPE_CHECKING:
    from perihelion.ledger.store import Ledger
    from perihelion.service.wiring import App

logger = logging.getLogger(__name__)

INTERVAL = timedelta(minutes=10)
"""How often the website looks."""


def alert_if_silent(app: App, ledger: Ledger) -> None:
    """Look once, and alert about what nobody has alerted about yet; a failure is only logged.

    Without PERIHELION_ALERTS, or a ledger, nothing is done. Apprise is loaded only if something is
    wrong.
    """
    if not app.settings.alerts.reveal():
        return
    try:
        if ledger.get_version_or_none() is None:
            return
        ledger.require_current_version()
        dead = find_dead_workers(app, ledger.list_workers())
        found = [*dead, *find_empty_days(app, ledger)]
        if found:
            Alerts(app.settings.alerts, ledger, app.program).send_attention(found)
    except (LedgerError, ConfigurationError) as error:
        logger.warning("not looked for silent workers", extra={"reason": app.redact(str(error))})


def watch_in_background(app: App, interval: timedelta = INTERVAL) -> Event:
    """Look now and then, in a thread of its own; setting the event that it returns ends that."""
    stop = Event()
    if app.settings.alerts.reveal():
        Thread(target=_watch, args=(app, interval, stop), name="watch", daemon=True).start()
    return stop


def _watch(app: App, interval: timedelta, stop: Event) -> None:
    ledger = app.open_ledger()
    while not stop.wait(interval.total_seconds()):
        alert_if_silent(app, ledger)
    ledger.close()
