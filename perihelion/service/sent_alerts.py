"""The alerts that were sent last, kept in the ledger for the page that operators look at."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perihelion.ledger.store import Ledger

_NAME = "sent-alerts"
KEPT_ALERTS = 20


@dataclass(frozen=True, slots=True)
class SentAlert:
    """When an alert was sent (UTC), and its title."""

    at: datetime
    title: str


def save_sent_alert(ledger: Ledger, title: str) -> None:
    """Keep that an alert was sent just now; only the last KEPT_ALERTS are kept."""
    kept = [SentAlert(ledger.wall_clock(), title), *list_sent_alerts(ledger)][:KEPT_ALERTS]
    ledger.save_report(_NAME, json.dumps([[one.at.isoformat(), one.title] for one in kept]))


def list_sent_alerts(ledger: Ledger) -> list[SentAlert]:
    """The alerts that were sent last, the latest first."""
    kept = json.loads(ledger.list_reports(_NAME).get(_NAME, "[]"))
    return [SentAlert(datetime.fromisoformat(at), title) for at, title in kept]
