"""Telling the operator, once: a held delivery, a stopped account, a missed day.

Through Apprise, an optional extra (`pip install perihelion[alerts]`): PERIHELION_ALERTS holds its
addresses. What was told is marked in the ledger, so that no restart and no second worker tells it
again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from perihelion.model.deliveries import State
from perihelion.model.errors import ConfigurationError, LedgerError
from perihelion.model.marks import Mark, Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apprise import Apprise

    from perihelion.ledger.store import Ledger
    from perihelion.networks.base import Secret

logger = logging.getLogger(__name__)

NEWEST = 100
"""How many held and missed deliveries are looked at: older ones were told long ago."""


class Alert(NamedTuple):
    """One thing to tell; `name` is what it is remembered by.

    It ends with a semicolon, so that no name begins another: `forget` goes by beginnings.
    """

    name: str
    title: str
    text: str


class Alerts:
    """Tells what stands in the ledger and was not told yet. Without addresses, nothing is told."""

    def __init__(self, addresses: Secret, ledger: Ledger) -> None:
        self._ledger = ledger
        self._apprise = _open(addresses.reveal().split()) if addresses.reveal() else None

    def tell(self) -> None:
        """Tell everything new. What fails, an address or the ledger, is logged and tried again."""
        if self._apprise is None:
            return
        try:
            self._tell(self._apprise)
        except LedgerError as error:
            logger.warning("no alerts now", extra={"reason": str(error)})

    def _tell(self, apprise: Apprise) -> None:
        standing = list(_standing(self._ledger))
        for alert in standing:
            if self._ledger.first(alert.name):
                self._send(alert, apprise)
        self._ledger.forget("alert:stopped:", {alert.name for alert in standing})

    def _send(self, alert: Alert, apprise: Apprise) -> None:
        if apprise.notify(title=alert.title, body=alert.text):
            logger.info("alert sent", extra={"alert": alert.name})
            return
        self._ledger.forget(alert.name, set())
        logger.error("alert not sent; it is tried again", extra={"alert": alert.name})


def _standing(ledger: Ledger) -> Iterator[Alert]:
    for account in ledger.accounts():
        if account.broken:
            text = f"{account.reason}\nMend its credentials, then restart. Nothing of it is lost."
            yield Alert(f"alert:stopped:{account.name};", f"{account.name} is stopped", text)
    for delivery in ledger.deliveries([State.HELD, State.MISSED], NEWEST):
        name = f"alert:{delivery.state}:{delivery.key}:{delivery.attempts};"
        yield Alert(name, f"{delivery.key} is {delivery.state}", delivery.reason)


def _open(addresses: list[str]) -> Apprise:
    try:
        from apprise import Apprise  # noqa: PLC0415 - an optional extra, and heavy
    except ImportError:
        message = "PERIHELION_ALERTS needs Apprise: pip install apprise, or unset it"
        raise ConfigurationError([Mistake(Mark("environment"), "alerts", message)]) from None
    apprise = Apprise()
    if not all(apprise.add(address) for address in addresses):
        message = "PERIHELION_ALERTS holds an address that Apprise does not know; see its guide"
        raise ConfigurationError([Mistake(Mark("environment"), "alerts", message)])
    return apprise
