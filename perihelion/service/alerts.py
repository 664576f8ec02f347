"""Telling the operator, once: a held delivery, a stopped account, a missed day.

Through Apprise, an optional extra (`pip install perihelion[alerts]`): PERIHELION_ALERTS holds its
addresses. What was told is marked in the ledger, so that no restart and no second worker tells it
again.
"""

from __future__ import annotations

import logging
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from perihelion.model.deliveries import State
from perihelion.model.errors import ConfigurationError, LedgerError
from perihelion.model.source_location import Mistake, SourceLocation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from apprise import Apprise

    from perihelion.ledger.store import Ledger
    from perihelion.model.deliveries import Delivery
    from perihelion.networks.base import Secret

logger = logging.getLogger(__name__)

MAX_DELIVERIES = 1000
"""How many held and missed deliveries are looked at: older ones were told long ago."""

MAX_LINES = 20
"""How many deliveries one alert names; `status` names them all."""


class Alert(NamedTuple):
    """One thing to tell; `names` are what it is remembered by: one of them that is new is told.

    Each ends with a semicolon, so that no name begins another: `forget` goes by beginnings.
    """

    dedupe_keys: tuple[str, ...]
    title: str
    text: str


class Alerts:
    """Tells what stands in the ledger and was not told yet. Without addresses, nothing is told."""

    def __init__(self, addresses: Secret, ledger: Ledger) -> None:
        self._ledger = ledger
        self._apprise = _open_apprise(addresses.reveal().split()) if addresses.reveal() else None

    def send_new(self) -> None:
        """Tell everything new. What fails, an address or the ledger, is logged and tried again."""
        if self._apprise is None:
            return
        try:
            self._send_unsent(self._apprise)
        except LedgerError as error:
            logger.warning("no alerts now", extra={"reason": str(error)})

    def _send_unsent(self, apprise: Apprise) -> None:
        current, already_sent = list(_find_alerts(self._ledger)), self._ledger.list_flags("alert:")
        for alert in current:
            new = [
                n
                for n in alert.dedupe_keys
                if n not in already_sent and self._ledger.set_flag_once(n)
            ]
            if new:
                self._send_alert(alert, new, apprise)
        names = {name for alert in current for name in alert.dedupe_keys}
        self._ledger.clear_flags("alert:stopped:", names)

    def _send_alert(self, alert: Alert, new: Sequence[str], apprise: Apprise) -> None:
        if apprise.notify(title=alert.title, body=alert.text):
            logger.info("alert sent", extra={"alert": alert.title})
            return
        for name in new:
            self._ledger.clear_flags(name, set())
        logger.error("alert not sent; it is tried again", extra={"alert": alert.title})


def _find_alerts(ledger: Ledger) -> Iterator[Alert]:
    for account in ledger.list_accounts():
        if account.credentials_refused:
            text = f"{account.reason}\nMend its credentials, then restart. Nothing of it is lost."
            yield Alert((f"alert:stopped:{account.name};",), f"{account.name} is stopped", text)
    for delivery in ledger.list_deliveries([State.HELD], MAX_DELIVERIES):
        yield Alert((_format_dedupe_key(delivery),), f"{delivery.key} is held", delivery.reason)
    missed = ledger.list_deliveries([State.MISSED], MAX_DELIVERIES)
    for day, deliveries in groupby(sorted(missed, key=_delivery_day), key=_delivery_day):
        yield _make_missed_alert(day, list(deliveries))


def _make_missed_alert(day: date, deliveries: Sequence[Delivery]) -> Alert:
    """One alert a day: after an outage of weeks there may be hundreds of posts."""
    count = len(deliveries)
    lines = [f"{delivery.key}: {delivery.reason}" for delivery in deliveries[:MAX_LINES]]
    if count > MAX_LINES:
        lines.append(f"... and {count - MAX_LINES} more: python bot.py status")
    title = f"{day}: {count} {'post' if count == 1 else 'posts'} missed"
    return Alert(tuple(map(_format_dedupe_key, deliveries)), title, "\n".join(lines))


def _format_dedupe_key(delivery: Delivery) -> str:
    return f"alert:{delivery.state}:{delivery.key}:{delivery.attempts};"


def _delivery_day(delivery: Delivery) -> date:
    return delivery.day


def _open_apprise(addresses: list[str]) -> Apprise:
    try:
        from apprise import Apprise  # noqa: PLC0415 - an optional extra, and heavy
    except ImportError:
        message = "PERIHELION_ALERTS needs Apprise: pip install apprise, or unset it"
        raise ConfigurationError(
            [Mistake(SourceLocation("environment"), "alerts", message)]
        ) from None
    apprise = Apprise()
    if not all(apprise.add(address) for address in addresses):
        message = "PERIHELION_ALERTS holds an address that Apprise does not know; see its guide"
        raise ConfigurationError([Mistake(SourceLocation("environment"), "alerts", message)])
    return apprise
